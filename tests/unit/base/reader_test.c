// SPDX-License-Identifier: BSD-3-Clause
// The bounded reader never moves and never writes when there is too little.
// Neighbours: lib/base/mw_reader.h.
#include "mw_reader.h"

#include "mw_test.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};

static void numbers_are_read_in_network_order(void **state)
{
	struct mw_reader reader = mw_reader_of(bytes, sizeof(bytes));
	uint8_t small;
	uint16_t middle;
	uint32_t large;

	(void)state;
	assert_true(mw_reader_u8(&reader, &small));
	assert_true(mw_reader_u16_be(&reader, &middle));
	assert_true(mw_reader_u32_be(&reader, &large));
	assert_int_equal(small, 0x01);
	assert_int_equal(middle, 0x0203);
	assert_int_equal(large, 0x04050607);
	assert_int_equal(mw_reader_left(&reader), 0);
}

static void a_read_that_does_not_fit_changes_nothing(void **state)
{
	(void)state;
	for (size_t len = 0; len < 4; len++) {
		struct mw_reader reader = mw_reader_of(bytes, len);
		uint32_t value = 0xdeadbeef;

		assert_false(mw_reader_u32_be(&reader, &value));
		assert_int_equal(value, 0xdeadbeef);
		assert_int_equal(mw_reader_left(&reader), len);
		assert_false(mw_reader_skip(&reader, len + 1));
		assert_false(mw_reader_skip(&reader, SIZE_MAX));
		assert_null(mw_reader_take(&reader, len + 1));
		assert_null(mw_reader_peek(&reader, len + 1));
		assert_ptr_equal(reader.at, bytes);
	}
}

static void nothing_at_all_is_a_reader_too(void **state)
{
	struct mw_reader reader = mw_reader_of(NULL, 0);
	uint8_t value = 9;

	(void)state;
	assert_int_equal(mw_reader_left(&reader), 0);
	assert_false(mw_reader_u8(&reader, &value));
	assert_true(mw_reader_skip(&reader, 0));
	assert_int_equal(value, 9);
}

static void a_limit_only_ever_shrinks_the_window(void **state)
{
	struct mw_reader reader = mw_reader_of(bytes, sizeof(bytes));

	(void)state;
	mw_reader_limit(&reader, 100);
	assert_int_equal(mw_reader_left(&reader), sizeof(bytes));
	mw_reader_limit(&reader, 3);
	assert_int_equal(mw_reader_left(&reader), 3);
	assert_non_null(mw_reader_peek(&reader, 3));
	assert_null(mw_reader_take(&reader, 4));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(numbers_are_read_in_network_order),
	MW_TEST(a_read_that_does_not_fit_changes_nothing),
	MW_TEST(nothing_at_all_is_a_reader_too),
	MW_TEST(a_limit_only_ever_shrinks_the_window),
};

MW_TEST_MAIN("base_reader", tests)
