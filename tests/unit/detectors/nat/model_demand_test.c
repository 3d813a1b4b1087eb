// SPDX-License-Identifier: BSD-3-Clause
// How many ports lines and hosts need, against which limits; the known answers of a line of 240 ports.
// Neighbours: detectors/nat/model/session.c, detectors/nat/model/tally.c. Follows facts on port saving and churn.
#include "mw_test.h"

#include "model_world.h"

static struct mw_nat *one_line(struct mw_nat_profile profile)
{
	struct mw_nat *nat = new_nat(1, 10, 1000);

	assert_int_equal(mw_nat_line_open(nat, &profile), 0);
	return nat;
}

// A new inside port every 3 s to one peer that never answers, for so long. Says when the first was refused.
static struct mw_nat_counts churn(struct mw_nat_profile profile, unsigned seconds, unsigned *refused_s)
{
	struct mw_nat *nat = one_line(profile);
	struct mw_nat_counts counts;

	*refused_s = 0;
	for (unsigned at_s = 0; at_s < seconds; at_s += 3)
		if (happen(nat, udp(at_s, 1, (uint16_t)(1024 + at_s), 1)) != MW_NAT_HELD && *refused_s == 0)
			*refused_s = at_s;
	counts = line_at(nat, seconds);
	mw_nat_free(nat);
	return counts;
}

static void a_mapping_every_three_seconds_takes_240_ports_in_720_seconds(void **state)
{
	struct mw_nat_profile profile = profile_of(900);
	struct mw_nat_counts counts;
	unsigned refused_s;

	(void)state;
	profile.ports_limit = 240;
	counts = churn(profile, 720, &refused_s);
	assert_int_equal(refused_s, 0);
	assert_int_equal(counts.ports_all, 240);
	counts = churn(profile, 1500, &refused_s);
	assert_int_equal(refused_s, 720);
	assert_int_equal(counts.ports_peak, 240);
	assert_int_equal(counts.refused, 60); // from 720 s until the first port returns at 900 s
}

static void without_a_limit_it_settles_at_rate_times_timer(void **state)
{
	struct mw_nat_counts counts;
	unsigned refused_s;

	(void)state;
	counts = churn(profile_of(900), 3600, &refused_s);
	assert_int_equal(counts.ports_peak, 300);
	counts = churn(profile_of(300), 3600, &refused_s);
	assert_int_equal(counts.ports_peak, 100);
	assert_int_equal(refused_s, 0);
}

static void ports_used_again_are_the_most_that_one_peer_needs(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat;

	(void)state;
	profile.mapping[MW_NAT_TCP] = MW_NAT_DEPENDENT;
	nat = one_line(profile);
	for (uint16_t i = 0; i < 50; i++)
		happen(nat, tcp(0, 1, (uint16_t)(5000 + i), i));
	assert_int_equal(line_at(nat, 0).ports[MW_NAT_TCP], 1);
	for (uint16_t i = 0; i < 7; i++)
		happen(nat, tcp(i, 2, (uint16_t)(5000 + i), 3));
	assert_int_equal(line_at(nat, 7).sessions, 57);
	assert_int_equal(line_at(nat, 7).ports[MW_NAT_TCP], 8); // with that of the first host
	assert_int_equal(host_now(nat, 1).ports[MW_NAT_TCP], 1);
	assert_int_equal(host_now(nat, 2).ports[MW_NAT_TCP], 7);
	assert_int_equal(line_at(nat, 100).ports[MW_NAT_TCP], 6);
	assert_int_equal(line_at(nat, 104).ports[MW_NAT_TCP], 2);
	assert_int_equal(line_at(nat, 106).ports[MW_NAT_TCP], 0);
	assert_int_equal(line_at(nat, 106).ports_peak, 8);
	mw_nat_free(nat);
}

static void another_port_of_a_peer_is_another_peer(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat_activity other = tcp(0, 1, 5001, 1);
	struct mw_nat *nat;

	(void)state;
	profile.mapping[MW_NAT_TCP] = MW_NAT_DEPENDENT;
	profile.ports_limit = 1;
	nat = one_line(profile);
	assert_int_equal(happen(nat, tcp(0, 1, 5000, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, other), MW_NAT_REFUSED_PORTS);
	other.peer_port++;
	assert_int_equal(happen(nat, other), MW_NAT_HELD);
	assert_int_equal(line_at(nat, 0).ports_all, 1);
	mw_nat_free(nat);
}

static void one_mapping_serves_every_peer(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat;

	(void)state;
	profile.ports_limit = 1;
	nat = one_line(profile);
	for (uint32_t peer = 0; peer < 20; peer++)
		assert_int_equal(happen(nat, udp(0, 1, 5000, peer)), MW_NAT_HELD);
	assert_int_equal(happen(nat, udp(0, 2, 5000, 1)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(line_at(nat, 0).ports_all, 1);
	assert_int_equal(line_at(nat, 0).sessions, 1);
	assert_int_equal(line_at(nat, 0).opened, 1);
	mw_nat_free(nat);
}

static void a_shared_pool_is_taken_by_all_protocols(void **state)
{
	struct mw_nat_activity ping = udp(0, 1, 77, 1);

	(void)state;
	ping.protocol = MW_NAT_ICMP;
	ping.peer_port = 0;
	for (int shared = 0; shared <= 1; shared++) {
		struct mw_nat_profile profile = profile_of(100);
		struct mw_nat *nat;

		profile.shared_pool = shared;
		profile.ports_limit = 4;
		nat = one_line(profile);
		for (uint16_t i = 0; i < 4; i++)
			assert_int_equal(happen(nat, udp(0, 1, (uint16_t)(5000 + i), 1)), MW_NAT_HELD);
		assert_int_equal(happen(nat, ping), shared ? MW_NAT_REFUSED_PORTS : MW_NAT_HELD);
		assert_int_equal(line_at(nat, 0).ports_all, shared ? 4 : 5);
		assert_int_equal(host_now(nat, 1).refused, shared);
		mw_nat_free(nat);
	}
}

static void in_a_shared_pool_numbers_used_again_serve_all_protocols_that_do_so(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat;

	(void)state;
	profile.shared_pool = true;
	profile.mapping[MW_NAT_TCP] = profile.mapping[MW_NAT_UDP] = MW_NAT_DEPENDENT;
	nat = one_line(profile);
	for (uint16_t i = 0; i < 4; i++)
		happen(nat, udp(0, 1, (uint16_t)(5000 + i), 1));
	for (uint16_t i = 0; i < 3; i++)
		happen(nat, tcp(0, 1, (uint16_t)(5000 + i), 1));
	assert_int_equal(line_at(nat, 0).ports_all, 4);
	profile.shared_pool = false;
	mw_nat_line_profile(nat, 0, &profile);
	assert_int_equal(line_at(nat, 0).ports_all, 7);
	mw_nat_free(nat);
}

static void a_refused_session_opens_once_a_port_is_back(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat;

	(void)state;
	profile.ports_limit = 2;
	nat = one_line(profile);
	happen(nat, udp(0, 1, 5000, 1));
	happen(nat, udp(10, 1, 5001, 1));
	assert_int_equal(happen(nat, udp(20, 2, 5002, 1)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, with_step(udp(23, 2, 5002, 1), MW_NAT_INBOUND)), MW_NAT_IGNORED);
	assert_int_equal(happen(nat, udp(99, 2, 5002, 1)), MW_NAT_REFUSED_PORTS);
	assert_int_equal(happen(nat, udp(100, 2, 5002, 1)), MW_NAT_HELD);
	assert_int_equal(line_at(nat, 100).refused, 2);
	assert_int_equal(host_now(nat, 2).refused, 2);
	assert_int_equal(host_now(nat, 1).refused, 0);
	mw_nat_free(nat);
}

static void sessions_of_a_line_and_of_a_host_have_limits(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat;

	(void)state;
	profile.sessions_limit = 3;
	profile.host_limit = 2;
	nat = one_line(profile);
	assert_int_equal(happen(nat, udp(0, 1, 5000, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, udp(0, 1, 5001, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, udp(0, 1, 5002, 1)), MW_NAT_REFUSED_SESSIONS);
	assert_int_equal(happen(nat, udp(0, 2, 5000, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, udp(0, 3, 5000, 1)), MW_NAT_REFUSED_SESSIONS);
	assert_int_equal(line_at(nat, 0).sessions, 3);
	assert_int_equal(hosts_now(nat), 3); // the one that was refused is shown
	assert_int_equal(host_now(nat, 3).refused, 1);
	mw_nat_free(nat);
}

static void peaks_and_counts_begin_anew_with_each_interval(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat;

	(void)state;
	profile.ports_limit = 2;
	nat = one_line(profile);
	happen(nat, udp(0, 1, 5000, 1));
	happen(nat, udp(50, 2, 5001, 1));
	happen(nat, udp(50, 2, 5002, 1));
	assert_int_equal(line_at(nat, 100).sessions, 1);
	assert_int_equal(line_at(nat, 100).sessions_peak, 2);
	assert_int_equal(hosts_now(nat), 2);
	mw_nat_interval(nat);
	assert_int_equal(hosts_now(nat), 1); // the other has nothing left
	assert_int_equal(host_now(nat, 2).sessions_peak, 1);
	assert_int_equal(line_at(nat, 100).sessions_peak, 1);
	assert_int_equal(line_at(nat, 100).ports_peak, 1);
	assert_int_equal(line_at(nat, 100).opened + line_at(nat, 100).ended + line_at(nat, 100).refused, 0);
	mw_nat_free(nat);
}

static void lines_know_nothing_of_each_other(void **state)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat = new_nat(2, 10, 100);
	struct mw_nat_activity other = udp(0, 1, 5000, 1);
	struct mw_nat_counts counts;

	(void)state;
	profile.ports_limit = 1;
	assert_int_equal(mw_nat_line_open(nat, &profile), 0);
	assert_int_equal(mw_nat_line_open(nat, &profile), 1);
	assert_int_equal(mw_nat_line_open(nat, &profile), UINT32_MAX);
	assert_int_equal(mw_nat_no_room(nat), 1);
	other.line = 1;
	assert_int_equal(happen(nat, udp(0, 1, 5000, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, other), MW_NAT_HELD);
	other.line = UINT32_MAX;
	assert_int_equal(happen(nat, other), MW_NAT_NO_ROOM);
	mw_nat_line_counts(nat, 1, &counts);
	assert_int_equal(counts.sessions, 1);
	mw_nat_free(nat);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_mapping_every_three_seconds_takes_240_ports_in_720_seconds),
	MW_TEST(without_a_limit_it_settles_at_rate_times_timer),
	MW_TEST(ports_used_again_are_the_most_that_one_peer_needs),
	MW_TEST(another_port_of_a_peer_is_another_peer),
	MW_TEST(one_mapping_serves_every_peer),
	MW_TEST(a_shared_pool_is_taken_by_all_protocols),
	MW_TEST(in_a_shared_pool_numbers_used_again_serve_all_protocols_that_do_so),
	MW_TEST(a_refused_session_opens_once_a_port_is_back),
	MW_TEST(sessions_of_a_line_and_of_a_host_have_limits),
	MW_TEST(peaks_and_counts_begin_anew_with_each_interval),
	MW_TEST(lines_know_nothing_of_each_other),
};

MW_TEST_MAIN("nat_demand", tests)
