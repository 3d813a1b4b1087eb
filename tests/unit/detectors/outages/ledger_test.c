// SPDX-License-Identifier: BSD-3-Clause
// No time is counted twice or not at all, whatever is learnt when.
// Neighbours: lib/detectors/outages/ledger.c.
#include "ledger.h"

#include "mw_test.h"

#define S MW_NS_PER_SECOND

static struct outages_coverage at(const struct outages_ledger *ledger, const struct mw_kit_blind *blind,
								  uint64_t now_ns)
{
	struct outages_coverage row = {0};

	outages_ledger_row(ledger, blind, now_ns, &row);
	assert_true(row.wall_s * 1000 + 0.5 > 1000 * (row.seen_s + row.blind_s + row.unasked_s));
	assert_true(row.wall_s * 1000 - 0.5 < 1000 * (row.seen_s + row.blind_s + row.unasked_s));
	return row;
}

static void time_is_seen_or_nobody_asked(void **state)
{
	struct outages_ledger ledger = {0};
	struct mw_kit_blind blind = {0};
	struct outages_coverage row;

	(void)state;
	outages_ledger_note(&ledger, &blind, 100 * S, 101 * S);
	outages_ledger_note(&ledger, &blind, 100 * S + S / 2, 103 * S);
	outages_ledger_note(&ledger, &blind, 200 * S, 201 * S);
	row = at(&ledger, &blind, 210 * S);
	assert_true(row.seen_s == 4 && row.unasked_s == 106 && row.blind_s == 0 && row.wall_s == 110);
	row = at(&ledger, &blind, 200 * S + S / 4); // the input ended before the packet's second was over
	assert_true(row.wall_s == 100.25 && row.seen_s == 3.25);
}

static void blindness_is_taken_from_both(void **state)
{
	struct outages_ledger ledger = {0};
	struct mw_kit_blind blind = {0};
	struct outages_coverage row;

	(void)state;
	outages_ledger_note(&ledger, &blind, 100 * S, 101 * S);
	mw_kit_blind_add(&blind, 110 * S, 120 * S + S / 2);
	outages_ledger_note(&ledger, &blind, 120 * S, 121 * S);
	row = at(&ledger, &blind, 130 * S);
	assert_true(row.seen_s == 1.5 && row.blind_s == 10.5 && row.unasked_s == 18);
}

static void a_silence_that_is_known_later_is_moved(void **state)
{
	struct outages_ledger ledger = {0};
	struct mw_kit_blind blind = {0};
	struct outages_coverage row;

	(void)state;
	outages_ledger_note(&ledger, &blind, 100 * S, 101 * S);
	outages_ledger_note(&ledger, &blind, 130 * S, 131 * S); // the mirror is back
	outages_ledger_note(&ledger, &blind, 132 * S, 133 * S);
	outages_ledger_hidden(&ledger, 100 * S, 130 * S);
	row = at(&ledger, &blind, 133 * S);
	assert_true(row.seen_s == 3 && row.blind_s == 29 && row.unasked_s == 1);
	outages_ledger_hidden(&ledger, 100 * S, 130 * S); // once
	assert_true(at(&ledger, &blind, 133 * S).blind_s == 29);
	outages_ledger_one_way(&ledger, 10 * S); // no more than was seen
	row = at(&ledger, &blind, 133 * S);
	assert_true(row.seen_s == 0 && row.blind_s == 32);
}

static void its_line_counts_in_tenths_of_a_second(void **state)
{
	const struct outages_coverage row = {
		.line = "02:00:00:00:00:01", .class = OUTAGES_IPV4, .seen_s = 0.839, .blind_s = 59.96, .unasked_s = 0};
	char chars[128];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	(void)state;
	assert_true(outages_coverage_line(&row, &line));
	assert_string_equal(chars, "ipv4 of 02:00:00:00:00:01: seen 0.8 s, blind 1 min 0 s, nobody asked 0.0 s");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(time_is_seen_or_nobody_asked),
	MW_TEST(blindness_is_taken_from_both),
	MW_TEST(a_silence_that_is_known_later_is_moved),
	MW_TEST(its_line_counts_in_tenths_of_a_second),
};

MW_TEST_MAIN("outages_ledger", tests)
