// SPDX-License-Identifier: BSD-3-Clause
// Who got the last ports, by what came back: a translator without a port drops the packet, an answer proves a mapping.
// Neighbours: session.c calls it where a line with a limit is about to run out, and nowhere else. Not where ports are
// used again towards other peers: Linux, which does so, drops when the one range it chose of a set is full, while
// others are not. There the count does not tell where the edge is.
#include "table.h"

#define LOOKS_MAX 32 // at the youngest silent sessions: the work has a bound

void nat_edge_join(struct mw_nat *nat, uint32_t number)
{
	struct nat_session *session = &nat->sessions[number];

	session->edge = true;
	mw_kit_list_append(&nat->lines[session->line].silent, nat->silent, sizeof(*nat->silent), number);
}

void nat_edge_leave(struct mw_nat *nat, uint32_t number)
{
	struct nat_session *session = &nat->sessions[number];

	if (!session->edge)
		return;
	session->edge = false;
	mw_kit_list_remove(&nat->lines[session->line].silent, nat->silent, sizeof(*nat->silent), number);
}

bool nat_edge_expects(const struct nat_session *session)
{
	return session->protocol != MW_NAT_UDP || session->peer_port == 53;
}

// Should something come back to it after all, it was a slow peer.
void nat_edge_take_back(struct mw_nat *nat, uint32_t number)
{
	const struct nat_session *session = &nat->sessions[number];
	const struct mw_nat_activity attempt = {.time_ns = nat->now_ns,
											.line = session->line,
											.protocol = session->protocol,
											.port = session->port,
											.peer_port = session->peer_port,
											.host = mw_nat_address(session->host_address),
											.peer = mw_nat_address(session->peer)};

	nat_session_end(nat, number, false);
	nat_ghost_add(nat, &attempt);
}

// Whether its end leaves a port to a session of this protocol.
static bool frees(const struct mw_nat *nat, uint32_t number, uint8_t protocol)
{
	const struct nat_session *session = &nat->sessions[number];

	return nat_session_mates(nat, session) == 1 && !nat_session_is_answered(nat, session) &&
		   (session->protocol == protocol || nat->lines[session->line].profile.shared_pool);
}

void nat_edge_yield(struct mw_nat *nat, uint32_t line, uint8_t protocol)
{
	uint32_t at = nat->lines[line].silent.newest;

	for (int look = 0; look < LOOKS_MAX && at != 0; look++, at = nat->silent[at].older) {
		if (!frees(nat, at, protocol))
			continue;
		nat_edge_take_back(nat, at);
		return;
	}
}

static uint32_t find(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash)
{
	struct mw_kit_walk walk = mw_kit_walk(&nat->ghost_index, hash);

	for (; walk.number != 0; mw_kit_walk_next(&nat->ghost_index, &walk)) {
		const struct mw_nat_activity *attempt = &nat->ghosts[walk.number].attempt;

		if (attempt->line == activity->line && attempt->protocol == activity->protocol &&
			attempt->port == activity->port && attempt->peer_port == activity->peer_port &&
			mw_address_compare(&attempt->host, &activity->host) == 0 &&
			mw_address_compare(&attempt->peer, &activity->peer) == 0)
			break;
	}
	return walk.number;
}

static void forget(struct mw_nat *nat, uint32_t number)
{
	mw_kit_list_remove(&nat->ghosts_by_age, &nat->ghosts->of_age, sizeof(*nat->ghosts), number);
	mw_kit_index_remove(&nat->ghost_index, number);
}

void nat_ghost_add(struct mw_nat *nat, const struct mw_nat_activity *attempt)
{
	const uint64_t hash = nat_session_hash(nat, attempt);
	uint32_t number = find(nat, attempt, hash);

	if (number != 0)
		forget(nat, number);
	else if (mw_kit_index_full(&nat->ghost_index))
		forget(nat, nat->ghosts_by_age.oldest);
	number = mw_kit_index_add(&nat->ghost_index, hash);
	nat->ghosts[number].attempt = *attempt;
	mw_kit_list_append(&nat->ghosts_by_age, &nat->ghosts->of_age, sizeof(*nat->ghosts), number);
}

bool nat_ghost_take(struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	uint32_t number = 0;
	bool recent;

	if (nat->ghost_index.used != 0)
		number = find(nat, activity, nat_session_hash(nat, activity));
	if (number == 0)
		return false;
	recent = nat->now_ns - nat->ghosts[number].attempt.time_ns <= NAT_GHOST_NS;
	forget(nat, number);
	return recent;
}
