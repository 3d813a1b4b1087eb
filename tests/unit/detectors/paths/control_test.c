// SPDX-License-Identifier: BSD-3-Clause
// Events in, rows out: when a path has a row, what the columns hold, what the settings are.
// Neighbours: lib/detectors/paths/control.c, row.c, settings.c.
#include "mw_test.h"

#include <string.h>

#include "control_world.h"

static void a_report_tells_of_paths_seen_since(void **state)
{
	struct path_world *world = world_new(64);
	uint64_t second_ns;

	(void)state;
	world_tell(world, stuck(PATH_GAVE_UP));
	second_ns = world->now_ns;
	world->flow.dst = world_v4(198, 51, 100, 3);
	world_tell(world, stuck(PATH_GAVE_UP));
	assert_int_equal(world_rows(world, 0), 2);
	assert_int_equal(world_rows(world, second_ns), 1);
	assert_int_equal(world_rows(world, second_ns + 1), 0);
	assert_int_equal(world_rows(world, second_ns), 1); // asking changes nothing
	world_free(world);
}

static void what_is_told_late_is_in_the_interval_that_learns_it(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = stuck(PATH_GAVE_UP);
	struct mw_event event = {.time_ns = WORLD_START_NS, .flow = world->flow, .body_bytes = sizeof(facts)};
	struct mw_path_row row;

	(void)state;
	facts.from_ns = WORLD_START_NS + 1;
	facts.to_ns = WORLD_START_NS + 22 * MW_NS_PER_SECOND;
	memcpy(event.body, &facts, sizeof(facts));
	world->control.clock_ns = WORLD_START_NS + 60 * MW_NS_PER_SECOND;
	path_control_event(&world->control, &event);
	assert_int_equal(world_rows(world, WORLD_START_NS + 60 * MW_NS_PER_SECOND), 1);
	row = world_row(world);
	assert_int_equal(row.ts_ns, WORLD_START_NS);
	assert_int_equal(row.last_ns, facts.to_ns);
	world_free(world);
}

static void bodies_that_are_none_are_ignored(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_event event = {.time_ns = 1, .flow = world->flow};

	(void)state;
	path_control_event(&world->control, &event);
	world_tell(world, (struct path_facts){.what = PATH_WHATS});
	assert_int_equal(world->state->table.index.used, 0);
	world_free(world);
}

static void a_row_holds_what_is_known_and_no_more(void **state)
{
	static const char *const cells[] = {
		"192.0.2.1", "198.51.100.2", "140", "1380", "1", "203.0.113.1=1380", "1460", "1414", "140", "1500",
		"5",         "ok",           "40",  "0"};
	struct path_world *world = world_new(64);
	struct path_facts facts = stuck(PATH_GAVE_UP);
	struct mw_path_row row;

	(void)state;
	facts.mss_syn = 1460;
	facts.mss_synack = 1414;
	world_tell(world, facts);
	world_tell(world, report_of(world, 1380));
	row = world_row(world);
	assert_int_equal(mw_path_record.columns_count, MW_ARRAY_SIZE(cells));
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cells); i++) {
		char chars[256];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		mw_record_add_cell(&text, &mw_path_record.columns[i], &row);
		assert_string_equal(chars, cells[i]);
	}
	world_free(world);
}

static void protocols_that_differ_are_several(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, stuck(PATH_GAVE_UP));
	assert_int_equal(world_row(world).protocol, 6);
	world->flow.protocol = 17;
	world_tell(world, report_of(world, 1380));
	assert_int_equal(world_row(world).protocol, 0);
	world->flow.dst = world_v4(198, 51, 100, 3);
	world->flow.protocol = 50;
	world_tell(world, report_of(world, 1380));
	assert_int_equal(world_row(world).protocol, 0);
	world_free(world);
}

static void settings_have_their_defaults_and_bounds(void **state)
{
	const struct mw_settings_module *modules[] = {&mw_path_settings_module};
	const char *const low[] = {"path.retransmits-at-least=1"}, *const tiny[] = {"path.paths-max=63"};
	struct mw_settings *loaded = NULL;
	const struct mw_path_settings *values;

	(void)state;
	assert_int_equal(mw_settings_load(modules, 1, NULL, NULL, 0, NULL, NULL, &loaded), 0);
	values = mw_settings_values(loaded, "path");
	assert_true(values->enabled);
	assert_int_equal(values->retransmits_at_least, 3);
	assert_int_equal(values->paths_max, 4096);
	assert_int_equal(values->steps_per_second, 20000);
	mw_settings_free(loaded);
	assert_int_not_equal(mw_settings_load(modules, 1, NULL, low, 1, NULL, NULL, &loaded), 0);
	assert_int_not_equal(mw_settings_load(modules, 1, NULL, tiny, 1, NULL, NULL, &loaded), 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_report_tells_of_paths_seen_since), MW_TEST(what_is_told_late_is_in_the_interval_that_learns_it),
	MW_TEST(bodies_that_are_none_are_ignored),   MW_TEST(a_row_holds_what_is_known_and_no_more),
	MW_TEST(protocols_that_differ_are_several),  MW_TEST(settings_have_their_defaults_and_bounds),
};
MW_TEST_MAIN("detect_path_control", tests)
