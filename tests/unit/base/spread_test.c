// SPDX-License-Identifier: BSD-3-Clause
// The hash that spreads packets over workers is the one that NICs compute.
// DPDK's software Toeplitz stands for the NIC.
// Neighbours: lib/base/mw_spread.h.
#include <rte_thash.h>

#include "mw_spread.h"
#include "mw_test.h"

#define KEYS  200
#define PAIRS 500

static uint64_t drawn = 1;

static uint32_t draw(void)
{
	drawn = drawn * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(drawn >> 32);
}

// What a NIC does with words of addresses in host order: its table has a multiple of MW_SPREAD_SLOTS entries.
static uint16_t queue_of_nic(uint16_t spread_key, uint32_t *words, uint32_t words_count, uint16_t queues)
{
	uint8_t key[40];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i % 2 == 0 ? spread_key >> 8 : spread_key);
	return (uint16_t)(rte_softrss(words, words_count, key) % 512 % MW_SPREAD_SLOTS % queues);
}

static struct mw_address v4_of(uint32_t host_order)
{
	const uint32_t wire = htobe32(host_order);
	uint8_t bytes[4];

	memcpy(bytes, &wire, sizeof(bytes));
	return mw_address_from_v4(bytes);
}

static struct mw_address v6_of(const uint32_t words[4])
{
	struct mw_address address;

	for (size_t i = 0; i < 4; i++) {
		const uint32_t wire = htobe32(words[i]);

		memcpy(&address.bytes[4 * i], &wire, sizeof(wire));
	}
	return address;
}

static void worker_is_the_queue_that_a_nic_chooses(void **state)
{
	struct mw_spread spread;
	struct mw_hash_key key;

	(void)state;
	for (uint64_t seed = 0; seed < KEYS; seed++) {
		const uint16_t workers = (uint16_t)(1 + seed % 16);
		uint16_t spread_key;

		mw_hash_key_from_seed(&key, seed);
		mw_spread_init(&spread, &key, workers);
		spread_key = mw_spread_key(&key);
		for (int i = 0; i < PAIRS; i++) {
			uint32_t words[8];
			struct mw_address a, b;

			for (size_t k = 0; k < MW_ARRAY_SIZE(words); k++)
				words[k] = draw();
			a = v4_of(words[0]);
			b = v4_of(words[1]);
			assert_int_equal(mw_spread_worker(&spread, &a, &b), queue_of_nic(spread_key, words, 2, workers));
			a = v6_of(&words[0]);
			b = v6_of(&words[4]);
			assert_int_equal(mw_spread_worker(&spread, &a, &b), queue_of_nic(spread_key, words, 8, workers));
			assert_int_equal(mw_spread_worker(&spread, &a, &b), mw_spread_worker(&spread, &b, &a));
		}
	}
}

static void every_key_is_a_permutation(void **state)
{
	static bool seen[1 << 16];
	struct mw_hash_key key;

	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		mw_hash_key_from_seed(&key, seed);
		memset(seen, 0, sizeof(seen));
		for (uint32_t folded = 0; folded < MW_ARRAY_SIZE(seen); folded++) {
			const uint16_t hash = mw_spread_hash(mw_spread_key(&key), (uint16_t)folded);

			assert_false(seen[hash]);
			seen[hash] = true;
		}
	}
}

static void a_key_without_good_bits_has_the_usual_ones(void **state)
{
	const struct mw_hash_key zeros = {{0}};
	const int ones = __builtin_popcount(mw_spread_key(&zeros));

	(void)state;
	assert_int_equal(ones % 2, 1);
	assert_in_range(ones, 5, 11);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(worker_is_the_queue_that_a_nic_chooses),
	MW_TEST(every_key_is_a_permutation),
	MW_TEST(a_key_without_good_bits_has_the_usual_ones),
};

MW_TEST_MAIN("base_spread", tests)
