// SPDX-License-Identifier: BSD-3-Clause
// The TCP connections that peers.c remembers and peers_look.c judges. Control half.
#ifndef NAT_PEERS_TABLE_H
#define NAT_PEERS_TABLE_H

#include "mw_hash.h"
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

struct nat_peers {
	struct mw_hash_key key;
	uint64_t again_ns; // latest SYN that was repeated; 0 none
	struct nat_peers_tally found[NAT_PEERS_SEARCHED]; // at the latest look
	uint32_t found_count;
	uint32_t mask; // buckets - 1
	struct nat_peers_session sessions[]; // buckets of NAT_PEERS_WAYS
};

#define NAT_PEERS_WAYS 8

static inline uint32_t nat_peers_room(const struct nat_peers *peers)
{
	return (peers->mask + 1) * NAT_PEERS_WAYS;
}

#endif
