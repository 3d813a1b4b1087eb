// SPDX-License-Identifier: BSD-3-Clause
// How long sessions live: each protocol's and state's timer, and what prolongs it.
// Neighbours: lib/detectors/nat/model/session.c. Follows RFC 4787 section 4.3, RFC 5382 section 5.
#include "mw_test.h"

#include "model_world.h"

static struct mw_nat *one_line(struct mw_nat_profile profile)
{
	struct mw_nat *nat = new_nat(1, 10, 100);

	assert_int_equal(mw_nat_line_open(nat, &profile), 0);
	return nat;
}

static void udp_lives_for_its_timer_after_the_last_packet(void **state)
{
	struct mw_nat *nat = one_line(profile_of(30));

	(void)state;
	assert_int_equal(happen(nat, udp(0, 1, 5000, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, udp(20, 1, 5000, 1)), MW_NAT_HELD);
	assert_int_equal(line_at(nat, 49.9).sessions, 1);
	assert_int_equal(line_at(nat, 50).sessions, 0);
	assert_int_equal(line_at(nat, 50).ended, 1);
	assert_int_equal(line_at(nat, 50).ended_unanswered, 1);
	assert_int_equal(line_at(nat, 50).opened, 1);
	mw_nat_free(nat);
}

static void an_answer_brings_the_longer_timer(void **state)
{
	struct mw_nat_profile profile = profile_of(120);
	struct mw_nat *nat;

	(void)state;
	profile.udp_unanswered_ns = 30 * SECOND;
	nat = one_line(profile);
	happen(nat, udp(0, 1, 5000, 1));
	happen(nat, udp(0, 1, 5001, 1));
	happen(nat, with_step(udp(1, 1, 5000, 1), MW_NAT_INBOUND));
	assert_int_equal(line_at(nat, 31).sessions, 1);
	assert_int_equal(line_at(nat, 120.9).sessions, 1);
	assert_int_equal(line_at(nat, 121).sessions, 0);
	assert_int_equal(line_at(nat, 121).ended_unanswered, 1);
	mw_nat_free(nat);
}

static void packets_from_outside_prolong_only_where_the_translator_lets_them(void **state)
{
	struct mw_nat_profile profile = profile_of(30);

	(void)state;
	for (int prolongs = 0; prolongs <= 1; prolongs++) {
		struct mw_nat *nat;

		profile.inbound_refreshes = prolongs;
		nat = one_line(profile);
		happen(nat, udp(0, 1, 5000, 1));
		happen(nat, with_step(udp(0, 1, 5000, 1), MW_NAT_INBOUND));
		happen(nat, with_step(udp(20, 1, 5000, 1), MW_NAT_INBOUND));
		assert_int_equal(line_at(nat, 40).sessions, prolongs);
		mw_nat_free(nat);
	}
}

static void dns_has_a_timer_of_its_own(void **state)
{
	struct mw_nat_profile profile = profile_of(900);
	struct mw_nat_activity query = udp(0, 1, 5000, 1);
	struct mw_nat *nat;

	(void)state;
	profile.dns_ns = 10 * SECOND;
	query.peer_port = 53;
	nat = one_line(profile);
	happen(nat, query);
	happen(nat, with_step(query, MW_NAT_INBOUND));
	assert_int_equal(line_at(nat, 9.9).sessions, 1);
	assert_int_equal(line_at(nat, 10).sessions, 0);
	query.protocol = MW_NAT_TCP; // over TCP it is a connection as any other
	query.time_ns = START + 10 * SECOND;
	happen(nat, query);
	assert_int_equal(line_at(nat, 100).sessions, 1);
	mw_nat_free(nat);
}

static void tcp_opens_lives_and_closes(void **state)
{
	struct mw_nat *nat = one_line(profile_of(120));

	(void)state;
	happen(nat, tcp(0, 1, 5000, 1)); // never answered
	happen(nat, tcp(0, 1, 5001, 1));
	happen(nat, with_step(tcp(1, 1, 5001, 1), MW_NAT_INBOUND));
	assert_int_equal(line_at(nat, 120).sessions, 1);
	assert_int_equal(line_at(nat, 3000).sessions, 1);
	happen(nat, with_step(tcp(3000, 1, 5001, 1), MW_NAT_CLOSING));
	happen(nat, tcp(3005, 1, 5001, 1)); // the last ACK
	assert_int_equal(line_at(nat, 3014.9).sessions, 1);
	assert_int_equal(line_at(nat, 3015).sessions, 0);
	assert_int_equal(line_at(nat, 3015).ended_unanswered, 1);
	mw_nat_free(nat);
}

static void a_new_connection_on_a_closing_5_tuple_lives_as_a_connection(void **state)
{
	struct mw_nat *nat = one_line(profile_of(120));

	(void)state;
	happen(nat, with_step(tcp(0, 1, 5000, 1), MW_NAT_BEGIN));
	happen(nat, with_step(tcp(1, 1, 5000, 1), MW_NAT_INBOUND));
	happen(nat, with_step(tcp(2, 1, 5000, 1), MW_NAT_CLOSING));
	happen(nat, with_step(tcp(5, 1, 5000, 1), MW_NAT_BEGIN));
	assert_int_equal(line_at(nat, 100).sessions, 1);
	happen(nat, with_step(tcp(100, 1, 5000, 1), MW_NAT_INBOUND));
	assert_int_equal(line_at(nat, 3699).sessions, 1);
	assert_int_equal(line_at(nat, 3700).sessions, 0);
	assert_int_equal(line_at(nat, 3700).opened, 1);
	mw_nat_free(nat);
}

static void a_mapping_lives_as_long_as_its_longest_use(void **state)
{
	struct mw_nat *nat = one_line(profile_of(30));

	(void)state;
	happen(nat, tcp(0, 1, 5000, 1));
	happen(nat, with_step(tcp(0, 1, 5000, 1), MW_NAT_INBOUND));
	happen(nat, tcp(1, 1, 5000, 2));
	happen(nat, with_step(tcp(1, 1, 5000, 2), MW_NAT_CLOSING)); // of the other peer alone
	assert_int_equal(line_at(nat, 3599).sessions, 1);
	assert_int_equal(line_at(nat, 3599).ended, 0);
	assert_int_equal(line_at(nat, 3600).sessions, 0);
	assert_int_equal(line_at(nat, 3600).ended, 1);
	assert_int_equal(line_at(nat, 3600).ended_unanswered, 0);
	mw_nat_free(nat);
}

static void nothing_from_outside_opens_a_session(void **state)
{
	struct mw_nat *nat = one_line(profile_of(30));

	(void)state;
	assert_int_equal(happen(nat, with_step(udp(0, 1, 5000, 1), MW_NAT_INBOUND)), MW_NAT_IGNORED);
	assert_int_equal(happen(nat, with_step(tcp(0, 1, 5000, 1), MW_NAT_CLOSING)), MW_NAT_IGNORED);
	happen(nat, udp(0, 1, 5000, 1));
	assert_int_equal(happen(nat, with_step(udp(0, 1, 5000, 2), MW_NAT_INBOUND)), MW_NAT_IGNORED);
	assert_int_equal(line_at(nat, 0).sessions, 1);
	mw_nat_free(nat);
}

static void another_profile_holds_at_once(void **state)
{
	struct mw_nat_profile profile = profile_of(30);
	struct mw_nat *nat = one_line(profile_of(900));

	(void)state;
	happen(nat, udp(0, 1, 5000, 1));
	happen(nat, udp(0, 1, 5001, 1));
	mw_nat_line_profile(nat, 0, &profile);
	happen(nat, udp(10, 1, 5001, 1));
	assert_int_equal(line_at(nat, 29).sessions, 2);
	assert_int_equal(line_at(nat, 30).sessions, 1);
	profile = profile_of(100);
	mw_nat_line_profile(nat, 0, &profile);
	assert_int_equal(line_at(nat, 109).sessions, 1);
	assert_int_equal(line_at(nat, 110).sessions, 0);
	mw_nat_free(nat);
}

static uint32_t views;

static void check_view(void *context, const struct mw_nat_session_view *view)
{
	(void)context;
	views++;
	assert_int_equal(view->port, 5000);
	assert_true(view->answered);
	assert_in_range(view->last_ns, START + 5 * SECOND - 20 * MW_NS_PER_MS, START + 5 * SECOND); // a tick is 17 ms
}

static void what_is_told_late_ends_by_its_own_time_and_is_seen_so(void **state)
{
	struct mw_nat *nat = one_line(profile_of(30));

	(void)state;
	line_at(nat, 20);
	happen(nat, udp(5, 1, 5000, 1));
	happen(nat, with_step(udp(5, 1, 5000, 1), MW_NAT_INBOUND));
	views = 0;
	mw_nat_sessions(nat, 0, check_view, NULL);
	assert_int_equal(views, 1);
	assert_int_equal(line_at(nat, 34).sessions, 1);
	assert_int_equal(line_at(nat, 35).sessions, 0);
	mw_nat_free(nat);
}

static void years_without_a_packet_end_everything_at_once(void **state)
{
	struct mw_nat *nat = one_line(profile_of(900));

	(void)state;
	for (uint16_t port = 0; port < 50; port++)
		happen(nat, udp(port, 1, port, 1));
	mw_nat_advance(nat, UINT64_MAX);
	assert_int_equal(line_at(nat, 0).ended, 50);
	assert_int_equal(line_at(nat, 0).sessions, 0);
	mw_nat_free(nat);
}

static void a_timer_without_end_does_not_end(void **state)
{
	struct mw_nat_profile profile = profile_of(30);
	struct mw_nat *nat;

	(void)state;
	profile.udp_unanswered_ns = UINT64_MAX;
	nat = one_line(profile);
	happen(nat, udp(0, 1, 5000, 1));
	assert_int_equal(line_at(nat, 1e9).sessions, 1);
	mw_nat_free(nat);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(udp_lives_for_its_timer_after_the_last_packet),
	MW_TEST(an_answer_brings_the_longer_timer),
	MW_TEST(packets_from_outside_prolong_only_where_the_translator_lets_them),
	MW_TEST(dns_has_a_timer_of_its_own),
	MW_TEST(tcp_opens_lives_and_closes),
	MW_TEST(a_new_connection_on_a_closing_5_tuple_lives_as_a_connection),
	MW_TEST(a_mapping_lives_as_long_as_its_longest_use),
	MW_TEST(nothing_from_outside_opens_a_session),
	MW_TEST(another_profile_holds_at_once),
	MW_TEST(what_is_told_late_ends_by_its_own_time_and_is_seen_so),
	MW_TEST(years_without_a_packet_end_everything_at_once),
	MW_TEST(a_timer_without_end_does_not_end),
};

MW_TEST_MAIN("nat_timer", tests)
