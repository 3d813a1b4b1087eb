// SPDX-License-Identifier: BSD-3-Clause
// Forged senders without number: memory stays as it is, the loss is counted, hosts that get answers keep their numbers.
// Neighbours: lib/detectors/nat/model/host.c.
#include "mw_test.h"
#include "detector_world.h"

#include <errno.h>

#include "model_world.h"

#define TRUE_HOSTS 5
#define FORGED     1000 // first number of a forged sender

static struct mw_nat *one_line(uint32_t hosts_max, uint32_t sessions_max)
{
	struct mw_nat_profile profile = profile_of(100);
	struct mw_nat *nat = new_nat(1, hosts_max, sessions_max);

	profile.mapping[MW_NAT_UDP] = MW_NAT_DEPENDENT;
	assert_int_equal(mw_nat_line_open(nat, &profile), 0);
	return nat;
}

// Five hosts with four sessions each, every one answered.
static void settle(struct mw_nat *nat)
{
	for (uint32_t host = 0; host < TRUE_HOSTS; host++) {
		for (uint16_t port = 0; port < 4; port++) {
			happen(nat, udp(0, host, port, 1));
			happen(nat, with_step(udp(0, host, port, 1), MW_NAT_INBOUND));
		}
	}
}

static void assert_settled(const struct mw_nat *nat)
{
	for (uint32_t host = 0; host < TRUE_HOSTS; host++)
		assert_int_equal(host_now(nat, host).ports_all, 4);
}

static void forged_senders_without_number_take_room_from_each_other_alone(void **state)
{
	(void)state;
	for (int scarce = 0; scarce < 2; scarce++) { // hosts, then sessions
		struct mw_nat *nat = scarce == 0 ? one_line(64, 1000) : one_line(1000, 64);

		settle(nat);
		for (uint32_t i = 0; i < 50000; i++)
			assert_int_equal(happen(nat, udp(1 + i * 1e-5, FORGED + i, 9, i)), MW_NAT_HELD);
		assert_settled(nat);
		assert_int_equal(line_at(nat, 2).sessions, scarce == 0 ? 64 - TRUE_HOSTS + 20 : 64);
		assert_in_range(mw_nat_no_room(nat), 50000 - 64, 2 * 50000);
		mw_nat_free(nat);
	}
}

static void a_true_host_that_comes_during_the_flood_finds_room_and_stays(void **state)
{
	struct mw_nat *nat = one_line(64, 1000);
	uint32_t forged = FORGED;

	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		happen(nat, udp(1, forged++, 9, 1));
	assert_int_equal(happen(nat, udp(1, 3, 5000, 1)), MW_NAT_HELD);
	for (uint32_t i = 0; i < 30; i++)
		happen(nat, udp(1, forged++, 9, 1));
	assert_int_equal(happen(nat, with_step(udp(1, 3, 5000, 1), MW_NAT_INBOUND)), MW_NAT_HELD);
	for (uint32_t i = 0; i < 500; i++)
		happen(nat, udp(1, forged++, 9, 1));
	assert_int_equal(host_now(nat, 3).sessions, 1);
	mw_nat_free(nat);
}

static void where_answers_are_not_in_view_hosts_with_few_sessions_give_way_first(void **state)
{
	struct mw_nat *nat = one_line(64, 1000);

	(void)state;
	for (uint32_t host = 0; host < 30; host++)
		for (uint16_t port = 0; port < 5; port++)
			happen(nat, udp(0, host, port, 1));
	for (uint32_t i = 0; i < 5000; i++)
		happen(nat, udp(1, FORGED + i, 9, 1));
	for (uint32_t host = 0; host < 30; host++)
		assert_int_equal(host_now(nat, host).sessions, 5);
	mw_nat_free(nat);
}

static void of_hosts_with_as_many_sessions_the_one_silent_longest_gives_way(void **state)
{
	struct mw_nat *nat = one_line(3, 1000);

	(void)state;
	for (uint32_t host = 1; host <= 3; host++)
		happen(nat, udp(host, host, 9, 1));
	happen(nat, udp(10, 1, 9, 1)); // the same session
	happen(nat, udp(11, 4, 9, 1));
	assert_int_equal(host_now(nat, 1).sessions, 1);
	assert_int_equal(host_now(nat, 3).sessions, 1);
	assert_int_equal(host_now(nat, 4).sessions, 1);
	mw_nat_free(nat);
}

static void tables_full_of_answered_hosts_refuse_new_ones_and_count_them(void **state)
{
	struct mw_nat *nat = one_line(TRUE_HOSTS, 1000);

	(void)state;
	settle(nat);
	assert_int_equal(happen(nat, udp(1, FORGED, 9, 1)), MW_NAT_NO_ROOM);
	assert_int_equal(mw_nat_no_room(nat), 1);
	assert_int_equal(happen(nat, udp(1, 2, 9, 1)), MW_NAT_HELD);
	mw_nat_free(nat);
	nat = one_line(1000, 4 * TRUE_HOSTS);
	settle(nat);
	assert_int_equal(happen(nat, udp(1, 2, 9, 1)), MW_NAT_NO_ROOM);
	assert_settled(nat);
	assert_int_equal(line_at(nat, 100).sessions, 0);
	assert_int_equal(happen(nat, udp(101, 2, 9, 1)), MW_NAT_HELD);
	mw_nat_free(nat);
}

static void a_host_does_not_give_way_to_itself(void **state)
{
	struct mw_nat *nat = one_line(10, 3);

	(void)state;
	for (uint16_t port = 0; port < 3; port++)
		assert_int_equal(happen(nat, udp(0, 1, port, 1)), MW_NAT_HELD);
	assert_int_equal(happen(nat, udp(0, 1, 3, 1)), MW_NAT_NO_ROOM);
	assert_int_equal(host_now(nat, 1).sessions, 3);
	assert_int_equal(mw_nat_no_room(nat), 1);
	mw_nat_free(nat);
}

static void a_host_with_many_sessions_never_gives_way(void **state)
{
	struct mw_nat *nat = one_line(1, 1000);

	(void)state;
	for (uint16_t port = 0; port < 64; port++)
		happen(nat, udp(0, 1, port, 1));
	assert_int_equal(happen(nat, udp(1, FORGED, 9, 1)), MW_NAT_NO_ROOM);
	assert_int_equal(host_now(nat, 1).sessions, 64);
	mw_nat_free(nat);
}

static uint64_t mixed(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *random >> 33;
}

static void numbers_do_not_depend_on_the_key_of_the_hash(void **state)
{
	struct mw_nat *nats[2] = {one_line(20, 50), one_line(20, 50)}; // each with a key of its own
	uint64_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		struct mw_nat_activity activity = udp(i * 0.05, (uint32_t)(mixed(&random) % 60), (uint16_t)(mixed(&random) % 3),
											  (uint32_t)(mixed(&random) % 3));

		activity.step = mixed(&random) % 10 == 0 ? MW_NAT_INBOUND : MW_NAT_OUTBOUND;
		assert_int_equal(happen(nats[0], activity), happen(nats[1], activity));
	}
	assert_int_equal(mw_nat_no_room(nats[0]), mw_nat_no_room(nats[1]));
	assert_true(mw_nat_no_room(nats[0]) > 0);
	mw_nat_free(nats[0]);
	mw_nat_free(nats[1]);
}

static void sizes_of_nothing_are_refused(void **state)
{
	struct mw_nat_sizes sizes[] = {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {1, UINT32_MAX, 1}, {1, 1, UINT32_MAX}};
	struct mw_nat *nat;

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(sizes); i++)
		assert_int_equal(mw_nat_new(&sizes[i], detector_world_key(), &nat), -EINVAL);
	mw_nat_free(NULL);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(forged_senders_without_number_take_room_from_each_other_alone),
	MW_TEST(a_true_host_that_comes_during_the_flood_finds_room_and_stays),
	MW_TEST(where_answers_are_not_in_view_hosts_with_few_sessions_give_way_first),
	MW_TEST(of_hosts_with_as_many_sessions_the_one_silent_longest_gives_way),
	MW_TEST(tables_full_of_answered_hosts_refuse_new_ones_and_count_them),
	MW_TEST(a_host_does_not_give_way_to_itself),
	MW_TEST(a_host_with_many_sessions_never_gives_way),
	MW_TEST(numbers_do_not_depend_on_the_key_of_the_hash),
	MW_TEST(sizes_of_nothing_are_refused),
};

MW_TEST_MAIN("nat_flood", tests)
