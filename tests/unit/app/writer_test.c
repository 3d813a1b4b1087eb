// SPDX-License-Identifier: BSD-3-Clause
// Rows through the thread that writes them: the same files as without it. Also run under ThreadSanitizer.
// Neighbours: app/midwatch/writer.c; the example's records.
#include "writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../export/example.h"
#include "mw_test.h"

#define ROWS_MANY 10000u // many times what the lots hold

static struct mw_csv_set *open_set(const char *directory)
{
	struct mw_csv_set *set = NULL;

	assert_int_equal(mw_csv_open(&example_settings, directory, MW_CSV_ONE_FILE, example_records, 2, &set), 0);
	return set;
}

static void add(struct writer *writer, struct mw_csv_set *set, uint32_t number)
{
	struct example_row row = row_of(EXAMPLE_TS_NS + number, "a word, and another");

	row.count = number;
	if (writer != NULL)
		writer_row(writer, example_records[number % 3 == 0], &row);
	else
		mw_csv_row(set, example_records[number % 3 == 0], &row);
	memset(&row, 0xff, sizeof(row)); // it was copied
}

static char *file_of(const char *directory, const struct mw_record *record)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.csv", record->name);
	return strdup(read_file(directory, name));
}

static void files_are_those_of_one_thread(void **state)
{
	struct mw_csv_set *set = open_set(*state);
	struct writer writer;
	char *direct[2];

	for (uint32_t i = 0; i < ROWS_MANY; i++)
		add(NULL, set, i);
	assert_int_equal(mw_csv_close(set), 0);
	for (uint32_t i = 0; i < 2; i++)
		direct[i] = file_of(*state, example_records[i]);
	set = open_set(*state);
	assert_int_equal(writer_start(&writer, set), 0);
	for (uint32_t i = 0; i < ROWS_MANY; i++)
		add(&writer, set, i);
	writer_stop(&writer);
	writer_stop(&writer); // does nothing
	assert_int_equal(mw_csv_close(set), 0);
	for (uint32_t i = 0; i < 2; i++) {
		char *written = file_of(*state, example_records[i]);

		assert_true(strlen(direct[i]) > ROWS_MANY);
		assert_string_equal(written, direct[i]);
		free(written);
		free(direct[i]);
	}
}

static void settled_rows_are_the_callers_to_count(void **state)
{
	static const struct mw_record foreign = {.name = "foreign", .row_bytes = sizeof(struct example_row)};
	struct mw_csv_set *set = open_set(*state);
	struct writer writer;
	struct example_row row = row_of(EXAMPLE_TS_NS, "");

	assert_int_equal(writer_start(&writer, set), 0);
	writer_settle(&writer); // nothing was given
	for (uint32_t i = 1; i <= 5; i++) {
		writer_row(&writer, &foreign, &row); // no file is its own: it is lost
		writer_settle(&writer);
		assert_int_equal(mw_csv_lost(set), i);
	}
	writer_stop(&writer);
	assert_int_equal(mw_csv_close(set), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(files_are_those_of_one_thread, example_set_up, example_tear_down),
	cmocka_unit_test_setup_teardown(settled_rows_are_the_callers_to_count, example_set_up, example_tear_down),
};

MW_TEST_MAIN("app_writer", tests)
