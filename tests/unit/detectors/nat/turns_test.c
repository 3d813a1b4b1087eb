// SPDX-License-Identifier: BSD-3-Clause
// Ranges in turn: a small translator that hands them out, with refusals, losses, and orders that only look so.
// Neighbours: lib/detectors/nat/turns.c.
#include <stdlib.h>

#include "mw_test.h"
#include "turns.h"

#define SECOND   MW_NS_PER_SECOND
#define EPOCH_NS (1700000000 * SECOND)
#define RANGES   15
#define PER      16

static const struct mw_mape_set set = {.layout = {4, 8}, .psid = 177};

enum order { IN_TURN, BY_CHANCE, WHOLE_SET };

/** A translator: which ports are in use towards two destinations, until when. */
struct box {
	struct nat_turns *turns;
	enum order order;
	uint64_t random, now_ns, timer_ns, told_timer_ns;
	uint64_t ends_ns[2][RANGES * PER];
	uint32_t at, lose_one_of, sent, refused;
	uint32_t answering; // the destination that answers, plus 1; 0 none
	bool seen; // refusals were told
	uint64_t first_refused_ns, first_told_ns;
	struct nat_turns_refusal refusal;
};

static struct box *new_box(enum order order, uint32_t timer_s)
{
	struct box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	box->turns = calloc(1, sizeof(*box->turns));
	assert_non_null(box->turns);
	box->order = order;
	box->random = 1;
	box->now_ns = EPOCH_NS;
	box->timer_ns = timer_s * SECOND;
	box->told_timer_ns = 300 * SECOND;
	return box;
}

static void end_box(struct box *box)
{
	free(box->turns);
	free(box);
}

static uint32_t draw(struct box *box, uint32_t count)
{
	box->random = box->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(box->random >> 33) % count;
}

/** A free port towards a destination among those from first; -1 none. */
static int32_t choose(struct box *box, uint32_t peer, uint32_t first, uint32_t count)
{
	uint32_t offset = draw(box, count);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = first + (offset + i) % count;

		if (box->ends_ns[peer][index] <= box->now_ns)
			return (int32_t)index;
	}
	return -1;
}

static int32_t translate(struct box *box, uint32_t peer)
{
	if (box->order == WHOLE_SET) { // one port after the other, across the ranges; those in use are passed over
		for (uint32_t i = 0; i < RANGES * PER; i++) {
			uint32_t n = box->at++ % (RANGES * PER), index = n % RANGES * PER + n / RANGES;

			if (box->ends_ns[peer][index] <= box->now_ns)
				return (int32_t)index;
		}
		return -1;
	}
	box->at = box->order == IN_TURN ? (box->at + 1) % RANGES : draw(box, RANGES);
	return choose(box, peer, box->at * PER, PER);
}

static void session(struct box *box, uint32_t peer)
{
	struct mw_address address = {.bytes = {[10] = 0xff, [11] = 0xff, [12] = 192, [15] = (uint8_t)(1 + peer)}};
	int32_t index = translate(box, peer);
	struct nat_turns_use use;

	if (index < 0) {
		box->refused++;
		if (box->first_refused_ns == 0)
			box->first_refused_ns = box->now_ns;
		return;
	}
	box->ends_ns[peer][index] = box->now_ns + box->timer_ns;
	if (box->lose_one_of != 0 && ++box->sent % box->lose_one_of == 0)
		return;
	use =
		(struct nat_turns_use){.address = &address,
							   .now_ns = box->now_ns,
							   .timer_ns = box->told_timer_ns,
							   .peer_port = (uint16_t)(53 + peer),
							   .port = (uint16_t)((1 + (uint32_t)index / PER) << 12 | 177 << 4 | (uint32_t)index % PER),
							   .begins = true};
	nat_turns_use(box->turns, &set, &use);
	use.begins = false;
	use.inbound = true;
	if (peer + 1 == box->answering)
		nat_turns_use(box->turns, &set, &use);
}

/** Sessions to the first destination every gap_ms, one in so many to the other one. */
static void run(struct box *box, uint32_t seconds, uint32_t gap_ms, uint32_t other_one_of)
{
	uint64_t end_ns = box->now_ns + seconds * SECOND;

	while (box->now_ns < end_ns) {
		box->now_ns += gap_ms * MW_NS_PER_MS;
		session(box, draw(box, other_one_of) == 0);
		if (!nat_turns_refuses(box->turns, box->now_ns, &box->refusal))
			continue;
		box->first_told_ns = box->seen ? box->first_told_ns : box->now_ns;
		box->seen = true;
	}
}

static void full_ranges_that_are_passed_over_are_refusals(void **state)
{
	struct box *box = new_box(IN_TURN, 60);

	(void)state;
	run(box, 120, 230, 7); // to the first one 224 in a timer, unevenly
	assert_true(box->refused >= 3);
	assert_true(box->seen);
	assert_true(box->first_told_ns >= box->first_refused_ns);
	assert_true(box->first_told_ns <= box->first_refused_ns + 15 * SECOND);
	assert_int_equal(box->refusal.address.bytes[15], 1);
	assert_int_equal(box->refusal.port, 53);
	end_box(box);
}

/** Both are full, and the one that answers nobody is missed by nobody. */
static void of_two_the_one_that_answers_is_told(void **state)
{
	(void)state;
	for (uint32_t answering = 1; answering <= 2; answering++) {
		struct box *box = new_box(IN_TURN, 60);

		box->answering = answering;
		run(box, 150, 110, 2);
		assert_true(nat_turns_refuses(box->turns, box->now_ns, &box->refusal));
		assert_int_equal(box->refusal.address.bytes[15], answering);
		assert_true(box->refusal.answers);
		assert_in_range(box->refusal.ports, RANGES * PER * 9 / 10, RANGES * PER);
		end_box(box);
	}
}

static void another_timer_is_no_matter(void **state)
{
	struct box *box = new_box(IN_TURN, 180);

	(void)state;
	run(box, 400, 690, 7);
	assert_true(box->refused >= 3);
	assert_true(box->seen);
	assert_true(box->first_told_ns >= box->first_refused_ns);
	end_box(box);
}

static void ports_that_suffice_are_no_refusals(void **state)
{
	struct box *box = new_box(IN_TURN, 60);

	(void)state;
	run(box, 400, 500, 5); // 96 of 240 in a timer; 480 in the one that is told
	assert_int_equal(box->refused, 0);
	assert_false(box->seen);
	end_box(box);
}

static void lost_packets_are_no_refusals(void **state)
{
	struct box *box = new_box(IN_TURN, 60);

	(void)state;
	box->lose_one_of = 9;
	run(box, 400, 500, 5);
	assert_false(box->seen);
	end_box(box);
}

static void whole_set_across_ranges_is_not_called_full(void **state)
{
	struct box *box = new_box(WHOLE_SET, 60);

	(void)state;
	run(box, 400, 300, 5); // 200 of 240, of which 160 to one
	assert_int_equal(box->refused, 0);
	assert_false(box->seen);
	end_box(box);
}

static void ranges_by_chance_are_not_in_turn(void **state)
{
	struct box *box = new_box(BY_CHANCE, 60);

	(void)state;
	run(box, 200, 230, 7);
	assert_false(box->turns->learned);
	assert_false(box->seen);
	end_box(box);
}

static void it_ends_when_nothing_is_refused(void **state)
{
	struct box *box = new_box(IN_TURN, 60);

	(void)state;
	run(box, 120, 230, 7);
	assert_true(box->seen);
	run(box, 120, 900, 7);
	assert_false(nat_turns_refuses(box->turns, box->now_ns, &box->refusal));
	end_box(box);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(full_ranges_that_are_passed_over_are_refusals),
	MW_TEST(of_two_the_one_that_answers_is_told),
	MW_TEST(another_timer_is_no_matter),
	MW_TEST(ports_that_suffice_are_no_refusals),
	MW_TEST(lost_packets_are_no_refusals),
	MW_TEST(whole_set_across_ranges_is_not_called_full),
	MW_TEST(ranges_by_chance_are_not_in_turn),
	MW_TEST(it_ends_when_nothing_is_refused),
};

MW_TEST_MAIN("nat_turns", tests)
