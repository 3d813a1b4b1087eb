// SPDX-License-Identifier: BSD-3-Clause
// The TCP connections that peers.c remembers and peers_look.c judges. Control half.
#ifndef NAT_PEERS_TABLE_H
#define NAT_PEERS_TABLE_H

#include "mw_hash.h"
#include "mw_kit_blind.h"
#include "peers.h"

enum nat_peers_state {
	NAT_PEERS_FREE,
	NAT_PEERS_TRYING, // a SYN, nothing came back
	NAT_PEERS_OPEN, // the peer has sent in it
	NAT_PEERS_CLOSED, // a FIN or a reset after that
	NAT_PEERS_REFUSED, // reset, or an ICMP error; or its answers are not in view
};

struct nat_peers_session {
	uint64_t flow; // hash of its ends
	uint64_t opened_ns; // its SYN; 0 met midway
	uint64_t in_ns, out_ns; // latest packets; 0 none
	uint32_t line;
	uint32_t host, peer; // IPv4 addresses as they stand in a packet
	uint16_t port; // of the peer
	uint8_t state; // enum nat_peers_state
	bool again; // the SYN was repeated
};

#define NAT_PEERS_WAYS 8

/** What finds a connection and decides who gives way: two lines instead of all connections of the bucket. */
struct nat_peers_bucket {
	uint64_t last_ns[NAT_PEERS_WAYS]; // latest packet
	uint32_t tags[NAT_PEERS_WAYS]; // of their hashes
	bool open[NAT_PEERS_WAYS]; // NAT_PEERS_OPEN
	uint8_t rest[MW_CACHE_LINE_BYTES - 5 * NAT_PEERS_WAYS];
};
_Static_assert(sizeof(struct nat_peers_bucket) == 2 * MW_CACHE_LINE_BYTES, "whole lines");

struct nat_peers {
	struct mw_hash_key key;
	struct mw_kit_blind blind; // times in which nothing was seen
	uint64_t again_ns; // latest SYN that was repeated; 0 none
	struct nat_peers_tally found[NAT_PEERS_SEARCHED]; // at the latest look
	uint32_t found_count;
	uint32_t mask; // buckets - 1
	struct nat_peers_bucket *buckets;
	void *memory;
	struct nat_peers_session sessions[]; // NAT_PEERS_WAYS for each bucket
};

static inline uint32_t nat_peers_room(const struct nat_peers *peers)
{
	return (peers->mask + 1) * NAT_PEERS_WAYS;
}

#endif
