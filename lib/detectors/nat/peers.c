// SPDX-License-Identifier: BSD-3-Clause
// Remembers TCP connections: when each began, whether the peer has sent, when either side was last heard.
// Neighbours: peers.h; peers_table.h has their shape.
#include "peers.h"

#include <stdlib.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "mw_pages.h"
#include "peers_table.h"

#define BUCKETS_MIN   128u
#define BUCKETS_MAX   8192u
#define SESSIONS_EACH 128 // nat.sessions-max for each bucket: one connection in sixteen has a place

struct nat_peers *nat_peers_new(const struct mw_hash_key *hash_key, uint64_t sessions_max)
{
	struct nat_peers *peers;
	uint32_t buckets = BUCKETS_MIN;
	size_t bytes;

	while (buckets < BUCKETS_MAX && (uint64_t)buckets * SESSIONS_EACH < sessions_max)
		buckets *= 2;
	bytes = sizeof(*peers) + (size_t)buckets * NAT_PEERS_WAYS * sizeof(peers->sessions[0]);
	peers = mw_pages_advise(calloc(1, bytes), bytes);
	if (peers == NULL)
		return NULL;
	peers->memory = calloc(buckets + 1, sizeof(*peers->buckets));
	if (peers->memory == NULL) {
		free(peers);
		return NULL;
	}
	peers->buckets = (void *)((char *)peers->memory + (-(uintptr_t)peers->memory & (MW_CACHE_LINE_BYTES - 1)));
	peers->key = *hash_key;
	peers->mask = buckets - 1;
	return peers;
}

void nat_peers_free(struct nat_peers *peers)
{
	if (peers != NULL)
		free(peers->memory);
	free(peers);
}

static uint64_t hash_of(const struct nat_peers *peers, const struct mw_address *host, uint16_t host_port,
						const struct mw_address *peer, uint16_t peer_port)
{
	const uint64_t addresses = (uint64_t)mw_nat_v4(peer) << 32 | mw_nat_v4(host);

	return mw_hash_fold(addresses ^ mw_hash_secret(&peers->key, 0),
						((uint32_t)peer_port << 16 | host_port) ^ mw_hash_secret(&peers->key, 1));
}

static struct nat_peers_bucket *bucket_of(const struct nat_peers *peers, uint64_t flow)
{
	return &peers->buckets[flow & peers->mask];
}

static size_t number_of(const struct nat_peers *peers, uint64_t flow, uint32_t way)
{
	return (size_t)(flow & peers->mask) * NAT_PEERS_WAYS + way;
}

static uint32_t tag_of(uint64_t flow)
{
	return (uint32_t)(flow >> 32);
}

/** A bit for each way that this flow may be in. */
#if defined(__SSE2__)
static uint32_t candidates_of(const struct nat_peers_bucket *bucket, uint64_t flow)
{
	const __m128i wanted = _mm_set1_epi32((int)tag_of(flow));
	const __m128i low = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)&bucket->tags[0]), wanted);
	const __m128i high = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)&bucket->tags[4]), wanted);

	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128()));
}
#else
static uint32_t candidates_of(const struct nat_peers_bucket *bucket, uint64_t flow)
{
	const uint32_t tag = tag_of(flow);
	uint32_t ways = 0;

	for (uint32_t way = 0; way < NAT_PEERS_WAYS; way++)
		ways |= (uint32_t)(bucket->tags[way] == tag) << way;
	return ways;
}
#endif

/** @return NAT_PEERS_WAYS: it is not there. */
static uint32_t find(const struct nat_peers *peers, uint64_t flow)
{
	for (uint32_t ways = candidates_of(bucket_of(peers, flow), flow); ways != 0; ways &= ways - 1) {
		const uint32_t way = (uint32_t)__builtin_ctz(ways);
		const struct nat_peers_session *session = &peers->sessions[number_of(peers, flow, way)];

		if (session->state != NAT_PEERS_FREE && session->flow == flow)
			return way;
	}
	return NAT_PEERS_WAYS;
}

// An open connection outlives what never was one, whoever sends it; else the one that was heard last. Times before 2262
// leave the uppermost bit to that.
static uint32_t victim_of(const struct nat_peers_bucket *bucket)
{
	uint64_t least = UINT64_MAX;
	uint32_t chosen = 0;

	for (uint32_t way = 0; way < NAT_PEERS_WAYS; way++) {
		const uint64_t rank = bucket->last_ns[way] | (uint64_t)bucket->open[way] << 63;

		chosen = rank < least ? way : chosen;
		least = MW_MIN(rank, least);
	}
	return chosen;
}

static uint32_t make(struct nat_peers *peers, uint64_t flow, uint32_t line, const struct nat_place *place)
{
	struct nat_peers_bucket *bucket = bucket_of(peers, flow);
	const uint32_t way = victim_of(bucket);

	bucket->tags[way] = tag_of(flow);
	peers->sessions[number_of(peers, flow, way)] = (struct nat_peers_session){.flow = flow,
																			  .line = line,
																			  .host = mw_nat_v4(&place->host),
																			  .peer = mw_nat_v4(&place->peer),
																			  .port = place->peer_port};
	return way;
}

static void sent_out(struct nat_peers *peers, struct nat_peers_session *session, const struct nat_facts *facts,
					 uint64_t now_ns)
{
	session->out_ns = now_ns;
	if (facts->what == NAT_CLOSE) {
		session->state = session->state == NAT_PEERS_OPEN ? NAT_PEERS_CLOSED : session->state;
	} else if (session->state == NAT_PEERS_TRYING && !facts->syn) {
		session->state = NAT_PEERS_REFUSED; // it goes on: the mirror lacks what came back
	} else if (session->state == NAT_PEERS_TRYING && session->opened_ns != now_ns) {
		session->again = true;
		peers->again_ns = now_ns;
	}
}

static void came_in(struct nat_peers_session *session, const struct nat_facts *facts, uint64_t now_ns)
{
	session->in_ns = now_ns;
	if (facts->what == NAT_CLOSE)
		session->state = session->state == NAT_PEERS_TRYING ? NAT_PEERS_REFUSED : NAT_PEERS_CLOSED;
	else if (session->state == NAT_PEERS_TRYING)
		session->state = NAT_PEERS_OPEN;
}

static bool is_followed(const struct nat_place *place)
{
	return place->protocol == MW_NAT_TCP && nat_line_is_inside(place->line);
}

static uint64_t hash_of_place(const struct nat_peers *peers, const struct nat_place *place)
{
	return hash_of(peers, &place->host, place->port, &place->peer, place->peer_port);
}

uint64_t nat_peers_soon(const struct nat_peers *peers, const struct nat_place *place)
{
	uint64_t flow;

	if (!is_followed(place))
		return 0;
	flow = hash_of_place(peers, place);
	mw_prefetch(bucket_of(peers, flow), sizeof(struct nat_peers_bucket));
	return flow;
}

void nat_peers_near(const struct nat_peers *peers, uint64_t flow, bool opens)
{
	const struct nat_peers_bucket *bucket = bucket_of(peers, flow);
	const uint32_t ways = candidates_of(bucket, flow);
	uint32_t way = NAT_PEERS_WAYS;

	if (ways != 0)
		way = (uint32_t)__builtin_ctz(ways);
	else if (opens)
		way = victim_of(bucket);
	if (way < NAT_PEERS_WAYS)
		mw_prefetch(&peers->sessions[number_of(peers, flow, way)], sizeof(peers->sessions[0]));
}

/** A step of one that is remembered. */
static void step(struct nat_peers *peers, struct nat_peers_session *session, bool outbound,
				 const struct nat_facts *facts, uint64_t now_ns)
{
	const bool begins = facts->what == NAT_OPEN && facts->syn;

	if (begins && session->state != NAT_PEERS_TRYING && session->state != NAT_PEERS_FREE) {
		session->again = false;
		session->in_ns = 0;
		session->state = NAT_PEERS_FREE;
	}
	if (session->state == NAT_PEERS_FREE) {
		session->state = begins ? NAT_PEERS_TRYING : NAT_PEERS_OPEN;
		session->opened_ns = begins ? now_ns : 0;
	}
	if (outbound)
		sent_out(peers, session, facts, now_ns);
	else
		came_in(session, facts, now_ns);
}

void nat_peers_step(struct nat_peers *peers, uint32_t line, const struct nat_place *place,
					const struct nat_facts *facts, uint64_t now_ns)
{
	struct nat_peers_bucket *bucket;
	struct nat_peers_session *session;
	uint64_t flow;
	uint32_t way;

	if (!is_followed(place) || (facts->what == NAT_OPEN && facts->syn && !place->outbound))
		return;
	flow = place->hashes.peers != 0 ? place->hashes.peers : hash_of_place(peers, place);
	way = find(peers, flow);
	if (way == NAT_PEERS_WAYS) {
		if (facts->what == NAT_CLOSE)
			return;
		way = make(peers, flow, line, place);
	}
	session = &peers->sessions[number_of(peers, flow, way)];
	step(peers, session, place->outbound, facts, now_ns);
	bucket = bucket_of(peers, flow);
	bucket->last_ns[way] = MW_MAX(session->in_ns, session->out_ns);
	bucket->open[way] = session->state == NAT_PEERS_OPEN;
}

void nat_peers_blind(struct nat_peers *peers, uint64_t from_ns, uint64_t to_ns)
{
	mw_kit_blind_add(&peers->blind, from_ns, to_ns);
}

void nat_peers_reported(struct nat_peers *peers, const struct mw_event_flow *flow)
{
	struct nat_peers_session *session;
	uint64_t hash;
	uint32_t way;

	if (!mw_address_is_v4(&flow->src) || !mw_address_is_v4(&flow->dst))
		return;
	hash = hash_of(peers, &flow->src, flow->src_port, &flow->dst, flow->dst_port);
	way = find(peers, hash);
	if (way == NAT_PEERS_WAYS)
		return;
	session = &peers->sessions[number_of(peers, hash, way)];
	if (session->state == NAT_PEERS_TRYING)
		session->state = NAT_PEERS_REFUSED;
}
