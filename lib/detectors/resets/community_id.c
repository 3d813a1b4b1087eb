// SPDX-License-Identifier: BSD-3-Clause
// "1:" and base64 of SHA-1 over seed, smaller end's address, the other's, protocol, a zero byte, and the ports.
// Neighbours: community_id.h. Control half only: it hashes.
#include "community_id.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

static int compare_ends(const struct mw_event_flow *flow)
{
	int order = mw_address_compare(&flow->src, &flow->dst);

	return order != 0 ? order : (int)flow->src_port - (int)flow->dst_port;
}

static void hash_address(struct sha1_ctx *sha1, const struct mw_address *address, bool v4)
{
	if (v4)
		sha1_update(sha1, 4, &address->bytes[12]);
	else
		sha1_update(sha1, 16, address->bytes);
}

void community_id(const struct mw_event_flow *flow, char id[COMMUNITY_ID_BYTES])
{
	bool swap = compare_ends(flow) > 0;
	bool v4 = mw_address_is_v4(&flow->src) && mw_address_is_v4(&flow->dst);
	uint16_t low = swap ? flow->dst_port : flow->src_port;
	uint16_t high = swap ? flow->src_port : flow->dst_port;
	const uint8_t seed[2] = {0, 0};
	const uint8_t tail[6] = {flow->protocol, 0, (uint8_t)(low >> 8), (uint8_t)low, (uint8_t)(high >> 8), (uint8_t)high};
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha1;

	sha1_init(&sha1);
	sha1_update(&sha1, sizeof(seed), seed);
	hash_address(&sha1, swap ? &flow->dst : &flow->src, v4);
	hash_address(&sha1, swap ? &flow->src : &flow->dst, v4);
	sha1_update(&sha1, sizeof(tail), tail);
	sha1_digest(&sha1, sizeof(digest), digest);
	memcpy(id, "1:", 2);
	base64_encode_raw(id + 2, sizeof(digest), digest);
	id[COMMUNITY_ID_BYTES - 1] = '\0';
}
