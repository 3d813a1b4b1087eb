// SPDX-License-Identifier: BSD-3-Clause
// Many paths that show the same: gathered around the host that they have in common, and never counted twice.
// Neighbours: lib/detectors/paths/finding.c, finding_sum.c; finding_rows.h.
#include "finding_rows.h"

/** One path of many: 10.0.0.from to 198.51.100.to. */
static struct mw_path_row path(uint32_t from, uint32_t to)
{
	char src[32], dst[32];

	snprintf(src, sizeof(src), "10.%u.%u.%u", from >> 16 & 0xff, from >> 8 & 0xff, from & 0xff);
	snprintf(dst, sizeof(dst), "198.51.%u.%u", to >> 8 & 0xff, to & 0xff);
	return hole_row(src, dst);
}

static void few_destinations_are_a_finding_each(void **state)
{
	for (uint32_t i = 1; i <= 8; i++)
		give(*state, path(1, i));
	assert_int_equal(count_findings(*state), 8);
}

static void many_destinations_of_a_sender_are_one_finding(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 12; i++)
		give(*state, path(1, i));
	finding = only(*state);
	assert_string_equal(finding->subject, "10.0.0.1 to 12 destinations");
	assert_string_equal(
		finding->summary,
		"Packets of more than 1380 bytes from 10.0.0.1 to 12 destinations vanish without an ICMP report; "
		"smaller ones arrive. One narrow link near 10.0.0.1 is the likely cause.");
	assert_int_equal(finding->count, 24);
	assert_int_equal(finding->severity, MW_SEVERITY_CRITICAL);
	assert_holds(finding->evidence, "Connections that show it: 24; confirmed by 12 that");
	assert_holds(finding->evidence,
				 "- 12 paths, such as 10.0.0.1 to 198.51.0.1, 10.0.0.1 to 198.51.0.2 and 10.0.0.1 to "
				 "198.51.0.3.");
	assert_holds(finding->advice, "-s 1352 ADDRESS");
	assert_whole(finding);
}

static void many_senders_to_a_destination_are_one_finding(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 9; i++)
		give(*state, path(i, 7));
	finding = only(*state);
	assert_string_equal(finding->subject, "9 senders to 198.51.0.7");
	assert_holds(finding->summary, "One narrow link near 198.51.0.7 is the likely cause.");
	assert_holds(finding->advice, "on the way to the senders.");
	assert_holds(finding->advice, "-s 1352 198.51.0.7");
}

/** Three are few, but each rests on the others. */
static void senders_to_a_host_that_none_reaches_are_one_finding(void **state)
{
	const struct mw_finding *finding;

	give(*state, path(4, 7)); // of its own
	assert_int_equal(count_findings(*state), 1);
	for (uint32_t i = 1; i <= 3; i++) {
		struct mw_path_row row = path(i, 7);

		row.networks = 3;
		row.opens_on = row.small_arrived = true;
		give(*state, row);
	}
	give(*state, path(5, 7));
	finding = only(*state);
	assert_string_equal(finding->subject, "5 senders to 198.51.0.7");
	assert_holds(finding->summary, "One narrow link near 198.51.0.7 is the likely cause.");
	assert_holds(finding->evidence,
				 "- Connections with at least 3 networks show the same, and nothing as large arrived ");
	assert_holds(finding->alternatives, "- A queue or policer near the receiver that is full");
	assert_whole(finding);
}

static void rows_that_come_again_count_once(void **state)
{
	for (uint32_t round = 0; round < 4; round++) {
		for (uint32_t i = 1; i <= 12; i++)
			give(*state, path(1, i));
	}
	assert_int_equal(only(*state)->count, 24);
	assert_holds(only(*state)->evidence,
				 "Retransmissions of one large packet: up to 12. Different large packets that never got through: 48.");
}

static void the_tightest_range_stands(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 10; i++) {
		struct mw_path_row row = path(1, i);

		row.mtu_low = 1300 + i;
		row.mtu_high = 1420 - i;
		give(*state, row);
	}
	finding = only(*state);
	assert_holds(finding->evidence, "- Path MTU: between 1310 and 1410 bytes.");
	assert_holds(finding->advice, "MSS clamp 1270 (1310 - 40)");
}

static void ranges_apart_are_no_single_link(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 10; i++) {
		struct mw_path_row row = path(1, i);

		row.mtu_low = row.mtu_high = i > 5 ? 1454 : 1300;
		give(*state, row);
	}
	finding = only(*state);
	assert_string_equal(finding->summary,
						"Large packets from 10.0.0.1 to 10 destinations vanish without an ICMP report; "
						"the path MTUs lie between 1300 and 1454 bytes.");
	assert_holds(finding->evidence, "between 1300 and 1454 bytes. It is not one link.");
	assert_holds(finding->advice, "MSS clamp 1260 (1300 - 40)");
	assert_whole(finding);
}

static void paths_that_are_well_again_leave_the_sum(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 12; i++)
		give(*state, path(1, i));
	for (uint32_t i = 1; i <= 3; i++) {
		struct mw_path_row row = path(1, i);

		row.verdict = MW_PATH_OK;
		give(*state, row);
	}
	finding = only(*state);
	assert_int_equal(finding->count, 18);
	assert_holds(finding->evidence, "3 of them do not show it any more.");
	for (uint32_t i = 4; i <= 12; i++) {
		struct mw_path_row row = path(1, i);

		row.verdict = MW_PATH_OK;
		give(*state, row);
	}
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->summary, "Not any more.");
	assert_holds(finding->evidence, "- Not any more.\n");
	assert_int_equal(finding->count, 24);
}

static void a_finding_counts_so_many_paths_and_says_so(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 1; i <= 300; i++)
			give(*state, path(1, i));
	}
	finding = only(*state);
	assert_string_equal(finding->subject, "10.0.0.1 to more than 64 destinations");
	assert_int_equal(finding->count, 128);
	assert_holds(finding->evidence, "- More than 64 paths; the numbers are of 64 of them, such as");
}

static void paths_of_a_full_finding_give_way_when_they_are_well(void **state)
{
	struct mw_path_row row = path(1, 5);

	for (uint32_t i = 1; i <= 64; i++)
		give(*state, path(1, i));
	row.verdict = MW_PATH_OK;
	give(*state, row);
	row = path(1, 200);
	row.flows = 1000;
	give(*state, row);
	assert_int_equal(only(*state)->count, 63 * 2 + 1000);
}

static void a_thousand_pairs_are_few_findings(void **state)
{
	for (uint32_t i = 1; i <= 1000; i++)
		give(*state, path(i, i));
	assert_int_equal(count_findings(*state), 33);
	assert_non_null(finding_of(*state, "several senders to several destinations"));
	assert_holds(finding_of(*state, "several senders to several destinations")->summary,
				 "Packets of more than 1380 bytes from several senders to several destinations vanish");
	assert_lacks(finding_of(*state, "several senders to several destinations")->summary, "likely cause");
	assert_int_equal(count_left_out(*state), 0);
}

/** What is summed is the weakest, in whatever order they come, and also when one becomes sure later. */
static void the_surest_of_many_pairs_are_named(void **state)
{
	struct mw_path_row row;

	for (uint32_t i = 1; i <= 70; i++) {
		row = path(i, i);
		row.confidence = 55;
		give(*state, row);
	}
	give(*state, path(200, 200));
	row = path(50, 50); // in the sum until now
	row.confidence = 76;
	give(*state, row);
	assert_non_null(finding_of(*state, "10.0.0.200 to 198.51.0.200"));
	assert_non_null(finding_of(*state, "10.0.0.50 to 198.51.0.50"));
	assert_int_equal(count_findings(*state), 33);
	assert_int_equal(finding_of(*state, "several senders to several destinations")->confidence, 55);
	assert_int_equal(finding_of(*state, "several senders to several destinations")->count, 2 * (72 - 32 - 1));
}

static void a_thousand_hosts_with_many_paths_are_few_findings(void **state)
{
	for (uint32_t from = 1; from <= 100; from++) {
		for (uint32_t to = 1; to <= 10; to++)
			give(*state, path(from, from * 16 + to));
	}
	assert_true(count_findings(*state) <= 32 + 17);
	assert_non_null(finding_of(*state, "10.0.0.1 to 10 destinations"));
}

static void old_findings_give_way_to_new_ones(void **state)
{
	struct mw_path_row row;

	for (uint32_t i = 1; i <= 32; i++) {
		row = path(i, i);
		row.ts_ns += i;
		row.last_ns += i;
		give(*state, row);
	}
	row = path(99, 99);
	row.ts_ns += 2 * HOUR_NS;
	row.last_ns += 2 * HOUR_NS;
	give(*state, row);
	assert_non_null(finding_of(*state, "10.0.0.99 to 198.51.0.99"));
	assert_null(finding_of(*state, "10.0.0.1 to 198.51.0.1")); // the oldest
	assert_non_null(finding_of(*state, "10.0.0.2 to 198.51.0.2"));
	assert_holds(finding_of(*state, "several senders to several destinations")->evidence, "10.0.0.1 to 198.51.0.1");
}

static void a_path_stays_with_its_finding(void **state)
{
	for (uint32_t i = 1; i <= 9; i++) // around the destination
		give(*state, path(i, 7));
	for (uint32_t i = 20; i <= 28; i++) // around one of its senders
		give(*state, path(1, i));
	for (uint32_t i = 1; i <= 9; i++)
		give(*state, path(i, 7));
	assert_int_equal(count_findings(*state), 2);
	assert_int_equal(finding_of(*state, "9 senders to 198.51.0.7")->count, 18);
	assert_int_equal(finding_of(*state, "10.0.0.1 to 9 destinations")->count, 18);
}

static void a_full_list_of_findings_is_survived(void **state)
{
	const struct mw_diagnoser *const paths[] = {&diagnose_paths};
	struct mw_diagnosis *small;

	(void)state;
	assert_int_equal(mw_diagnosis_new(paths, 1, 3, &small), 0);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 1; i <= 40; i++) {
			give(small, path(1, i));
			give(small, path(i, 100 + i));
		}
	}
	assert_true(count_findings(small) <= 3);
	mw_diagnosis_free(small);
}

static void what_is_forgotten_starts_anew(void **state)
{
	for (uint32_t i = 1; i <= 12; i++)
		give(*state, path(1, i));
	mw_diagnosis_clear(*state);
	give(*state, path(1, 3));
	assert_string_equal(only(*state)->subject, "10.0.0.1 to 198.51.0.3");
}

static void sums_do_not_overflow(void **state)
{
	for (uint32_t i = 1; i <= 12; i++) {
		struct mw_path_row row = path(1, i);

		row.flows = row.retransmits = INT64_MAX;
		give(*state, row);
	}
	assert_true(only(*state)->count == INT64_MAX);
	assert_whole(only(*state));
}

static void places_of_loss_are_told_apart(void **state)
{
	for (uint32_t i = 1; i <= 12; i++) {
		struct mw_path_row row = path(1, i);

		row.upstream = i > 6;
		give(*state, row);
	}
	assert_holds(only(*state)->evidence, "Of some paths the large packets passed this tap");
}

static const struct CMUnitTest tests[] = {
	CASE(few_destinations_are_a_finding_each),
	CASE(many_destinations_of_a_sender_are_one_finding),
	CASE(many_senders_to_a_destination_are_one_finding),
	CASE(senders_to_a_host_that_none_reaches_are_one_finding),
	CASE(rows_that_come_again_count_once),
	CASE(the_tightest_range_stands),
	CASE(ranges_apart_are_no_single_link),
	CASE(paths_that_are_well_again_leave_the_sum),
	CASE(a_finding_counts_so_many_paths_and_says_so),
	CASE(paths_of_a_full_finding_give_way_when_they_are_well),
	CASE(a_thousand_pairs_are_few_findings),
	CASE(the_surest_of_many_pairs_are_named),
	CASE(a_thousand_hosts_with_many_paths_are_few_findings),
	CASE(old_findings_give_way_to_new_ones),
	CASE(a_path_stays_with_its_finding),
	CASE(a_full_list_of_findings_is_survived),
	CASE(what_is_forgotten_starts_anew),
	CASE(sums_do_not_overflow),
	CASE(places_of_loss_are_told_apart),
};

MW_TEST_MAIN("diagnose_paths_many", tests)
