// SPDX-License-Identifier: BSD-3-Clause
// A translator that takes the ranges of its port set in turn, one for each new session, and drops a session whose range
// is full towards its destination: the range whose turn it was is then passed over, though other ranges have ports
// left. Linux does so where rules hand out ranges (nftables numgen inc, iptables statistic nth). UDP alone: what fills
// ranges.
// Neighbours: outside.c feeds it and asks; ledger.h has the ports. Control half: fixed memory.
#ifndef NAT_TURNS_H
#define NAT_TURNS_H

#include "mw_address.h"
#include "mw_mape.h"

#define NAT_TURNS_PORTS  2048
#define NAT_TURNS_PEERS  4 // destinations with most sessions
#define NAT_TURNS_EVENTS 8

/** Zeroed memory knows nothing. */
struct nat_turns {
	uint64_t recent; // of the latest sessions: one bit each, set where it took the next range
	uint32_t seen, at; // sessions; range of the latest, from 0
	bool learned; // it takes ranges in turn
	struct nat_turns_peer {
		struct mw_address address;
		uint16_t port;
		uint32_t weight; // sessions, less those of destinations that found no place
		uint32_t used_s[NAT_TURNS_PORTS]; // last use of each port of the set towards it, in seconds; 0 never
		bool answers; // something came from it
		uint32_t rest_s, rest2_s; // the two shortest rests after which a port came back to it; 0 none
	} peers[NAT_TURNS_PEERS];
	struct nat_turns_event {
		uint64_t at_ns;
		bool refused; // every range that was passed over is full towards peer
		uint32_t peer;
	} events[NAT_TURNS_EVENTS]; // the latest out of turn
	uint32_t events_count;
	uint32_t timer_s; // that an entry lives at most, as far as is known
	bool refuses; // at the latest look
};

/** A UDP packet at an outside port of the set. */
struct nat_turns_use {
	const struct mw_address *address;
	uint64_t now_ns; // never goes back
	uint64_t timer_ns; // that a UDP entry lives at most, as far as is known
	uint16_t peer_port, port;
	bool begins; // from inside, of a new session
	bool inbound;
};

/** What it refuses: of several destinations one that answers, for whoever does not is missed by nobody. */
struct nat_turns_refusal {
	struct mw_address address; // where the full ranges lead
	uint16_t port;
	bool answers;
	uint32_t ports; // that live towards it
	uint64_t from_ns, to_ns;
};

/** Sets of fewer than 4 ranges, or more than 2,048 ports, are passed over. */
void nat_turns_use(struct nat_turns *turns, const struct mw_mape_set *set, const struct nat_turns_use *use);

/** True when it refuses now: several times of late the range whose turn it was is full and was passed over. */
bool nat_turns_refuses(struct nat_turns *turns, uint64_t now_ns, struct nat_turns_refusal *refusal);

#endif
