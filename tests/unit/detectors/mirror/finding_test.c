// SPDX-License-Identifier: BSD-3-Clause
// Rows of a mirror to findings: enough segments, surely too many lost, several connections; copies.
// Neighbours: lib/detectors/mirror; finding_world.h has the diagnosis.
#include "finding_world.h"
#include "mirror.h"

FINDING_WORLD(8, &mirror_lossy_diagnoser, &mirror_twice_diagnoser)

/** An interval: segments of 1,000 bytes each way, of which lost_permille are not seen on so many connections. */
static void interval(struct mw_diagnosis *diagnosis, unsigned number, int64_t segments, int64_t lost_permille,
					 int64_t flows_lossy)
{
	for (uint8_t direction = 0; direction <= MIRROR_BOTH; direction++) {
		const int64_t times = direction == MIRROR_BOTH ? 2 : 1;
		const struct mirror_row row = {
			.ts_ns = NOON_NS + number * 60 * MW_NS_PER_SECOND,
			.end_ns = NOON_NS + (number + 1) * 60 * MW_NS_PER_SECOND,
			.direction = direction,
			.amounts = {[MIRROR_ACKED] = times * segments * 1000,
						[MIRROR_UNSEEN] = times * segments * lost_permille,
						[MIRROR_SEGMENTS] = times * segments,
						[MIRROR_FLOWS] = times * 100,
						[MIRROR_FLOWS_LOSSY] = times * flows_lossy},
		};

		mw_diagnosis_row(diagnosis, &mirror_record, &row);
	}
}

static void test_a_lossy_mirror(void **state)
{
	const struct mw_finding *finding;

	interval(*state, 0, 1000, 23, 10);
	finding = only(*state);
	assert_string_equal(finding->kind, "mirror-lossy");
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_non_null(strstr(finding->summary, "2.3 %"));
	assert_non_null(strstr(finding->evidence, "From servers: 23000 of 1000000"));
}

static void test_too_few_segments_say_nothing(void **state)
{
	interval(*state, 0, 540, 100, 10);
	assert_int_equal(count_findings(*state), 0);
	interval(*state, 1, 540, 100, 10); // together they are enough
	assert_int_equal(count_findings(*state), 1);
}

static void test_little_loss_is_none(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		interval(*state, i, 1000, 4, 10);
	assert_int_equal(count_findings(*state), 0);
}

static void test_few_connections_are_no_mirror(void **state)
{
	interval(*state, 0, 1000, 100, 2);
	assert_int_equal(count_findings(*state), 0);
}

static struct mirror_row copies_of(int64_t copies, int64_t hop)
{
	return (struct mirror_row){.ts_ns = NOON_NS,
							   .end_ns = NOON_NS + MW_NS_PER_SECOND,
							   .direction = MIRROR_BOTH,
							   .packets = 1000,
							   .copies = copies,
							   .copies_pct = (double)copies / 10,
							   .copies_ttl = copies,
							   .copies_hop = hop,
							   .copies_alike = copies - hop,
							   .delays = {[2] = copies}};
}

static void test_copies_are_a_notice(void **state)
{
	const struct mirror_row row = copies_of(490, 0);
	const struct mw_finding *finding;

	mw_diagnosis_row(*state, &mirror_record, &row);
	finding = only(*state);
	assert_string_equal(finding->kind, "mirror-duplicated");
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_non_null(strstr(finding->summary, "49.0 %"));
	assert_non_null(strstr(finding->evidence, "within 16 us"));
	assert_non_null(strstr(finding->summary, "switch"));
}

static void test_copies_on_both_sides_of_a_router(void **state)
{
	const struct mirror_row row = copies_of(490, 490);

	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_non_null(strstr(only(*state)->summary, "router"));
}

static void test_few_copies_are_nothing(void **state)
{
	const struct mirror_row row = copies_of(40, 0);

	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_int_equal(count_findings(*state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_lossy_mirror),         CASE(test_too_few_segments_say_nothing),
		CASE(test_little_loss_is_none),    CASE(test_few_connections_are_no_mirror),
		CASE(test_copies_are_a_notice),    CASE(test_copies_on_both_sides_of_a_router),
		CASE(test_few_copies_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
