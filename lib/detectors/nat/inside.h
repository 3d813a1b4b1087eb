// SPDX-License-Identifier: BSD-3-Clause
// Which addresses are inside hosts, and which private destinations are reached without the translator.
// Neighbours: place.c asks. Follows RFC 1918 and RFC 6598. Control half: fixed memory.
#ifndef NAT_INSIDE_H
#define NAT_INSIDE_H

#include "nat.h"

#define NAT_INSIDE_NETWORKS (65536 + 4096 + 256 + 16384) // all /24 of 10/8, 172.16/12, 192.168/16, 100.64/10

/** The private /24 networks that are seen to live here. Zeroed memory: none. */
struct nat_inside {
	uint64_t lives[NAT_INSIDE_NETWORKS / 64];
	uint32_t changes; // how often a network was added
};

/** An address of RFC 1918 or RFC 6598, or of 192.0.0.0/29; IPv4 alone. */
bool nat_inside_private(const struct mw_address *address);
/** One that no router forwards: multicast, broadcast, loopback, link-local, unspecified. IPv4 alone. */
bool nat_inside_local(const struct mw_address *address);

/**
 * The address answered, or sent more than once: its network lives on this side of the translator. Single packets prove
 * nothing, for they are easily made up.
 */
void nat_inside_saw(struct nat_inside *inside, const struct mw_address *address);

/** Whether an address that opens something natively is an inside host: configured prefixes, else private addresses. */
bool nat_inside_host(const struct mw_nat_settings *settings, const struct mw_address *address);

/** Whether an address is known to be on this side: by configured prefixes, else by what was seen of its network. */
bool nat_inside_here(const struct nat_inside *inside, const struct mw_nat_settings *settings,
					 const struct mw_address *address);

/** Surely so, told at once: src is an inside host, and its packets to dst do not go through the translator. */
bool nat_inside_stays(const struct nat_inside *inside, const struct mw_nat_settings *settings,
					  const struct mw_address *src, const struct mw_address *dst);

/**
 * Whether packets of an inside host to dst go through the translator. A private destination does, unless its network is
 * the host's own or lives here: routers send what they do not know to their default route.
 */
bool nat_inside_translated(const struct nat_inside *inside, const struct mw_nat_settings *settings,
						   const struct mw_address *host, const struct mw_address *dst);

#endif
