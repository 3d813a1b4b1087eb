// SPDX-License-Identifier: BSD-3-Clause
// Two halves of one datagram under two sources: joined whichever worker saw them, and never by chance alone.
// Neighbours: world.c; lib/detectors/fragments/sources.c, finding.c, finding_text.c, advice.c.
#include "finding_rows.h"
#include "world.h"

// What begins, and what ends, a datagram of 2,000 bytes.
#define FIRST .fragments = 1, .bytes_seen = 1480, .bytes_total = 2000, .missing_count = 1, .missing = {{1480, 2000}}
#define REST                                                                                                           \
	.headless = true, .fragments = 1, .bytes_seen = 520, .bytes_total = 2000, .missing_count = 1, .missing = {{0, 1480}}

static uint32_t joined(struct world *world)
{
	uint32_t count = 0;

	world_finish(world, 600000);
	assert_int_equal(world_rows(world), 2);
	for (uint32_t i = 0; i < 2; i++)
		count += world_row(world, i)->anomaly >> MW_FRAGMENT_TWO_SOURCES & 1;
	return count;
}

static void the_halves_name_each_others_source(void **state)
{
	for (uint32_t workers = 1; workers <= 4; workers++) {
		struct world *world = world_new(workers);

		world_end(world, INCOMPLETE, .at_ms = 0, .src = 2, FIRST);
		world_end(world, INCOMPLETE, .at_ms = 1, .src = 3, REST);
		assert_int_equal(joined(world), 2);
		assert_int_equal(world_row(world, 0)->other.bytes[15], 3);
		assert_int_equal(world_row(world, 1)->other.bytes[15], 2);
		assert_int_equal(world_row(world, 0)->pair_incomplete, 1);
		assert_int_equal(world_row(world, 1)->pair_incomplete, 0); // its sender lost nothing
		world_free(world);
	}
	(void)state;
}

static void the_last_piece_may_come_first(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .at_ms = 0, .src = 3, .v6 = true, .id = 0x12345678, REST);
	world_end(world, INCOMPLETE, .at_ms = 2, .src = 2, .v6 = true, .id = 0x12345678, FIRST);
	assert_int_equal(joined(world), 2);
}

static void a_first_piece_without_a_length_is_continued(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .at_ms = 0, .src = 2, .protocol = 1, .fragments = 1, .bytes_seen = 1480,
			  .missing_count = 1, .missing = {{1480, OPEN}});
	world_end(world, INCOMPLETE, .at_ms = 1, .src = 3, .protocol = 1, REST);
	assert_int_equal(joined(world), 2);
}

static void a_gap_between_them_keeps_them_apart(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .at_ms = 0, .src = 2, FIRST);
	world_end(world, INCOMPLETE, .at_ms = 1, .src = 3, .headless = true, .bytes_seen = 512, .bytes_total = 2000,
			  .missing_count = 1, .missing = {{0, 1488}});
	assert_int_equal(joined(world), 0);
}

static void another_length_keeps_them_apart(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .at_ms = 0, .src = 2, FIRST);
	world_end(world, INCOMPLETE, .at_ms = 1, .src = 3, .headless = true, .bytes_seen = 600, .bytes_total = 2080,
			  .missing_count = 1, .missing = {{0, 1480}});
	assert_int_equal(joined(world), 0);
}

static void another_time_protocol_receiver_or_identification_keeps_them_apart(void **state)
{
	static const struct datagram others[] = {
		{.at_ms = 700, REST},
		{.at_ms = 1, .protocol = 50, REST},
		{.at_ms = 1, .dst = 6, REST},
		{.at_ms = 1, .id = 8, REST},
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(others); i++) {
		struct world *world = world_new(1);
		struct datagram rest = others[i];

		rest.end = MW_FRAGMENT_INCOMPLETE;
		rest.src = 3;
		world_end(world, INCOMPLETE, .at_ms = 0, .src = 2, FIRST);
		world_end_datagram(world, &rest);
		assert_int_equal(joined(world), 0);
		world_free(world);
	}
	(void)state;
}

static struct mw_fragment_row elsewhere_row(uint32_t number, bool first, uint8_t other)
{
	struct mw_fragment_row row = first ? lost_row(number, 0) : headless_row(number, 0);

	row.anomaly = HAS(TWO_SOURCES);
	if (!first)
		row.src = v4(10, 0, 0, other);
	row.other = first ? v4(10, 0, 0, other) : v4(192, 0, 2, 1);
	return row;
}

static void both_halves_make_one_finding(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 12; i++) {
		give(*state, elsewhere_row(i, true, 5));
		give(*state, elsewhere_row(i, false, 5));
	}
	finding = only(*state);
	assert_string_equal(finding->subject, "192.0.2.1 to 192.0.2.9");
	assert_int_equal(finding->count, 12);
	assert_int_equal(finding->severity, MW_SEVERITY_CRITICAL);
	assert_holds(finding->summary, "12 of 12 datagrams lack pieces (the later pieces bear another source address).");
	assert_holds(finding->evidence, "A translator that leaves later pieces untranslated");
	assert_holds(finding->evidence, "- The other pieces of 12 of them came from 10.0.0.5, untranslated");
	assert_holds(finding->advice, "RFC 4787 REQ-14");
	assert_lacks(finding->alternatives, "LAG");
	assert_sound(finding);
}

static void many_hosts_behind_one_translator_make_one_finding(void **state)
{
	for (uint32_t i = 1; i <= 12; i++) {
		give(*state, elsewhere_row(i, true, (uint8_t)i));
		give(*state, elsewhere_row(i, false, (uint8_t)i));
	}
	assert_holds(only(*state)->evidence, "came from 10.0.0.12 and other addresses, untranslated");
}

static void two_senders_with_losses_keep_a_finding_each(void **state)
{
	for (uint32_t i = 1; i <= 12; i++) {
		struct mw_fragment_row rest = headless_row(i, 0);

		rest.src = v4(10, 0, 0, 5);
		rest.anomaly = i == 5 ? HAS(TWO_SOURCES) : 0; // one fits by chance
		give(*state, lost_row(i, 0));
		give(*state, rest);
	}
	assert_int_equal(count_findings(*state), 2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_halves_name_each_others_source),
	STORY(the_last_piece_may_come_first),
	STORY(a_first_piece_without_a_length_is_continued),
	STORY(a_gap_between_them_keeps_them_apart),
	STORY(another_length_keeps_them_apart),
	cmocka_unit_test(another_time_protocol_receiver_or_identification_keeps_them_apart),
	CASE(both_halves_make_one_finding),
	CASE(many_hosts_behind_one_translator_make_one_finding),
	CASE(two_senders_with_losses_keep_a_finding_each),
};

MW_TEST_MAIN("fragment_sources", tests)
