// SPDX-License-Identifier: BSD-3-Clause
// Where a step of a connection belongs: which line, which end of it is inside, or that no translator is in its way.
// Neighbours: control.c asks for each step; inside.h, line.h, candidate.h know.
#ifndef NAT_PLACE_H
#define NAT_PLACE_H

#include "candidate.h"
#include "facts.h"
#include "inside.h"
#include "line.h"

/** What is needed to place a step. */
struct nat_places {
	struct nat_inside inside;
	struct nat_lines *lines;
	struct nat_candidates *candidates;
};

/** What the books find a step's host and session by; 0: not made yet. */
struct nat_place_hashes {
	uint64_t host, peers; // of host.c, of peers.c
	struct mw_nat_hashes ports, entries; // of the model's numbers of the line
};

/** A step of a connection through a line. Seen from outside, host is the line's outside address. */
struct nat_place {
	struct nat_line *line;
	struct mw_address host, peer;
	uint16_t port, peer_port;
	uint8_t protocol; // enum mw_nat_protocol
	bool opened_inside; // the inside end opened the connection
	bool outbound; // the inside end sent this packet
	uint64_t past_ns; // told late: when it was; 0 now
	const struct nat_candidate *before; // the line became one just now: its sessions so far; else NULL
	struct nat_place_hashes hashes;
};

/** @return 0, or an error of nat_lines_new. */
int nat_places_start(struct nat_places *places, const struct mw_nat_settings *settings,
					 const struct mw_hash_key *hash_key);
void nat_places_stop(struct nat_places *places);

/**
 * Places a step of an IPv4 connection. A line seen from a tunnel is found by the inside end's addresses: replies of a
 * border relay may come from an address that nothing was sent to.
 * @return false when it goes through no line that is known (yet).
 */
bool nat_place_find(struct nat_places *places, const struct mw_nat_settings *settings, const struct mw_event *event,
					const struct nat_facts *facts, uint64_t now_ns, struct nat_place *place);

/** What nat_place_find would say: nobody knows yet, that there is no line in its way, or which one. */
enum nat_place_known { NAT_PLACE_UNKNOWN, NAT_PLACE_NONE, NAT_PLACE_AT_LINE };

/**
 * The same as far as it is known already, and nothing is changed by asking: to look ahead. place is filled where there
 * is a line, which stands as long as nat_places_changes is the same. That there is none stands for good: of networks
 * that live here there are never fewer.
 */
enum nat_place_known nat_place_known(const struct nat_places *places, const struct mw_nat_settings *settings,
									 const struct mw_event *event, const struct nat_facts *facts,
									 struct nat_place *place);
uint32_t nat_places_changes(const struct nat_places *places);

/**
 * Takes note of a step that was known ahead, when changes were so many. @return known, if that still stands, else
 * NAT_PLACE_UNKNOWN.
 */
enum nat_place_known nat_place_stands(struct nat_places *places, const struct mw_event *event,
									  const struct nat_facts *facts, enum nat_place_known known, uint32_t changes);

/** The protocol, or MW_NAT_PROTOCOLS when it is none that is translated here. */
enum mw_nat_protocol nat_place_protocol(const struct mw_event_flow *flow);

#endif
