// SPDX-License-Identifier: BSD-3-Clause
// State of few flows: found by the flow, begun anew, given up by worth, forgotten.
// Neighbours: lib/kit/mw_kit_side.h.
#include <stdlib.h>
#include <string.h>

#include "mw_kit_side.h"
#include "mw_test.h"

#define ROOM 8

/** What a flow is does not matter: its place is all that is known of it. */
struct mw_flow {
	char bytes[64];
};

static struct mw_flow flows[1000];

struct entry {
	uint64_t value;
	uint8_t tail[3];
};

static int start(void **state)
{
	struct mw_hash_key key;

	mw_hash_key_from_seed(&key, 1);
	*state = calloc(1, mw_kit_side_bytes(ROOM, sizeof(struct entry)));
	return *state == NULL || mw_kit_side_init(*state, ROOM, sizeof(struct entry), &key) != *state;
}

static int stop(void **state)
{
	free(*state);
	return 0;
}

static struct entry *begin(void *side, uint32_t flow, uint32_t worth)
{
	struct mw_flow *evicted;
	struct entry *entry = mw_kit_side_begin(side, &flows[flow], worth, &evicted);

	assert_non_null(entry);
	assert_null(evicted);
	return entry;
}

/** Begins with a flow, for which another one goes. */
static void begin_for(void *side, uint32_t flow, uint32_t worth, uint32_t goes)
{
	struct mw_flow *evicted;

	assert_non_null(mw_kit_side_begin(side, &flows[flow], worth, &evicted));
	assert_ptr_equal(evicted, &flows[goes]);
	assert_null(mw_kit_side_find(side, &flows[goes]));
}

static void nothing_declared_takes_no_memory(void **state)
{
	(void)state;
	assert_int_equal(mw_kit_side_bytes(0, 100), 0);
}

static void a_flow_is_found_until_it_is_forgotten(void **state)
{
	struct entry *entry = begin(*state, 0, 0);

	entry->value = UINT64_MAX;
	memset(entry->tail, 0xff, sizeof(entry->tail));
	assert_ptr_equal(mw_kit_side_find(*state, &flows[0]), entry);
	assert_null(mw_kit_side_find(*state, &flows[1]));
	mw_kit_side_forget(*state, &flows[1]);
	mw_kit_side_forget(*state, &flows[0]);
	assert_null(mw_kit_side_find(*state, &flows[0]));
	assert_int_equal(begin(*state, 1, 0)->value, 0);
}

static void entries_do_not_touch(void **state)
{
	for (uint32_t i = 0; i < ROOM; i++)
		memset(begin(*state, i, 0), (int)i + 1, sizeof(struct entry));
	for (uint32_t i = 0; i < ROOM; i++) {
		const struct entry *entry = mw_kit_side_find(*state, &flows[i]);

		assert_int_equal(entry->value, (i + 1) * UINT64_C(0x0101010101010101));
		assert_int_equal(entry->tail[2], i + 1);
	}
}

static void it_begins_anew(void **state)
{
	struct entry *entry = begin(*state, 0, 0);

	entry->value = 5;
	assert_ptr_equal(begin(*state, 0, 1), entry);
	assert_int_equal(entry->value, 0);
}

static void the_one_begun_first_gives_way(void **state)
{
	for (uint32_t i = 0; i < ROOM; i++)
		begin(*state, i, 0);
	begin(*state, 0, 0); // again: now it is the newest
	begin_for(*state, ROOM, 0, 1);
	assert_non_null(mw_kit_side_find(*state, &flows[0]));
}

static void what_is_worth_less_goes_first_and_drives_out_nothing_better(void **state)
{
	struct mw_flow *evicted = &flows[0];

	for (uint32_t i = 0; i < ROOM; i++)
		begin(*state, i, i == 3 ? 0 : 1);
	begin_for(*state, 20, 1, 3);
	assert_null(mw_kit_side_begin(*state, &flows[21], 0, &evicted));
	assert_null(evicted);
	begin_for(*state, 22, 2, 0);
	begin(*state, 1, 0); // it lost in worth
	begin_for(*state, 23, 0, 1);
}

static void a_flood_of_worthless_flows_drives_out_no_other(void **state)
{
	struct mw_flow *evicted;

	for (uint32_t i = 0; i < ROOM / 2; i++)
		begin(*state, i, 1);
	for (uint32_t i = ROOM; i < 1000; i++)
		assert_non_null(mw_kit_side_begin(*state, &flows[i], 0, &evicted));
	for (uint32_t i = 0; i < ROOM / 2; i++)
		assert_non_null(mw_kit_side_find(*state, &flows[i]));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

static const struct CMUnitTest tests[] = {
	CASE(nothing_declared_takes_no_memory),
	CASE(a_flow_is_found_until_it_is_forgotten),
	CASE(entries_do_not_touch),
	CASE(it_begins_anew),
	CASE(the_one_begun_first_gives_way),
	CASE(what_is_worth_less_goes_first_and_drives_out_nothing_better),
	CASE(a_flood_of_worthless_flows_drives_out_no_other),
};

MW_TEST_MAIN("detector_kit_side", tests)
