// SPDX-License-Identifier: BSD-3-Clause
// What a PCI device is and who has it, from sysfs alone: whether DPDK can have it, and the command that gives it to
// DPDK.
// Neighbours: mw_port.h checks with this before a start; app/ shows it. Control thread; needs no root, opens no device.
#ifndef MW_PCI_H
#define MW_PCI_H

#include <sys/types.h>

#include "mw_base.h"
#include "mw_text.h"

/** Why DPDK cannot have a device, or that it can. */
enum mw_pci_fit {
	MW_PCI_FITS,
	MW_PCI_MISSING,
	MW_PCI_NO_NETWORK_CARD,
	MW_PCI_NO_DRIVER,
	MW_PCI_KERNEL_DRIVER,
	MW_PCI_NO_IOMMU, // bound to vfio-pci, which does not take it so
};

struct mw_pci {
	char address[16]; // 0000:3b:00.0
	enum mw_pci_fit fit;
	uint32_t class; // as in sysfs; 0: not told
	bool iommu; // one stands before it
	char driver[64]; // "" for none
	char interface[16]; // that the kernel made of it; "" for none
	char node[32]; // file that who drives it has open, as /dev/vfio/12; "" for none
};

/** Reads what sysfs says of the device; sysfs: "/sys", or a copy of one. */
void mw_pci_look(const char *sysfs, const char *address, struct mw_pci *pci);

/** The driver that it should have: vfio-pci, or one that needs no IOMMU where there is none. */
const char *mw_pci_driver_for(const struct mw_pci *pci);

/** Appends the one command that mends its fit; nothing when it fits. */
void mw_pci_mend(const struct mw_pci *pci, struct mw_text *command);

/**
 * The process that drives the device from user space; who gets its name. root: "", or what stands before /proc in a
 * copy.
 * @return 0: nobody does, or only root may see who.
 */
pid_t mw_pci_holder(const char *root, const struct mw_pci *pci, struct mw_text *who);

#endif
