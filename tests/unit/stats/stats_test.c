// SPDX-License-Identifier: BSD-3-Clause
// Counters: names, room, sums, and one writer with a reader beside it.
// Neighbours: lib/stats/stats.c.
#include "mw_stats.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

static const struct mw_counter decode[] = {{"short", "packets"}, {"loop", "packets"}};
static const struct mw_counter flow[] = {{"short", "flows"}};

static void counters_of_modules_follow_each_other(void **state)
{
	static struct mw_stats_names names;

	(void)state;
	memset(&names, 0, sizeof(names));
	assert_int_equal(mw_stats_register(&names, "decode", decode, 2), 0);
	assert_int_equal(mw_stats_register(&names, "flow", flow, 1), 2);
	assert_string_equal(names.entries[1].module, "decode");
	assert_string_equal(names.entries[1].counter.name, "loop");
	assert_string_equal(names.entries[2].module, "flow");
	assert_int_equal(names.count, 3);
}

static void registration_beyond_the_room_changes_nothing(void **state)
{
	static struct mw_stats_names names;
	static struct mw_counter many[MW_STATS_MAX];

	(void)state;
	memset(&names, 0, sizeof(names));
	for (size_t i = 0; i < MW_STATS_MAX; i++)
		many[i].name = "x";
	assert_int_equal(mw_stats_register(&names, "a", decode, 2), 0);
	assert_int_equal(mw_stats_register(&names, "b", many, MW_STATS_MAX - 1), -ENOSPC);
	assert_int_equal(mw_stats_register(&names, "b", many, UINT32_MAX), -ENOSPC);
	assert_int_equal(names.count, 2);
	assert_int_equal(mw_stats_register(&names, "b", many, MW_STATS_MAX - 2), 2);
	assert_int_equal(mw_stats_register(&names, "c", flow, 1), -ENOSPC);
}

static void sums_run_over_all_workers(void **state)
{
	static struct mw_stats_block first, second;
	const struct mw_stats_block *const blocks[] = {&first, &second};

	(void)state;
	mw_stats_add(&first, 7, 40);
	mw_stats_add(&second, 7, 2);
	mw_stats_add(&second, 8, 1);
	assert_int_equal(mw_stats_read(&first, 7), 40);
	assert_int_equal(mw_stats_sum(blocks, 2, 7), 42);
	assert_int_equal(mw_stats_sum(blocks, 2, 8), 1);
	assert_int_equal(mw_stats_sum(blocks, 0, 7), 0);
}

static void *count_up(void *context)
{
	for (int i = 0; i < 200000; i++)
		mw_stats_add(context, 0, 1);
	return NULL;
}

static void a_reader_never_sees_a_counter_go_back(void **state)
{
	static struct mw_stats_block block;
	uint64_t before = 0;
	pthread_t writer;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, count_up, &block), 0);
	for (int i = 0; i < 200000; i++) {
		uint64_t now = mw_stats_read(&block, 0);

		assert_true(now >= before);
		before = now;
	}
	pthread_join(writer, NULL);
	assert_int_equal(mw_stats_read(&block, 0), 200000);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(counters_of_modules_follow_each_other),
	MW_TEST(registration_beyond_the_room_changes_nothing),
	MW_TEST(sums_run_over_all_workers),
	MW_TEST(a_reader_never_sees_a_counter_go_back),
};

MW_TEST_MAIN("stats", tests)
