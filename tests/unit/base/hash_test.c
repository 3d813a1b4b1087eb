// SPDX-License-Identifier: BSD-3-Clause
// The keyed hash: SipHash-1-3 against published values, and no pattern to exploit in either form.
// Neighbours: lib/base/hash.c.
#include <string.h>

#include "mw_hash.h"
#include "mw_test.h"

typedef uint64_t hash_function(const struct mw_hash_key *, const void *, size_t);

static hash_function *const forms[] = {mw_hash, mw_hash_portable};

static void siphash_1_3_matches_another_implementation(void **state)
{
	// from CPython 3.11, whose str hash is SipHash-1-3; PYTHONHASHSEED=0 is the zero key, 42 the one below
	static const struct mw_hash_key zero,
		seeded = {{0xaf, 0x90, 0xcd, 0x68, 0xd3, 0x4f, 0x50, 0xdc, 0xc1, 0xe9, 0x99, 0xfe, 0x9f, 0xbb, 0x20, 0xb9}};
	uint8_t counting[63];

	(void)state;
	for (size_t i = 0; i < sizeof(counting); i++)
		counting[i] = (uint8_t)i;
	assert_int_equal(mw_hash_portable(&zero, "a", 1), UINT64_C(0x407448d2b89b1813));
	assert_int_equal(mw_hash_portable(&zero, "abcdefg", 7), UINT64_C(0x6db12aae9070f506));
	assert_int_equal(mw_hash_portable(&zero, "abcdefgh", 8), UINT64_C(0x3f7b849c0b8e35ea));
	assert_int_equal(mw_hash_portable(&zero, "abcdefghi", 9), UINT64_C(0xf89b34a3d11eb6e5));
	assert_int_equal(mw_hash_portable(&zero, counting, 63), UINT64_C(0x385d3e39e5f37359));
	assert_int_equal(mw_hash_portable(&seeded, "a", 1), UINT64_C(0xfe4a47335692551e));
	assert_int_equal(mw_hash_portable(&seeded, counting, 44), UINT64_C(0x29911eff4d51e13d));
	assert_int_equal(mw_hash_portable(&seeded, counting, 63), UINT64_C(0x06e24d6f0d014c37));
}

static void the_same_seed_gives_the_same_key_and_no_other_does(void **state)
{
	struct mw_hash_key one, again, two, random[2];

	(void)state;
	mw_hash_key_from_seed(&one, 1);
	mw_hash_key_from_seed(&again, 1);
	mw_hash_key_from_seed(&two, 2);
	assert_memory_equal(&one, &again, sizeof(one));
	assert_memory_not_equal(&one, &two, 8);
	assert_memory_not_equal(one.bytes, one.bytes + 16, 16);
	assert_int_equal(one.bytes[0], 0xc1); // splitmix64 of 1: the key of a replay never changes
	assert_int_equal(mw_hash_key_random(&random[0]), 0);
	assert_int_equal(mw_hash_key_random(&random[1]), 0);
	assert_memory_not_equal(&random[0], &random[1], sizeof(random[0]));
}

static void every_length_and_every_byte_count(void **state)
{
	struct mw_hash_key key;
	uint8_t bytes[256] = {0};

	(void)state;
	mw_hash_key_from_seed(&key, 3);
	for (size_t form = 0; form < 2; form++) {
		for (size_t length = 1; length <= sizeof(bytes); length++) {
			uint64_t base = forms[form](&key, bytes, length);

			assert_int_equal(forms[form](&key, bytes, length), base);
			if (length > 1) // more zeros are another text
				assert_int_not_equal(forms[form](&key, bytes, length - 1), base);
			for (size_t at = 0; at < length; at++) {
				bytes[at] = 1;
				assert_int_not_equal(forms[form](&key, bytes, length), base);
				bytes[at] = 0;
			}
		}
	}
}

static void no_byte_outside_the_text_counts(void **state)
{
	struct mw_hash_key key;
	uint8_t bytes[64] = {0};

	(void)state;
	mw_hash_key_from_seed(&key, 4);
	for (size_t length = 1; length <= 48; length++) {
		uint64_t base = mw_hash(&key, bytes + 1, length);

		bytes[0] = bytes[length + 1] = 0xff;
		assert_int_equal(mw_hash(&key, bytes + 1, length), base);
		bytes[0] = bytes[length + 1] = 0;
	}
}

static void one_flipped_bit_flips_half_of_the_hash(void **state)
{
	struct mw_hash_key key;
	uint8_t bytes[44];

	(void)state;
	mw_hash_key_from_seed(&key, 5);
	for (size_t form = 0; form < 2; form++) {
		uint64_t flipped = 0;
		unsigned each[64] = {0};

		for (unsigned text = 0; text < 16; text++) {
			memset(bytes, (int)(text * 17), sizeof(bytes));
			for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
				uint64_t base = forms[form](&key, bytes, sizeof(bytes)), difference;

				bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
				difference = base ^ forms[form](&key, bytes, sizeof(bytes));
				bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
				flipped += (uint64_t)__builtin_popcountll(difference);
				for (unsigned out = 0; out < 64; out++)
					each[out] += difference >> out & 1;
			}
		}
		assert_in_range(flipped, 5632 * 32 - 5632, 5632 * 32 + 5632);
		for (unsigned out = 0; out < 64; out++) // 5632 throws of a coin: six deviations are 225
			assert_in_range(each[out], 2816 - 225, 2816 + 225);
	}
}

// Of addresses in a row every bit of the quick hash is a coin. last: the byte that counts them, and the one before it.
static void toss(const struct mw_hash_key *key, size_t last)
{
	uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8}, peer[16] = {10};
	unsigned each[64] = {0}, of_pair[64] = {0};

	for (unsigned i = 0; i < 65536; i++) {
		uint64_t hash, pair;

		address[last - 1] = (uint8_t)(i >> 8);
		address[last] = (uint8_t)i;
		hash = mw_hash_address(key, address);
		pair = mw_hash_ends(key, hash, mw_hash_address(key, peer), 0);
		for (unsigned out = 0; out < 64; out++) {
			each[out] += hash >> out & 1;
			of_pair[out] += pair >> out & 1;
		}
	}
	for (unsigned out = 0; out < 64; out++) {
		assert_in_range(each[out], 32768 - 1024, 32768 + 1024);
		assert_in_range(of_pair[out], 32768 - 1024, 32768 + 1024);
	}
}

static void addresses_that_are_near_hash_apart(void **state)
{
	struct mw_hash_key zero = {0}, key;

	(void)state;
	mw_hash_key_from_seed(&key, 6);
	for (size_t last = 7; last < 16; last += 8) {
		toss(&key, last);
		toss(&zero, last);
	}
}

static void a_pair_is_not_its_reverse(void **state)
{
	struct mw_hash_key key;

	(void)state;
	mw_hash_key_from_seed(&key, 7);
	for (uint64_t i = 1; i < 1000; i++) {
		assert_int_not_equal(mw_hash_ends(&key, i, i + 1, 0), mw_hash_ends(&key, i + 1, i, 0));
		assert_int_not_equal(mw_hash_ends(&key, i, i + 1, 0), mw_hash_ends(&key, i, i + 1, 1));
	}
}

// A linear hash (CRC, Toeplitz) has h(a) ^ h(b) ^ h(c) = h(a ^ b ^ c) for every key.
static void the_hash_is_not_linear(void **state)
{
	(void)state;
	for (size_t form = 0; form < 2; form++) {
		for (uint64_t seed = 0; seed < 200; seed++) {
			struct mw_hash_key key;
			uint64_t a[4] = {seed, 1}, b[4] = {2, seed, 3}, c[4] = {0, 0, seed, 9}, all[4], parts;

			mw_hash_key_from_seed(&key, seed);
			for (int i = 0; i < 4; i++)
				all[i] = a[i] ^ b[i] ^ c[i];
			parts = forms[form](&key, a, 32) ^ forms[form](&key, b, 32) ^ forms[form](&key, c, 32);
			assert_int_not_equal(parts, forms[form](&key, all, 32));
		}
	}
}

// A difference in one block that the next block cancels must not survive the rounds between them, nor may blocks be
// swapped: what a single AES round a block would allow for every key.
static void blocks_cannot_cancel_each_other(void **state)
{
	struct mw_hash_key key;
	uint64_t base, text[6] = {1, 2, 3, 4, 5, 6}, swapped[6] = {3, 4, 1, 2, 5, 6};

	(void)state;
	mw_hash_key_from_seed(&key, 6);
	base = mw_hash(&key, text, sizeof(text));
	assert_int_not_equal(base, mw_hash(&key, swapped, sizeof(swapped)));
	for (uint64_t first = 1; first < 256; first++) {
		for (uint64_t second = 1; second < 256; second++) {
			// what MixColumns makes of one byte: the columns 2 1 1 3
			uint64_t twice = (second << 1 ^ (second & 0x80 ? 0x11b : 0)) & 0xff;
			uint64_t column = twice | second << 8 | second << 16 | (twice ^ second) << 24;
			uint64_t changed[6] = {text[0] ^ first, text[1], text[2] ^ column, text[3], text[4], text[5]};

			assert_int_not_equal(base, mw_hash(&key, changed, sizeof(changed)));
		}
	}
}

// A million flow-like keys that only count upward fill 65536 buckets as chance would, from low and from high bits.
static void structured_keys_spread_evenly(void **state)
{
	static uint32_t buckets[2][1 << 16];
	struct mw_hash_key key;

	(void)state;
	mw_hash_key_from_seed(&key, 7);
	for (size_t form = 0; form < 2; form++) {
		double squares[2] = {0};
		uint8_t text[44] = {0};

		memset(buckets, 0, sizeof(buckets));
		for (uint32_t i = 0; i < 1 << 20; i++) {
			uint64_t hash;

			memcpy(text + 12, &i, 4);
			hash = forms[form](&key, text, sizeof(text));
			buckets[0][hash & 0xffff]++;
			buckets[1][hash >> 48]++;
		}
		for (int end = 0; end < 2; end++) {
			for (size_t i = 0; i < 1 << 16; i++)
				squares[end] += ((double)buckets[end][i] - 16) * ((double)buckets[end][i] - 16) / 16;
			// chi-square with 65535 degrees of freedom: mean 65535, deviation 362
			assert_true(squares[end] > 65535 - 6 * 362 && squares[end] < 65535 + 6 * 362);
		}
	}
}

// A thousand keys with the same eight bits under one key fall apart under another.
static void collisions_under_one_key_are_none_under_another(void **state)
{
	(void)state;
	for (size_t form = 0; form < 2; form++) {
		struct mw_hash_key known, secret;
		uint32_t found = 0, buckets[256] = {0}, fullest = 0;

		mw_hash_key_from_seed(&known, 8);
		mw_hash_key_from_seed(&secret, 9);
		for (uint64_t i = 0; found < 1000; i++) {
			uint64_t text[4] = {i, 0, 17};

			if ((forms[form](&known, text, sizeof(text)) & 0xff) != 5)
				continue;
			found++;
			buckets[forms[form](&secret, text, sizeof(text)) & 0xff]++;
		}
		for (int i = 0; i < 256; i++)
			fullest = buckets[i] > fullest ? buckets[i] : fullest;
		assert_true(fullest < 20); // 4 on average
	}
}

static void blocks_of_sixteen_hash_as_they_do_alone(void **state)
{
	struct {
		uint64_t block[2], hash;
	} items[70];
	struct mw_hash_key key;

	(void)state;
	mw_hash_key_from_seed(&key, 7);
	for (uint64_t i = 0; i < 70; i++) {
		items[i].block[0] = i * UINT64_C(0x9e3779b97f4a7c15);
		items[i].block[1] = i;
		items[i].hash = 0;
	}
	mw_hash_16(&key, items[0].block, &items[0].hash, sizeof(items[0]), 69);
	for (int i = 0; i < 69; i++)
		assert_int_equal(items[i].hash, mw_hash(&key, items[i].block, 16));
	assert_int_equal(items[69].hash, 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(siphash_1_3_matches_another_implementation),
	MW_TEST(the_same_seed_gives_the_same_key_and_no_other_does),
	MW_TEST(every_length_and_every_byte_count),
	MW_TEST(no_byte_outside_the_text_counts),
	MW_TEST(one_flipped_bit_flips_half_of_the_hash),
	MW_TEST(addresses_that_are_near_hash_apart),
	MW_TEST(a_pair_is_not_its_reverse),
	MW_TEST(the_hash_is_not_linear),
	MW_TEST(blocks_cannot_cancel_each_other),
	MW_TEST(structured_keys_spread_evenly),
	MW_TEST(blocks_of_sixteen_hash_as_they_do_alone),
	MW_TEST(collisions_under_one_key_are_none_under_another),
};
MW_TEST_MAIN("base_hash", tests)
