// SPDX-License-Identifier: BSD-3-Clause
// The kernel sockets under net_af_packet and net_af_xdp: what the drivers do not tell or do wrong.
// Neighbours: port.c and port_count.c. Control core only. See packet(7) and Documentation/networking/af_xdp.rst.
#ifndef MW_INPUT_PORT_PACKET_H
#define MW_INPUT_PORT_PACKET_H

#include "mw_base.h"

#define PORT_SOCKETS_MAX 64

/** The sockets of a port; the driver owns and closes them. */
struct port_sockets {
	int family; // AF_PACKET, AF_XDP, or 0 for none
	uint32_t count;
	int fds[PORT_SOCKETS_MAX];
	uint64_t dropped_pkts; // AF_PACKET: the kernel forgets what it has told
};

/** Sizes of an AF_PACKET ring, as given to the driver. */
struct port_packet_ring {
	uint32_t block_bytes, frame_bytes, frames;
};

/** A ring for frames of an interface with this MTU, with room for at least descriptors frames. */
struct port_packet_ring port_packet_ring(uint32_t mtu_bytes, uint64_t descriptors);

/** The process's sockets of a family; AF_PACKET: only those bound to interface index ifindex. */
void port_sockets_find(struct port_sockets *sockets, int family, int ifindex);

/** Takes out of sockets those that are in before too. */
void port_sockets_subtract(struct port_sockets *sockets, const struct port_sockets *before);

/**
 * Puts sockets of our own in place of the driver's, before it starts. The driver joins its sockets to a fanout group
 * that has the kernel reassemble IPv4 fragments, and there is no way out of such a group; we want fragments as they
 * are.
 * @return 0 or -errno; then the driver's sockets stay.
 */
int port_packet_replace(struct port_sockets *sockets, const struct port_packet_ring *ring, int ifindex);

/**
 * Has an interface hand on frames to every address as long as the descriptor is open: the kernel ends that with the
 * process, however it ends. @return the descriptor, or -errno.
 */
int port_packet_promiscuous(int ifindex);

/** Frames that the kernel dropped for want of room, since start. */
uint64_t port_sockets_dropped_pkts(struct port_sockets *sockets);

#endif
