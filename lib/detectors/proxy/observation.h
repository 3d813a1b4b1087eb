// SPDX-License-Identifier: BSD-3-Clause
// What the proxy detector carries from its worker half to its control half: one SYN-ACK, and what names its sender's
// make. Neighbours: proxy.c tells observations, table.c gathers them.
#ifndef PROXY_OBSERVATION_H
#define PROXY_OBSERVATION_H

#include <endian.h>
#include <string.h>

#include "mw_address.h"

/**
 * A server is told once in each of these spans of packet time, counted from the epoch: so what is told does not depend
 * on how many workers look. Long enough that busy servers cost little, short enough to see a clock move.
 */
#define PROXY_WINDOW_NS (4 * MW_NS_PER_SECOND)

/** Body of the event; the event's flow names server (src) and client (dst). */
struct proxy_observation {
	uint32_t ts_value;
	uint16_t window, mss; // mss: 0 none
	uint8_t ttl;
	uint8_t wscale; // 255 none
	uint8_t options; // MW_TCP_OPTION_*
	uint8_t family; // 4 or 6
};

_Static_assert(sizeof(struct proxy_observation) == 12, "no padding: events compare as bytes");

/** All that a SYN-ACK shows of its sender's make and distance, packed; never 0. */
static inline uint64_t proxy_fingerprint(const struct proxy_observation *observation)
{
	return UINT64_C(1) << 63 | (uint64_t)(observation->family == 6) << 56 | (uint64_t)observation->ttl << 48 |
		   (uint64_t)observation->window << 32 | (uint64_t)observation->mss << 16 | (uint64_t)observation->wscale << 8 |
		   observation->options;
}

/** The fields of a fingerprint; ts_value is 0. */
static inline struct proxy_observation proxy_fingerprint_fields(uint64_t fingerprint)
{
	return (struct proxy_observation){.window = (uint16_t)(fingerprint >> 32),
									  .mss = (uint16_t)(fingerprint >> 16),
									  .ttl = (uint8_t)(fingerprint >> 48),
									  .wscale = (uint8_t)(fingerprint >> 8),
									  .options = (uint8_t)fingerprint,
									  .family = fingerprint >> 56 & 1 ? 6 : 4};
}

/** Mixes all bits (the finalizer of splitmix64): the same on every machine. */
static inline uint64_t proxy_mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static inline uint64_t proxy_address_hash(const struct mw_address *address)
{
	uint64_t words[2];

	memcpy(words, address->bytes, sizeof(words));
	return proxy_mix(be64toh(words[0]) + proxy_mix(be64toh(words[1])));
}

#endif
