// SPDX-License-Identifier: BSD-3-Clause
// An open port, shared by the port_*.c files.
// Neighbours: port.c opens and closes, port_rx.c receives (workers), port_count.c counts (control core).
#ifndef MW_INPUT_PORT_H
#define MW_INPUT_PORT_H

#include <stdatomic.h>

#include "mw_port.h"
#include "port_packet.h"
#include "port_time.h"
#include "port_xdp.h"

#define PORT_LINK_HEADER_BYTES   22u // Ethernet and two VLAN tags
#define PORT_XDP_FRAME_BYTES     3008u // with everything before it an AF_XDP chunk is still below a page
#define PORT_XDP_HEADROOM_BYTES  256u // XDP_PACKET_HEADROOM of the kernel
#define PORT_PACKET_HEADER_BYTES 80u // what AF_PACKET puts before a frame in its ring, rounded up

/** What the worker of one queue keeps; nobody else touches it. */
struct port_queue {
	_Alignas(MW_CACHE_LINE_BYTES) uint64_t clock_ns; // latest packet time so far
	struct port_time time;
	_Atomic bool left; // the worker has seen that the port is gone; partner: port_removal.c
};

struct mw_port {
	// read by workers, written before they start
	uint16_t id; // DPDK's
	uint16_t queues;
	int timestamp_offset; // of the mbuf field; -1: the NIC gives no time that can be used
	uint64_t timestamp_flag;
	struct port_rate rate;
	_Atomic bool gone; // set once, by DPDK's interrupt thread: the device goes

	// control core only
	struct mw_port_spec spec;
	char driver[64];
	struct rte_mempool *pool;
	struct port_sockets sockets;
	struct port_xdp xdp;
	int promiscuous_fd; // of a kernel interface; -1: none
	uint32_t ifindex; // of the kernel interface; 0: DPDK has the device
	uint64_t missed_before_pkts; // the interface's own counter when we came
	bool detached; // gone and given back
	struct mw_port_counts last; // of a port that is detached

	struct port_queue queue_states[MW_PORT_QUEUES_MAX];
};

#endif
