// SPDX-License-Identifier: BSD-3-Clause
// When a peer answered last, by service: what never answered says nothing about the line when it does not answer.
// Neighbours: control.c. The peer that was silent for longest gives way. Memory is fixed at start. Control thread.
#ifndef HEALTH_PEERS_H
#define HEALTH_PEERS_H

#include "health.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"

#define HEALTH_PEERS_MAX 16384
#define HEALTH_LIVES_NS  (600 * MW_NS_PER_SECOND) // since its last answer

struct health_peer {
	struct mw_address address;
	uint8_t family, service;
	uint64_t answered_ns;
};

struct health_peers {
	struct mw_kit_index index;
	struct mw_kit_list by_age;
	struct mw_kit_link *links;
	struct health_peer *peers;
};

/** @return 0 or -ENOMEM; health_peers_stop is due in both cases. */
int health_peers_start(struct health_peers *peers);
void health_peers_stop(struct health_peers *peers);

/** It answered a question of asked_ns. */
void health_peers_answered(struct health_peers *peers, const struct mw_hash_key *hash_key,
						   const struct health_brief *brief, const struct mw_address *address, uint64_t asked_ns);

/** True when it had answered within the ten minutes before asked_ns. */
bool health_peers_lived(const struct health_peers *peers, const struct mw_hash_key *hash_key,
						const struct health_brief *brief, const struct mw_address *address, uint64_t asked_ns);

#endif
