// SPDX-License-Identifier: BSD-3-Clause
// Pairs of hosts that have spoken: known at once, in either direction, for five minutes at least.
// Neighbours: lib/detectors/fragments/spoken.c.
#include "mw_test.h"

#include <stdlib.h>

#include "detector_world.h"
#include "spoken.h"

static struct mw_address host(uint32_t number)
{
	return mw_address_from_v4((const uint8_t[]){10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number});
}

static void speak(struct fragment_spoken *spoken, struct mw_detector_ctx *ctx, uint32_t from, uint32_t to)
{
	const struct mw_address a = host(from), b = host(to);

	fragment_spoken_note(spoken, ctx, fragment_pair_hash(ctx, &a, &b, 0));
}

static bool asks(struct fragment_spoken *spoken, struct mw_detector_ctx *ctx, uint32_t from, uint32_t to)
{
	const struct mw_fragment_datagram datagram = {.src = host(from), .dst = host(to)};

	return fragment_spoken_asks(spoken, ctx, &datagram);
}

static void who_spoke_is_known_at_once(void **state)
{
	struct fragment_spoken *spoken = detector_world_memory(sizeof(*spoken));
	struct mw_detector_ctx ctx = {.hash_key = detector_world_key(), .clock_ns = 1000 * MW_NS_PER_SECOND};

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		for (uint32_t j = 0; j <= i % 40; j++)
			speak(spoken, &ctx, 1000 * i + j, 7);
		assert_true(asks(spoken, &ctx, 1000 * i + i % 40, 7));
		assert_true(asks(spoken, &ctx, 7, 1000 * i));
		assert_false(asks(spoken, &ctx, 1000 * i, 8));
	}
	free(spoken);
}

static void what_was_said_last_in_a_span_is_known_through_the_next_one(void **state)
{
	struct fragment_spoken *spoken = detector_world_memory(sizeof(*spoken));
	struct mw_detector_ctx ctx = {.hash_key = detector_world_key(), .clock_ns = 1199 * MW_NS_PER_SECOND};

	(void)state;
	speak(spoken, &ctx, 1, 2);
	ctx.clock_ns = 1201 * MW_NS_PER_SECOND;
	speak(spoken, &ctx, 3, 4);
	assert_true(asks(spoken, &ctx, 1, 2));
	ctx.clock_ns = 1501 * MW_NS_PER_SECOND;
	assert_false(asks(spoken, &ctx, 1, 2));
	assert_true(asks(spoken, &ctx, 3, 4));
	ctx.clock_ns = 2101 * MW_NS_PER_SECOND;
	assert_false(asks(spoken, &ctx, 3, 4));
	free(spoken);
}

static void an_answer_is_noted_when_its_question_was_in_window_and_span(void **state)
{
	// a window of 2^31 ns that has the beginning of a span in it: 1,198.3 to 1,200.4 s
	const uint64_t before_ns = 1199 * MW_NS_PER_SECOND, behind_ns = 1200 * MW_NS_PER_SECOND + 100 * MW_NS_PER_MS;
	struct fragment_spoken *spoken = detector_world_memory(sizeof(*spoken));
	struct mw_detector_ctx ctx = {.hash_key = detector_world_key(), .clock_ns = before_ns};
	struct flow_entry entry = {.clock_ns = before_ns};
	const struct mw_flow *flow = (const struct mw_flow *)(const void *)&entry;
	struct mw_packet packet = {.kinds = MW_KIND_FLOW_AGAIN, .clock_ns = before_ns + 1};

	(void)state;
	assert_false(fragment_spoken_is_noted(spoken, &packet, flow));
	speak(spoken, &ctx, 1, 2);
	assert_true(fragment_spoken_is_noted(spoken, &packet, flow));
	packet.kinds = MW_KIND_FLOW_START;
	assert_false(fragment_spoken_is_noted(spoken, &packet, flow));
	packet.kinds = MW_KIND_FLOW_AGAIN;
	packet.clock_ns = behind_ns;
	assert_false(fragment_spoken_is_noted(spoken, &packet, flow));
	ctx.clock_ns = entry.clock_ns = behind_ns;
	speak(spoken, &ctx, 3, 4);
	assert_false(fragment_spoken_is_noted(spoken, &packet, flow)); // its own question may be of the span before
	ctx.clock_ns = entry.clock_ns = behind_ns + MW_NS_PER_SECOND;
	packet.clock_ns = entry.clock_ns + 1;
	assert_true(fragment_spoken_is_noted(spoken, &packet, flow));
	assert_false(fragment_spoken_is_noted(spoken, &packet, NULL));
	free(spoken);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(who_spoke_is_known_at_once),
	MW_TEST(what_was_said_last_in_a_span_is_known_through_the_next_one),
	MW_TEST(an_answer_is_noted_when_its_question_was_in_window_and_span),
};

MW_TEST_MAIN("fragments_spoken", tests)
