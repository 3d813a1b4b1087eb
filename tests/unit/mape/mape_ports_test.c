// SPDX-License-Identifier: BSD-3-Clause
// Lists of ports as people write them.
// Neighbours: lib/mape/mape_ports.c.
#include <errno.h>
#include <string.h>

#include "mw_mape.h"
#include "mw_test.h"

static char why[256];

static int parse(struct mw_mape_seen *seen, const char *chars)
{
	struct mw_text text = mw_text_in(why, sizeof(why));

	*seen = (struct mw_mape_seen){0};
	return mw_mape_seen_parse(seen, chars, &text);
}

static void ranges_ports_commas_and_blanks_are_read(void **state)
{
	struct mw_mape_seen seen;

	(void)state;
	assert_int_equal(parse(&seen, " 7296-7311, 11392 ,15488\t0-0,65535"), 0);
	assert_int_equal(seen.adds, 16 + 1 + 1 + 1 + 1);
	assert_int_equal(seen.lowest, 0);
	assert_int_equal(seen.or_bits, 0xffff);
	assert_int_equal(parse(&seen, "0-65535"), 0);
	assert_int_equal(seen.adds, 65536);
}

static void what_is_no_port_is_refused_with_the_word(void **state)
{
	static const char *const bad[] = {"x",    "65536",          "1-",     "-1", "1--2", "80;81", "80.5", "1-2-3",
									  "0x10", "99999999999999", "1-65536"};
	struct mw_mape_seen seen;

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(&seen, bad[i]), -EINVAL);
		assert_non_null(strstr(why, bad[i]));
	}
	assert_int_equal(parse(&seen, "20-10"), -EINVAL);
	assert_string_equal(why, "'20-10' goes from high to low");
}

static void empty_text_is_refused(void **state)
{
	struct mw_mape_seen seen;

	(void)state;
	assert_int_equal(parse(&seen, ""), -EINVAL);
	assert_int_equal(parse(&seen, " , "), -EINVAL);
	assert_string_equal(why, "no port is given");
}

static void more_ports_than_there_are_are_refused(void **state)
{
	struct mw_mape_seen seen;

	(void)state;
	assert_int_equal(parse(&seen, "0-65535,1"), -EINVAL);
	assert_int_equal(seen.adds, 65536);
}

static void control_bytes_are_escaped_in_the_reason(void **state)
{
	struct mw_mape_seen seen;

	(void)state;
	assert_int_equal(parse(&seen, "1,\x1b[2J"), -EINVAL);
	assert_null(strchr(why, '\x1b'));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ranges_ports_commas_and_blanks_are_read),
	MW_TEST(what_is_no_port_is_refused_with_the_word),
	MW_TEST(empty_text_is_refused),
	MW_TEST(more_ports_than_there_are_are_refused),
	MW_TEST(control_bytes_are_escaped_in_the_reason),
};
MW_TEST_MAIN("nat_mape_ports", tests)
