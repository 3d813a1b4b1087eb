// SPDX-License-Identifier: BSD-3-Clause
// A keyed hash: whoever does not know the key cannot aim at a bucket.
// Neighbours: flow/ (buckets), pipeline/ (owner of an address pair). AES rounds where the CPU has them, else SipHash-1-3.
// Any thread: nothing is written but what the caller gives.
#ifndef MW_HASH_H
#define MW_HASH_H

#include "mw_base.h"

/** 256 random bits; never written after start. */
struct mw_hash_key {
	_Alignas(16) uint8_t bytes[32];
};

/** Fills key from getrandom(2). @return 0 or -errno. */
int mw_hash_key_random(struct mw_hash_key *key);

/** A key derived from seed: the same seed gives the same key on every machine (replays, tests). */
void mw_hash_key_from_seed(struct mw_hash_key *key, uint64_t seed);

/**
 * Hash of len_bytes bytes (1 to 256). The value differs between the AES and the portable form, so nothing that a user
 * sees may depend on it.
 */
uint64_t mw_hash(const struct mw_hash_key *key, const void *bytes, size_t len_bytes);

/**
 * mw_hash of count blocks of 16 bytes each, the first at blocks, their hashes from hashes on; both stride_bytes apart.
 * Faster than one by one, because the blocks are worked on side by side.
 */
void mw_hash_16(const struct mw_hash_key *key, const void *blocks, uint64_t *hashes, size_t stride_bytes,
				uint32_t count);

/** The portable form (SipHash-1-3), the same on every machine; mw_hash falls back to it. */
uint64_t mw_hash_portable(const struct mw_hash_key *key, const void *bytes, size_t len_bytes);

#endif
