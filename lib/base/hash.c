// SPDX-License-Identifier: BSD-3-Clause
// The keyed hash: three AES rounds a block with secret masks where the CPU has AES, else SipHash-1-3.
// Neighbours: mw_hash.h. Follows Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
#include "mw_hash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HASH_AES_TARGET __attribute__((target("aes,sse4.1")))
#endif

int mw_hash_key_random(struct mw_hash_key *key)
{
	size_t have = 0;

	while (have < sizeof(key->bytes)) {
		ssize_t got = getrandom(key->bytes + have, sizeof(key->bytes) - have, 0);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			have += (size_t)got;
	}
	return 0;
}

void mw_hash_key_from_seed(struct mw_hash_key *key, uint64_t seed)
{
	// splitmix64: every seed, 0 included, gives four words without pattern
	for (size_t at = 0; at < sizeof(key->bytes); at++) {
		uint64_t word = seed + (at / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15);

		word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
		word ^= word >> 31;
		key->bytes[at] = (uint8_t)(word >> at % 8 * 8);
	}
}

// Up to 8 bytes, first byte lowest, on every machine.
static uint64_t load_le(const uint8_t *bytes, size_t count)
{
	uint64_t word = 0;

	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	return word;
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t mw_hash_portable(const struct mw_hash_key *key, const void *bytes, size_t len_bytes)
{
	const uint8_t *at = bytes;
	uint64_t k0 = load_le(key->bytes, 8), k1 = load_le(key->bytes + 8, 8);
	uint64_t v[4] = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
					 k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};

	for (size_t left = len_bytes / 8; left > 0; left--, at += 8)
		sip_absorb(v, load_le(at, 8));
	sip_absorb(v, load_le(at, len_bytes % 8) | (uint64_t)len_bytes << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#if defined(__x86_64__)
// Set before main() and never again, so that threads need no order between them.
static bool have_aes;

__attribute__((constructor)) static void choose(void)
{
	__builtin_cpu_init();
	have_aes = __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
}

// One round alone lets an attacker cancel a one-byte difference in the next block (1 of 64 pairs collides under every
// key). Three rounds make at least nine S-boxes active, and the blocks run side by side in the pipeline of the CPU.
HASH_AES_TARGET static inline __m128i aes_block(__m128i block, __m128i mask, __m128i k0, __m128i k1)
{
	block = _mm_aesenc_si128(_mm_xor_si128(block, mask), k1);
	block = _mm_aesenc_si128(block, k0);
	return _mm_aesenc_si128(block, k1);
}

HASH_AES_TARGET static uint64_t hash_aes(const struct mw_hash_key *key, const uint8_t *at, size_t len_bytes)
{
	const __m128i k0 = _mm_load_si128((const __m128i *)key->bytes);
	const __m128i k1 = _mm_load_si128((const __m128i *)(key->bytes + 16));
	__m128i mask = _mm_aesenc_si128(_mm_xor_si128(k0, _mm_set_epi64x(0, (long long)len_bytes)), k1);
	__m128i sum = k0;

	for (size_t left = len_bytes / 16; left > 0; left--, at += 16) {
		sum = _mm_xor_si128(sum, aes_block(_mm_loadu_si128((const __m128i *)at), mask, k0, k1));
		mask = _mm_aesenc_si128(mask, k1); // every position has its own secret: blocks cannot be swapped
	}
	if (len_bytes % 16 != 0) {
		_Alignas(16) uint8_t tail[16] = {0};
		const uint8_t *last = tail;

		if (len_bytes < 16)
			memcpy(tail, at, len_bytes);
		else
			last = at - (16 - len_bytes % 16); // bytes that count twice do no harm: the length is in the mask
		sum = _mm_xor_si128(sum, aes_block(_mm_loadu_si128((const __m128i *)last), mask, k0, k1));
	}
	sum = _mm_aesenc_si128(_mm_aesenc_si128(sum, k1), k0);
	return (uint64_t)_mm_cvtsi128_si64(sum) ^ (uint64_t)_mm_extract_epi64(sum, 1);
}

HASH_AES_TARGET static void hash_aes_16(const struct mw_hash_key *key, const uint8_t *at, uint8_t *out,
										size_t stride_bytes, uint32_t count)
{
	const __m128i k0 = _mm_load_si128((const __m128i *)key->bytes);
	const __m128i k1 = _mm_load_si128((const __m128i *)(key->bytes + 16));
	const __m128i mask = _mm_aesenc_si128(_mm_xor_si128(k0, _mm_set_epi64x(0, 16)), k1);

	for (; count > 0; count--, at += stride_bytes, out += stride_bytes) {
		__m128i sum = _mm_xor_si128(k0, aes_block(_mm_loadu_si128((const __m128i *)at), mask, k0, k1));
		uint64_t hash;

		sum = _mm_aesenc_si128(_mm_aesenc_si128(sum, k1), k0);
		hash = (uint64_t)_mm_cvtsi128_si64(sum) ^ (uint64_t)_mm_extract_epi64(sum, 1);
		memcpy(out, &hash, sizeof(hash));
	}
}

uint64_t mw_hash(const struct mw_hash_key *key, const void *bytes, size_t len_bytes)
{
	return MW_LIKELY(have_aes) ? hash_aes(key, bytes, len_bytes) : mw_hash_portable(key, bytes, len_bytes);
}
#else
uint64_t mw_hash(const struct mw_hash_key *key, const void *bytes, size_t len_bytes)
{
	return mw_hash_portable(key, bytes, len_bytes);
}
#endif

void mw_hash_16(const struct mw_hash_key *key, const void *blocks, uint64_t *hashes, size_t stride_bytes,
				uint32_t count)
{
	const uint8_t *at = blocks;
	uint8_t *out = (uint8_t *)hashes;

#if defined(__x86_64__)
	if (MW_LIKELY(have_aes)) {
		hash_aes_16(key, at, out, stride_bytes, count);
		return;
	}
#endif
	for (; count > 0; count--, at += stride_bytes, out += stride_bytes) {
		uint64_t hash = mw_hash_portable(key, at, 16);

		memcpy(out, &hash, sizeof(hash));
	}
}
