// SPDX-License-Identifier: BSD-3-Clause
// Two workers side by side, and a worker with a reader beside it.
// Neighbours: workers.h. Partners of the atomics: both ends are in this file.
#include "workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "floor.h"

/** One of two workers, with the frames it owns. */
struct side {
	struct rig rig;
	struct floor_table *floor; // run in place of the rig, or NULL
	struct feed feed;
	uint32_t *order;
	uint32_t count;
	unsigned core;
	atomic_uint *ready; // threads that stand at the start
	uint64_t start_ns, end_ns;
};

static void *run_side(void *argument)
{
	struct side *side = argument;

	pin_to(side->core);
	atomic_fetch_add(side->ready, 1);
	while (atomic_load(side->ready) < 2)
		;
	side->start_ns = clock_read_ns();
	if (side->floor != NULL)
		floor_run(side->floor, &side->feed, 0, side->count);
	else
		rig_run(&side->rig, &side->feed, 0, side->count);
	side->end_ns = clock_read_ns();
	return NULL;
}

// Which frames each worker would get from a NIC that hashes as we do.
static void split(struct side sides[2], const struct trace *trace)
{
	struct mw_packet *packet;

	for (uint32_t i = 0; i < trace->count; i++) {
		feed_take(&sides[0].feed, i, 1, &packet);
		mw_pipeline_receive(sides[0].rig.pipeline, &packet, 1);
		sides[packet->owner].order[sides[packet->owner].count++] = i;
		feed_give(&sides[0].feed, &packet, 1);
	}
	for (int i = 0; i < 2; i++)
		sides[i].feed.order = sides[i].order;
}

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
		rig_check(&sides[i].rig, "two workers", sides[i].count);
	return (double)(MW_MAX(sides[0].end_ns, sides[1].end_ns) - MW_MIN(sides[0].start_ns, sides[1].start_ns));
}

// 0 without memory.
static double floors_two_over_one(struct side sides[2], struct feed *feed)
{
	const uint64_t flows = feed->trace->facts.flows;
	double one = 0, two = 1;

	for (int i = 0; i < 2; i++)
		sides[i].floor = floor_new(flows);
	if (sides[0].floor != NULL && sides[1].floor != NULL) {
		uint64_t start_ns = clock_read_ns();

		floor_run(sides[0].floor, feed, 0, feed->trace->count);
		one = (double)(clock_read_ns() - start_ns);
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
	start_ns = clock_read_ns();
	rig_run(rig, feed, 0, feed->trace->count);
	return (double)(clock_read_ns() - start_ns);
}

static bool new_sides(struct rig_shared *shared, const struct trace *trace, struct side sides[2])
{
	bool enough = true;

	shared->workers_count = 2;
	for (uint16_t i = 0; i < 2; i++) {
		feed_new(&sides[i].feed, trace);
		sides[i].feed.in_buffers = true;
		sides[i].order = calloc(trace->count, sizeof(uint32_t));
		enough = rig_new(&sides[i].rig, shared, i) && sides[i].order != NULL && enough;
	}
	shared->workers_count = 1;
	return enough;
}

static void free_sides(struct side sides[2])
{
	for (int i = 0; i < 2; i++) {
		rig_free(&sides[i].rig);
		feed_free(&sides[i].feed);
		free(sides[i].order);
	}
}

double workers_two_over_one(struct rig_shared *shared, const struct trace *trace, unsigned runs,
							double *floor_two_over_one)
{
	struct side sides[2] = {0};
	struct samples ratios = {0};
	struct feed feed;
	struct rig rig;

	*floor_two_over_one = 0;
	if (core_of(1) < 0)
		return 0;
	feed_new(&feed, trace);
	if (rig_new(&rig, shared, 0) && new_sides(shared, trace, sides)) {
		split(sides, trace);
		for (unsigned i = 0; i < runs; i++) {
			double one = run_one(&rig, &feed);

			samples_add(&ratios, one / run_two(sides));
		}
		*floor_two_over_one = floors_two_over_one(sides, &feed);
	}
	free_sides(sides);
	rig_free(&rig);
	feed_free(&feed);
	return samples_median(&ratios);
}

/** A thread that shows the flows of a table. stop: the worker's thread writes; walked: the reader's. */
struct reader {
	const struct mw_flow_table *flows;
	atomic_bool stop;
	uint64_t walks, seen;
};

static void *read_flows(void *argument)
{
	struct reader *reader = argument;
	struct mw_flow_view copy;

	pin_to(1);
	while (!atomic_load(&reader->stop)) {
		uint64_t next_ns = clock_read_ns() + MW_NS_PER_SECOND;

		for (uint32_t slot = 0; slot < mw_flow_slots(reader->flows) && !atomic_load(&reader->stop); slot++)
			reader->seen += mw_flow_snapshot(reader->flows, slot, &copy) == 1;
		reader->walks++;
		while (!atomic_load(&reader->stop) && clock_read_ns() < next_ns)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return NULL;
}

// As many passes as fill whole seconds; time goes on from pass to pass.
static double run_seconds(struct rig *rig, struct feed *feed, unsigned passes)
{
	const struct trace *trace = feed->trace;
	uint64_t start_ns = clock_read_ns();

	for (unsigned i = 0; i < passes; i++) {
		feed->shift_ns += trace->frames[trace->count - 1].time_ns - trace->frames[0].time_ns + MW_NS_PER_US;
		rig_run(rig, feed, 0, trace->count);
	}
	return (double)(clock_read_ns() - start_ns);
}

static double run_with_reader(struct rig *rig, struct feed *feed, unsigned passes)
{
	struct reader reader = {.flows = mw_pipeline_flows(rig->pipeline)};
	pthread_t thread;
	double spent_ns;

	if (pthread_create(&thread, NULL, read_flows, &reader) != 0)
		die("no second thread");
	spent_ns = run_seconds(rig, feed, passes);
	atomic_store(&reader.stop, true);
	pthread_join(thread, NULL);
	return spent_ns;
}

double workers_reader_cost_pct(struct rig_shared *shared, const struct trace *trace, unsigned runs)
{
	struct samples costs = {0};
	struct feed feed;
	struct rig rig;

	if (core_of(1) < 0 || !rig_new(&rig, shared, 0))
		return 0;
	feed_new(&feed, trace);
	{
		double once_ns = run_one(&rig, &feed);
		unsigned passes = 1 + (unsigned)(2e9 / once_ns);

		if (once_ns < 1e7)
			passes = 1; // a smoke test
		for (unsigned i = 0; i < runs; i++) {
			double alone = run_seconds(&rig, &feed, passes);

			samples_add(&costs, (run_with_reader(&rig, &feed, passes) / alone - 1) * 100);
		}
	}
	feed_free(&feed);
	rig_free(&rig);
	return samples_median(&costs);
}
