// SPDX-License-Identifier: BSD-3-Clause
// Can DPDK have a PCI device? What it is, who drives it, and whether an IOMMU stands before it.
// Neighbours: port_device.h. sysfs layout: Documentation/ABI/testing/sysfs-bus-pci.
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

// vfio-pci does not take a device that no IOMMU stands before.
static const char *driver_for(const char *folder)
{
	char path[PATH_BYTES + 16];

	snprintf(path, sizeof(path), "%s/iommu_group", folder);
	return access(path, F_OK) == 0 ? "vfio-pci" : "uio_pci_generic";
}

// PCI class 0x02 is a network controller; a hypervisor may give its devices no class, but the kernel makes an interface
// of those that are one. A device without a class file is taken at its word.
static bool is_network_card(const char *folder, uint32_t *class)
{
	char chars[IF_NAMESIZE];
	struct mw_text interface = mw_text_in(chars, sizeof(chars));
	char path[PATH_BYTES + 16];
	FILE *file;
	bool read;

	snprintf(path, sizeof(path), "%s/class", folder);
	file = fopen(path, "re");
	if (file == NULL)
		return true;
	read = fscanf(file, "0x%" SCNx32, class) == 1;
	fclose(file);
	return !read || *class >> 16 == 0x02 || find_interface(folder, &interface);
}

static int explain_kernel_driver(const char *folder, const char *address, const char *driver, struct mw_text *problem)
{
	char chars[IF_NAMESIZE];
	struct mw_text interface = mw_text_in(chars, sizeof(chars));

	mw_text_add(problem,
				"%s belongs to the kernel driver %s: give it to DPDK with dpdk-devbind.py --bind=%s %s "
				"(for every boot: a line in /etc/dpdk/interfaces)",
				address, driver, driver_for(folder), address);
	if (find_interface(folder, &interface))
		mw_text_add(problem, ", or leave it there and watch it with -i %s", chars);
	return -EBUSY;
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

static int check_driver(const char *folder, const char *address, struct mw_text *problem)
{
	char path[PATH_BYTES + 16], driver[64];
	struct mw_text driver_text = mw_text_in(driver, sizeof(driver));

	snprintf(path, sizeof(path), "%s/driver", folder);
	if (!read_link_name(path, &driver_text)) {
		mw_text_add(problem, "%s has no driver: modprobe %s && dpdk-devbind.py --bind=%s %s", address,
					driver_for(folder), driver_for(folder), address);
		return -EBUSY;
	}
	if (!dpdk_takes(driver))
		return explain_kernel_driver(folder, address, driver, problem);
	if (strcmp(driver, "vfio-pci") != 0 || strcmp(driver_for(folder), driver) == 0)
		return 0;
	mw_text_add(problem,
				"%s is bound to vfio-pci but the IOMMU is off: switch VT-d or AMD-Vi on in the firmware and boot with "
				"intel_iommu=on, or dpdk-devbind.py --bind=uio_pci_generic %s",
				address, address);
	return -ENODEV;
}

int port_device_check_pci(const char *sysfs, const char *address, struct mw_text *problem)
{
	char folder[PATH_BYTES];
	uint32_t class = 0;

	snprintf(folder, sizeof(folder), "%s/bus/pci/devices/%s", sysfs, address);
	if (access(folder, F_OK) != 0) {
		mw_text_add(problem, "there is no PCI device %s: dpdk-devbind.py --status-dev net lists those there are",
					address);
		return -ENODEV;
	}
	if (is_network_card(folder, &class))
		return check_driver(folder, address, problem);
	mw_text_add(problem,
				"%s is no network card (PCI class 0x%06" PRIx32 "): dpdk-devbind.py --status-dev net lists those there "
				"are",
				address, class);
	return -ENODEV;
}
