// SPDX-License-Identifier: BSD-3-Clause
// Who got the last ports: what comes back proves it, and silence where an answer has to come disproves it.
// Neighbours: lib/detectors/nat/model/edge.c.
#include "mw_test.h"

#include "model_world.h"

#define LIMIT 240

// A line with so many ports in use from START on, for 1,000 s; UDP to peer 1 from host 1.
static struct mw_nat *line_with(uint32_t ports, struct mw_nat_profile profile)
{
	struct mw_nat *nat = new_nat(1, 10, 2000);

	profile.ports_limit = LIMIT;
	profile.shared_pool = true;
	assert_int_equal(mw_nat_line_open(nat, &profile), 0);
	for (uint32_t i = 0; i < ports; i++)
		assert_int_equal(happen(nat, udp(0, 1, (uint16_t)(5000 + i), 1)), MW_NAT_HELD);
	return nat;
}

static struct mw_nat_activity dns(double at_s, uint16_t port)
{
	struct mw_nat_activity activity = udp(at_s, 2, port, 9);

	activity.peer_port = 53;
	return activity;
}

static struct mw_nat_activity echo(double at_s, uint16_t identifier)
{
	struct mw_nat_activity activity = udp(at_s, 2, identifier, 9);

	activity.protocol = MW_NAT_ICMP;
	activity.peer_port = 0;
	return activity;
}

static struct mw_nat_activity inbound(struct mw_nat_activity activity)
{
	return with_step(activity, MW_NAT_INBOUND);
}

static void an_answer_to_a_refused_session_proves_that_it_is_held(void **state)
{
	struct mw_nat *nat = line_with(LIMIT, profile_of(1000));

	(void)state;
	assert_int_equal(happen(nat, udp(1, 2, 6000, 9)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, inbound(udp(1, 2, 6001, 9))), MW_NAT_IGNORED); // another one
	assert_int_equal(happen(nat, inbound(udp(3, 2, 6000, 9))), MW_NAT_HELD);
	assert_int_equal(host_now(nat, 2).sessions, 1);
	assert_int_equal(line_at(nat, 1002.9).sessions, 1); // by its own timer
	assert_int_equal(line_at(nat, 1003).ended_unanswered, LIMIT - 1);
	mw_nat_free(nat);
}

static void an_answer_more_than_two_seconds_later_proves_nothing(void **state)
{
	struct mw_nat *nat = line_with(LIMIT, profile_of(1000));

	(void)state;
	assert_int_equal(happen(nat, udp(1, 2, 6000, 9)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, inbound(udp(3.1, 2, 6000, 9))), MW_NAT_IGNORED);
	assert_int_equal(line_at(nat, 3.1).sessions, LIMIT);
	mw_nat_free(nat);
}

static void a_reset_to_a_refused_connection_proves_too(void **state)
{
	struct mw_nat *nat = line_with(LIMIT, profile_of(1000));

	(void)state;
	assert_int_equal(happen(nat, tcp(1, 2, 6000, 9)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, with_step(tcp(1.1, 2, 6000, 9), MW_NAT_CLOSING)), MW_NAT_HELD);
	assert_int_equal(line_at(nat, 11).ports[MW_NAT_TCP], 1);
	assert_int_equal(line_at(nat, 11.1).ports[MW_NAT_TCP], 0); // 10 s of closing
	mw_nat_free(nat);
}

static void over_the_limit_the_youngest_silent_session_yields(void **state)
{
	struct mw_nat *nat = line_with(LIMIT - 3, profile_of(1000));

	(void)state;
	happen(nat, udp(0.1, 3, 6000, 9)); // stays: older
	happen(nat, udp(0.2, 4, 6000, 9)); // yields
	happen(nat, udp(0.3, 5, 6000, 9)); // stays: proven
	happen(nat, inbound(udp(0.4, 5, 6000, 9)));
	assert_int_equal(happen(nat, udp(1, 2, 6000, 9)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, inbound(udp(1.1, 2, 6000, 9))), MW_NAT_HELD);
	assert_int_equal(line_at(nat, 1.1).ports_all, LIMIT);
	assert_int_equal(line_at(nat, 1.1).ended, 0);
	assert_int_equal(host_now(nat, 3).sessions, 1);
	assert_int_equal(host_now(nat, 4).sessions, 0);
	assert_int_equal(host_now(nat, 5).sessions, 1);
	assert_int_equal(host_now(nat, 2).sessions, 1);
	assert_int_equal(happen(nat, inbound(udp(1.2, 4, 6000, 9))), MW_NAT_HELD); // it had a port after all
	assert_int_equal(host_now(nat, 3).sessions, 0);
	mw_nat_free(nat);
}

static void sessions_from_before_the_edge_never_yield(void **state)
{
	struct mw_nat *nat = line_with(LIMIT, profile_of(1000));

	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		assert_int_equal(happen(nat, udp(1, 2, (uint16_t)(6000 + i), 9)), MW_NAT_REFUSED_PORTS);
		assert_int_equal(happen(nat, inbound(udp(1, 2, (uint16_t)(6000 + i), 9))), MW_NAT_HELD);
	}
	assert_int_equal(host_now(nat, 1).sessions, LIMIT - 3);
	assert_int_equal(line_at(nat, 1).ports_all, LIMIT + 1); // proven is proven
	mw_nat_free(nat);
}

static void at_the_edge_what_must_be_answered_and_is_not_is_taken_back_after_a_second(void **state)
{
	const struct mw_nat_activity attempts[] = {tcp(1, 2, 6000, 9), dns(1, 6000), echo(1, 6000)};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(attempts); i++) {
		struct mw_nat *nat = line_with(LIMIT - 3, profile_of(1000));

		assert_int_equal(happen(nat, attempts[i]), MW_NAT_HELD);
		assert_int_equal(line_at(nat, 1.9).sessions, LIMIT - 2);
		assert_int_equal(line_at(nat, 2).sessions, LIMIT - 3);
		assert_int_equal(line_at(nat, 2).ended, 0); // it never was
		mw_nat_free(nat);
	}
}

static void at_the_edge_what_is_answered_lives_by_its_timer(void **state)
{
	const struct mw_nat_activity attempts[] = {tcp(1, 2, 6000, 9), dns(1, 6000), echo(1, 6000)};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(attempts); i++) {
		struct mw_nat *nat = line_with(LIMIT - 3, profile_of(1000));
		struct mw_nat_activity answer = inbound(attempts[i]);

		happen(nat, attempts[i]);
		answer.time_ns += SECOND / 2;
		assert_int_equal(happen(nat, answer), MW_NAT_HELD);
		assert_int_equal(line_at(nat, 900).sessions, LIMIT - 2);
		mw_nat_free(nat);
	}
}

static void a_second_attempt_counts_anew(void **state)
{
	struct mw_nat *nat = line_with(LIMIT - 3, profile_of(1000));

	(void)state;
	happen(nat, tcp(1, 2, 6000, 9));
	happen(nat, tcp(1.8, 2, 6000, 9));
	assert_int_equal(line_at(nat, 2.7).sessions, LIMIT - 2);
	assert_int_equal(line_at(nat, 2.8).sessions, LIMIT - 3);
	assert_int_equal(happen(nat, tcp(4, 2, 6000, 9)), MW_NAT_HELD);
	assert_int_equal(line_at(nat, 4.9).sessions, LIMIT - 2);
	mw_nat_free(nat);
}

static void below_the_edge_silence_says_nothing(void **state)
{
	struct mw_nat *nat = line_with(LIMIT - 4, profile_of(1000));

	(void)state;
	happen(nat, tcp(1, 2, 6000, 9));
	assert_int_equal(line_at(nat, 900).sessions, LIMIT - 3);
	mw_nat_free(nat);
}

static void udp_without_an_answer_stays_at_the_edge(void **state)
{
	struct mw_nat *nat = line_with(LIMIT, profile_of(1000));

	(void)state;
	assert_int_equal(line_at(nat, 999).sessions, LIMIT);
	mw_nat_free(nat);
}

static void where_ports_are_used_again_there_is_no_edge(void **state)
{
	struct mw_nat_profile profile = profile_of(1000);
	struct mw_nat *nat;

	(void)state;
	profile.mapping[MW_NAT_UDP] = profile.mapping[MW_NAT_TCP] = MW_NAT_DEPENDENT;
	nat = line_with(LIMIT - 1, profile);
	happen(nat, tcp(1, 2, 6000, 9));
	assert_int_equal(happen(nat, udp(1, 2, 6000, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, udp(1, 2, 6001, 1)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, inbound(udp(1, 2, 6001, 1))), MW_NAT_IGNORED);
	assert_int_equal(line_at(nat, 900).sessions, LIMIT + 1);
	mw_nat_free(nat);
}

static void of_too_many_refusals_the_oldest_are_forgotten(void **state)
{
	struct mw_nat *nat = line_with(LIMIT, profile_of(1000));

	(void)state;
	for (uint16_t i = 0; i <= 1024; i++)
		assert_int_equal(happen(nat, udp(1, 2, (uint16_t)(6000 + i), 9)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, inbound(udp(1, 2, 6000, 9))), MW_NAT_IGNORED);
	assert_int_equal(happen(nat, inbound(udp(1, 2, 6001, 9))), MW_NAT_HELD);
	mw_nat_free(nat);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(an_answer_to_a_refused_session_proves_that_it_is_held),
	MW_TEST(an_answer_more_than_two_seconds_later_proves_nothing),
	MW_TEST(a_reset_to_a_refused_connection_proves_too),
	MW_TEST(over_the_limit_the_youngest_silent_session_yields),
	MW_TEST(sessions_from_before_the_edge_never_yield),
	MW_TEST(at_the_edge_what_must_be_answered_and_is_not_is_taken_back_after_a_second),
	MW_TEST(at_the_edge_what_is_answered_lives_by_its_timer),
	MW_TEST(a_second_attempt_counts_anew),
	MW_TEST(below_the_edge_silence_says_nothing),
	MW_TEST(udp_without_an_answer_stays_at_the_edge),
	MW_TEST(where_ports_are_used_again_there_is_no_edge),
	MW_TEST(of_too_many_refusals_the_oldest_are_forgotten),
};

MW_TEST_MAIN("nat_edge", tests)
