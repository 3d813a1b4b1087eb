// SPDX-License-Identifier: BSD-3-Clause
// Addresses and CEs that may be NAT lines: followed until they show it, so that neither the clients of an Internet
// mirror nor made-up packets become lines.
// Neighbours: place.c; line.h is what a candidate becomes. Fixed memory.
#ifndef NAT_CANDIDATE_H
#define NAT_CANDIDATE_H

#include "mw_mape.h"
#include "line.h"

#define NAT_CANDIDATE_SESSIONS 64 // kept of each; fed to the model when it becomes a line

struct nat_candidate_session {
	struct mw_address host, peer;
	uint64_t last_ns;
	uint16_t port, peer_port;
	uint8_t protocol; // enum mw_nat_protocol
	bool answered, closed;
}; // last_ns: its latest packet

struct nat_candidate {
	struct nat_line_key key;
	uint64_t last_ns; // 0: none is here
	struct mw_mape_seen seen;
	uint32_t opened, answered; // sessions; of the kept ones
	struct nat_candidate_session sessions[NAT_CANDIDATE_SESSIONS]; // a ring by opened
};

struct nat_candidates;

/** Copies the key. @return NULL without memory. */
struct nat_candidates *nat_candidates_new(const struct mw_hash_key *hash_key);
void nat_candidates_free(struct nat_candidates *candidates);

/**
 * The candidate of a key; make: a new one in the place of the one of its bucket that was seen least lately. Or NULL.
 */
struct nat_candidate *nat_candidates_find(struct nat_candidates *candidates, const struct nat_line_key *key,
										  uint64_t now_ns, bool make);

/** A session began. */
void nat_candidate_opened(struct nat_candidate *candidate, const struct nat_candidate_session *session);
/** It was answered, or lives on without an answer in view: whatever shows that it was not made up. */
void nat_candidate_lives(struct nat_candidate *candidate, const struct nat_candidate_session *session);

/** It was closed: a FIN or a reset. */
void nat_candidate_closed(struct nat_candidate *candidate, const struct nat_candidate_session *session);

/** Whether it has shown to be a line. */
bool nat_candidate_is_line(const struct nat_candidate *candidate);

/** Its kept sessions, the oldest first. */
void nat_candidate_sessions(const struct nat_candidate *candidate,
							void (*visit)(void *context, const struct nat_candidate_session *session), void *context);

#endif
