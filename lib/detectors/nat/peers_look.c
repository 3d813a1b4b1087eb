// SPDX-License-Identifier: BSD-3-Clause
// The rule of a destination without ports. A server that is down is silent in its open connections, too; a translator
// that has run out refuses new ones to all; a server or a filter that refuses answers with a reset or an ICMP error;
// one that drops a SYN now and then accepts the next; what floods or scans does not repeat its SYN, and has no open
// connection to it.
// Neighbours: peers.h; peers.c remembers.
#include <string.h>

#include "peers_table.h"

#define WINDOW_NS    (120 * MW_NS_PER_SECOND) // back from now
#define GIVEN_NS     (3 * MW_NS_PER_SECOND) // to be answered
#define SILENT_NS    (5 * MW_NS_PER_SECOND) // an open connection that sent and heard nothing since
#define HOSTS        16 // that have been answered; with more, any host may be
#define ELSEWHERE    3 // new connections to others that were answered, at least
#define LIVED        3 // open ones, at least
#define LIMIT_LOW    90 // percent of a known limit that is reached: its timers are not known to the second
#define LIMIT_HIGH   110 // ... and beyond which it is not the limit
#define FAILED_KNOWN 5 // connections that failed, with a limit that is reached
#define FAILED       10 // without one
#define LASTING_NS   (10 * MW_NS_PER_SECOND) // from the first to the last of those

/** What is counted and not told. */
struct work {
	struct nat_peers_tally *tally;
	uint32_t hosts[HOSTS], hosts_count;
	uint32_t refused[HOSTS]; // hosts that failed
	uint32_t votes; // while destinations are searched
	uint32_t peer; // as in a session
};

static bool has_failed(const struct nat_peers *peers, const struct nat_peers_session *session, uint64_t now_ns)
{
	return session->state == NAT_PEERS_TRYING && now_ns >= session->opened_ns + GIVEN_NS &&
		   now_ns < session->opened_ns + WINDOW_NS &&
		   !mw_kit_blind_touches(&peers->blind, session->opened_ns, session->opened_ns + GIVEN_NS);
}

static bool is_to(const struct work *work, const struct nat_peers_session *session)
{
	return work->peer == session->peer && work->tally->seen.port == session->port && work->tally->line == session->line;
}

/** Those that fail most, whatever others fail beside them (Misra, Gries 1982). */
static void vote(struct work works[NAT_PEERS_SEARCHED], const struct nat_peers_session *session)
{
	struct work *free = NULL;

	for (uint32_t i = 0; i < NAT_PEERS_SEARCHED; i++) {
		if (works[i].votes > 0 && is_to(&works[i], session)) {
			works[i].votes++;
			return;
		}
		if (works[i].votes == 0 && free == NULL)
			free = &works[i];
	}
	if (free != NULL) {
		free->votes = 1;
		free->peer = session->peer;
		*free->tally = (struct nat_peers_tally){.line = session->line, .seen = {.port = session->port}};
		return;
	}
	for (uint32_t i = 0; i < NAT_PEERS_SEARCHED; i++)
		works[i].votes--;
}

static bool is_among(const uint32_t hosts[HOSTS], uint32_t count, uint32_t host)
{
	for (uint32_t i = 0; i < count; i++) {
		if (hosts[i] == host)
			return true;
	}
	return false;
}

static void note(uint32_t hosts[HOSTS], uint32_t *count, uint32_t host)
{
	if (*count < HOSTS && !is_among(hosts, *count, host))
		hosts[(*count)++] = host;
}

/** Whoever has been answered by it, and what is open; failures of others say nothing of a translator. */
static void first_pass(struct work *work, const struct nat_peers_session *session, uint64_t closing_ns, uint64_t now_ns)
{
	bool open = session->state == NAT_PEERS_OPEN && session->in_ns != 0;

	if (open || session->state == NAT_PEERS_CLOSED)
		note(work->hosts, &work->hosts_count, session->host);
	work->tally->seen.open += open;
	work->tally->closed +=
		session->state == NAT_PEERS_CLOSED && MW_MAX(session->in_ns, session->out_ns) + closing_ns > now_ns;
}

static void count_failed(struct work *work, const struct nat_peers_session *session)
{
	struct mw_nat_full_peer *seen = &work->tally->seen;

	if (!session->again) {
		work->tally->once++;
		return;
	}
	if (work->hosts_count < HOSTS && !is_among(work->hosts, work->hosts_count, session->host))
		return;
	seen->failed++;
	note(work->refused, &seen->hosts, session->host);
	if (seen->from_ns == 0 || session->opened_ns < seen->from_ns)
		seen->from_ns = session->opened_ns;
	seen->to_ns = MW_MAX(seen->to_ns, session->opened_ns);
}

/** What happened to a connection of the destination since the first failure. */
static void count_here(struct nat_peers_tally *tally, const struct nat_peers_session *session, uint64_t now_ns)
{
	struct mw_nat_full_peer *seen = &tally->seen;
	bool newer = session->opened_ns >= seen->from_ns;

	if (newer && session->state == NAT_PEERS_REFUSED)
		seen->refused++;
	else if (newer && session->state != NAT_PEERS_TRYING)
		seen->answered++;
	if (newer || session->state != NAT_PEERS_OPEN || session->in_ns == 0)
		return;
	if (session->out_ns > session->in_ns + SILENT_NS && now_ns > session->out_ns + SILENT_NS) {
		seen->silent++;
	} else if (session->in_ns >= seen->from_ns) {
		seen->lived++;
		tally->lived_ns = MW_MAX(tally->lived_ns, session->in_ns);
	}
}

static void count_elsewhere(const struct nat_peers *peers, struct mw_nat_full_peer *seen,
							const struct nat_peers_session *session, uint64_t now_ns)
{
	if (session->opened_ns < seen->from_ns)
		return;
	if (session->state == NAT_PEERS_TRYING)
		seen->elsewhere_failed += session->again && has_failed(peers, session, now_ns);
	else
		seen->elsewhere_answered++;
}

static void tally_one(struct nat_peers *peers, struct work *work, uint64_t closing_ns, uint64_t now_ns)
{
	uint32_t room = nat_peers_room(peers);

	for (uint32_t i = 0; i < room; i++) {
		if (is_to(work, &peers->sessions[i]))
			first_pass(work, &peers->sessions[i], closing_ns, now_ns);
	}
	for (uint32_t i = 0; i < room; i++) {
		if (has_failed(peers, &peers->sessions[i], now_ns) && is_to(work, &peers->sessions[i]))
			count_failed(work, &peers->sessions[i]);
	}
	for (uint32_t i = 0; i < room && work->tally->seen.failed > 0; i++) {
		const struct nat_peers_session *session = &peers->sessions[i];

		if (session->state == NAT_PEERS_FREE || session->line != work->tally->line)
			continue;
		if (is_to(work, session))
			count_here(work->tally, session, now_ns);
		else
			count_elsewhere(peers, &work->tally->seen, session, now_ns);
	}
	work->tally->hidden_ns = mw_kit_blind_within(&peers->blind, now_ns - MW_MIN(now_ns, WINDOW_NS), now_ns);
}

void nat_peers_look(struct nat_peers *peers, uint64_t closing_ns, uint64_t now_ns)
{
	struct work works[NAT_PEERS_SEARCHED] = {0};
	uint32_t room = nat_peers_room(peers);

	peers->found_count = 0;
	if (peers->again_ns == 0 || now_ns > peers->again_ns + WINDOW_NS)
		return;
	for (uint32_t i = 0; i < NAT_PEERS_SEARCHED; i++)
		works[i].tally = &peers->found[i];
	for (uint32_t i = 0; i < room; i++) {
		if (peers->sessions[i].again && has_failed(peers, &peers->sessions[i], now_ns))
			vote(works, &peers->sessions[i]);
	}
	for (uint32_t i = 0; i < NAT_PEERS_SEARCHED; i++) {
		uint8_t v4[4];

		if (works[i].votes < FAILED_KNOWN)
			continue;
		memcpy(v4, &works[i].peer, sizeof(v4));
		works[i].tally->seen.peer = mw_address_from_v4(v4);
		tally_one(peers, &works[i], closing_ns, now_ns);
		peers->found[peers->found_count++] = *works[i].tally; // those before are done with
	}
}

/** Who says why may say so once: when half as long as what is seen was not, it may have been then. */
static bool may_be_told_why(const struct nat_peers_tally *tally)
{
	return tally->hidden_ns * 2 >= tally->seen.to_ns - tally->seen.from_ns + GIVEN_NS;
}

/** Nobody answers, and nobody says why; open ones are heard, others are reached. */
static bool is_cut_off(const struct nat_peers_tally *tally)
{
	const struct mw_nat_full_peer *seen = &tally->seen;

	return seen->refused == 0 && !may_be_told_why(tally) && tally->once <= seen->failed && seen->lived >= LIVED &&
		   seen->silent * 5 <= seen->lived && seen->elsewhere_answered >= ELSEWHERE &&
		   seen->elsewhere_failed * 4 <= seen->elsewhere_answered &&
		   tally->lived_ns >= seen->from_ns + (seen->to_ns - seen->from_ns) / 2;
}

static bool is_full(const struct nat_peers_tally *tally, uint32_t limit, bool *reached)
{
	const struct mw_nat_full_peer *seen = &tally->seen;
	uint64_t low = (uint64_t)limit * LIMIT_LOW, high = (uint64_t)limit * LIMIT_HIGH;

	*reached = false;
	if (!is_cut_off(tally))
		return false;
	if (limit != 0 && ((uint64_t)seen->open + tally->closed) * 100 < low)
		return false; // it has ports left
	*reached = limit != 0 && (uint64_t)seen->open * 100 <= high;
	if (*reached) // ports come free one by one
		return seen->failed >= FAILED_KNOWN && seen->answered * 2 <= seen->failed;
	return seen->failed >= FAILED && seen->answered == 0 && seen->to_ns >= seen->from_ns + LASTING_NS;
}

uint32_t nat_peers_full(const struct nat_peers *peers, uint32_t line, uint32_t limit,
						struct mw_nat_full_peer full[MW_NAT_FULL_PEERS])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < peers->found_count && count < MW_NAT_FULL_PEERS; i++) {
		bool reached;

		if (peers->found[i].line != line || !is_full(&peers->found[i], limit, &reached))
			continue;
		full[count] = peers->found[i].seen;
		full[count].open = limit != 0 && reached ? MW_MIN(full[count].open, limit) : full[count].open;
		full[count++].limit_reached = reached;
	}
	return count;
}
