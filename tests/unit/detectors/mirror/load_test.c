// SPDX-License-Identifier: BSD-3-Clause
// Moments of 10 ms to a verdict: more than the mirror carries, or not. Half a minute of calm and of bursts is told.
// Neighbours: lib/detectors/mirror/load.c; detector_world.h starts the control half.
#include <stdlib.h>
#include <string.h>

#include "detector_world.h"
#include "mirror.h"
#include "mw_test.h"

#define EPOCH_MOMENT (UINT64_C(1768000000) * MW_NS_PER_SECOND / MW_MOMENT_NS)
#define MOMENTS      3000u
#define FRAME_BYTES  1500u
#define BURST        20u // of so many moments one is busy
#define BUSY_FRAMES  80u
#define CALM_FRAMES  20u

struct world {
	struct mirror_settings settings;
	struct mw_detector_control control;
	struct mirror_load load; // of the latest row of both directions
	int64_t unseen, flows_lossy; // so too
	uint64_t lost_bytes;
};

static void on_row(void *context, const struct mw_record *record, const void *data)
{
	struct world *world = context;
	const struct mirror_row *row = data;

	assert_ptr_equal(record, &mirror_record);
	if (row->direction == MIRROR_BOTH) {
		world->load = row->load;
		world->unseen = row->amounts[MIRROR_UNSEEN];
		world->flows_lossy = row->amounts[MIRROR_FLOWS_LOSSY];
	}
}

static int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings.enabled = true;
	detector_control_start(&world->control, &mw_detector_mirror, &world->settings,
						   (struct mw_row_sink){.row = on_row, .context = world});
	*state = world;
	return 0;
}

static int world_stop(void **state)
{
	struct world *world = *state;

	detector_control_stop(&world->control, &mw_detector_mirror);
	free(world);
	return 0;
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)

static void give(struct world *world, uint8_t kind, uint64_t number, const void *body, uint32_t body_bytes)
{
	struct mw_event event = {.time_ns = number * MW_MOMENT_NS, .kind = kind, .body_bytes = body_bytes};

	memcpy(event.body, body, body_bytes);
	mw_detector_mirror.on_event(&world->control, &event);
}

static struct mirror_missed missed_of(uint64_t bytes)
{
	return (struct mirror_missed){.holes = bytes > 0, .bytes = bytes, .squares = bytes * bytes};
}

static bool is_busy(uint32_t i)
{
	return i % BURST == 3;
}

/** Moment i: what came, and so many frames that did not. */
static void tell(struct world *world, uint32_t i, uint32_t lost)
{
	const uint64_t frames = (is_busy(i) ? BUSY_FRAMES : CALM_FRAMES) + i % 3 - MW_MIN(lost, 15u);
	const struct mirror_moment moment = {.number = EPOCH_MOMENT + i,
										 .packets = frames,
										 .bytes = frames * FRAME_BYTES,
										 .segment_bytes = frames * (FRAME_BYTES - 54),
										 .lost = missed_of(lost * (FRAME_BYTES - 54))};

	world->lost_bytes += moment.lost.bytes;
	give(world, MIRROR_EVENT_MOMENT, moment.number, &moment, sizeof(moment));
}

/** Lost in one of the moments from to i. */
static void tell_hole(struct world *world, uint32_t from, uint32_t i, uint32_t lost)
{
	const struct mirror_lost hole = {
		.from = EPOCH_MOMENT + from, .until = EPOCH_MOMENT + i, .bytes = lost * (FRAME_BYTES - 54)};

	world->lost_bytes += hole.bytes;
	give(world, MIRROR_EVENT_HOLE, hole.until, &hole, sizeof(hole));
}

/** The input ends: a row. */
static const struct mirror_load *end(struct world *world, uint64_t dropped)
{
	const uint64_t start_ns = EPOCH_MOMENT * MW_MOMENT_NS, end_ns = start_ns + MOMENTS * MW_MOMENT_NS;
	const uint64_t acked = MOMENTS * 26 * (uint64_t)FRAME_BYTES;
	uint64_t counted[MIRROR_COUNTS] = {[MIRROR_COUNT_AMOUNTS + MIRROR_ACKED] = acked,
									   [MIRROR_COUNT_AMOUNTS + MIRROR_UNSEEN] = world->lost_bytes};

	world->control.counted = counted;
	world->control.packets = MOMENTS * 26;
	world->control.dropped = dropped;
	mw_detector_mirror.on_end(&world->control, end_ns);
	mw_detector_mirror.on_interval(&world->control, start_ns, end_ns);
	return &world->load;
}

static void test_loss_in_busy_moments_alone_is_more_than_the_mirror_carries(void **state)
{
	struct world *world = *state;
	const struct mirror_load *load;

	for (uint32_t i = 0; i < MOMENTS; i++)
		tell(world, i, is_busy(i) ? 15 : i % 600 == 0); // some loss is anywhere
	load = end(world, 0);
	assert_true(load->known && load->is_over);
	assert_int_equal(load->lossy, MOMENTS / BURST + 5);
	assert_int_equal(load->busy_lossy, MOMENTS / BURST);
	assert_true(load->busy_pct > 4.9 && load->busy_pct < 5.1);
	assert_true(load->busy_loss_pct > 10 && load->calm_loss_pct < 0.1);
	assert_true(load->full_mbit_s > 78 && load->full_mbit_s < 82); // 66 frames of 1,524 bytes in 10 ms
	assert_int_equal(load->port_mbit_s, 0);
}

static void test_a_full_port_is_named(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < MOMENTS; i++) {
		const uint64_t frames = is_busy(i) ? 82 - i % 2 : 10; // 82 frames of 1,524 bytes in 10 ms: 99.97 Mbit/s
		const struct mirror_moment moment = {.number = EPOCH_MOMENT + i,
											 .packets = frames,
											 .bytes = frames * FRAME_BYTES,
											 .segment_bytes = frames * (FRAME_BYTES - 54),
											 .lost = missed_of(is_busy(i) ? 5000 : 0)};

		world->lost_bytes += moment.lost.bytes;
		give(world, MIRROR_EVENT_MOMENT, moment.number, &moment, sizeof(moment));
	}
	assert_int_equal(end(world, 0)->port_mbit_s, 100);
}

static void test_loss_at_random_is_not(void **state)
{
	struct world *world = *state;
	uint32_t dice = 1, lost;

	for (uint32_t i = 0; i < MOMENTS; i++) {
		lost = 0;
		for (uint32_t frame = 0; frame < (is_busy(i) ? BUSY_FRAMES : CALM_FRAMES); frame++) {
			dice = dice * 1664525 + 1013904223;
			lost += dice >> 24 < 3; // of 256
		}
		tell(world, i, lost);
	}
	assert_true(end(world, 0)->known);
	assert_false(world->load.is_over);
	assert_true(world->load.busy_loss_pct < 3 * world->load.calm_loss_pct);
}

static void test_loss_now_and_then_is_not(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < MOMENTS; i++)
		tell(world, i, i % 77 < 3 ? (is_busy(i) ? 40 : 10) : 0);
	assert_true(end(world, 0)->known);
	assert_false(world->load.is_over);
}

static void test_what_was_lost_in_one_of_several_moments_counts_in_the_calmest(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < MOMENTS; i++) {
		tell(world, i, 0);
		if (is_busy(i))
			tell_hole(world, i - 1, i, 4);
	}
	assert_true(end(world, 0)->known);
	assert_false(world->load.is_over);
	assert_true(world->load.busy_loss_pct < world->load.calm_loss_pct);
}

static void test_a_hole_within_busy_moments_is_of_these(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < MOMENTS; i++) {
		const bool busy = i % 30 < 3;
		const uint64_t frames = busy ? BUSY_FRAMES : CALM_FRAMES;
		const struct mirror_moment moment = {.number = EPOCH_MOMENT + i,
											 .packets = frames,
											 .bytes = frames * FRAME_BYTES,
											 .segment_bytes = frames * (FRAME_BYTES - 54)};

		give(world, MIRROR_EVENT_MOMENT, moment.number, &moment, sizeof(moment));
		if (i % 30 == 2)
			tell_hole(world, i - 2, i, 9);
	}
	assert_true(end(world, 0)->is_over);
	assert_int_equal(world->load.busy_lossy, MOMENTS / 30);
}

static void test_own_drops_leave_the_cause_open(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < MOMENTS; i++)
		tell(world, i, is_busy(i) ? 15 : 0);
	assert_true(end(world, 2000)->known);
	assert_false(world->load.is_over);
	assert_int_equal(world->load.dropped, 2000);
}

static void test_what_is_told_late_does_not_depend_on_the_number_of_workers(void **state)
{
	struct world *world = *state;
	const struct mirror_missed first = missed_of(1000), second = missed_of(3000);
	const struct mirror_moment both = {.number = EPOCH_MOMENT, .lost = {2, 4000, first.squares + second.squares}};
	const struct mirror_moment one = {.number = EPOCH_MOMENT, .lost = first};
	const struct mirror_moment other = {.number = EPOCH_MOMENT, .lost = second};
	struct mirror_load loads[2];

	for (unsigned workers = 1; workers <= 2; workers++) {
		for (uint32_t i = 0; i < MOMENTS; i++)
			tell(world, i, is_busy(i) ? 15 : 0);
		give(world, MIRROR_EVENT_MOMENT, EPOCH_MOMENT, workers == 1 ? &both : &one, sizeof(both));
		if (workers == 2)
			give(world, MIRROR_EVENT_MOMENT, EPOCH_MOMENT, &other, sizeof(other));
		world->lost_bytes = 1000000;
		loads[workers - 1] = *end(world, 0);
		assert_int_equal(world_stop(state), 0);
		assert_int_equal(world_start(state), 0);
		world = *state;
	}
	assert_int_equal(loads[0].lossy, MOMENTS / BURST + 2);
	assert_int_equal(loads[1].lossy, loads[0].lossy);
	assert_true(loads[1].busy_loss_pct == loads[0].busy_loss_pct);
}

static void test_few_lossy_moments_say_nothing(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < MOMENTS; i++)
		tell(world, i, i < 200 && is_busy(i) ? 15 : 0);
	assert_false(end(world, 0)->known);
	assert_true(world->load.peak_mbit_s > 90 && world->load.peak_mbit_s < 110);
}

static void test_what_is_told_after_all_was_judged_is_compared_with_nothing(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < MOMENTS; i++)
		tell(world, i, is_busy(i) ? 15 : 0);
	assert_true(end(world, 0)->known);
	for (uint32_t i = 0; i < 40; i++)
		tell_hole(world, 20 * i, 20 * i, 1);
	assert_false(end(world, 0)->known);
}

static void count_interval(struct world *world, uint64_t unseen, uint64_t cut)
{
	uint64_t counted[MIRROR_COUNTS] = {[MIRROR_COUNT_AMOUNTS + MIRROR_ACKED] = 10000000,
									   [MIRROR_COUNT_AMOUNTS + MIRROR_UNSEEN] = unseen,
									   [MIRROR_COUNT_AMOUNTS + MIRROR_FLOWS_LOSSY] = 40};

	world->control.counted = counted;
	world->control.cut_refused_bytes = cut;
	mw_detector_mirror.on_interval(&world->control, EPOCH_MOMENT * MW_MOMENT_NS, (EPOCH_MOMENT + 1) * MW_MOMENT_NS);
}

static void test_what_cut_frames_had_is_not_lost(void **state)
{
	struct world *world = *state;

	count_interval(world, 300000, 0);
	assert_int_equal(world->unseen, 300000);
	assert_int_equal(world->flows_lossy, 40);
	count_interval(world, 300000, 500000);
	assert_int_equal(world->unseen, 0);
	assert_int_equal(world->flows_lossy, 0);
	count_interval(world, 300000, 0); // what is missed may be missed an interval later
	assert_int_equal(world->unseen, 100000);
	count_interval(world, 300000, 0);
	assert_int_equal(world->unseen, 300000);
	count_interval(world, 300000, 150000); // some is lost, too
	assert_int_equal(world->unseen, 150000);
	assert_int_equal(world->flows_lossy, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(test_loss_in_busy_moments_alone_is_more_than_the_mirror_carries),
		STORY(test_a_full_port_is_named),
		STORY(test_loss_at_random_is_not),
		STORY(test_loss_now_and_then_is_not),
		STORY(test_what_was_lost_in_one_of_several_moments_counts_in_the_calmest),
		STORY(test_a_hole_within_busy_moments_is_of_these),
		STORY(test_own_drops_leave_the_cause_open),
		STORY(test_what_is_told_after_all_was_judged_is_compared_with_nothing),
		STORY(test_few_lossy_moments_say_nothing),
		STORY(test_what_is_told_late_does_not_depend_on_the_number_of_workers),
		STORY(test_what_cut_frames_had_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
