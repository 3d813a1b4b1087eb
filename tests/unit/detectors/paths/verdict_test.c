// SPDX-License-Identifier: BSD-3-Clause
// Each rule on paths: the fault, and what is like it but is none.
// Neighbours: lib/detectors/paths/verdict.c, stuck.c, sum.c.
#include "mw_test.h"

#include <string.h>

#include "control_world.h"

static void shrinking_that_helps_is_a_black_hole(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = stuck(PATH_SHRANK);
	struct mw_path_row row;

	(void)state;
	facts.largest_acked = 1380;
	world_tell(world, facts);
	CHECK(world, "black-hole", 90);
	world_tell(world, facts); // the same connection says no more
	CHECK(world, "black-hole", 90);
	world_tell_other_flow(world, facts);
	CHECK(world, "black-hole", 95);
	row = world_row(world);
	assert_int_equal(row.flows, 2);
	assert_int_equal(row.flows_confirmed, 2);
	assert_int_equal(row.mtu_low, 1380);
	assert_int_equal(row.mtu_high, 1499);
	assert_int_equal(row.retransmits, 5);
	assert_int_equal(row.protocol, 6);
	assert_true(row.receiver_alive);
	assert_false(row.upstream);
	world_free(world);
}

static void giving_up_while_the_receiver_speaks_is_a_black_hole(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, stuck(PATH_GAVE_UP));
	CHECK(world, "black-hole", 75);
	world_tell_other_flow(world, stuck(PATH_GAVE_UP));
	CHECK(world, "black-hole", 85);
	world_free(world);
}

static void giving_up_needs_every_mark_of_a_black_hole(void **state)
{
	struct path_facts few = stuck(PATH_GAVE_UP), even = few, small = few, passed = few, dead = few;
	const struct path_facts *cases[] = {&few, &even, &small, &passed, &dead};

	(void)state;
	few.retransmits = 2;
	even.gaps_grow = false;
	small.full_size = false;
	passed.large_acked = true;
	passed.small_acked = false;
	dead.receiver_alive = false;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct path_world *world = world_new(64);

		world_tell(world, *cases[i]);
		assert_int_equal(world_row(world).verdict, MW_PATH_OK);
		assert_int_equal(world_row(world).mtu_high, MW_UNKNOWN_I64);
		assert_int_equal(world_row(world).smallest_lost, 1500);
		world_free(world);
	}
}

static void how_many_retransmits_are_needed_is_a_setting(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world->settings.retransmits_at_least = 6;
	world_tell(world, stuck(PATH_GAVE_UP));
	assert_int_equal(world_row(world).verdict, MW_PATH_OK);
	world->settings.retransmits_at_least = 5;
	world_tell(world, stuck(PATH_GAVE_UP));
	assert_int_equal(world_row(world).verdict, MW_PATH_BLACK_HOLE);
	world_free(world);
}

static struct path_facts silent(uint32_t segments)
{
	struct path_facts facts = stuck(PATH_GAVE_UP);

	facts.receiver_alive = false;
	facts.segments_lost = segments;
	return facts;
}

static void several_lost_segments_are_a_black_hole_with_a_silent_receiver(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts none_acked = silent(12);

	(void)state;
	world_tell(world, silent(3));
	CHECK(world, "ok", 70);
	none_acked.small_acked = false;
	world_tell_other_flow(world, none_acked);
	CHECK(world, "ok", 70);
	world_tell_other_flow(world, silent(4));
	CHECK(world, "black-hole", 55);
	world_tell_other_flow(world, silent(12));
	CHECK(world, "black-hole", 65);
	world_free(world);
}

static void the_handshake_shows_that_small_packets_pass(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = silent(12);

	(void)state;
	facts.small_acked = false;
	facts.largest_acked = 0;
	facts.mss_syn = 1460;
	world_tell(world, facts);
	CHECK(world, "ok", 50); // nobody answered, as far as was seen
	facts.mss_synack = 1460;
	world_tell(world, facts);
	CHECK(world, "black-hole", 45);
	assert_int_equal(world_row(world).mtu_high, 1499);
	world_tell_other_flow(world, facts);
	CHECK(world, "black-hole", 55);
	world_free(world);
}

static void a_silent_receiver_is_gone_when_connections_end_that_worked(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts worked = silent(12);

	(void)state;
	worked.large_acked = true;
	world_tell(world, silent(12));
	CHECK(world, "black-hole", 55);
	world_tell_other_flow(world, worked);
	CHECK(world, "ok", 40);
	world_free(world);
}

static void lossy_mirrors_make_it_less_sure(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = stuck(PATH_GAVE_UP), quiet = silent(12);

	(void)state;
	facts.mirror_gaps = quiet.mirror_gaps = true;
	world_tell(world, quiet); // 30: not enough
	CHECK(world, "ok", 40);
	world_tell(world, facts);
	CHECK(world, "black-hole", 60); // 75 + 10 - 25
	assert_true(world_row(world).mirror_gaps);
	facts.mirror_gaps = false;
	world_tell_other_flow(world, facts); // one connection that was seen whole is enough
	CHECK(world, "black-hole", 85);
	world_free(world);
}

static void an_outage_is_no_black_hole(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts through = stuck(PATH_GOT_THROUGH), gave_up = stuck(PATH_GAVE_UP), shrank = stuck(PATH_SHRANK);

	(void)state;
	gave_up.large_acked = shrank.large_acked = true;
	gave_up.receiver_alive = shrank.receiver_alive = false;
	shrank.segments_lost = gave_up.segments_lost = 12;
	for (uint32_t i = 0; i < 20; i++) {
		world_tell_other_flow(world, gave_up);
		world_tell_other_flow(world, shrank);
		assert_int_equal(world_row(world).verdict, MW_PATH_OK);
		assert_int_equal(world_row(world).confidence, 40);
	}
	world_tell_other_flow(world, through);
	assert_int_equal(world_row(world).verdict, MW_PATH_OK);
	assert_int_equal(world_row(world).mtu_low, 1500);
	world_free(world);
}

static void a_path_that_failed_for_large_ones_alone_is_a_black_hole_though_they_passed_before(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = stuck(PATH_GAVE_UP);

	(void)state;
	facts.large_acked = true; // cannot be excluded, but small ones pass and the receiver speaks
	world_tell(world, facts);
	CHECK(world, "black-hole", 75);
	world_free(world);
}

static void a_size_that_passes_is_never_a_black_hole(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts passes = stuck(PATH_GOT_THROUGH);

	(void)state;
	world_tell(world, stuck(PATH_GAVE_UP));
	CHECK(world, "black-hole", 75);
	world_tell_other_flow(world, passes);
	CHECK(world, "ok", 70);
	world_tell_other_flow(world, stuck(PATH_GAVE_UP)); // it was known before
	CHECK(world, "ok", 70);
	passes = stuck(PATH_GAVE_UP);
	passes.smallest_lost = 9000; // larger than what passes
	world_tell_other_flow(world, passes);
	CHECK(world, "black-hole", 75);
	assert_int_equal(world_row(world).mtu_low, 1500);
	assert_int_equal(world_row(world).mtu_high, 8999);
	assert_int_equal(world_row(world).smallest_lost, 9000);
	world_free(world);
}

static void what_the_mirror_lost_tells_nothing(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts unseen = stuck(PATH_UNSEEN);

	(void)state;
	unseen.largest_acked = 0;
	world_tell(world, unseen);
	assert_int_equal(world_rows(world, 0), 0);
	assert_int_equal(world->state->table.index.used, 0);
	unseen.largest_acked = 1500;
	world_tell(world, unseen);
	CHECK(world, "ok", 70);
	assert_int_equal(world_row(world).mtu_low, 1500);
	assert_int_equal(world_row(world).smallest_lost, MW_UNKNOWN_I64);
	world_free(world);
}

static void holes_before_the_tap_are_a_black_hole_upstream(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts gaps = hole(PATH_GAVE_UP);

	(void)state;
	gaps.mirror_gaps = true;
	world_tell(world, gaps);
	CHECK(world, "ok", 40);
	world_tell_other_flow(world, hole(PATH_GAVE_UP));
	CHECK(world, "black-hole", 65);
	assert_true(world_row(world).upstream);
	world_free(world);
	world = world_new(64);
	world_tell(world, hole(PATH_GAVE_UP));
	CHECK(world, "black-hole", 50);
	world_tell_other_flow(world, hole(PATH_SHRANK));
	CHECK(world, "black-hole", 95);
	assert_true(world_row(world).upstream);
	world_free(world);
}

static void udp_sizes_that_are_never_answered_are_a_hint(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts unasked = sizes(16), few = sizes(2);

	(void)state;
	world->flow.protocol = 17;
	unasked.answered = 0;
	world_tell(world, unasked);
	world_tell(world, few);
	CHECK(world, "ok", 70);
	world_free(world);
	world = world_new(64);
	world->flow.protocol = 17;
	world_tell(world, sizes(3));
	CHECK(world, "black-hole", 45);
	world_tell(world, sizes(7));
	CHECK(world, "black-hole", 55);
	assert_int_equal(world_row(world).mtu_low, 1300);
	assert_int_equal(world_row(world).mtu_high, 1399);
	assert_int_equal(world_row(world).protocol, 17);
	assert_int_equal(world_row(world).retransmits, MW_UNKNOWN_I64);
	world_free(world);
}

static void a_sender_that_obeys_is_healthy(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts acked = honoured();

	(void)state;
	world_tell(world, report_of(world, 1380));
	CHECK(world, "ok", 50);
	assert_int_equal(world_row(world).mtu_high, 1380);
	world_tell(world, honoured());
	CHECK(world, "too-big-honoured", 90);
	acked.largest_acked = 1380;
	world_tell(world, acked);
	CHECK(world, "too-big-honoured", 95);
	assert_int_equal(world_row(world).mtu_low, 1380);
	assert_int_equal(world_row(world).mtu_high, 1380);
	assert_int_equal(world_row(world).smallest_lost, 1500);
	assert_string_equal(world_row(world).reporters, "203.0.113.1=1380");
	world_free(world);
}

static void a_sender_that_goes_on_ignores_the_report(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts late = stuck(PATH_GAVE_UP), gaps = ignored(2);

	(void)state;
	gaps.mirror_gaps = true;
	world_tell(world, report_of(world, 1380));
	world_tell(world, ignored(1)); // was on its way
	CHECK(world, "ok", 50);
	world_tell(world, gaps);
	CHECK(world, "too-big-ignored", 40);
	world_tell_other_flow(world, ignored(2));
	CHECK(world, "too-big-ignored", 75); // five in sum, and one connection that was seen whole
	late.reported = true;
	world_tell_other_flow(world, late);
	CHECK(world, "too-big-ignored", 90);
	assert_int_equal(world_row(world).sent_after_report, 5);
	assert_int_equal(world_row(world).flows, 2);
	assert_int_equal(world_row(world).mtu_high, 1380);
	world_free(world);
}

static void a_stuck_connection_that_a_report_explains_is_no_black_hole(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts narrower = stuck(PATH_GAVE_UP);

	(void)state;
	world_tell(world, stuck(PATH_GAVE_UP));
	CHECK(world, "black-hole", 75);
	world_tell(world, report_of(world, 1440)); // routers report now
	world_tell(world, honoured());
	CHECK(world, "too-big-honoured", 90);
	narrower.reported = true;
	world_tell_other_flow(world, narrower);
	CHECK(world, "too-big-honoured", 90);
	narrower.smallest_lost = 1440; // what the report allows is lost further on
	world_tell_other_flow(world, narrower);
	assert_int_equal(world_row(world).verdict, MW_PATH_BLACK_HOLE);
	assert_int_equal(world_row(world).mtu_high, 1439);
	world_free(world);
}

static void nobody_ignores_what_no_host_must_obey(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world->flow.src = world_v6(1, 1);
	world->flow.dst = world_v6(2, 1);
	world_tell(world, report_of(world, 576)); // IPv6 goes never below 1280
	world_tell(world, ignored(3));
	CHECK(world, "ok", 50);
	assert_int_equal(world_row(world).mtu_high, MW_UNKNOWN_I64);
	assert_int_equal(world_row(world).family, 6);
	world_tell_other_flow(world, ignored(3));
	CHECK(world, "ok", 50);
	world_free(world);
	world = world_new(64);
	world_tell(world, report_of(world, 1500)); // and what fits is not too big
	world_tell(world, ignored(3));
	CHECK(world, "ok", 50);
	world_free(world);
}

static void no_report_that_was_seen_is_ignored(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, ignored(9));
	CHECK(world, "ok", 50);
	world_free(world);
}

static void later_obedience_clears_an_equal_disobedience(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, report_of(world, 1380));
	world_tell(world, ignored(5));
	CHECK(world, "too-big-ignored", 75);
	world_tell_other_flow(world, honoured());
	CHECK(world, "too-big-honoured", 75);
	world_tell_other_flow(world, ignored(5));
	CHECK(world, "too-big-ignored", 60);
	world_free(world);
}

static struct path_facts misaddressed(const struct path_world *world, struct mw_address told)
{
	struct path_facts facts = report_of(world, 1380);

	facts.told = told;
	return facts;
}

static void a_report_to_somebody_else_is_misaddressed(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_address outside = world_v4(203, 0, 113, 77);
	struct path_facts facts = misaddressed(world, outside), waits = stuck(PATH_GAVE_UP);
	struct mw_path_row row;

	(void)state;
	world_tell(world, facts);
	CHECK(world, "too-big-misaddressed", 90);
	row = world_row(world);
	assert_int_equal(mw_address_compare(&row.told, &outside), 0);
	world_tell(world, facts);
	CHECK(world, "too-big-misaddressed", 95);
	world_tell(world, waits); // it explains the black hole
	CHECK(world, "too-big-misaddressed", 95);
	assert_int_equal(world_row(world).icmp_reports, 2);
	world_tell(world, report_of(world, 1380)); // one that reaches the sender
	world_tell(world, honoured());
	CHECK(world, "too-big-honoured", 90);
	world_free(world);
}

static void reports_to_groups_or_to_nobody_known_accuse_nobody(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts group = misaddressed(world, world_v4(224, 0, 0, 1)),
					  nobody = misaddressed(world, (struct mw_address){{0}});

	(void)state;
	world_tell(world, group);
	CHECK(world, "ok", 50);
	world_tell(world, ignored(9)); // it did not reach the sender either
	CHECK(world, "ok", 50);
	world_tell(world, nobody);
	CHECK(world, "too-big-ignored", 75);
	world_free(world);
}

static void pieces_are_counted(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts pieces = {.what = PATH_PIECES, .count = 7};

	(void)state;
	world_tell(world, pieces);
	world_tell(world, pieces);
	CHECK(world, "ok", 50);
	assert_int_equal(world_row(world).fragmented, 14);
	assert_int_equal(world_row(world).mtu_low, MW_UNKNOWN_I64);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(shrinking_that_helps_is_a_black_hole),
	MW_TEST(giving_up_while_the_receiver_speaks_is_a_black_hole),
	MW_TEST(giving_up_needs_every_mark_of_a_black_hole),
	MW_TEST(how_many_retransmits_are_needed_is_a_setting),
	MW_TEST(several_lost_segments_are_a_black_hole_with_a_silent_receiver),
	MW_TEST(the_handshake_shows_that_small_packets_pass),
	MW_TEST(a_silent_receiver_is_gone_when_connections_end_that_worked),
	MW_TEST(lossy_mirrors_make_it_less_sure),
	MW_TEST(an_outage_is_no_black_hole),
	MW_TEST(a_path_that_failed_for_large_ones_alone_is_a_black_hole_though_they_passed_before),
	MW_TEST(a_size_that_passes_is_never_a_black_hole),
	MW_TEST(what_the_mirror_lost_tells_nothing),
	MW_TEST(holes_before_the_tap_are_a_black_hole_upstream),
	MW_TEST(udp_sizes_that_are_never_answered_are_a_hint),
	MW_TEST(a_sender_that_obeys_is_healthy),
	MW_TEST(a_sender_that_goes_on_ignores_the_report),
	MW_TEST(a_stuck_connection_that_a_report_explains_is_no_black_hole),
	MW_TEST(nobody_ignores_what_no_host_must_obey),
	MW_TEST(no_report_that_was_seen_is_ignored),
	MW_TEST(later_obedience_clears_an_equal_disobedience),
	MW_TEST(a_report_to_somebody_else_is_misaddressed),
	MW_TEST(reports_to_groups_or_to_nobody_known_accuse_nobody),
	MW_TEST(pieces_are_counted),
};
MW_TEST_MAIN("detect_path_verdict", tests)
