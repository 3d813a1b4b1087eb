// SPDX-License-Identifier: BSD-3-Clause
// A small cache of candidates, four to a bucket; the bucket's choice is the same on every machine.
// Neighbours: candidate.h.
#include "candidate.h"

#include <stdlib.h>
#include <string.h>

#include "mw_hash.h"

#define BUCKETS      1024
#define WAYS         4
#define FORGET_NS    (300 * MW_NS_PER_SECOND) // one that was quiet so long begins anew
#define CHANCE_MAX   1e-6 // that a client's ports look like a port set: there may be many thousand clients
#define TUNNEL_LIVES 4 // sessions in a tunnel with a public source: a border relay's clients come one by one
#define PUBLIC_LIVES NAT_CANDIDATE_SESSIONS // without a port set; a translator of a house has as many soon
#define PUBLIC_PORTS 32 // different ones, at least: a server has one

struct nat_candidates {
	struct mw_hash_key hash_key;
	struct nat_candidate buckets[BUCKETS][WAYS];
};

struct nat_candidates *nat_candidates_new(const struct mw_hash_key *hash_key)
{
	struct nat_candidates *candidates = calloc(1, sizeof(*candidates));

	if (candidates != NULL)
		candidates->hash_key = *hash_key;
	return candidates;
}

void nat_candidates_free(struct nat_candidates *candidates)
{
	free(candidates);
}

static struct nat_candidate *begin(struct nat_candidate *candidate, const struct nat_line_key *key)
{
	*candidate = (struct nat_candidate){.key = *key};
	return candidate;
}

struct nat_candidate *nat_candidates_find(struct nat_candidates *candidates, const struct nat_line_key *key,
										  uint64_t now_ns, bool make)
{
	// The cache's bounds show in results, so the portable hash
	uint64_t hash = mw_hash_portable(&candidates->hash_key, key, sizeof(*key));
	struct nat_candidate *bucket = candidates->buckets[hash % BUCKETS], *oldest = bucket;

	for (uint32_t i = 0; i < WAYS; i++) {
		struct nat_candidate *candidate = &bucket[i];

		if (candidate->last_ns != 0 && memcmp(&candidate->key, key, sizeof(*key)) == 0) {
			if (now_ns > candidate->last_ns + FORGET_NS)
				begin(candidate, key);
			candidate->last_ns = now_ns;
			return candidate;
		}
		if (candidate->last_ns < oldest->last_ns)
			oldest = candidate;
	}
	if (!make)
		return NULL;
	begin(oldest, key)->last_ns = now_ns;
	return oldest;
}

void nat_candidate_opened(struct nat_candidate *candidate, const struct nat_candidate_session *session)
{
	struct nat_candidate_session *place = &candidate->sessions[candidate->opened++ % NAT_CANDIDATE_SESSIONS];

	if (candidate->opened > NAT_CANDIDATE_SESSIONS)
		candidate->answered -= place->answered;
	*place = *session;
	if (session->protocol != MW_NAT_ICMP)
		mw_mape_seen_add(&candidate->seen, session->port);
}

static bool is_same(const struct nat_candidate_session *a, const struct nat_candidate_session *b)
{
	return a->port == b->port && a->peer_port == b->peer_port && a->protocol == b->protocol &&
		   mw_address_compare(&a->peer, &b->peer) == 0 && mw_address_compare(&a->host, &b->host) == 0;
}

/** The kept session with these ends, or NULL. */
static struct nat_candidate_session *kept(struct nat_candidate *candidate, const struct nat_candidate_session *session)
{
	uint32_t count = MW_MIN(candidate->opened, (uint32_t)NAT_CANDIDATE_SESSIONS);

	for (uint32_t i = 0; i < count; i++) {
		if (is_same(&candidate->sessions[i], session))
			return &candidate->sessions[i];
	}
	return NULL;
}

void nat_candidate_lives(struct nat_candidate *candidate, const struct nat_candidate_session *session)
{
	struct nat_candidate_session *place = kept(candidate, session);

	if (place == NULL)
		return;
	place->last_ns = session->last_ns;
	candidate->answered += !place->answered;
	place->answered = true;
}

void nat_candidate_closed(struct nat_candidate *candidate, const struct nat_candidate_session *session)
{
	struct nat_candidate_session *place = kept(candidate, session);

	if (place == NULL)
		return;
	place->last_ns = session->last_ns;
	place->closed = true;
}

static bool has_port_set(const struct nat_candidate *candidate)
{
	struct mw_mape_judgement judgement;

	mw_mape_seen_judge(&candidate->seen, &judgement);
	return judgement.verdict == MW_MAPE_PATTERN && judgement.usual && judgement.chance <= CHANCE_MAX;
}

/** Its address and the one inside the tunnel agree. */
static bool is_ce(const struct nat_line_key *key)
{
	struct mw_mape_ce ce;

	return mw_mape_ce_read(&key->ce, &ce) && mw_address_compare(&ce.ipv4, &key->address) == 0;
}

bool nat_candidate_is_line(const struct nat_candidate *candidate)
{
	switch ((enum nat_line_side)candidate->key.side) {
	case NAT_LINE_TUNNEL:
		return candidate->answered >= TUNNEL_LIVES || (candidate->answered > 0 && is_ce(&candidate->key)) ||
			   has_port_set(candidate);
	case NAT_LINE_OUTSIDE:
		return has_port_set(candidate) ||
			   (candidate->answered >= PUBLIC_LIVES && mw_mape_seen_ports(&candidate->seen) >= PUBLIC_PORTS);
	default:
		return candidate->answered > 0;
	}
}

void nat_candidate_sessions(const struct nat_candidate *candidate,
							void (*visit)(void *context, const struct nat_candidate_session *session), void *context)
{
	uint32_t kept = MW_MIN(candidate->opened, (uint32_t)NAT_CANDIDATE_SESSIONS);

	for (uint32_t i = candidate->opened - kept; i != candidate->opened; i++)
		visit(context, &candidate->sessions[i % NAT_CANDIDATE_SESSIONS]);
}
