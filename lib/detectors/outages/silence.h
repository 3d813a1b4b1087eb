// SPDX-License-Identifier: BSD-3-Clause
// A silence: since when nothing came of a class through a next hop, and what was asked meanwhile. Wald's sequential
// test.
// Neighbours: line.c has one a class; cause.c judges those that were outages. Control thread.
#ifndef OUTAGES_SILENCE_H
#define OUTAGES_SILENCE_H

#include "queue.h"

#define OUTAGES_FAILURES_MAX 8
#define OUTAGES_LASTS        64 // on a busy line so many go within a few round trips
#define OUTAGES_FIRSTS       32
#define OUTAGES_BUSY_MAX     16

/** What makes failures of a class independent. */
struct outages_rule {
	const struct outages_settings *settings;
	bool few; // fewer hosts than failures are needed, or none is known: other remotes count
	bool many; // as many, or none is known: other hosts count
	bool routes; // the line is a router's
	bool sites; // IPv6: several /48 are in use, so a /48 is one remote
};

struct outages_silence {
	uint64_t heard_ns; // the last packet before, rounded down to its step; 0 never
	uint64_t lost_ns; // the first question without an answer; 0 none
	uint64_t firsts[OUTAGES_FIRSTS]; // the first ones, for what was heard later than was told at first
	uint64_t lasts[OUTAGES_LASTS]; // the latest ones, a ring
	uint64_t failed_first_ns, failed_last_ns; // of those that prove
	uint64_t ahead_last_ns;
	uint64_t ended_ns; // the first packet after; 0 not seen
	uint64_t hosts[OUTAGES_FAILURES_MAX], remotes[OUTAGES_FAILURES_MAX], sites[OUTAGES_FAILURES_MAX];
	uint32_t ahead_flows[OUTAGES_FAILURES_MAX];
	uint32_t firsts_count, lasts_count, reported;
	uint32_t rtt_us; // of the class, when it began
	struct {
		uint64_t time_ns, remote;
		uint32_t question;
	} again[OUTAGES_BUSY_MAX]; // open connections that sent again, a ring
	uint32_t again_count;
	uint32_t asked; // questions that prove
	uint32_t connects, questions, resent; // without an answer; resent: packets of open flows
	uint8_t failures; // independent ones: another host and another remote each
	uint8_t repeated; // of these, those that were asked again
	uint8_t aheads; // flows that acknowledge what never passed
	bool down;
};

/** A question without an answer; proves: its remote lived. @return true when the class is down, and was not before. */
bool outages_silence_lost(struct outages_silence *silence, const struct outages_sign *sign, bool proves,
						  const struct outages_rule *rule);

/** Who asked: IPv4 by address; a host has many addresses of IPv6, so by MAC address. */
uint64_t outages_host_of(const struct outages_sign *sign);

/** An acknowledgement of what never passed. @return as above: the mirror does not show this direction. */
bool outages_silence_ahead(struct outages_silence *silence, const struct outages_sign *sign);

/** A packet came at time_ns, as is told later: what was asked before it did not fail. */
void outages_silence_heard_before(struct outages_silence *silence, uint64_t time_ns);

/** A transmission so long before the end would have been answered before it. */
uint64_t outages_silence_late_ns(const struct outages_silence *silence);

/** Earliest end: the last transmission without an answer that an answer to it would have been seen of. */
uint64_t outages_silence_end_earliest(const struct outages_silence *silence);

/** True when it is the mirror that showed nothing. */
static inline bool outages_silence_is_one_way(const struct outages_silence *silence)
{
	return silence->aheads >= 3;
}

#endif
