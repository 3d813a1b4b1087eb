// SPDX-License-Identifier: BSD-3-Clause
// Which worker owns a packet.
// Neighbours: owner.c, pipeline.c.
#ifndef OWNER_H
#define OWNER_H

#include "mw_hash.h"
#include "mw_packet.h"

/** The owner, below workers_count; the same for both directions, for fragments and for ICMP errors that quote the pair. */
uint16_t owner_of(const struct mw_hash_key *key, const struct mw_packet *packet, uint16_t workers_count);

#endif
