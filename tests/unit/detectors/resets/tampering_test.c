// SPDX-License-Identifier: BSD-3-Clause
// Counters of how connections ended, and the rows that an interval makes of them.
// Neighbours: lib/detectors/resets/tampering.c.
#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "tampering.h"

enum { COUNT_OTHER, COUNT_TAMPERING, COUNTS = COUNT_TAMPERING + RESET_TAMPERING_COUNTS };

static const struct mw_counter counters[] = {
	[COUNT_OTHER] = {"other", "something else"},
	[COUNT_TAMPERING] = RESET_TAMPERING_COUNTERS,
};

static bool is_plain_name(const char *name)
{
	return name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static void each_side_and_pattern_has_its_counter(void **state)
{
	(void)state;
	assert_int_equal(MW_ARRAY_SIZE(counters), COUNTS);
	assert_int_equal(RESET_TAMPERING_COUNTS, 38);
	for (uint32_t i = 0; i < RESET_TAMPERING_COUNTS; i++) {
		const struct mw_counter *counter = &counters[COUNT_TAMPERING + i];
		const char *side = mw_reset_side_names[i / MW_RESET_PATTERNS];
		char told[64];

		assert_true(is_plain_name(counter->name));
		assert_memory_equal(counter->name, side, strlen(side));
		snprintf(told, sizeof(told), " %s,", mw_reset_pattern_names[i % MW_RESET_PATTERNS]);
		assert_non_null(strstr(counter->help, told));
		assert_non_null(strstr(counter->help, side));
		for (uint32_t other = 0; other < COUNT_TAMPERING + i; other++)
			assert_string_not_equal(counters[other].name, counter->name);
	}
	assert_string_equal(counters[COUNT_TAMPERING].name, "client-syn-none");
	assert_string_equal(counters[COUNTS - 1].name, "server-data-rst-ack");
}

struct rows {
	struct mw_tampering_row rows[RESET_TAMPERING_COUNTS];
	uint32_t count;
};

static void take(void *context, const struct mw_record *record, const void *row)
{
	struct rows *rows = context;

	assert_ptr_equal(record, &mw_tampering_record);
	assert_in_range(rows->count, 0, RESET_TAMPERING_COUNTS - 1);
	memcpy(&rows->rows[rows->count++], row, sizeof(rows->rows[0]));
}

static struct rows rows_of(const uint64_t *counted)
{
	struct rows rows = {.count = 0};
	struct mw_detector_control control = {.rows = {.row = take, .context = &rows}, .counted = counted};

	reset_tampering_rows(&control, COUNT_TAMPERING, 60 * MW_NS_PER_SECOND);
	return rows;
}

static void what_was_counted_becomes_a_row(void **state)
{
	uint64_t counted[COUNTS] = {
		[COUNT_OTHER] = 99,
		[COUNT_TAMPERING + MW_RESET_PATTERN_PSH_NONE] = 3,
		[COUNT_TAMPERING + MW_RESET_PATTERNS + MW_RESET_PATTERN_SYN_NONE] = 1,
		[COUNTS - 1] = 7,
	};
	struct rows rows = rows_of(counted);

	(void)state;
	assert_int_equal(rows.count, 3);
	assert_int_equal(rows.rows[0].ts_ns, 60 * MW_NS_PER_SECOND);
	assert_int_equal(rows.rows[0].named, MW_RESET_SIDE_CLIENT);
	assert_int_equal(rows.rows[0].pattern, MW_RESET_PATTERN_PSH_NONE);
	assert_int_equal(rows.rows[0].stage, MW_RESET_POST_PSH);
	assert_int_equal(rows.rows[0].count, 3);
	assert_int_equal(rows.rows[1].named, MW_RESET_SIDE_SERVER);
	assert_int_equal(rows.rows[1].pattern, MW_RESET_PATTERN_SYN_NONE);
	assert_int_equal(rows.rows[1].stage, MW_RESET_POST_SYN);
	assert_int_equal(rows.rows[1].count, 1);
	assert_int_equal(rows.rows[2].named, MW_RESET_SIDE_SERVER);
	assert_int_equal(rows.rows[2].pattern, MW_RESET_PATTERN_LATER_RSTACK);
	assert_int_equal(rows.rows[2].count, 7);
}

static void a_quiet_interval_has_no_rows(void **state)
{
	static const uint64_t counted[COUNTS];

	(void)state;
	assert_int_equal(rows_of(counted).count, 0);
}

static void a_row_is_written_in_names(void **state)
{
	const struct mw_tampering_row row = {
		.pattern = MW_RESET_PATTERN_PSH_BOTH, .stage = MW_RESET_POST_PSH, .named = MW_RESET_SIDE_SERVER, .count = 12};
	char chars[128];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	for (uint32_t i = 0; i < mw_tampering_record.columns_count; i++) {
		mw_text_add(&text, "%s=", mw_tampering_record.columns[i].name);
		mw_record_add_cell(&text, &mw_tampering_record.columns[i], &row);
		mw_text_add(&text, " ");
	}
	assert_string_equal(chars, "pattern=psh>rst;rst-ack stage=post-psh named=server count=12 ");
	assert_string_equal(mw_tampering_record.name, "tampering");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(each_side_and_pattern_has_its_counter),
	MW_TEST(what_was_counted_becomes_a_row),
	MW_TEST(a_quiet_interval_has_no_rows),
	MW_TEST(a_row_is_written_in_names),
};

MW_TEST_MAIN("detect_reset_tampering", tests)
