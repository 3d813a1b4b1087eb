// SPDX-License-Identifier: BSD-3-Clause
// The port itself: there, free to be taken, driven by the right driver, linked, allowed.
// Neighbours: doctor.h; mw_pci.h knows PCI devices, mw_port.h what a kind of port needs.
#include <inttypes.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carries.h"
#include "doctor.h"
#include "files.h"

static bool is_pci(const struct doctor *doctor)
{
	return doctor->port.text[0] != '\0' && doctor->port.kind == MW_PORT_PCI;
}

static bool is_kernel(const struct doctor *doctor)
{
	return doctor->port.kind == MW_PORT_AF_XDP || doctor->port.kind == MW_PORT_AF_PACKET;
}

static void look_at_pci(const struct doctor *doctor, struct doctor_row *row)
{
	bool card = doctor->pci.fit != MW_PCI_MISSING && doctor->pci.fit != MW_PCI_NO_NETWORK_CARD;

	if (doctor->pci.fit == MW_PCI_MISSING)
		mw_text_add(&row->is, "there is no PCI device %s", doctor->pci.address);
	else
		mw_text_add(&row->is, "%s, PCI class 0x%06" PRIx32, doctor->pci.address, doctor->pci.class);
	mw_text_add(&row->should, "a network card");
	row->verdict = card ? DOCTOR_FINE : DOCTOR_MEND;
	if (!card)
		mw_pci_mend(&doctor->pci, &row->mend);
}

static void look_at_port(const struct doctor *doctor, struct doctor_row *row)
{
	bool there;

	if (doctor->port.text[0] == '\0') {
		mw_text_add(&row->is, "none is named");
		mw_text_add(&row->should, "a mirror port");
		doctor_judge(row, false, "midwatch doctor PORT (ip -brief link; dpdk-devbind.py --status-dev net)");
		return;
	}
	if (is_pci(doctor)) {
		look_at_pci(doctor, row);
		return;
	}
	if (!is_kernel(doctor))
		return;
	there = files_exist(files_path(doctor->root, "/sys/class/net/%s", doctor->interface));
	mw_text_add(&row->is, there ? "interface %s" : "there is no interface %s", doctor->interface); // NOLINT: literals
	mw_text_add(&row->should, "a network interface");
	doctor_judge(row, there, "ip -brief link");
}

static void look_at_use(const struct doctor *doctor, struct doctor_row *row)
{
	if (doctor->interface[0] == '\0' || doctor->port.kind == MW_PORT_AF_PACKET || // which leaves the port to the kernel
		!files_exist(files_path(doctor->root, "/sys/class/net/%s", doctor->interface)))
		return;
	mw_text_add(&row->should, "a port that the machine itself does not need");
	mw_text_add(&row->is, "carries ");
	if (carries(doctor->root, doctor->interface, &row->is)) {
		doctor_judge(row, false, "midwatch doctor OTHER_PORT (ip -brief link)");
		return;
	}
	mw_text_add(&row->is, "neither the default route nor an SSH session");
	row->verdict = DOCTOR_FINE;
}

static void look_at_driver(const struct doctor *doctor, struct doctor_row *row)
{
	const struct mw_pci *pci = &doctor->pci;

	if (!is_pci(doctor) || pci->fit == MW_PCI_MISSING || pci->fit == MW_PCI_NO_NETWORK_CARD)
		return;
	mw_text_add(&row->is, "%s", pci->driver[0] == '\0' ? "none" : pci->driver);
	if (pci->fit == MW_PCI_KERNEL_DRIVER)
		mw_text_add(&row->is, ", the kernel's");
	if (pci->fit == MW_PCI_NO_IOMMU)
		mw_text_add(&row->is, ", without an IOMMU");
	mw_text_add(&row->should, "%s", pci->fit == MW_PCI_FITS ? pci->driver : mw_pci_driver_for(pci));
	row->verdict = pci->fit == MW_PCI_FITS ? DOCTOR_FINE : DOCTOR_MEND;
	mw_pci_mend(pci, &row->mend);
}

static void look_at_holder(const struct doctor *doctor, struct doctor_row *row)
{
	char chars[32];
	struct mw_text who = mw_text_in(chars, sizeof(chars));
	pid_t holder = is_pci(doctor) ? mw_pci_holder(doctor->root, &doctor->pci, &who) : 0;

	if (holder == 0)
		return;
	mw_text_add(&row->is, "by %s, process %d", chars, holder);
	mw_text_add(&row->should, "by nobody but midwatch");
	doctor_judge(row, strcmp(chars, "midwatch") == 0, "kill %d", holder);
}

static void look_at_package(const struct doctor *doctor, struct doctor_row *row)
{
	bool there = files_exist(files_path(doctor->root, "/lib/dpdk/dpdk-init"));

	if (!is_pci(doctor))
		return;
	mw_text_add(&row->is, there ? "installed" : "not installed");
	mw_text_add(&row->should, "installed, it binds the driver at every boot");
	doctor_judge(row, there, "apt-get install dpdk");
}

static void look_at_link(const struct doctor *doctor, struct doctor_row *row)
{
	const char *name = doctor->interface;
	char flags_chars[32], state[32];
	struct mw_text flags_text = mw_text_in(flags_chars, sizeof(flags_chars)),
				   state_text = mw_text_in(state, sizeof(state));
	int64_t mbps = 0;

	if (name[0] == '\0' || !files_line(files_path(doctor->root, "/sys/class/net/%s/flags", name), &flags_text))
		return;
	mw_text_add(&row->should, "up");
	if ((strtoul(flags_chars, NULL, 16) & IFF_UP) == 0) {
		mw_text_add(&row->is, "switched off");
		doctor_judge(row, false, "ip link set dev %s up", name);
		return;
	}
	files_line(files_path(doctor->root, "/sys/class/net/%s/operstate", name), &state_text);
	files_number(files_path(doctor->root, "/sys/class/net/%s/speed", name), &mbps);
	mw_text_add(&row->is, "%s", state);
	if (mbps > 0)
		mw_text_add(&row->is, ", %" PRId64 " Mbit/s", mbps);
	doctor_judge(row, strcmp(state, "up") == 0 || strcmp(state, "unknown") == 0,
				 "ethtool %s (then the cable, the optics, the switch's port)", name);
}

static void look_at_mtu(const struct doctor *doctor, struct doctor_row *row)
{
	int64_t mtu_bytes;

	if (doctor->port.kind != MW_PORT_AF_XDP || doctor->interface[0] == '\0' ||
		!files_number(files_path(doctor->root, "/sys/class/net/%s/mtu", doctor->interface), &mtu_bytes))
		return;
	mw_text_add(&row->is, "%" PRId64 " bytes", mtu_bytes);
	mw_text_add(&row->should, "at most %u with AF_XDP", MW_PORT_XDP_MTU_BYTES);
	doctor_judge(row, mtu_bytes <= MW_PORT_XDP_MTU_BYTES, "ip link set dev %s mtu %u", doctor->interface,
				 MW_PORT_XDP_MTU_BYTES);
}

static bool read_capabilities(const char *root, uint64_t *capabilities)
{
	FILE *file = fopen(files_path(root, "/proc/self/status").chars, "re");
	char line[256];
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, "CapEff: %" SCNx64, capabilities) == 1;
	if (file != NULL)
		fclose(file);
	return found;
}

static void look_at_rights(const struct doctor *doctor, struct doctor_row *row)
{
	const char *names, *setpriv;
	uint64_t have = 0, need = mw_port_capabilities(doctor->port.kind, &names, &setpriv);

	if (!is_kernel(doctor) || doctor->running != 0) // who runs has them
		return;
	mw_text_add(&row->should, "%s", names);
	if (!read_capabilities(doctor->root, &have)) {
		doctor_unread(row, "/proc/self/status");
		return;
	}
	mw_text_add(&row->is, (have & need) == need ? "this shell has them" : "this shell lacks some");
	doctor_judge(row, (have & need) == need, "systemctl start midwatch (or setpriv --ambient-caps %s)", setpriv);
	if (row->verdict == DOCTOR_MEND)
		row->verdict = DOCTOR_NOTE; // the unit has what this shell lacks
}

// A unit that is to start at every boot, and does not watch: systemd tries in vain, or has given up.
static void look_at_service(const struct doctor *doctor, struct doctor_row *row)
{
	const struct files_path link =
		files_path(doctor->root, "/etc/systemd/system/multi-user.target.wants/midwatch.service");
	struct stat status;

	if (lstat(link.chars, &status) != 0) // of a copy, the link leads out of it
		return;
	mw_text_add(&row->is, doctor->running != 0 ? "enabled, and runs" : "enabled, and does not run");
	mw_text_add(&row->should, "running");
	doctor_judge(row, doctor->running != 0, "systemctl restart midwatch (journalctl -u midwatch says why it ended)");
}

static const struct doctor_check checks[] = {
	{"service", look_at_service},
	{"port", look_at_port},
	{"use", look_at_use},
	{"package dpdk", look_at_package},
	{"driver", look_at_driver},
	{"driven", look_at_holder},
	{"link", look_at_link},
	{"MTU", look_at_mtu},
	{"capabilities", look_at_rights},
};
const struct doctor_section doctor_port = {checks, MW_ARRAY_SIZE(checks)};
