// SPDX-License-Identifier: BSD-3-Clause
// A translator out of ports while no connection of IPv4 was open looks like a line whose IPv4 is down: it is told once,
// as what it is. Neighbours: lib/detectors/nat, lib/detectors/outages; lib/detector/explain.c joins what they find.
#include "nat/finding_rows.h"
#include "outages.h"

#define IPV4 (1u << OUTAGES_IPV4)
#define IPV6 (1u << OUTAGES_IPV6)

static int begin(void **state)
{
	static const struct mw_diagnoser *const both[] = {&diagnose_nat_lines, &outages_diagnoser};
	struct mw_diagnosis *diagnosis;

	assert_int_equal(mw_diagnosis_new(both, MW_ARRAY_SIZE(both), 8, &diagnosis), 0);
	*state = diagnosis;
	return 0;
}

static void fell(struct mw_diagnosis *diagnosis, uint8_t verdict, uint8_t scope, uint8_t parts, uint64_t at_s)
{
	const struct outages_row row = {.line = "02:00:00:00:00:01",
									.start_earliest_ns = NOON_NS + at_s * MW_NS_PER_SECOND - MW_NS_PER_MS,
									.start_ns = NOON_NS + at_s * MW_NS_PER_SECOND,
									.end_ns = NOON_NS + (at_s + 30) * MW_NS_PER_SECOND,
									.duration_s = 30,
									.since_previous_s = MW_UNKNOWN_DOUBLE,
									.confidence = 85,
									.scope = scope,
									.verdict = verdict,
									.parts = parts};

	mw_diagnosis_row(diagnosis, &outages_record, &row);
}

static void exhaustion_explains_that_ipv4_is_down(void **state)
{
	const struct mw_finding *const *findings;

	give_line(*state, exhausted_line(0));
	fell(*state, OUTAGES_IPV4_ONLY, OUTAGES_SCOPE_IPV4, IPV4, 15);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 1);
	assert_string_equal(findings[0]->kind, "nat-exhaustion");
	assert_non_null(strstr(findings[0]->evidence, "It explains outage"));
}

static void exhaustion_explains_a_line_without_ipv6(void **state)
{
	give_line(*state, exhausted_line(0));
	fell(*state, OUTAGES_LINE_DOWN, OUTAGES_SCOPE_LINE, IPV4, 15);
	assert_int_equal(count_findings(*state), 1);
	fell(*state, OUTAGES_LINE_DOWN, OUTAGES_SCOPE_LINE, IPV4 | IPV6, 18);
	assert_int_equal(count_findings(*state), 2);
}

static void exhaustion_explains_neither_ipv6_nor_another_time(void **state)
{
	give_line(*state, exhausted_line(0));
	fell(*state, OUTAGES_IPV6_ONLY, OUTAGES_SCOPE_IPV6, IPV6, 15);
	assert_int_equal(count_findings(*state), 2);
	fell(*state, OUTAGES_IPV4_ONLY, OUTAGES_SCOPE_IPV4, IPV4, 600);
	assert_int_equal(count_findings(*state), 3);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(exhaustion_explains_that_ipv4_is_down, begin, stop),
	cmocka_unit_test_setup_teardown(exhaustion_explains_a_line_without_ipv6, begin, stop),
	cmocka_unit_test_setup_teardown(exhaustion_explains_neither_ipv6_nor_another_time, begin, stop),
};

MW_TEST_MAIN("detectors_exhaustion", tests)
