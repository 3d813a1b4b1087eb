// SPDX-License-Identifier: BSD-3-Clause
// A full tracker: who gives way, what is counted.
// Neighbours: lib/fragment/lists.c, end.c.
#include "fragment_world.h"

#include <string.h>

static void the_least_valuable_gives_way_first(void **state)
{
	static const uint32_t order[] = {10, 11, 20, 21, 30, 31, 41, 40, 42};
	struct world *world = world_new(9, 1, NULL);
	uint32_t at = 0;

	(void)state;
	give_some(world, 1, .id = 40, .answered = true);
	give_some(world, 6, .id = 41);
	give_some(world, 2, .id = 30);
	give_some(world, 4, .id = 31);
	give_some(world, 1, .id = 20);
	give_some(world, 1, .id = 21);
	give_all(world, .id = 10, .dont_fragment = true);
	give_all(world, .id = 11, .dont_fragment = true);
	give_some(world, 2, .at = 0.1, .id = 40); // now the newest of its list
	give_some(world, 3, .at = 0.2, .id = 42);
	assert_int_equal(mw_fragments_count(world->fragments), 9);
	world->told_count = 0; // the two that became complete
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(order); i++)
		give_some(world, 3, .at = 0.3, .id = 100 + i);
	for (; at < MW_ARRAY_SIZE(order); at++)
		assert_int_equal(told(world, at, at < 2 ? MW_FRAGMENT_IRREGULAR : MW_FRAGMENT_EVICTED)->id, order[at]);
	assert_int_equal(world->told_count, MW_ARRAY_SIZE(order));
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_EVICTED), 7);
	assert_int_equal(mw_fragments_count(world->fragments), 9);
	world_free(world);
}

static void evicted_one_says_what_it_lacked(void **state)
{
	struct world *world = world_new(1, 1, NULL);

	(void)state;
	give_some(world, 5, .id = 7);
	give_some(world, 5, .id = 8);
	assert_missing(told(world, 0, MW_FRAGMENT_EVICTED), 0, 1480, 2960);
	assert_int_equal(world->told_count, 1);
	world_free(world);
}

static void counters_add_up(void **state)
{
	struct world *world = world_new(4, 1, NULL);

	(void)state;
	give_all(world, .id = 1);
	give_some(world, 2, .id = 1);
	give_all(world, .id = 2, .dont_fragment = true);
	give_some(world, 3, .id = 3);
	give_some(world, 1, .at = 29, .id = 4);
	expire(world, 31);
	for (uint32_t id = 5; id < 9; id++)
		give_some(world, 3, .at = 31, .id = id);
	give(world, .at = 31, .v6 = true, .bytes = 100, .total = 100);
	mw_fragments_finish(world->fragments);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_FRAGMENTS), 3 + 1 + 3 + 2 + 1 + 8 + 1);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_COPIES), 1);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_DATAGRAMS), 8);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_COMPLETE), 2);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_IRREGULAR), 2);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_INCOMPLETE), 1);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_EVICTED), 1);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_UNFINISHED), 4);
	world_free(world);
}

static void tracker_needs_its_memory(void **state)
{
	struct world *world = world_new(16, 1, NULL);
	struct mw_fragment_config config = {.settings = &world->settings};

	(void)state;
	assert_int_equal(mw_fragments_bytes(&config), world->memory_bytes);
	assert_null(mw_fragments_init(world->memory, world->memory_bytes - 1, &config, &world->stats, 0));
	world_free(world);
}

static void section_has_its_defaults(void **state)
{
	static const struct mw_settings_module *const modules[] = {&mw_fragment_settings_module};
	const struct mw_fragment_settings *values;
	struct mw_settings *settings;

	(void)state;
	assert_int_equal(mw_settings_load(modules, 1, NULL, NULL, 0, NULL, NULL, &settings), 0);
	values = mw_settings_values(settings, "fragment");
	assert_int_equal(values->datagrams_max, 65536);
	assert_int_equal(values->timeout_ns, 30 * MW_NS_PER_SECOND);
	mw_settings_free(settings);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_least_valuable_gives_way_first), MW_TEST(evicted_one_says_what_it_lacked), MW_TEST(counters_add_up),
	MW_TEST(tracker_needs_its_memory),           MW_TEST(section_has_its_defaults),
};
MW_TEST_MAIN("fragment_evict", tests)
