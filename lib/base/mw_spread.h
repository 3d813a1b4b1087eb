// SPDX-License-Identifier: BSD-3-Clause
// How packets are spread over workers: by the hash that NICs compute for receive-side scaling, so that a queue's
// packets are its worker's. Toeplitz over both addresses under a key of 16 bits, repeated, is the same for both
// directions (Woo and Park, "Scalable TCP session monitoring with symmetric receive-side scaling", 2012).
// Neighbours: pipeline/ (the owner of an address pair), input/ (a NIC's key and table). Any thread: read only once
// made.
#ifndef MW_SPREAD_H
#define MW_SPREAD_H

#include "mw_address.h"
#include "mw_hash.h"

#define MW_SPREAD_SLOTS 128 // of a NIC's redirection table: as many as nearly all have, or a divisor

/** Made at start. */
struct mw_spread {
	uint8_t high[256], low[256]; // slots of the folded addresses' bytes: the hash is linear, so they add up
	uint16_t worker[MW_SPREAD_SLOTS];
};

/**
 * The 16 bits that a NIC's key repeats, drawn from the run's key. Their number of ones is odd: then the hash of 16 bits
 * is a permutation, and no queue stays empty for the key's sake; and there are at least 5 and at most 11 of them.
 */
uint16_t mw_spread_key(const struct mw_hash_key *key);

/** The hash of 16 folded bits: the upper and the lower half of what a NIC computes. */
uint16_t mw_spread_hash(uint16_t spread_key, uint16_t folded);

/** Queue or worker of a slot (below MW_SPREAD_SLOTS) among count (at least 1). */
static inline uint16_t mw_spread_among(uint32_t slot, uint16_t count)
{
	return (uint16_t)(slot % count);
}

/** Fills spread for workers_count workers (at least 1). */
void mw_spread_init(struct mw_spread *spread, const struct mw_hash_key *key, uint16_t workers_count);

/**
 * The worker of an address pair, the same for both directions. Of two IPv4 addresses too: what their mapped forms have
 * in common cancels out.
 */
static inline uint16_t mw_spread_worker(const struct mw_spread *spread, const struct mw_address *a,
										const struct mw_address *b)
{
	uint64_t x[2], y[2], folded;

	memcpy(x, a->bytes, sizeof(x));
	memcpy(y, b->bytes, sizeof(y));
	folded = x[0] ^ x[1] ^ y[0] ^ y[1];
	folded ^= folded >> 32;
	folded = be16toh((uint16_t)(folded ^ folded >> 16));
	return spread->worker[spread->high[folded >> 8] ^ spread->low[folded & 0xff]];
}

#endif
