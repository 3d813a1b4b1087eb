// SPDX-License-Identifier: BSD-3-Clause
// New TCP connections to one address and port that die while open ones to it and new ones to others live: a translator
// whose limit counts for each destination (endpoint-dependent mapping, RFC 4787 section 4.1) has no port left for it.
// Neighbours: control.c feeds it, peers_look.c has the rule, rows.c puts what it found into the line's row. LAN side
// and IPv4 alone. Control half: fixed memory, keyed hash.
#ifndef NAT_PEERS_H
#define NAT_PEERS_H

#include "facts.h"
#include "nat.h"
#include "place.h"

#define NAT_PEERS_SEARCHED 24 // destinations that are judged in one look

struct nat_peers;

/** What is seen of a destination since the first of its connections that failed, at most two minutes back. */
struct nat_peers_tally {
	uint32_t line; // its place
	struct mw_nat_full_peer seen;
	uint32_t once; // tried once and given up: what floods and scans do
	uint32_t closed; // not open any more; the translator may hold their ports
	uint64_t lived_ns; // latest packet of the peer in a connection older than the first failure
	uint64_t hidden_ns; // so much was not seen
};

/** @return NULL without memory. */
struct nat_peers *nat_peers_new(const struct mw_hash_key *hash_key, uint64_t sessions_max);
void nat_peers_free(struct nat_peers *peers);

/** A step of a connection of a line; others than TCP seen from the LAN side are passed over. */
void nat_peers_step(struct nat_peers *peers, uint32_t line, const struct nat_place *place,
					const struct nat_facts *facts, uint64_t now_ns);

/**
 * Fetches what such a step will look at: where the hash leads, and then, once that is there, the connection itself or
 * the one that gives way. @return the hash that it is found by; 0: it is passed over.
 */
uint64_t nat_peers_soon(const struct nat_peers *peers, const struct nat_place *place);
void nat_peers_near(const struct nat_peers *peers, uint64_t flow, bool opens);

/** An ICMP error came for a connection, by its opener's ends: it failed for a reason that is told. */
void nat_peers_reported(struct nat_peers *peers, const struct mw_event_flow *flow);

/** Nothing was seen meanwhile: neither what answered a connection, nor who said why it fails. */
void nat_peers_blind(struct nat_peers *peers, uint64_t from_ns, uint64_t to_ns);

/** Looks at all lines. closing_ns: how long a translator keeps a closed connection. */
void nat_peers_look(struct nat_peers *peers, uint64_t closing_ns, uint64_t now_ns);

/**
 * The destinations of a line that had no port left at the latest look, at most MW_NAT_FULL_PEERS. limit: ports of the
 * line, 0 not known.
 */
uint32_t nat_peers_full(const struct nat_peers *peers, uint32_t line, uint32_t limit,
						struct mw_nat_full_peer full[MW_NAT_FULL_PEERS]);

#endif
