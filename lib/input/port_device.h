// SPDX-License-Identifier: BSD-3-Clause
// Can a device be had? Questions to sysfs and the kernel, answered with one sentence and the command that mends it.
// Neighbours: port_spec.c asks. Every function: 0, or -errno with the sentence appended to problem.
#ifndef MW_INPUT_PORT_DEVICE_H
#define MW_INPUT_PORT_DEVICE_H

#include "mw_base.h"
#include "mw_port.h"

/** A PCI device bound to a driver that DPDK can use. sysfs: "/sys", or a test's folder. -ENODEV, -EBUSY. */
int port_device_check_pci(const char *sysfs, const char *address, struct mw_text *problem);

/** What the free hugepages of all sizes hold. */
uint64_t port_device_hugepages_bytes(const char *sysfs);

/** Free hugepages of any size. -ENOMEM. */
int port_device_check_hugepages(const char *sysfs, struct mw_text *problem);

/** An interface that exists and is up. -ENODEV. */
int port_device_check_interface(const char *name, struct mw_text *problem);

/** The capabilities that AF_XDP (or AF_PACKET, with packet_only) needs. name: for the command. -EPERM. */
int port_device_check_privileges(const char *name, bool packet_only, struct mw_text *problem);

/**
 * The link of the interface that had this index when it was opened: gone when the name is another's now, or nobody's.
 * speed_mbps is left as it was when the link is not up, 0 when the kernel does not know it.
 */
enum mw_port_link port_device_link(const char *sysfs, const char *name, uint32_t ifindex, uint32_t *speed_mbps);

/** How often the interface lost its link since it was made, as the kernel counts; 0 when it does not. */
uint64_t port_device_link_losses(const char *sysfs, const char *name);

/** MTU in bytes; 0 when not known. */
uint32_t port_device_mtu_bytes(const char *name);

/** RX queues; at least 1. */
uint16_t port_device_queues(const char *sysfs, const char *name);

/** Warns of offloads that change what is on the wire before we see it: GRO, LRO, VLAN stripping. */
void port_device_warn_offloads(const char *sysfs, const char *name, bool is_xdp);

/** Frames that the NIC of a kernel interface had no room for, since it came up. */
uint64_t port_device_missed_pkts(const char *sysfs, const char *name);

#endif
