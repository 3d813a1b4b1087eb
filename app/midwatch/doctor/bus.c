// SPDX-License-Identifier: BSD-3-Clause
// What stands between the card and memory: IOMMU and PCIe slot, and what the firmware has to say about them.
// Neighbours: doctor.h. See Documentation/ABI/testing/sysfs-bus-pci; the ACPI tables are DMAR (Intel), IVRS (AMD), IORT
// (ARM).
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "files.h"
#include "fit.h"

static bool wants_iommu(const struct doctor *doctor)
{
	return doctor->port.text[0] != '\0' && doctor->port.kind == MW_PORT_PCI && doctor->pci.fit != MW_PCI_MISSING;
}

bool doctor_firmware_has_iommu(const char *root)
{
	static const char *const tables[] = {"DMAR", "IVRS", "IORT"};

	for (size_t i = 0; i < MW_ARRAY_SIZE(tables); i++) {
		if (files_exist(files_path(root, "/sys/firmware/acpi/tables/%s", tables[i])))
			return true;
	}
	return false;
}

// A driver that needs no IOMMU works without one; nothing then keeps the card out of other memory.
static void without(const struct doctor *doctor, struct doctor_row *row)
{
	if (row->verdict == DOCTOR_MEND && doctor->pci.fit == MW_PCI_FITS)
		row->verdict = DOCTOR_NOTE;
}

static void look_at_firmware(const struct doctor *doctor, struct doctor_row *row)
{
	bool told = doctor_firmware_has_iommu(doctor->root) || doctor->pci.iommu;

	if (!wants_iommu(doctor))
		return;
	mw_text_add(&row->is, told ? "offers an IOMMU" : "offers no IOMMU");
	mw_text_add(&row->should, "VT-d or AMD-Vi switched on");
	doctor_judge(row, told, "systemctl reboot --firmware-setup (a virtual machine: its hypervisor's setting)");
	without(doctor, row);
}

static void look_at_iommu(const struct doctor *doctor, struct doctor_row *row)
{
	if (!wants_iommu(doctor))
		return;
	mw_text_add(&row->is, doctor->pci.iommu ? "stands before the card" : "is off");
	mw_text_add(&row->should, "before the card, which vfio-pci needs");
	fit_judge(doctor, row, doctor->pci.iommu, " && update-grub && reboot");
	without(doctor, row);
}

// Lanes or speed of the slot; false when it cannot be told.
static bool slot(const struct doctor *doctor, const char *what, double *now, double *most)
{
	char chars[64];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	if (!files_line(files_path(doctor->root, "%s/current_link_%s", doctor->device, what), &text))
		return false;
	*now = strtod(chars, NULL);
	text = mw_text_in(chars, sizeof(chars));
	if (!files_line(files_path(doctor->root, "%s/max_link_%s", doctor->device, what), &text))
		return false;
	*most = strtod(chars, NULL);
	return *now > 0 && *most > 0;
}

static void look_at_slot(const struct doctor *doctor, struct doctor_row *row)
{
	double lanes, lanes_most, speed, speed_most;

	if (doctor->device[0] == '\0' || !slot(doctor, "width", &lanes, &lanes_most) ||
		!slot(doctor, "speed", &speed, &speed_most))
		return;
	mw_text_add(&row->is, "%.0f lanes of %.1f GT/s", lanes, speed);
	mw_text_add(&row->should, "%.0f lanes of %.1f GT/s, as the card can", lanes_most, speed_most);
	// half of it still carries what the card's port carries; with less the card's own counters show losses
	doctor_judge(row, lanes * speed * 2 >= lanes_most * speed_most, "put the card into another slot (lspci -vv)");
}

static const struct doctor_check checks[] = {
	{"firmware", look_at_firmware}, {"IOMMU", look_at_iommu}, {"PCIe slot", look_at_slot}};
const struct doctor_section doctor_bus = {checks, MW_ARRAY_SIZE(checks)};
