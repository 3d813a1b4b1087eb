// SPDX-License-Identifier: BSD-3-Clause
// The rule of exhaustion: what the recent seconds of a line must look like.
// Neighbours: health.c keeps the seconds.
#ifndef NAT_HEALTH_DECIDE_H
#define NAT_HEALTH_DECIDE_H

#include "health.h"

#define NAT_HEALTH_GIVEN_S   3 // a connection without an answer for so long has failed
#define NAT_HEALTH_BEFORE_NS ((UINT64_C(1) << 22) * MW_NS_PER_SECOND) // whole seconds, and windows of 2^31 ns

/** On the clock by which seconds are kept: none of packets is 0 in it, nor less than is looked back. */
static inline uint64_t nat_health_time(uint64_t packet_ns)
{
	return packet_ns + NAT_HEALTH_BEFORE_NS;
}

/** Back; 0 stays. */
static inline uint64_t nat_health_packet_time(uint64_t time_ns)
{
	return time_ns == 0 ? 0 : time_ns - NAT_HEALTH_BEFORE_NS;
}

/** The second's record, or NULL when it is not kept. */
const struct nat_health_second *nat_health_second_at(const struct nat_health *health, uint64_t second);

/** @return the first refusal, nat_health_time, when the line looks exhausted now, else 0. */
uint64_t nat_health_refused_since(const struct nat_health *health, bool full);

/**
 * An onset: few fail, since ports come free one by one, but nearly none did before, while demand is at its highest,
 * open connections live, and what passed shows that it is no loss. @return the first refusal, nat_health_time, else 0.
 * Of health_onset.c.
 */
uint64_t nat_health_onset(const struct nat_health *health);

/** True when new connections succeed again. since_s: when it was found; nothing is said before a while is over. */
bool nat_health_recovered(const struct nat_health *health, uint64_t since_s);

/** The latest failed connection, nat_health_time; 0 when none is kept. */
uint64_t nat_health_last_failed(const struct nat_health *health);

#endif
