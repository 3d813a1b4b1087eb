// SPDX-License-Identifier: BSD-3-Clause
// First pieces that carry a tunnel: decode enters them, so that their datagrams never look complete here.
// Neighbours: end.c asks before it says that a first piece is missing; lib/decode/ip.c enters.
//
// A slot of another pair can keep a loss from being told, never the other way round. The hash has no key: what is told
// may not depend on one.
#include "table.h"

#include <string.h>

#define NEAR_SECONDS 60 // two time-outs of the usual length

static uint32_t slot_of(const struct mw_address *src, const struct mw_address *dst)
{
	static const struct mw_hash_key no_key;
	uint8_t pair[32];

	memcpy(pair, src->bytes, 16);
	memcpy(pair + 16, dst->bytes, 16);
	return (uint32_t)mw_hash_portable(&no_key, pair, sizeof(pair)) % MW_FRAGMENT_TUNNELS;
}

static uint32_t second_of(uint64_t clock_ns)
{
	return (uint32_t)(clock_ns / MW_NS_PER_SECOND) | 1; // never 0
}

void tunnels_note(struct mw_fragments *fragments, const struct mw_packet *packet)
{
	uint32_t slot = slot_of(&packet->outer_src, &packet->outer_dst);

	atomic_store_explicit(&fragments->config.tunnels->seconds[slot], second_of(fragments->clock_ns),
						  memory_order_relaxed);
}

bool tunnels_may_have_first(const struct mw_fragments *fragments, const struct datagram *datagram)
{
	static const bool is_ip_tunnel[256] = {[4] = true, [41] = true, [47] = true, [115] = true};
	uint32_t second, own = second_of(datagram->clock_ns);

	if (datagram->first_seen)
		return false;
	if (is_ip_tunnel[datagram->protocol])
		return true;
	second = atomic_load_explicit(&fragments->config.tunnels->seconds[slot_of(&datagram->key.src, &datagram->key.dst)],
								  memory_order_relaxed);
	return second != 0 && MW_MAX(second, own) - MW_MIN(second, own) <= NEAR_SECONDS;
}
