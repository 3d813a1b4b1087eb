// SPDX-License-Identifier: BSD-3-Clause
// Can DPDK have a PCI device? What it is, who drives it, and whether an IOMMU stands before it.
// Neighbours: mw_pci.h, port_device.h. sysfs layout: Documentation/ABI/testing/sysfs-bus-pci.
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mw_pci.h"
#include "port_device.h"

#define PATH_BYTES 512

// The last part of what the link at path points to; false when there is no link.
static bool read_link_name(const char *path, struct mw_text *name)
{
	char target[PATH_BYTES];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (len < 0)
		return false;
	target[len] = '\0';
	slash = strrchr(target, '/');
	mw_text_add(name, "%s", slash == NULL ? target : slash + 1);
	return true;
}

// The first entry of a folder that is not hidden and begins so; false when there is none.
static bool first_entry(const char *path, const char *prefix, struct mw_text *name)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (folder == NULL)
		return false;
	while (!found && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		mw_text_add(name, "%s", entry->d_name);
		found = true;
	}
	closedir(folder);
	return found;
}

// An interface that the kernel made of the device; one of virtio hangs a folder deeper.
static bool find_interface(const char *folder, struct mw_text *name)
{
	char path[PATH_BYTES + 80], chars[64];
	struct mw_text virtio = mw_text_in(chars, sizeof(chars));

	snprintf(path, sizeof(path), "%s/net", folder);
	if (first_entry(path, "", name))
		return true;
	if (!first_entry(folder, "virtio", &virtio))
		return false;
	snprintf(path, sizeof(path), "%s/%s/net", folder, chars);
	return first_entry(path, "", name);
}

// What a driver in user space opens: the device's group with vfio-pci, its uioN with the others.
static void find_node(const char *folder, const char *driver, struct mw_text *node)
{
	char path[PATH_BYTES + 16], chars[16];
	struct mw_text name = mw_text_in(chars, sizeof(chars));
	bool vfio = strcmp(driver, "vfio-pci") == 0;

	snprintf(path, sizeof(path), "%s/%s", folder, vfio ? "iommu_group" : "uio");
	if (vfio ? read_link_name(path, &name) : first_entry(path, "uio", &name))
		mw_text_add(node, vfio ? "/dev/vfio/%s" : "/dev/%s", chars); // NOLINT: both are literals
}

// PCI class 0x02 is a network controller; a hypervisor may give its devices no class, but the kernel makes an interface
// of those that are one. A device without a class file is taken at its word.
static bool is_network_card(const char *folder, struct mw_pci *pci)
{
	char path[PATH_BYTES + 16];
	FILE *file;
	bool read;

	snprintf(path, sizeof(path), "%s/class", folder);
	file = fopen(path, "re");
	if (file == NULL)
		return true;
	read = fscanf(file, "0x%" SCNx32, &pci->class) == 1;
	fclose(file);
	return !read || pci->class >> 16 == 0x02 || pci->interface[0] != '\0';
}

static bool dpdk_takes(const char *driver)
{
	static const char *const usable[] = {"vfio-pci", "uio_pci_generic", "igb_uio", "mlx5_core", "mlx4_core"};

	for (size_t i = 0; i < MW_ARRAY_SIZE(usable); i++) {
		if (strcmp(driver, usable[i]) == 0)
			return true;
	}
	return false;
}

static enum mw_pci_fit fit_of(const struct mw_pci *pci)
{
	if (pci->driver[0] == '\0')
		return MW_PCI_NO_DRIVER;
	if (!dpdk_takes(pci->driver))
		return MW_PCI_KERNEL_DRIVER;
	return strcmp(pci->driver, "vfio-pci") == 0 && !pci->iommu ? MW_PCI_NO_IOMMU : MW_PCI_FITS;
}

void mw_pci_look(const char *sysfs, const char *address, struct mw_pci *pci)
{
	char folder[PATH_BYTES], path[PATH_BYTES + 16];
	struct mw_text driver = mw_text_in(pci->driver, sizeof(pci->driver));
	struct mw_text interface = mw_text_in(pci->interface, sizeof(pci->interface));
	struct mw_text node = mw_text_in(pci->node, sizeof(pci->node));

	pci->fit = MW_PCI_MISSING;
	pci->class = 0;
	snprintf(pci->address, sizeof(pci->address), "%s", address);
	snprintf(folder, sizeof(folder), "%s/bus/pci/devices/%s", sysfs, address);
	snprintf(path, sizeof(path), "%s/iommu_group", folder);
	pci->iommu = access(path, F_OK) == 0;
	if (access(folder, F_OK) != 0)
		return;
	snprintf(path, sizeof(path), "%s/driver", folder);
	read_link_name(path, &driver);
	find_interface(folder, &interface);
	find_node(folder, pci->driver, &node);
	pci->fit = is_network_card(folder, pci) ? fit_of(pci) : MW_PCI_NO_NETWORK_CARD;
}

const char *mw_pci_driver_for(const struct mw_pci *pci)
{
	return pci->iommu ? "vfio-pci" : "uio_pci_generic"; // vfio-pci does not take what no IOMMU stands before
}

void mw_pci_mend(const struct mw_pci *pci, struct mw_text *command)
{
	const char *driver = mw_pci_driver_for(pci);

	switch (pci->fit) {
	case MW_PCI_FITS:
		return;
	case MW_PCI_MISSING:
	case MW_PCI_NO_NETWORK_CARD:
		mw_text_add(command, "dpdk-devbind.py --status-dev net");
		return;
	case MW_PCI_NO_DRIVER:
		mw_text_add(command, "modprobe %s && ", driver);
		break;
	case MW_PCI_KERNEL_DRIVER:
	case MW_PCI_NO_IOMMU:
		break;
	}
	mw_text_add(command, "dpdk-devbind.py --bind=%s %s", driver, pci->address);
}

static void explain(const struct mw_pci *pci, const char *mend, struct mw_text *problem)
{
	const char *address = pci->address;

	if (pci->fit == MW_PCI_MISSING)
		mw_text_add(problem, "there is no PCI device %s: %s lists those there are", address, mend);
	else if (pci->fit == MW_PCI_NO_NETWORK_CARD)
		mw_text_add(problem, "%s is no network card (PCI class 0x%06" PRIx32 "): %s lists those there are", address,
					pci->class, mend);
	else if (pci->fit == MW_PCI_NO_DRIVER)
		mw_text_add(problem, "%s has no driver: %s", address, mend);
	else if (pci->fit == MW_PCI_NO_IOMMU)
		mw_text_add(problem,
					"%s is bound to vfio-pci but the IOMMU is off: switch VT-d or AMD-Vi on in the firmware and boot "
					"with intel_iommu=on, or %s",
					address, mend);
	else
		mw_text_add(problem,
					"%s belongs to the kernel driver %s: give it to DPDK with %s (for every boot: a line in "
					"/etc/dpdk/interfaces)",
					address, pci->driver, mend);
	if (pci->fit == MW_PCI_KERNEL_DRIVER && pci->interface[0] != '\0')
		mw_text_add(problem, ", or leave it there and watch it with -i %s", pci->interface);
}

int port_device_check_pci(const char *sysfs, const char *address, struct mw_text *problem)
{
	char chars[128];
	struct mw_text mend = mw_text_in(chars, sizeof(chars));
	struct mw_pci pci;

	mw_pci_look(sysfs, address, &pci);
	if (pci.fit == MW_PCI_FITS)
		return 0;
	mw_pci_mend(&pci, &mend);
	explain(&pci, chars, problem);
	return pci.fit == MW_PCI_NO_DRIVER || pci.fit == MW_PCI_KERNEL_DRIVER ? -EBUSY : -ENODEV;
}
