// SPDX-License-Identifier: BSD-3-Clause
// Live ports: any DPDK port, named the way an operator names it.
// Neighbours: app/ starts EAL with the devices from here and polls the queues; mw_capture.h is the file counterpart.
// Control thread, but mw_port_receive and mw_port_release: one worker receives from a queue, any worker gives back.
#ifndef MW_PORT_H
#define MW_PORT_H

#include "mw_base.h"
#include "mw_packet.h"
#include "mw_settings.h"
#include "mw_text.h"

struct rte_mbuf;
struct rte_mempool;

#define MW_PORT_SPEC_BYTES 256
#define MW_PORT_QUEUES_MAX 32

enum mw_port_kind { MW_PORT_PCI, MW_PORT_AF_XDP, MW_PORT_AF_PACKET, MW_PORT_VDEV };

/** Section "input". */
struct mw_port_settings {
	uint64_t rx_queues; // a port; 0: one per worker, as far as the port can
	uint64_t rx_descriptors; // a queue
	uint64_t mbufs; // a port; 0: what its queues need
	bool promiscuous;
	char xdp_program[MW_SETTING_TEXT_BYTES]; // object file; "" finds the installed one
	struct mw_setting_prefixes xdp_exclude; // passed over before they cost anything
	struct mw_setting_texts xdp_exclude_vlans;
};
extern const struct mw_settings_module mw_port_settings_module;

/** What the operator wrote after -i, taken apart. */
struct mw_port_spec {
	char text[MW_PORT_SPEC_BYTES]; // as written
	enum mw_port_kind kind;
	char device[MW_PORT_SPEC_BYTES]; // PCI address, kernel interface, or vdev name
	char devargs[MW_PORT_SPEC_BYTES]; // for EAL: after -a (PCI) or --vdev
	uint16_t queues; // RX queues that the port will have; 0: not known before it is opened
	uint32_t frame_bytes; // longest frame that it can hold; 0: the driver decides
};

/** Longest IP packet, in bytes, that AF_XDP holds. */
#define MW_PORT_XDP_MTU_BYTES 2986u

/** What the machine's free hugepages hold; without them only virtual ports and interfaces work, and slower. */
uint64_t mw_port_hugepages_bytes(void);

/**
 * Reads "0000:3b:00.0", "eth1", "afpacket:eth1", "vdev:net_memif0,..." without a look at the device: kind and device.
 * @return 0; -EINVAL with a sentence.
 */
int mw_port_read(const char *text, struct mw_port_spec *spec, struct mw_text *problem);

/**
 * Reads the same and checks that the device can be had.
 * index makes vdev names unique. On failure problem is one sentence that says why and the command that mends it; for
 * -ENOMEM it is the caller's to add how many hugepages are enough.
 * @return 0; -EINVAL; -ENODEV; -EPERM; -EBUSY; -ENOMEM (no hugepages where they are needed).
 */
int mw_port_parse(const char *text, uint32_t index, const struct mw_port_settings *settings, struct mw_port_spec *spec,
				  struct mw_text *problem);

/**
 * Capabilities, as bits, that a process needs for a kernel interface; in words for people and for setpriv(1).
 * @return 0 for other kinds, and the words are left as they were.
 */
uint64_t mw_port_capabilities(enum mw_port_kind kind, const char **names, const char **setpriv);

/** Memory that the port's packet buffers will take, bytes. EAL needs about 64 MiB besides. */
uint64_t mw_port_memory_bytes(const struct mw_port_spec *spec, const struct mw_port_settings *settings);

struct mw_port;

/** Counters of one port, since start. */
struct mw_port_counts {
	uint64_t received_pkts, received_bytes;
	uint64_t missed_pkts; // by the NIC or the kernel, for want of room
	uint64_t no_mbuf_pkts; // for want of buffers
	uint64_t error_pkts;
	uint64_t excluded_pkts; // passed over by the XDP program, as asked
};

/**
 * After rte_eal_init: configures and starts the port with up to queues_wanted RX queues. problem as above. A NIC
 * that spreads packets over queues is told to do it by mw_spread.h under spread_key.
 * @return 0 and *port, or -errno.
 */
int mw_port_open(const struct mw_port_spec *spec, const struct mw_port_settings *settings, uint16_t queues_wanted,
				 uint16_t spread_key, struct mw_port **port, struct mw_text *problem);
/** Stops and closes the port and frees it, once no worker uses it and no packet of it is out; NULL is allowed. */
void mw_port_close(struct mw_port *port);

/** RX queues that it has: 1 to MW_PORT_QUEUES_MAX. Never changes, so any thread may ask. */
uint16_t mw_port_queues(const struct mw_port *port);
/** What the operator wrote after -i. Lives as long as the port. */
const char *mw_port_name(const struct mw_port *port);
/** DPDK's name of the driver. Lives as long as the port. */
const char *mw_port_driver(const struct mw_port *port);
/** GONE: the interface or the card was taken away, and what comes back under its name is another one. */
enum mw_port_link { MW_PORT_LINK_DOWN, MW_PORT_LINK_UP, MW_PORT_LINK_GONE };

/**
 * How the link is; does not wait. A kernel interface is asked itself, for its DPDK drivers always say "up".
 * speed_mbps: in Mbit/s, 0 when nobody knows it; left as it was when the link is not up.
 */
enum mw_port_link mw_port_link(const struct mw_port *port, uint32_t *speed_mbps);

/**
 * How often the link was lost, so that between two looks at it none is missed, however short. 0: nobody counts it (a
 * card of DPDK's own).
 */
uint64_t mw_port_link_losses(const struct mw_port *port);

/**
 * Up to MW_BATCH_PACKETS frames of one queue, each with its source fields filled from now_ns or the NIC's
 * timestamp. own: MW_BATCH_PACKETS structs of the caller's, which stay in its cache, for packets that no other worker
 * will see; NULL: each packet lies in its frame's buffer. Every packet must be given back with mw_port_release, by any
 * worker.
 */
uint32_t mw_port_receive(struct mw_port *port, uint16_t queue, uint64_t now_ns, struct mw_packet own[],
						 struct mw_packet *packets[]);
void mw_port_release(struct mw_packet *const packets[], uint32_t count);

/**
 * Gives a PCI device that is gone back to the kernel, which waits for it, once no worker receives from it any more: to
 * be called again until it does. The counters stay as they were. @return true when it is given back.
 */
bool mw_port_detach(struct mw_port *port);

/** Reads the counters. @return 0; -errno of DPDK, and counts is left as it was. */
int mw_port_counts(struct mw_port *port, struct mw_port_counts *counts);

#define MW_PORT_XSTATS_MAX 512

/** A counter of the driver's own, under its name. */
struct mw_port_xstat {
	char name[64];
	uint64_t value;
};

/** The driver's own counters that are not zero, of the first MW_PORT_XSTATS_MAX. @return how many; 0: it has none. */
uint32_t mw_port_xstats(const struct mw_port *port, struct mw_port_xstat rows[MW_PORT_XSTATS_MAX]);

/** One row for each kind that the XDP program counts; 0 rows when there is no such program. */
struct mw_port_xdp_count {
	const char *name;
	uint64_t packets, bytes;
};
uint32_t mw_port_xdp_counts(struct mw_port *port, struct mw_port_xdp_count *rows, uint32_t rows_max);

#endif
