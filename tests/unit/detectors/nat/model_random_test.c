// SPDX-License-Identifier: BSD-3-Clause
// The model against the naive translator under random steps, profiles and jumps of time.
// Neighbours: model_naive.c has the rules. Times are whole ticks of the timers, so that both are exact.
#include "mw_test.h"

#include <stdlib.h>

#include "model_naive.h"
#include "wheel.h"
#include "model_world.h"

#define TICK (UINT64_C(1) << NAT_WHEEL_TICK_BITS)

static uint64_t random_state;

static uint64_t below(uint64_t bound)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (random_state >> 33) % bound;
}

static struct mw_nat_profile random_profile(void)
{
	struct mw_nat_profile profile = {.udp_ns = (1 + below(40)) * TICK,
									 .udp_unanswered_ns = (1 + below(40)) * TICK,
									 .dns_ns = (1 + below(10)) * TICK,
									 .icmp_ns = (1 + below(20)) * TICK,
									 .tcp_opening_ns = (1 + below(20)) * TICK,
									 .tcp_established_ns = (1 + below(2000)) * TICK,
									 .tcp_closing_ns = (1 + below(10)) * TICK,
									 .inbound_refreshes = below(2) != 0,
									 .shared_pool = below(2) != 0};

	for (int protocol = 0; protocol < MW_NAT_PROTOCOLS; protocol++)
		profile.mapping[protocol] = (uint8_t)below(MW_NAT_MAPPINGS);
	profile.ports_limit = below(2) != 0 ? 0 : (uint32_t)(1 + below(8));
	profile.sessions_limit = below(2) != 0 ? 0 : (uint32_t)(1 + below(20));
	profile.host_limit = below(2) != 0 ? 0 : (uint32_t)(1 + below(8));
	return profile;
}

static struct mw_nat_activity random_activity(uint64_t now_ns)
{
	static const uint8_t steps[] = {MW_NAT_OUTBOUND, MW_NAT_OUTBOUND, MW_NAT_OUTBOUND, MW_NAT_OUTBOUND,
									MW_NAT_INBOUND,  MW_NAT_INBOUND,  MW_NAT_CLOSING,  MW_NAT_BEGIN};
	static const uint16_t peer_ports[] = {53, 443, 8181};

	return (struct mw_nat_activity){.time_ns = now_ns,
									.line = (uint32_t)below(NAIVE_LINES),
									.protocol = (uint8_t)below(MW_NAT_PROTOCOLS),
									.step = steps[below(MW_ARRAY_SIZE(steps))],
									.port = (uint16_t)below(5),
									.peer_port = peer_ports[below(MW_ARRAY_SIZE(peer_ports))],
									.host = inside((uint32_t)below(NAIVE_HOSTS)),
									.peer = outside((uint32_t)below(2))};
}

static void assert_same(const struct mw_nat_counts *is, const struct mw_nat_counts *should)
{
	assert_int_equal(is->sessions, should->sessions);
	assert_int_equal(is->sessions_peak, should->sessions_peak);
	for (int protocol = 0; protocol < MW_NAT_PROTOCOLS; protocol++)
		assert_int_equal(is->ports[protocol], should->ports[protocol]);
	assert_int_equal(is->ports_all, should->ports_all);
	assert_int_equal(is->ports_peak, should->ports_peak);
	assert_int_equal(is->opened, should->opened);
	assert_int_equal(is->ended, should->ended);
	assert_int_equal(is->ended_unanswered, should->ended_unanswered);
	assert_int_equal(is->refused, should->refused);
}

struct walk {
	const struct naive *naive;
	uint32_t line, at;
};

static void same_host(void *context, const struct mw_address *host, const struct mw_nat_counts *counts)
{
	struct walk *walk = context;
	const struct naive_host *should = &walk->naive->hosts[walk->line][walk->at++];

	assert_true(walk->at <= walk->naive->hosts_count[walk->line]);
	assert_int_equal(mw_address_compare(host, &should->address), 0);
	assert_same(counts, &should->counts);
}

static void compare(const struct mw_nat *nat, struct naive *naive)
{
	naive_count(naive);
	for (uint32_t line = 0; line < NAIVE_LINES; line++) {
		struct walk walk = {naive, line, 0};
		struct mw_nat_counts counts;

		mw_nat_line_counts(nat, line, &counts);
		assert_same(&counts, &naive->lines[line]);
		mw_nat_hosts(nat, line, same_host, &walk);
		assert_int_equal(walk.at, naive->hosts_count[line]);
	}
}

static void one_course(struct mw_nat *nat, struct naive *naive)
{
	uint64_t now_ns = START / TICK * TICK;

	for (uint32_t line = 0; line < NAIVE_LINES; line++) {
		naive->profiles[line] = random_profile();
		assert_int_equal(mw_nat_line_open(nat, &naive->profiles[line]), line);
	}
	for (int turn = 0; turn < 1500; turn++) {
		struct mw_nat_activity activity;

		now_ns += below(3) == 0 ? below(3) * TICK : 0;
		now_ns += below(500) == 0 ? below(5000) * TICK : 0;
		activity = random_activity(now_ns);
		assert_int_equal(mw_nat_activity(nat, &activity), naive_activity(naive, &activity));
		if (below(200) == 0) {
			struct mw_nat_profile profile = random_profile();

			naive_profile(naive, activity.line, &profile, now_ns + TICK);
			mw_nat_line_profile(nat, activity.line, &profile);
		}
		if (below(100) == 0) {
			mw_nat_interval(nat);
			naive_interval(naive);
		}
		compare(nat, naive);
	}
}

static void the_model_counts_as_a_plain_array_does(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct mw_nat *nat = new_nat(NAIVE_LINES, NAIVE_LINES * NAIVE_HOSTS, NAIVE_USES);
		struct naive *naive = calloc(1, sizeof(*naive));

		assert_non_null(naive);
		random_state = seed;
		one_course(nat, naive);
		assert_int_equal(mw_nat_no_room(nat), 0);
		free(naive);
		mw_nat_free(nat);
	}
}

static const struct CMUnitTest tests[] = {MW_TEST(the_model_counts_as_a_plain_array_does)};

MW_TEST_MAIN("nat_random", tests)
