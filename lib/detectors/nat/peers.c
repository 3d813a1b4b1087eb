// SPDX-License-Identifier: BSD-3-Clause
// Remembers TCP connections: when each began, whether the peer has sent, when either side was last heard.
// Neighbours: peers.h; peers_table.h has their shape.
#include "peers.h"

#include <stdlib.h>
#include <string.h>

#include "mw_pages.h"
#include "peers_table.h"

#define BUCKETS_MIN   128u
#define BUCKETS_MAX   8192u
#define SESSIONS_EACH 128 // nat.sessions-max for each bucket: one connection in sixteen has a place
#define V4_AT         12 // of an IPv4 address in its mapped form

struct nat_peers *nat_peers_new(const struct mw_hash_key *hash_key, uint64_t sessions_max)
{
	struct nat_peers *peers;
	uint32_t buckets = BUCKETS_MIN;

	while (buckets < BUCKETS_MAX && (uint64_t)buckets * SESSIONS_EACH < sessions_max)
		buckets *= 2;
	peers = calloc(1, sizeof(*peers) + (size_t)buckets * NAT_PEERS_WAYS * sizeof(peers->sessions[0]));
	if (peers == NULL)
		return NULL;
	mw_pages_advise(peers, sizeof(*peers) + (size_t)buckets * NAT_PEERS_WAYS * sizeof(peers->sessions[0]));
	peers->key = *hash_key;
	peers->mask = buckets - 1;
	return peers;
}

void nat_peers_free(struct nat_peers *peers)
{
	free(peers);
}

static uint32_t v4_of(const struct mw_address *address)
{
	uint32_t v4;

	memcpy(&v4, &address->bytes[V4_AT], sizeof(v4));
	return v4;
}

/** Ends of a connection, to be hashed. */
struct ends {
	uint32_t host, peer;
	uint16_t host_port, peer_port;
	uint32_t padding;
};

static uint64_t hash_of(const struct nat_peers *peers, const struct mw_address *host, uint16_t host_port,
						const struct mw_address *peer, uint16_t peer_port)
{
	const struct ends ends = {.host = v4_of(host), .peer = v4_of(peer), .host_port = host_port, .peer_port = peer_port};

	return mw_hash(&peers->key, &ends, sizeof(ends));
}

static struct nat_peers_session *bucket_of(struct nat_peers *peers, uint64_t flow)
{
	return &peers->sessions[(size_t)(flow & peers->mask) * NAT_PEERS_WAYS];
}

static struct nat_peers_session *find(struct nat_peers *peers, uint64_t flow)
{
	struct nat_peers_session *bucket = bucket_of(peers, flow);

	for (uint32_t i = 0; i < NAT_PEERS_WAYS; i++) {
		if (bucket[i].state != NAT_PEERS_FREE && bucket[i].flow == flow)
			return &bucket[i];
	}
	return NULL;
}

static uint64_t last_ns(const struct nat_peers_session *session)
{
	return MW_MAX(session->in_ns, session->out_ns);
}

/** An open connection outlives what never was one, whoever sends it; else the one that was heard last. */
static bool gives_way(const struct nat_peers_session *session, const struct nat_peers_session *than)
{
	bool open = session->state == NAT_PEERS_OPEN, than_open = than->state == NAT_PEERS_OPEN;

	return open != than_open ? than_open : last_ns(session) < last_ns(than);
}

static struct nat_peers_session *make(struct nat_peers *peers, uint64_t flow, uint32_t line,
									  const struct nat_place *place)
{
	struct nat_peers_session *bucket = bucket_of(peers, flow), *chosen = bucket;

	for (uint32_t i = 1; i < NAT_PEERS_WAYS; i++) {
		if (gives_way(&bucket[i], chosen))
			chosen = &bucket[i];
	}
	*chosen = (struct nat_peers_session){
		.flow = flow, .line = line, .host = v4_of(&place->host), .peer = v4_of(&place->peer), .port = place->peer_port};
	return chosen;
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
	const struct nat_peers_session *bucket;
	uint64_t flow;

	if (!is_followed(place))
		return 0;
	flow = hash_of_place(peers, place);
	bucket = &peers->sessions[(size_t)(flow & peers->mask) * NAT_PEERS_WAYS];
	mw_prefetch(bucket, NAT_PEERS_WAYS * sizeof(*bucket));
	return flow;
}

void nat_peers_step(struct nat_peers *peers, uint32_t line, const struct nat_place *place,
					const struct nat_facts *facts, uint64_t now_ns)
{
	bool begins = facts->what == NAT_OPEN && facts->syn;
	struct nat_peers_session *session;
	uint64_t flow;

	if (!is_followed(place) || (begins && !place->outbound))
		return;
	flow = place->hashes.peers != 0 ? place->hashes.peers : hash_of_place(peers, place);
	session = find(peers, flow);
	if (session == NULL) {
		if (facts->what == NAT_CLOSE)
			return;
		session = make(peers, flow, line, place);
	} else if (begins && session->state != NAT_PEERS_TRYING) {
		session->again = false;
		session->in_ns = 0;
		session->state = NAT_PEERS_FREE;
	}
	if (session->state == NAT_PEERS_FREE) {
		session->state = begins ? NAT_PEERS_TRYING : NAT_PEERS_OPEN;
		session->opened_ns = begins ? now_ns : 0;
	}
	if (place->outbound)
		sent_out(peers, session, facts, now_ns);
	else
		came_in(session, facts, now_ns);
}

void nat_peers_reported(struct nat_peers *peers, const struct mw_event_flow *flow)
{
	struct nat_peers_session *session;

	if (!mw_address_is_v4(&flow->src) || !mw_address_is_v4(&flow->dst))
		return;
	session = find(peers, hash_of(peers, &flow->src, flow->src_port, &flow->dst, flow->dst_port));
	if (session != NULL && session->state == NAT_PEERS_TRYING)
		session->state = NAT_PEERS_REFUSED;
}
