// SPDX-License-Identifier: BSD-3-Clause
// Later pieces alone from many hosts that nothing else was ever heard of: nobody lost them.
// Neighbours: world.c; lib/detectors/fragments/reflected.c, spoken.c; the replay case later_pieces has packets.
#include "mw_test.h"
#include "world.h"

#define REST .headless = true, .missing_count = 1, .missing = {{0, 1480}}

static void give(struct world *world, uint32_t senders, const struct datagram *like)
{
	for (uint32_t i = 0; i < senders; i++) {
		struct datagram datagram = *like;

		datagram.end = MW_FRAGMENT_INCOMPLETE;
		datagram.src = (uint8_t)(10 + i);
		datagram.at_ms = i;
		world_end_datagram(world, &datagram);
	}
	world_finish(world, 600000);
}

static uint32_t unasked(const struct world *world)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < world_rows(world); i++)
		count += world_row(world, i)->anomaly >> MW_FRAGMENT_UNASKED & 1;
	return count;
}

static void many_silent_senders_are_an_attack(void **state)
{
	for (uint32_t workers = 1; workers <= 4; workers++) {
		struct world *world = world_new(workers);

		give(world, 25, &(struct datagram){REST});
		assert_int_equal(world_rows(world), 25);
		assert_int_equal(unasked(world), 25); // the first ones, too
		world_free(world);
	}
	(void)state;
}

static void so_are_echo_replies_and_ipv6(void **state)
{
	give(*state, 8, &(struct datagram){.v6 = true, .protocol = 58, REST});
	assert_int_equal(unasked(*state), 8);
}

static void a_few_may_be_losses(void **state)
{
	give(*state, 7, &(struct datagram){REST});
	assert_int_equal(world_rows(*state), 7);
	assert_int_equal(unasked(*state), 0);
}

static void what_never_answers_is_lost(void **state)
{
	give(*state, 25, &(struct datagram){.protocol = 50, REST});
	assert_int_equal(world_rows(*state), 25);
	assert_int_equal(unasked(*state), 0);
}

static void other_receivers_do_not_count(void **state)
{
	for (uint32_t i = 0; i < 12; i++)
		world_end(*state, INCOMPLETE, .at_ms = i, .src = (uint8_t)(10 + i), .dst = (uint8_t)(5 + i % 2), REST);
	world_finish(*state, 600000);
	assert_int_equal(unasked(*state), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(many_silent_senders_are_an_attack),
	STORY(so_are_echo_replies_and_ipv6),
	STORY(a_few_may_be_losses),
	STORY(what_never_answers_is_lost),
	STORY(other_receivers_do_not_count),
};

MW_TEST_MAIN("fragments_reflected", tests)
