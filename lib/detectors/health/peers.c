// SPDX-License-Identifier: BSD-3-Clause
// Peers that answered, by their age.
// Neighbours: peers.h.
#include "peers.h"

#include <errno.h>
#include <stdlib.h>

#include "mw_hash.h"

int health_peers_start(struct health_peers *peers)
{
	peers->peers = calloc(HEALTH_PEERS_MAX + 1, sizeof(peers->peers[0]));
	peers->links = calloc(HEALTH_PEERS_MAX + 1, sizeof(peers->links[0]));
	if (peers->peers == NULL || peers->links == NULL)
		return -ENOMEM;
	return mw_kit_index_new(&peers->index, HEALTH_PEERS_MAX);
}

void health_peers_stop(struct health_peers *peers)
{
	mw_kit_index_free(&peers->index);
	free(peers->peers);
	free(peers->links);
	peers->peers = NULL;
	peers->links = NULL;
}

static uint64_t hash_of(const struct mw_hash_key *hash_key, const struct health_brief *brief,
						const struct mw_address *address)
{
	struct {
		struct mw_address address;
		uint64_t sort;
	} key = {*address, (uint64_t)brief->family << 8 | brief->service};

	return mw_hash(hash_key, &key, sizeof(key));
}

static uint32_t find(const struct health_peers *peers, uint64_t hash, const struct health_brief *brief,
					 const struct mw_address *address)
{
	struct mw_kit_walk walk = mw_kit_walk(&peers->index, hash);

	for (; walk.number != 0; mw_kit_walk_next(&peers->index, &walk)) {
		const struct health_peer *peer = &peers->peers[walk.number];

		if (peer->family == brief->family && peer->service == brief->service &&
			mw_address_compare(&peer->address, address) == 0)
			break;
	}
	return walk.number;
}

static void take_out(struct health_peers *peers, uint32_t number)
{
	mw_kit_list_remove(&peers->by_age, peers->links, sizeof(peers->links[0]), number);
}

static uint32_t begin(struct health_peers *peers, uint64_t hash, const struct health_brief *brief,
					  const struct mw_address *address)
{
	uint32_t number = peers->by_age.oldest;

	if (mw_kit_index_full(&peers->index)) {
		take_out(peers, number);
		mw_kit_index_remove(&peers->index, number);
	}
	number = mw_kit_index_add(&peers->index, hash);
	peers->peers[number] =
		(struct health_peer){.address = *address, .family = brief->family, .service = brief->service};
	return number;
}

void health_peers_answered(struct health_peers *peers, const struct mw_hash_key *hash_key,
						   const struct health_brief *brief, const struct mw_address *address, uint64_t asked_ns)
{
	const uint64_t hash = hash_of(hash_key, brief, address);
	uint32_t number = find(peers, hash, brief, address);

	if (number != 0)
		take_out(peers, number);
	else
		number = begin(peers, hash, brief, address);
	mw_kit_list_append(&peers->by_age, peers->links, sizeof(peers->links[0]), number);
	peers->peers[number].answered_ns = MW_MAX(peers->peers[number].answered_ns, asked_ns);
}

bool health_peers_lived(const struct health_peers *peers, const struct mw_hash_key *hash_key,
						const struct health_brief *brief, const struct mw_address *address, uint64_t asked_ns)
{
	const uint32_t number = find(peers, hash_of(hash_key, brief, address), brief, address);
	const uint64_t answered_ns = peers->peers[number].answered_ns;

	return number != 0 && (asked_ns < answered_ns || asked_ns - answered_ns <= HEALTH_LIVES_NS);
}
