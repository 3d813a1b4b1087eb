// SPDX-License-Identifier: BSD-3-Clause
// A keyed hash: whoever does not know the key cannot aim at a bucket.
// Neighbours: flow/ (buckets), pipeline/ (owner of an address pair). AES rounds where the CPU has them, else
// SipHash-1-3. Any thread: nothing is written but what the caller gives.
#ifndef MW_HASH_H
#define MW_HASH_H

#include <endian.h>
#include <string.h>

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

/** The upper half of a product depends on every bit of both factors, the lower half on few: both together mix. */
static inline uint64_t mw_hash_fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/** Word number (0 to 3) of the key, the same on every machine; of a key of zeros too it is none that addresses have. */
static inline uint64_t mw_hash_secret(const struct mw_hash_key *key, unsigned number)
{
	uint64_t word;

	memcpy(&word, key->bytes + number * sizeof(word), sizeof(word));
	return le64toh(word) ^ (UINT64_C(0x9e3779b97f4a7c15) << number | 1);
}

/**
 * A hash of 16 bytes in a dozen instructions, the same on every machine: for what the worker asks of every new flow.
 * Whoever does not know the key cannot make two values meet; it is no match for one who sees the values themselves.
 */
static inline uint64_t mw_hash_address(const struct mw_hash_key *key, const uint8_t address[16])
{
	uint64_t words[2];

	memcpy(words, address, sizeof(words));
	return mw_hash_fold(le64toh(words[0]) ^ mw_hash_secret(key, 0), le64toh(words[1]) ^ mw_hash_secret(key, 1));
}

/** The same of a directed pair, from mw_hash_address of its source and its destination, and of one number more. */
static inline uint64_t mw_hash_ends(const struct mw_hash_key *key, uint64_t src, uint64_t dst, uint64_t more)
{
	return mw_hash_fold(src ^ mw_hash_secret(key, 2), (dst + more) ^ mw_hash_secret(key, 3));
}

#endif
