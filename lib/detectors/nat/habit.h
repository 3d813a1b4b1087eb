// SPDX-License-Identifier: BSD-3-Clause
// What a host does with its ports: where its unanswered sessions go, how often, in what rhythm.
// Neighbours: control.c feeds one for each inside host; hints.h. Control half: fixed memory.
#ifndef NAT_HABIT_H
#define NAT_HABIT_H

#include "nat.h"
#include "nat_model.h"
#include "hints.h"

#define NAT_HABIT_PEERS 8 // destinations followed at a time: those with most unanswered sessions
#define NAT_HABIT_TICKS 256 // of a quarter second: the times of openings that autocorrelation looks at

/** One host's habit in the making; zeroed memory is a host that nothing is known of. */
struct nat_habit {
	struct nat_habit_peer {
		struct mw_address dst;
		uint16_t dport, last_sport;
		uint8_t protocol;
		bool ever_answered;
		uint32_t weight; // of "space saving": at least its unanswered sessions, halved at each interval
		uint32_t opened, new_ports; // in this interval
		uint64_t first_tick, last_tick;
		uint64_t ticks[NAT_HABIT_TICKS / 64]; // a bit for each that had an opening; a ring up to last_tick
	} peers[NAT_HABIT_PEERS];
	uint32_t peers_count;
};

void nat_habit_opened(struct nat_habit *habit, uint64_t now_ns, uint8_t protocol, uint16_t sport,
					  const struct mw_address *dst, uint16_t dport);
void nat_habit_answered(struct nat_habit *habit, uint8_t protocol, const struct mw_address *dst, uint16_t dport);

/** The habit over an interval of so many ns; known is false without at least 5 sessions to one place never answered. */
void nat_habit_judge(const struct nat_habit *habit, uint64_t interval_ns, const struct nat_hints *hints,
					 struct mw_nat_habit *result);

/** The period of a peer's openings in ms by autocorrelation; 0 none. */
uint32_t nat_habit_period_ms(const struct nat_habit_peer *peer);

/**
 * In words: "2.1/s to 192.168.1.211:59870/udp (private, never answered), new port each time, every 3.0 s"; "": none.
 */
void nat_habit_add_text(struct mw_text *text, const struct mw_nat_habit *habit);

/** Begins a new interval; what is needed to see a rhythm stays. */
void nat_habit_interval(struct nat_habit *habit);

#endif
