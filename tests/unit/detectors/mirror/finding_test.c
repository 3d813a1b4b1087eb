// SPDX-License-Identifier: BSD-3-Clause
// Rows of a mirror to findings: enough segments, surely too many lost, several connections; copies.
// Neighbours: lib/detectors/mirror; finding_world.h has the diagnosis.
#include "finding_world.h"
#include "mirror.h"
#include "outages.h"

FINDING_WORLD(9, &mirror_cut_diagnoser, &mirror_lossy_diagnoser, &mirror_twice_diagnoser, &mirror_one_way_diagnoser,
			  &mirror_clocks_diagnoser, &mirror_blind_diagnoser)

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
							   .cut_ip_bytes = at_bytes - 14,
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

static void test_tags_are_no_part_of_what_is_left(void **state)
{
	struct mirror_row row = cut_of(600, 0, 114);

	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_int_equal(count_findings(*state), 0);
	row.cut_ip_bytes = 79; // Ethernet, two tags, PPPoE, MPLS
	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_holds(only(*state)->evidence, "114 bytes on average, 79 of these from the IP header on");
	assert_holds(only(*state)->evidence, "TCP's options");
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

// Each was looked at twice while its other side had not come.
static void test_a_direction_that_comes_late_is_not_missing(void **state)
{
	struct mirror_row row = ways_of(40, 20);

	row.late_sides = 20;
	row.late_ms = 1000;
	mw_diagnosis_row(*state, &mirror_record, &row);
	assert_string_equal(only(*state)->kind, "clocks-differ");
	assert_holds(only(*state)->evidence, "came 50 ms after");
}

static void test_nor_is_it_lost(void **state)
{
	struct mirror_row row = ways_of(0, 20);

	row.late_sides = 20;
	mw_diagnosis_row(*state, &mirror_record, &row);
	interval(*state, 1, 2000, 500, 50); // of connections that began before
	assert_string_equal(only(*state)->kind, "clocks-differ");
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

/** An interval whose moments were compared, too. */
static void loaded_interval(struct mw_diagnosis *diagnosis, unsigned number, const struct mirror_load *load)
{
	for (uint8_t direction = 0; direction <= MIRROR_BOTH; direction++) {
		const struct mirror_row row = {
			.from_ns = NOON_NS + number * 60 * MW_NS_PER_SECOND,
			.end_ns = NOON_NS + (number + 1) * 60 * MW_NS_PER_SECOND,
			.direction = direction,
			.amounts = {[MIRROR_ACKED] = 2000000,
						[MIRROR_UNSEEN] = 60000,
						[MIRROR_SEGMENTS] = 2000,
						[MIRROR_FLOWS] = 100,
						[MIRROR_FLOWS_LOSSY] = 40},
			.load = direction == MIRROR_BOTH ? *load : mirror_load_unknown,
		};

		mw_diagnosis_row(diagnosis, &mirror_record, &row);
	}
}

static struct mirror_load load_of(bool is_over)
{
	struct mirror_load load = mirror_load_unknown;

	load.known = true;
	load.is_over = is_over;
	load.lossy = 230;
	load.busy_lossy = is_over ? 212 : 90;
	load.chance_lossy = 95;
	load.busy_pct = 8.3;
	load.busy_loss_pct = is_over ? 12.34 : 3;
	load.calm_loss_pct = is_over ? 0.02 : 3;
	return load;
}

static void test_a_mirror_that_gets_more_than_it_carries(void **state)
{
	struct mirror_load load = load_of(true);
	const struct mw_finding *finding;

	loaded_interval(*state, 0, &load);
	finding = only(*state);
	assert_int_equal(finding->confidence, 80);
	assert_holds(finding->summary, "The mirror port is oversubscribed: 3.0 %");
	assert_holds(finding->summary, "12.3 % in the busiest moments and 0.02 % in the others");
	assert_holds(finding->evidence, "In the busiest 8.3 % of moments (10 ms each, by what came) 12.34 % never passed");
	assert_holds(finding->evidence, "Of 230 moments with loss 212 are among the busiest; at random some 95 would be");
	assert_null(strstr(finding->evidence, "It did not get beyond"));
	assert_holds(finding->alternatives, "too slow in busy moments");
	load.full_mbit_s = 994;
	load.full = 180;
	load.port_mbit_s = 1000;
	load.busy_lossy++;
	loaded_interval(*state, 1, &load);
	assert_int_equal(only(*state)->confidence, 90);
	assert_holds(only(*state)->evidence,
				 "It did not get beyond 994 Mbit/s: 180 moments are about there, close to what a "
				 "port of 1000 Mbit/s carries");
}

static void test_windows_that_disagree_name_what_most_show(void **state)
{
	const struct mirror_load over = load_of(true), random = load_of(false);

	loaded_interval(*state, 0, &over);
	loaded_interval(*state, 1, &random);
	assert_holds(only(*state)->summary, "The mirror port is oversubscribed");
	assert_holds(only(*state)->evidence, "212 are among the busiest");
	loaded_interval(*state, 2, &random);
	assert_holds(only(*state)->summary, "The mirror loses packets: 3.0 %");
	assert_holds(only(*state)->evidence, "90 are among the busiest; at random some 95 would be");
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
		CASE(test_tags_are_no_part_of_what_is_left),
		CASE(test_frames_that_the_mirror_cut_are_a_notice),
		CASE(test_a_mirror_that_gets_more_than_it_carries),
		CASE(test_windows_that_disagree_name_what_most_show),
		CASE(test_long_beginnings_and_few_cuts_are_nothing),
		CASE(test_one_direction_of_all),
		CASE(test_one_direction_of_some_is_a_notice),
		CASE(test_a_direction_that_comes_late_is_not_missing),
		CASE(test_nor_is_it_lost),
		CASE(test_one_direction_of_one_connection_is_nothing),
		CASE(test_times_without_a_mirror),
		CASE(test_a_time_with_one_direction),
		CASE(test_an_outage_is_none_of_the_mirrors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
