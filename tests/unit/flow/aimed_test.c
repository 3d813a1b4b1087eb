// SPDX-License-Identifier: BSD-3-Clause
// Keys chosen against the hash: an attacker who knows the code and even the key fills two buckets and no more; one who
// does not know the key gains nothing.
// Neighbours: lib/flow/bucket.c, evict.c; evict_test.c has the full table.
#include "flow_fixture.h"

#include "table.h"

#define FLOWS_MAX 1000u // 256 buckets
#define AIMED     80u // four times what fits into two buckets
#define STOLEN    99u // seed of the key that the attacker knows
#define KNOWN     400u
#define PLACES    (2 * BUCKET_SLOTS)

/** Tuples of which only the first address counts up, and where a hash puts them. */
struct aim {
	bool long_keys; // IPv6: keys that are hashed in three blocks
	uint32_t sources[AIMED];
};

static struct mw_packet packet_of(bool long_keys, uint32_t source, bool back, uint64_t now_ns)
{
	struct mw_packet packet =
		back ? udp_packet(0x08080808, 53, source, 9, now_ns) : udp_packet(source, 9, 0x08080808, 53, now_ns);

	if (long_keys) {
		packet.family = 6;
		packet.src.bytes[0] = packet.dst.bytes[0] = 0x20;
	}
	return packet;
}

static uint64_t hash_of_source(const struct mw_hash_key *key, bool long_keys, uint32_t source)
{
	struct mw_packet packet = packet_of(long_keys, source, false, 0);
	bool from_a = mw_address_compare(&packet.src, &packet.dst) <= 0;
	struct mw_flow_key flow = {.a = from_a ? packet.src : packet.dst,
							   .b = from_a ? packet.dst : packet.src,
							   .a_port = from_a ? 9 : 53,
							   .b_port = from_a ? 53 : 9,
							   .protocol = 17};

	return mw_flow_key_hash(key, &flow);
}

static struct fixture *fixture_with(const struct mw_hash_key *key)
{
	struct fixture *fixture = fixture_new(FLOWS_MAX, MW_FLOW_STATE_BYTES);

	fixture->config.hash_key = *key;
	return fixture_build(fixture);
}

// Brute force, as an attacker would who had stolen the key: all tuples fall into the same two buckets.
static void search(const struct fixture *fixture, struct aim *aim)
{
	const struct mw_flow_table *table = fixture->table;
	const struct flow_bucket *one = &table->buckets[7], *other = &table->buckets[133];
	uint32_t found = 0;

	assert_int_equal(table->buckets_mask, 255);
	for (uint32_t source = 0x20000000; found < AIMED; source++) {
		uint64_t hash = hash_of_source(&fixture->config.hash_key, aim->long_keys, source);
		const struct flow_bucket *first = bucket_of(table, hash, 0), *second = bucket_of(table, hash, 1);

		if ((first == one && second == other) || (first == other && second == one))
			aim->sources[found++] = source;
	}
}

static struct fixture *fixture_of_stolen_key(void)
{
	struct mw_hash_key stolen;

	mw_hash_key_from_seed(&stolen, STOLEN);
	return fixture_with(&stolen);
}

// Searched for once a program.
static const struct aim *take_aim(bool long_keys)
{
	static struct aim aims[2];
	struct aim *aim = &aims[long_keys];

	if (aim->sources[0] == 0) {
		struct fixture *fixture = fixture_of_stolen_key();

		aim->long_keys = long_keys;
		search(fixture, aim);
		fixture_free(fixture);
	}
	return aim;
}

static struct mw_flow *send(struct fixture *fixture, bool long_keys, uint32_t source, bool back, uint64_t now_ns)
{
	struct mw_packet packet = packet_of(long_keys, source, back, now_ns);

	return run(fixture, &packet);
}

static void open_known_flows(struct fixture *fixture)
{
	for (uint32_t i = 0; i < KNOWN; i++) {
		send(fixture, false, 0x0a000000 + i, false, SECOND);
		send(fixture, false, 0x0a000000 + i, true, SECOND);
	}
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), KNOWN);
}

// Both sides' packets find them as they were. @return how many are gone.
static uint32_t known_flows_lost(struct fixture *fixture)
{
	uint64_t before = counted(fixture, MW_FLOW_COUNTER_NEW);

	for (uint32_t i = 0; i < KNOWN; i++) {
		send(fixture, false, 0x0a000000 + i, false, 3 * SECOND);
		send(fixture, false, 0x0a000000 + i, true, 3 * SECOND);
	}
	return (uint32_t)(counted(fixture, MW_FLOW_COUNTER_NEW) - before);
}

// Known flows of which a place in one of the two buckets is needed, now or later.
static uint32_t known_flows_beside(const struct fixture *fixture)
{
	const struct mw_flow_table *table = fixture->table;
	uint32_t count = 0;

	for (uint32_t i = 0; i < KNOWN; i++) {
		uint64_t hash = hash_of_source(&fixture->config.hash_key, false, 0x0a000000 + i);

		for (unsigned choice = 0; choice < 2; choice++) {
			ptrdiff_t bucket = bucket_of(table, hash, choice) - table->buckets;

			if (bucket == 7 || bucket == 133) {
				count++;
				break;
			}
		}
	}
	return count;
}

// A lookup looks at two buckets of ten places: every flow must be in one of its two, and there once.
static void check_places(const struct fixture *fixture)
{
	const struct mw_flow_table *table = fixture->table;
	uint32_t placed = 0;

	for (uint64_t b = 0; b <= table->buckets_mask; b++) {
		const struct flow_bucket *bucket = &table->buckets[b];

		for (uint32_t slot = 0; slot < BUCKET_SLOTS; slot++) {
			struct mw_flow_key key;
			uint64_t hash;

			if ((bucket->used & 1u << slot) == 0)
				continue;
			key_of(entry_at(table, bucket->entries[slot]), &key);
			hash = mw_flow_key_hash(&table->config.hash_key, &key);
			assert_true(bucket == bucket_of(table, hash, 0) || bucket == bucket_of(table, hash, 1));
			placed++;
		}
	}
	assert_int_equal(placed, mw_flow_count(fixture->table));
	assert_int_equal(walk_count(fixture), placed);
}

static uint32_t aimed_flows_live(const struct fixture *fixture)
{
	struct mw_flow_view copy;
	uint32_t live = 0;

	for (uint32_t slot = 0; slot < mw_flow_slots(fixture->table); slot++)
		live += mw_flow_snapshot(fixture->table, slot, &copy) == 1 &&
				(copy.key.a.bytes[12] == 0x20 || copy.key.b.bytes[12] == 0x20);
	return live;
}

// answered: the attacker has both ends, and his flows look as good as anybody's.
static void attack_with_the_key(bool long_keys, bool answered)
{
	const struct aim *aim = take_aim(long_keys);
	struct fixture *fixture = fixture_of_stolen_key();
	uint32_t live, lost, beside;

	open_known_flows(fixture);
	beside = known_flows_beside(fixture);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < AIMED; i++) {
			uint64_t now_ns = 2 * SECOND + (round * AIMED + i) * MW_NS_PER_MS;

			assert_non_null(send(fixture, long_keys, aim->sources[i], false, now_ns));
			if (answered)
				send(fixture, long_keys, aim->sources[i], true, now_ns);
		}
	}
	check_places(fixture);
	check_books(fixture);
	live = aimed_flows_live(fixture);
	assert_in_range(live, BUCKET_SLOTS, PLACES);
	// exact: whoever came and is not there was counted
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_REFUSED), 0);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW) - counted(fixture, MW_FLOW_COUNTER_EVICTED),
					 mw_flow_count(fixture->table));
	assert_true(counted(fixture, MW_FLOW_COUNTER_EVICTED) >= AIMED - PLACES);
	lost = known_flows_lost(fixture);
	if (answered)
		assert_in_range(lost, 0, beside); // of the neighbours in these two buckets, never of the other 254
	else
		assert_int_equal(lost, 0);
	check_books(fixture);
	fixture_free(fixture); // and its memory was as large as before
}

static void aimed_flows_push_out_each_other_alone(void **state)
{
	(void)state;
	attack_with_the_key(false, false);
	attack_with_the_key(true, false);
}

static void aimed_flows_with_answers_reach_their_neighbours_alone(void **state)
{
	(void)state;
	attack_with_the_key(false, true);
	attack_with_the_key(true, true);
}

// In a full table a newcomer without a place pushes out two, and the entry of one of them is used by the next.
static void in_a_full_table_no_entry_is_lost(void **state)
{
	const struct aim *aim = take_aim(false);
	struct fixture *fixture = fixture_of_stolen_key();

	(void)state;
	for (uint32_t i = 0; i < FLOWS_MAX; i++)
		send(fixture, false, 0x0a000000 + i, false, SECOND);
	assert_int_equal(mw_flow_count(fixture->table), FLOWS_MAX);
	for (uint32_t round = 0; round < 50; round++) {
		uint64_t now_ns = (2 + round) * SECOND;

		for (uint32_t i = 0; i < AIMED; i++)
			assert_non_null(send(fixture, false, aim->sources[i], false, now_ns));
		mw_flow_expire(fixture->table, now_ns, UINT32_MAX);
	}
	check_places(fixture);
	check_books(fixture);
	for (uint32_t i = 0; i < FLOWS_MAX; i++)
		send(fixture, false, 0x0b000000 + i, false, 52 * SECOND);
	assert_int_equal(mw_flow_count(fixture->table), FLOWS_MAX);
	mw_flow_expire(fixture->table, 200 * SECOND, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 0);
	for (uint32_t i = 0; i < FLOWS_MAX; i++)
		send(fixture, false, 0x0c000000 + i, false, 201 * SECOND);
	assert_int_equal(mw_flow_count(fixture->table), FLOWS_MAX);
	check_places(fixture);
	fixture_free(fixture);
}

// Flows of one batch that cannot all have a place: each has a flow or is counted as refused.
static void one_batch_aimed_at_two_buckets_is_counted(void **state)
{
	const struct aim *aim = take_aim(false);
	struct fixture *fixture = fixture_of_stolen_key();
	struct mw_packet packets[AIMED], *batch[AIMED];
	uint32_t with = 0;

	(void)state;
	for (uint32_t i = 0; i < AIMED; i++) {
		packets[i] = packet_of(false, aim->sources[i], false, SECOND);
		batch[i] = &packets[i];
	}
	mw_flow_lookup(fixture->table, batch, AIMED);
	for (uint32_t i = 0; i < AIMED; i++) {
		mw_flow_enter(fixture->table, batch[i]);
		mw_flow_update(fixture->table, batch[i]);
		with += packets[i].flow != NULL;
	}
	assert_int_equal(with, PLACES);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_REFUSED), AIMED - PLACES);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), 0);
	check_places(fixture);
	check_books(fixture);
	fixture_free(fixture);
}

// Most flows that one bucket is the first choice of, and pairs of flows that have both choices in common.
static void spread(const struct fixture *fixture, const struct aim *aim, uint32_t *most, uint32_t *pairs)
{
	uint32_t loads[256] = {0};
	uint64_t places[AIMED];

	*most = *pairs = 0;
	for (uint32_t i = 0; i < AIMED; i++) {
		uint64_t hash = hash_of_source(&fixture->config.hash_key, aim->long_keys, aim->sources[i]);
		uint64_t first = hash & 255, second = hash >> 32 & 255;

		places[i] = MW_MIN(first, second) << 8 | MW_MAX(first, second);
		loads[first]++;
		*most = MW_MAX(*most, loads[first]);
		for (uint32_t j = 0; j < i; j++)
			*pairs += places[i] == places[j];
	}
}

static void check_other_key(const struct aim *aim, const struct mw_hash_key *key)
{
	struct fixture *fixture = fixture_with(key);
	uint32_t most, pairs;

	spread(fixture, aim, &most, &pairs);
	assert_in_range(most, 1, 8); // of 80 at random in 256 buckets: above 8 under one key of a hundred million
	assert_in_range(pairs, 0, 5); // at random 0.1 on average
	open_known_flows(fixture);
	for (uint32_t i = 0; i < AIMED; i++)
		send(fixture, aim->long_keys, aim->sources[i], false, 2 * SECOND);
	assert_int_equal(aimed_flows_live(fixture), AIMED);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), 0);
	assert_int_equal(known_flows_lost(fixture), 0);
	check_places(fixture);
	fixture_free(fixture);
}

static void without_the_key_aimed_flows_spread_like_any(void **state)
{
	(void)state;
	for (int long_keys = 0; long_keys < 2; long_keys++) {
		const struct aim *aim = take_aim(long_keys != 0);
		struct fixture *fixture = fixture_of_stolen_key();
		struct mw_hash_key key;
		uint32_t most, pairs;

		spread(fixture, aim, &most, &pairs); // the measure can fail
		assert_true(most > AIMED / 3 && pairs == AIMED * (AIMED - 1) / 2);
		fixture_free(fixture);
		for (uint64_t seed = 1; seed <= 8; seed++) {
			mw_hash_key_from_seed(&key, seed);
			check_other_key(aim, &key);
		}
		assert_int_equal(mw_hash_key_random(&key), 0);
		check_other_key(aim, &key);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(aimed_flows_push_out_each_other_alone),
	MW_TEST(aimed_flows_with_answers_reach_their_neighbours_alone),
	MW_TEST(in_a_full_table_no_entry_is_lost),
	MW_TEST(one_batch_aimed_at_two_buckets_is_counted),
	MW_TEST(without_the_key_aimed_flows_spread_like_any),
};
MW_TEST_MAIN("flow_aimed", tests)
