// SPDX-License-Identifier: BSD-3-Clause
// Rows as JSON: every column type, known and not known.
// Neighbours: lib/control/json.c, lib/record.
#include "mw_server.h"

#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

struct row {
	uint64_t ts_ns, when_ns;
	int64_t count;
	double share;
	uint8_t flag, kind;
	char name[16];
	struct mw_address address;
	uint32_t bits;
};

static const char *const kinds[] = {"one", "two"};
static const struct mw_column columns[] = {
	{.name = "when", .type = MW_COLUMN_TIME, MW_MEMBER(struct row, when_ns)},
	{.name = "count", .type = MW_COLUMN_I64, MW_MEMBER(struct row, count)},
	{.name = "share", .type = MW_COLUMN_DOUBLE, .decimals = 2, MW_MEMBER(struct row, share)},
	{.name = "flag", .type = MW_COLUMN_BOOL, MW_MEMBER(struct row, flag)},
	{.name = "kind", .type = MW_COLUMN_ENUM, .names = kinds, .names_count = 2, MW_MEMBER(struct row, kind)},
	{.name = "name", .type = MW_COLUMN_TEXT, MW_MEMBER(struct row, name)},
	{.name = "address", .type = MW_COLUMN_ADDRESS, MW_MEMBER(struct row, address)},
	{.name = "bits", .type = MW_COLUMN_FLAGS, .names = kinds, .names_count = 2, MW_MEMBER(struct row, bits)},
};
static const struct mw_record record = {.name = "rows",
										.schema = 1,
										.ts_offset = offsetof(struct row, ts_ns),
										.row_bytes = sizeof(struct row),
										.columns = columns,
										.columns_count = MW_ARRAY_SIZE(columns)};

static void assert_dump(const struct row *row, const char *expected)
{
	json_t *object = mw_json_from_row(&record, row);

	assert_non_null(object);
	char *chars = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));

	assert_string_equal(chars, expected);
	free(chars);
	json_decref(object);
}

static void known_cells_have_their_json_type(void **state)
{
	struct row row = {.ts_ns = UINT64_C(1768123800123456789),
					  .when_ns = UINT64_C(1768123800000000000),
					  .count = 1234567890123456789,
					  .share = 12.3,
					  .flag = 1,
					  .kind = 1,
					  .name = "a\"b",
					  .address = mw_address_from_v4((const uint8_t[]){192, 0, 2, 1}),
					  .bits = 3};

	(void)state;
	assert_dump(&row, "{\"ts\":\"2026-01-11T09:30:00.123456Z\",\"when\":\"2026-01-11T09:30:00.000000Z\","
					  "\"count\":1234567890123456789,\"share\":12.3,\"flag\":true,\"kind\":\"two\",\"name\":\"a\\\"b\","
					  "\"address\":\"192.0.2.1\",\"bits\":\"one+two\"}");
}

static void unknown_cells_are_null(void **state)
{
	struct row row = {.count = MW_UNKNOWN_I64, .share = MW_UNKNOWN_DOUBLE, .flag = 2, .kind = 255};
	json_t *object = mw_json_from_row(&record, &row);
	static const char *const names[] = {"ts", "when", "count", "share", "flag", "kind", "name", "address"};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++)
		assert_true(json_is_null(json_object_get(object, names[i])));
	json_decref(object);
}

static void text_that_is_not_utf8_does_not_lose_the_row(void **state)
{
	struct row row = {.name = "\xff"};
	json_t *object = mw_json_from_row(&record, &row);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(object, "name")), "?");
	json_decref(object);
}

static void text_that_is_not_utf8_is_escaped(void **state)
{
	json_t *plain = mw_json_text("caf\xc3\xa9.pcap"), *broken = mw_json_text("caf\xe9.pcap");

	(void)state;
	assert_string_equal(json_string_value(plain), "caf\xc3\xa9.pcap");
	assert_string_equal(json_string_value(broken), "caf\\xe9.pcap");
	json_decref(plain);
	json_decref(broken);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(known_cells_have_their_json_type),
	MW_TEST(unknown_cells_are_null),
	MW_TEST(text_that_is_not_utf8_does_not_lose_the_row),
	MW_TEST(text_that_is_not_utf8_is_escaped),
};
MW_TEST_MAIN("control_json", tests)
