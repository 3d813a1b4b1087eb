// SPDX-License-Identifier: BSD-3-Clause
// What the XDP program and its user-space half agree on: map names, keys, kinds of counters.
// Neighbours: mw_xdp.bpf.c in the kernel, ../port_xdp.c in user space. Compiled by both sides: kernel types only.
#ifndef MW_XDP_H
#define MW_XDP_H

#include <linux/types.h>

#define MW_XDP_PROGRAM       "mw_xdp" // at most 15 characters, as every name here: the kernel cuts them
#define MW_XDP_MAP_SOCKETS   "xsks_map" // net_af_xdp wants this name
#define MW_XDP_MAP_COUNTS    "mw_xdp_counts"
#define MW_XDP_MAP_PREFIXES4 "mw_xdp_out4"
#define MW_XDP_MAP_PREFIXES6 "mw_xdp_out6"
#define MW_XDP_MAP_VLANS     "mw_xdp_outvlan"
#define MW_XDP_MAP_SWITCHES  "mw_xdp_switch"

#define MW_XDP_QUEUES_MAX   64
#define MW_XDP_PREFIXES_MAX 64
#define MW_XDP_VLANS_MAX    4096

/** Every counter: X(symbol, name). The last four say what became of the packet: they sum up to total. */
#define MW_XDP_COUNTS(X)                                                                                               \
	X(TOTAL, "total")                                                                                                  \
	X(IPV4, "ipv4")                                                                                                    \
	X(IPV6, "ipv6")                                                                                                    \
	X(ARP, "arp")                                                                                                      \
	X(OTHER, "other")                                                                                                  \
	X(VLAN, "vlan")                                                                                                    \
	X(EXCLUDED_PREFIX, "excluded-prefix")                                                                              \
	X(EXCLUDED_VLAN, "excluded-vlan")                                                                                  \
	X(REDIRECTED, "redirected")                                                                                        \
	X(NO_SOCKET, "no-socket")

enum mw_xdp_count {
#define X(symbol, name) MW_XDP_COUNT_##symbol,
	MW_XDP_COUNTS(X)
#undef X
		MW_XDP_COUNTS_MAX
};

/** Value of the counters' map, one a CPU. bytes: of the frames, without FCS. */
struct mw_xdp_value {
	__u64 packets, bytes;
};

/** Keys of the prefix maps: bits that count, then the address in network order. */
struct mw_xdp_key4 {
	__u32 len_bits;
	__u8 address[4];
};
struct mw_xdp_key6 {
	__u32 len_bits;
	__u8 address[16];
};

/** Bits of the one entry of the switches' map: which exclusions have entries at all. */
enum { MW_XDP_EXCLUDE_PREFIXES4 = 1, MW_XDP_EXCLUDE_PREFIXES6 = 2, MW_XDP_EXCLUDE_VLANS = 4 };

#endif
