// SPDX-License-Identifier: BSD-3-Clause
// Whether a line's translator has run out: new IPv4 connections fail while open ones and IPv6 live. Told apart from an
// outage (all fails), from loss (all suffer alike) and from servers that are down (they answer nobody).
// Neighbours: control.c feeds it, health_decide.c has the rule. Control half: fixed memory, no hash seed.
#ifndef NAT_HEALTH_H
#define NAT_HEALTH_H

#include "nat.h"
#include "nat_model.h"

#define NAT_HEALTH_SECONDS 40 // kept of each line
#define NAT_HEALTH_TRIES   12 // of each second; a busier line is sampled by its flows' hash
#define NAT_HEALTH_PLACES  128 // destinations that answered: only they can fail
#define NAT_HEALTH_FLOWS   64 // answered IPv4 connections that are followed

/** Kinds of connections that are told apart. */
enum nat_health_kind { NAT_HEALTH_V4, NAT_HEALTH_V6, NAT_HEALTH_PING4, NAT_HEALTH_KINDS };

/** A connection: who opened it, from which port, to where. ICMP echo: identifier in port; peer_port is ignored. */
struct nat_health_flow {
	struct mw_address host, peer;
	uint16_t port, peer_port;
	uint8_t protocol; // enum mw_nat_protocol
};

/** A connection that began, to a destination that had answered before. */
struct nat_health_try {
	uint32_t flow, place, address, host; // hashes; place: address, protocol and port
	uint32_t opened_ns; // within its second
	uint8_t kind; // enum nat_health_kind
	uint8_t protocol; // enum mw_nat_protocol
	bool answered; // within the time given
	bool quick; // before anybody sends again
};

/** One second. */
struct nat_health_second {
	uint64_t second; // of the clock of health_decide.h, as all that end in _s
	uint32_t tries_count, offered; // offered: before sampling
	uint32_t shift; // of its sampling
	uint32_t old_out, old_lost, old_in; // answered IPv4 connections: sent, sent without an answer, received
	uint32_t in_first_ns, in_last_ns; // within it: packets of IPv4 from outside, new connections' too; 0 none
	struct nat_health_try tries[NAT_HEALTH_TRIES];
};

/** One line; zeroed memory is a line that nothing is known of. */
struct nat_health {
	uint64_t now_s; // 0: nothing seen yet
	uint64_t decided_s;
	struct nat_health_second seconds[NAT_HEALTH_SECONDS];
	struct nat_health_place {
		uint32_t place, answered_s;
	} places[NAT_HEALTH_PLACES];
	struct nat_health_old {
		uint32_t flow;
		uint64_t in_ns, out_ns; // out_ns: waits for an answer; 0 does not
	} flows[NAT_HEALTH_FLOWS];
	uint32_t sample_shift; // one flow of 2^shift is followed
	uint64_t tried[NAT_HEALTH_KINDS], failed[NAT_HEALTH_KINDS]; // of the interval's seconds that are judged
	uint64_t old_out, old_lost;
	uint64_t exhausted_from_ns, exhausted_to_ns; // since the interval began; 0 none
	uint64_t last_failed_ns, found_s;
	uint64_t suspected_s, suspected_ns; // looked so without a full model, first refusal then; 0 not
	uint64_t base_tried, base_failed; // IPv4 connections of half a minute ago and before
	bool demand_high; // as high as it has ever been, or nearly; the caller's
	bool exhausted; // now
};

/**
 * What an interval looks like; percentages are NaN when too little was tried (fewer than 3). They are of connections to
 * destinations that had answered before, judged when their time to be answered is over: 3 s.
 */
struct nat_health_look {
	double new_v4_failed_pct, established_v4_failed_pct, new_v6_failed_pct, ping4_failed_pct;
	bool exhausted; // at any time of it
	uint64_t from_ns, to_ns; // when: from may lie before the interval by the time it took to find out
};

/** A connection begins: packet_ns is its first packet. Times never go back. */
void nat_health_tried(struct nat_health *health, uint64_t packet_ns, const struct nat_health_flow *flow);
/** The connection whose first packet came at first_ns was answered for the first time. */
void nat_health_answered(struct nat_health *health, uint64_t packet_ns, const struct nat_health_flow *flow,
						 uint64_t first_ns);
/**
 * A later packet of a connection: of each direction the first in 2^31 ns of time at least. out: its inside end sent it.
 * May be called for any connection: those that never received later, and IPv6, are passed over.
 */
void nat_health_lives(struct nat_health *health, uint64_t packet_ns, const struct nat_health_flow *flow, bool out);

/**
 * Moves the clock and decides anew, once a second. full: a limit is known and the model's port demand is at it; without
 * it more evidence is asked for.
 * @return true when the line became exhausted now.
 */
bool nat_health_advance(struct nat_health *health, uint64_t now_ns, bool full);

/** What it took for exhaustion of the line was that of one destination. */
void nat_health_withdraw(struct nat_health *health);

/** New IPv4 connections to one destination, of the latest 16 s; a sample of a busy line's. */
struct nat_health_place_look {
	uint32_t place; // its hash
	uint32_t tried, failed;
};

/** The destination's hash. */
uint32_t nat_health_place_hash(const struct nat_health_flow *flow);
/** Those that were tried, as many as fit. @return how many. */
uint32_t nat_health_places(const struct nat_health *health, struct nat_health_place_look looks[], uint32_t room);

/** The time since the last nat_health_interval. */
void nat_health_look(const struct nat_health *health, struct nat_health_look *look);
void nat_health_interval(struct nat_health *health, uint64_t start_ns);

#endif
