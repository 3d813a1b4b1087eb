// SPDX-License-Identifier: BSD-3-Clause
// Two workers side by side, and a worker with a reader beside it.
// Neighbours: workers.h. Partners of the atomics: both ends are in this file.
#include "workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "floor.h"

#define READER_TURNS 3u // at least

/** One of two workers, with the frames of its queue. */
struct side {
	struct rig rig;
	struct floor_table *floor; // run in place of the rig, or NULL
	struct trace trace;
	struct feed feed;
	unsigned core;
	atomic_uint *ready; // threads that stand at the start
	double spent_ns;
};

static void *run_side(void *argument)
{
	struct side *side = argument;
	uint64_t start_ns;

	pin_to(side->core);
	atomic_fetch_add(side->ready, 1);
	while (atomic_load(side->ready) < 2)
		;
	start_ns = spent_read_ns();
	if (side->floor != NULL)
		floor_run(side->floor, &side->feed, 0, side->trace.count);
	else
		rig_run(&side->rig, &side->feed, 0, side->trace.count);
	side->spent_ns = (double)(spent_read_ns() - start_ns);
	return NULL;
}

// Which frames each queue of a NIC would get that hashes as we do. @return false when there is not so much memory.
static bool split(struct side sides[2], struct feed *feed)
{
	const struct trace *trace = feed->trace;
	uint32_t *chosen[2], counts[2] = {0};
	struct mw_packet *packet;
	bool enough = true;

	for (int i = 0; i < 2; i++) {
		chosen[i] = calloc(trace->count, sizeof(uint32_t));
		enough = chosen[i] != NULL && enough;
	}
	for (uint32_t i = 0; enough && i < trace->count; i++) {
		feed_take(feed, i, 1, &packet);
		mw_pipeline_receive(sides[0].rig.pipeline, &packet, 1);
		chosen[packet->owner][counts[packet->owner]++] = i;
		feed_give(feed, &packet, 1);
	}
	for (int i = 0; enough && i < 2; i++) {
		enough = trace_pick(&sides[i].trace, trace, chosen[i], counts[i]);
		feed_new(&sides[i].feed, &sides[i].trace);
		sides[i].feed.in_buffers = true;
	}
	for (int i = 0; i < 2; i++)
		free(chosen[i]);
	return enough;
}

// What the slower one of them needs of its core.
static double run_two(struct side sides[2])
{
	atomic_uint ready = 0;
	pthread_t thread;

	for (unsigned i = 0; i < 2; i++) {
		if (sides[i].floor != NULL)
			floor_reset(sides[i].floor);
		else
			rig_reset(&sides[i].rig);
		sides[i].core = i;
		sides[i].ready = &ready;
	}
	if (pthread_create(&thread, NULL, run_side, &sides[1]) != 0)
		die("no second thread");
	run_side(&sides[0]);
	pthread_join(thread, NULL);
	for (unsigned i = 0; i < 2 && sides[i].floor == NULL; i++)
		rig_check(&sides[i].rig, "two workers", sides[i].trace.count);
	return MW_MAX(sides[0].spent_ns, sides[1].spent_ns);
}

// 0 without memory.
static double floors_two_over_one(struct side sides[2], struct feed *feed)
{
	const uint64_t flows = feed->trace->facts.flows;
	double one = 0, two = 1;

	for (int i = 0; i < 2; i++)
		sides[i].floor = floor_new(flows);
	if (sides[0].floor != NULL && sides[1].floor != NULL) {
		uint64_t start_ns = spent_read_ns();

		floor_run(sides[0].floor, feed, 0, feed->trace->count);
		one = (double)(spent_read_ns() - start_ns);
		two = run_two(sides);
	}
	for (int i = 0; i < 2; i++) {
		floor_free(sides[i].floor);
		sides[i].floor = NULL;
	}
	return one / two;
}

static double run_one(struct rig *rig, struct feed *feed)
{
	uint64_t start_ns;

	rig_reset(rig);
	start_ns = spent_read_ns();
	rig_run(rig, feed, 0, feed->trace->count);
	return (double)(spent_read_ns() - start_ns);
}

static bool new_sides(struct rig_shared *shared, struct feed *feed, struct side sides[2])
{
	bool enough;

	shared->workers_count = 2;
	enough = rig_new(&sides[0].rig, shared, 0) && rig_new(&sides[1].rig, shared, 1) && split(sides, feed);
	shared->workers_count = 1;
	return enough;
}

static void free_sides(struct side sides[2])
{
	for (int i = 0; i < 2; i++) {
		rig_free(&sides[i].rig);
		feed_free(&sides[i].feed);
		trace_free(&sides[i].trace);
	}
}

void workers_measure(struct rig_shared *shared, const struct trace *trace, unsigned runs, struct workers_cost *cost)
{
	struct side sides[2] = {0};
	struct samples ratios = {0}, of_two_ns = {0};
	struct feed feed;
	struct rig rig;

	*cost = (struct workers_cost){0};
	if (core_of(1) < 0)
		return;
	feed_new(&feed, trace);
	if (rig_new(&rig, shared, 0) && new_sides(shared, &feed, sides)) {
		for (unsigned i = 0; i < runs; i++) {
			double one = run_one(&rig, &feed), two = run_two(sides);

			samples_add(&ratios, one / two);
			samples_add(&of_two_ns, (sides[0].spent_ns + sides[1].spent_ns) / trace->count);
		}
		cost->floors_two_over_one = floors_two_over_one(sides, &feed);
	}
	free_sides(sides);
	rig_free(&rig);
	feed_free(&feed);
	cost->two_over_one = samples_median(&ratios);
	cost->of_two_ns = samples_median(&of_two_ns);
}

/**
 * A thread that looks at the flows of a table without a pause. stop: the worker's thread writes; walks: the reader's.
 */
struct reader {
	const struct mw_flow_table *flows;
	atomic_bool stop;
	uint64_t seen;
	double walks;
};

static void *read_flows(void *argument)
{
	struct reader *reader = argument;
	const uint32_t slots = mw_flow_slots(reader->flows);
	struct mw_flow_view copy;

	pin_to(1);
	for (uint64_t slot = 0; !atomic_load(&reader->stop); slot++) {
		reader->seen += mw_flow_snapshot(reader->flows, (uint32_t)(slot % slots), &copy) == 1;
		reader->walks = (double)(slot + 1) / slots;
	}
	return NULL;
}

// As many passes as fill whole seconds; time goes on from pass to pass.
static double run_seconds(struct rig *rig, struct feed *feed, unsigned passes)
{
	const struct trace *trace = feed->trace;
	uint64_t start_ns = spent_read_ns();

	for (unsigned i = 0; i < passes; i++) {
		feed->shift_ns += trace->frames[trace->count - 1].time_ns - trace->frames[0].time_ns + MW_NS_PER_US;
		rig_run(rig, feed, 0, trace->count);
	}
	return (double)(spent_read_ns() - start_ns);
}

// What one walk over the table of beside costs rig, in percent of a second. A walk takes some hundredths of that: so
// the reader does not pause, or what it costs would be lost among what the machine's other users cost.
static double walk_cost_pct(struct rig *rig, struct feed *feed, unsigned passes, const struct rig *beside)
{
	struct reader reader = {.flows = mw_pipeline_flows(beside->pipeline)};
	double alone_ns = run_seconds(rig, feed, passes), spent_ns;
	pthread_t thread;

	if (pthread_create(&thread, NULL, read_flows, &reader) != 0)
		die("no second thread");
	spent_ns = run_seconds(rig, feed, passes);
	atomic_store(&reader.stop, true);
	pthread_join(thread, NULL);
	return reader.walks > 0 ? (spent_ns - alone_ns) / reader.walks / 1e9 * 100 : 0;
}

// By turns, because the machine may be shared.
static void measure_reader(struct rig *rig, const struct rig *other, struct feed *feed, unsigned runs,
						   struct reader_cost *cost)
{
	const double once_ns = run_one(rig, feed);
	const unsigned passes = once_ns < 1e7 ? 1 : 1 + (unsigned)(2e9 / once_ns); // 1: a smoke test
	struct samples own = {0}, others = {0};

	for (unsigned i = 0; i < runs; i++) {
		samples_add(&others, walk_cost_pct(rig, feed, passes, other));
		samples_add(&own, walk_cost_pct(rig, feed, passes, rig));
	}
	cost->own_pct = samples_median(&own);
	cost->other_pct = samples_median(&others);
}

void workers_reader_cost(struct rig_shared *shared, const struct trace *trace, unsigned runs, struct reader_cost *cost)
{
	struct rig rig = {0}, other = {0};
	struct feed feed;

	*cost = (struct reader_cost){0};
	if (core_of(1) < 0)
		return;
	feed_new(&feed, trace);
	if (rig_new(&rig, shared, 0) && rig_new(&other, shared, 0)) {
		run_one(&other, &feed);
		measure_reader(&rig, &other, &feed, MW_MAX(runs, READER_TURNS), cost);
	}
	feed_free(&feed);
	rig_free(&other);
	rig_free(&rig);
}
