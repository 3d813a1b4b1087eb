// SPDX-License-Identifier: BSD-3-Clause
// The report's line on the mirror: one share, or why there is none.
// Neighbours: lib/detectors/mirror/report.c.
#include "mw_test.h"

#include <string.h>

#include "mirror.h"

/** Counters by name. */
struct given {
	const char *name;
	uint64_t value;
};

static uint64_t look_up(void *context, const char *module, const char *name)
{
	const struct given *given = context;

	(void)module;
	while (given->name != NULL && strcmp(given->name, name) != 0)
		given++;
	return given->value;
}

static void assert_line(struct given given[], bool enabled, const char *expected)
{
	const struct mirror_settings settings = {.enabled = enabled};
	struct mw_detector_control control = {.settings = &settings};
	const struct mw_detector_counts counts = {.counter = look_up, .context = given};
	char chars[256] = "";
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	mirror_report_sum(&control, &counts, &line);
	assert_string_equal(chars, expected);
}

static void one_share_is_told(void **state)
{
	struct given given[] = {{"clients-acked-bytes", 100000},
							{"servers-acked-bytes", 1900000},
							{"servers-unseen-bytes", 40000},
							{"servers-segments", 2000},
							{"packets", 4000},
							{"copies", 40},
							{"copies-ttl", 40},
							{"copies-hop", 38},
							{"copies-64us", 39},
							{"copies-4096us", 1},
							{NULL, 0}};

	(void)state;
	assert_line(given, true,
				"2.00 % of acknowledged bytes never passed here (95 % interval 1.47 to 2.71, 2000 segments); "
				"1.00 % of packets were shown twice, half of the copies within 64 us, 99 of 100 within 4096 us: "
				"a router between both needs so long to forward");
}

static void cut_and_late_packets_are_told(void **state)
{
	struct given given[] = {{"servers-acked-bytes", 20000},
							{"servers-segments", 5},
							{"servers-late-bytes", 300},
							{"packets", 4000},
							{"cut", 1000},
							{"cut-bytes", 96000},
							{NULL, 0}};

	(void)state;
	assert_line(given, true,
				"loss not known: 5 segments are too few to tell; 1.50 % of bytes came out of order; 25.00 % of packets "
				"are cut, at 96 bytes on average");
}

static void too_little_is_not_known(void **state)
{
	struct given few[] = {{"servers-acked-bytes", 1000}, {"servers-segments", 5}, {NULL, 0}};
	struct given none[] = {{NULL, 0}};

	(void)state;
	assert_line(few, true, "loss not known: 5 segments are too few to tell");
	assert_line(none, true, "loss not known: no TCP connection was seen in both directions");
}

static void who_does_not_look_says_nothing(void **state)
{
	struct given none[] = {{NULL, 0}};

	(void)state;
	assert_line(none, false, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_share_is_told),
		cmocka_unit_test(cut_and_late_packets_are_told),
		cmocka_unit_test(too_little_is_not_known),
		cmocka_unit_test(who_does_not_look_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
