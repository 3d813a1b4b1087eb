// SPDX-License-Identifier: BSD-3-Clause
// Rows of a mirror to findings: enough segments, surely too many lost, several connections; copies.
// Neighbours: lib/detectors/mirror; finding_world.h has the diagnosis.
#include "finding_world.h"
#include "mirror.h"
#include "outages.h"

FINDING_WORLD(8, &mirror_cut_diagnoser, &mirror_lossy_diagnoser, &mirror_twice_diagnoser, &mirror_one_way_diagnoser,
			  &mirror_blind_diagnoser)

/** An interval: segments of 1,000 bytes each way, of which lost_permille are not seen on so many connections. */
static void interval(struct mw_diagnosis *diagnosis, unsigned number, int64_t segments, int64_t lost_permille,
					 int64_t flows_lossy)
{
	for (uint8_t direction = 0; direction <= MIRROR_BOTH; direction++) {
		const int64_t times = direction == MIRROR_BOTH ? 2 : 1;
		const struct mirror_row row = {
			.ts_ns = NOON_NS + number * 60 * MW_NS_PER_SECOND,
			.end_ns = NOON_NS + (number + 1) * 60 * MW_NS_PER_SECOND,
			.from_ns = NOON_NS + number * 60 * MW_NS_PER_SECOND + 7 * MW_NS_PER_SECOND,
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
	assert_int_equal(finding->first_ns, NOON_NS + 7 * MW_NS_PER_SECOND); // nothing was watched before
	assert_true(finding->hides > 0.023 && finding->hides < 0.035);
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
							   .delays = {[4] = copies}};
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
	assert_holds(only(*state)->evidence, "So long the router takes to forward a packet");
}

static void test_few_copies_are_nothing(void **state)
{
	const struct mirror_row row = copies_of(40, 0);

	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_int_equal(count_findings(*state), 0);
}

static struct mirror_row cut_of(int64_t cut, int64_t refused, int64_t at_bytes)
{
	return (struct mirror_row){.ts_ns = NOON_NS,
							   .end_ns = NOON_NS + MW_NS_PER_SECOND,
							   .direction = MIRROR_BOTH,
							   .packets = 1000,
							   .cut = cut,
							   .cut_refused = refused,
							   .cut_at_bytes = at_bytes,
							   .cut_pct = (double)cut / 10};
}

static void test_packets_without_payloads_are_information(void **state)
{
	const struct mirror_row row = cut_of(600, 0, 96);
	const struct mw_finding *finding;

	mw_diagnosis_row(*state, &mirror_record, &row);
	finding = only(*state);
	assert_string_equal(finding->kind, "mirror-cut");
	assert_int_equal(finding->severity, MW_SEVERITY_INFO);
	assert_holds(finding->summary, "60.0 % of the packets lack their end: they are cut at 96 bytes");
	assert_holds(finding->evidence, "Errors of ICMPv6 no longer name a connection");
	assert_null(strstr(finding->evidence, "TCP's options"));
}

static void test_packets_without_headers_are_a_notice(void **state)
{
	const struct mirror_row row = cut_of(600, 0, 60);
	const struct mw_finding *finding;

	mw_diagnosis_row(*state, &mirror_record, &row);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->evidence, "TCP's options");
	assert_holds(finding->evidence, "TCP over IPv6 has no whole header");
	assert_null(strstr(finding->evidence, "TCP over IPv4"));
}

static void test_frames_that_the_mirror_cut_are_a_notice(void **state)
{
	const struct mirror_row row = cut_of(600, 600, 256);

	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_holds(only(*state)->evidence, "the mirror cut them: none of them is analysed");
}

static void test_long_beginnings_and_few_cuts_are_nothing(void **state)
{
	const struct mirror_row rows[] = {cut_of(600, 0, 128), cut_of(40, 0, 60), cut_of(99, 99, 60)};

	for (unsigned i = 0; i < MW_ARRAY_SIZE(rows); i++)
		mw_diagnosis_row(*state, &mirror_record, &rows[i]);
	assert_int_equal(count_findings(*state), 0);
}

static struct mirror_row ways_of(int64_t one_way, int64_t both_ways)
{
	return (struct mirror_row){.ts_ns = NOON_NS,
							   .end_ns = NOON_NS + MW_NS_PER_SECOND,
							   .direction = MIRROR_BOTH,
							   .one_way = one_way,
							   .both_ways = both_ways};
}

static void test_one_direction_of_all(void **state)
{
	const struct mirror_row row = ways_of(40, 2);

	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_string_equal(only(*state)->kind, "mirror-one-way");
	assert_int_equal(only(*state)->severity, MW_SEVERITY_WARNING);
	assert_holds(only(*state)->summary, "95 %");
}

static void test_one_direction_of_some_is_a_notice(void **state)
{
	const struct mirror_row row = ways_of(40, 40);

	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
}

static void test_one_direction_of_one_connection_is_nothing(void **state)
{
	const struct mirror_row few = ways_of(3, 0), rare = ways_of(40, 400);

	mw_diagnosis_row(*state, &mirror_record, &few);
	mw_diagnosis_row(*state, &mirror_record, &rare);
	assert_int_equal(count_findings(*state), 0);
}

static struct outages_row blind_row(uint8_t verdict, uint64_t at_s, double duration_s)
{
	struct outages_row row = {.start_ns = NOON_NS + at_s * MW_NS_PER_SECOND,
							  .end_ns = NOON_NS + at_s * MW_NS_PER_SECOND + (uint64_t)(duration_s * 1e9),
							  .duration_s = duration_s,
							  .confidence = 90,
							  .verdict = verdict,
							  .line = "mirror",
							  .evidence = "no packet at all"};

	return row;
}

static void test_times_without_a_mirror(void **state)
{
	const struct outages_row silent[] = {blind_row(OUTAGES_MIRROR_SILENT, 0, 14),
										 blind_row(OUTAGES_MIRROR_SILENT, 60, 6)};
	const struct mw_finding *finding;

	mw_diagnosis_row(*state, &outages_record, &silent[0]);
	finding = only(*state);
	assert_string_equal(finding->kind, "mirror-silent");
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->confidence, 90);
	assert_holds(finding->summary, "for 14.0 s from 2026-01-11T12:00:00");
	assert_holds(finding->evidence, "no packet at all");
	mw_diagnosis_row(*state, &outages_record, &silent[1]);
	assert_holds(only(*state)->summary, "2 times, the last time for 6.0 s");
	assert_holds(only(*state)->evidence, "longest 14.0 s");
}

static void test_a_time_with_one_direction(void **state)
{
	const struct outages_row row = blind_row(OUTAGES_MIRROR_ONE_WAY, 0, 19);

	mw_diagnosis_row(*state, &outages_record, &row);
	assert_string_equal(only(*state)->kind, "mirror-one-way");
	assert_holds(only(*state)->summary, "one direction for 19.0 s");
}

static void test_an_outage_is_none_of_the_mirrors(void **state)
{
	const struct outages_row row = blind_row(OUTAGES_LINE_DOWN, 0, 19);

	mw_diagnosis_row(*state, &outages_record, &row);
	assert_int_equal(count_findings(*state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_lossy_mirror),
		CASE(test_too_few_segments_say_nothing),
		CASE(test_little_loss_is_none),
		CASE(test_few_connections_are_no_mirror),
		CASE(test_copies_are_a_notice),
		CASE(test_copies_on_both_sides_of_a_router),
		CASE(test_few_copies_are_nothing),
		CASE(test_packets_without_payloads_are_information),
		CASE(test_packets_without_headers_are_a_notice),
		CASE(test_frames_that_the_mirror_cut_are_a_notice),
		CASE(test_long_beginnings_and_few_cuts_are_nothing),
		CASE(test_one_direction_of_all),
		CASE(test_one_direction_of_some_is_a_notice),
		CASE(test_one_direction_of_one_connection_is_nothing),
		CASE(test_times_without_a_mirror),
		CASE(test_a_time_with_one_direction),
		CASE(test_an_outage_is_none_of_the_mirrors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
