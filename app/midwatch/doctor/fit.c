// SPDX-License-Identifier: BSD-3-Clause
// What setup refuses, and the row that sends the operator there.
// Neighbours: fit.h.
#include "fit.h"

#include <inttypes.h>
#include <net/if_arp.h>
#include <stdio.h>

#include "carries.h"
#include "files.h"

#define HUGEPAGE_KIB 2048u

static bool refuse(struct mw_text *why, const char *reason)
{
	mw_text_add(why, "%s", reason);
	return false;
}

bool fit_memory(const char *root, uint64_t pages, struct mw_text *why)
{
	FILE *file = fopen(files_path(root, "/proc/meminfo").chars, "re");
	uint64_t kib = 0;

	if (file == NULL)
		return true;
	if (fscanf(file, "MemTotal: %" SCNu64, &kib) != 1)
		kib = 0;
	fclose(file);
	if (kib == 0 || pages * HUGEPAGE_KIB <= kib / 4 * 3)
		return true;
	mw_text_add(why,
				"%" PRIu64 " MiB of hugepages are more than three quarters of this machine's %" PRIu64
				" MiB: lower flow.flows-max, or name fewer --cores",
				pages * HUGEPAGE_KIB >> 10, kib >> 10);
	return false;
}

static bool is_loopback(const struct doctor *doctor)
{
	FILE *file = fopen(files_path(doctor->root, "/sys/class/net/%s/type", doctor->interface).chars, "re");
	unsigned type = 0;

	if (file == NULL)
		return false;
	if (fscanf(file, "%u", &type) != 1)
		type = 0;
	fclose(file);
	return type == ARPHRD_LOOPBACK;
}

// AF_PACKET takes from any interface what the kernel shows it; a mirror's frames come through a card.
static bool fits_interface(const struct doctor *doctor, struct mw_text *why)
{
	const char *name = doctor->interface;

	if (!files_exist(files_path(doctor->root, "/sys/class/net/%s", name)))
		return refuse(why, "there is no such interface: ip -brief link");
	if (is_loopback(doctor))
		mw_text_add(why,
					"%s is the loopback: no mirror's frames come there; name the mirror port (ip -brief link); to try "
					"midwatch, midwatch -i afpacket:%s needs no setup",
					name, name);
	else if (doctor->port.kind == MW_PORT_AF_XDP &&
			 files_exist(files_path(doctor->root, "/sys/devices/virtual/net/%s", name)))
		mw_text_add(why,
					"%s is virtual: there is no device below it from whose driver AF_XDP could take frames; name the "
					"network card that they come in by (ip -brief link), or afpacket:%s",
					name, name);
	else
		return true;
	return false;
}

static bool fits_port(const struct doctor *doctor, struct mw_text *why)
{
	if (doctor->port.text[0] == '\0')
		return refuse(why, "name the mirror port: ip -brief link, dpdk-devbind.py --status-dev net");
	if (doctor->port.kind == MW_PORT_VDEV)
		return refuse(why, "a virtual device needs nothing of the machine");
	if (doctor->port.kind != MW_PORT_AF_PACKET && carries(doctor->root, doctor->interface, why)) {
		mw_text_add(why, " runs over %s, which would be cut off: choose another port (ip -brief link)",
					doctor->interface);
		return false;
	}
	if (doctor->port.kind != MW_PORT_PCI)
		return fits_interface(doctor, why);
	if (doctor->pci.fit == MW_PCI_MISSING || doctor->pci.fit == MW_PCI_NO_NETWORK_CARD)
		return refuse(why, "there is no network card of this address: dpdk-devbind.py --status-dev net");
	return files_exist(files_path(doctor->root, "/lib/dpdk/dpdk-init")) ||
		   refuse(why, "the package dpdk is missing, which binds the card at every boot: apt-get install dpdk");
}

bool fit_for_setup(const struct doctor *doctor, struct mw_text *why)
{
	return fits_port(doctor, why) && fit_memory(doctor->root, doctor->setup_hugepages, why);
}

void fit_judge(const struct doctor *doctor, struct doctor_row *row, bool good, const char *after)
{
	char chars[256];
	struct mw_text why = mw_text_in(chars, sizeof(chars));

	if (good || fit_for_setup(doctor, &why))
		doctor_judge(row, good, "midwatch setup %s%s", doctor->port.text, after);
	else
		doctor_judge(row, false, "midwatch setup refuses: %s", chars);
	if (!good && doctor->port.kind == MW_PORT_VDEV && doctor->port.text[0] != '\0')
		row->verdict = DOCTOR_NOTE;
}
