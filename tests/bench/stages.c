// SPDX-License-Identifier: BSD-3-Clause
// Three kinds of passes over a trace: the stages that have a public door, the whole, the whole without duplicate
// removal.
// Neighbours: stages.h; the stages are those of lib/pipeline/pipeline.c.
#include "stages.h"

#include <string.h>

#define PASSES      3
#define PATIENCE_NS 3e9 // a pass that takes longer is not repeated

const char *const stage_names[STAGES] = {
	[STAGE_DELIVER] = "deliver and give back",       [STAGE_DECODE] = "decode",
	[STAGE_OWNER] = "receive counters, owner",       [STAGE_LOOKUP] = "flow lookup, insert",
	[STAGE_UPDATE] = "flow enter, update",           [STAGE_DUPLICATES] = "duplicates",
	[STAGE_REST] = "classes, signatures, detectors", [STAGE_BETWEEN] = "tick, expiry, events",
};

/** Ticks spent, by the clock reads of one pass. */
struct spent {
	uint64_t deliver, decode, receive, lookup, update, process, between;
};

static void track(struct rig *rig, struct mw_packet *const packets[], uint32_t count, struct spent *spent)
{
	// only this pass writes the table, in place of mw_pipeline_process
	struct mw_flow_table *flows = (struct mw_flow_table *)(uintptr_t)mw_pipeline_flows(rig->pipeline);
	struct mw_packet *analysed[MW_BATCH_PACKETS];
	uint32_t analysed_count = 0;
	uint64_t start = ticks_read(), middle;

	for (uint32_t i = 0; i < count; i++) {
		if (packets[i]->fate == MW_FATE_ANALYSED)
			analysed[analysed_count++] = packets[i];
	}
	mw_flow_lookup(flows, analysed, analysed_count);
	middle = ticks_read();
	for (uint32_t i = 0; i < analysed_count; i++) {
		mw_flow_enter(flows, analysed[i]);
		mw_flow_update(flows, analysed[i]);
	}
	spent->lookup += middle - start;
	spent->update += ticks_read() - middle;
}

static void run_batch(struct rig *rig, struct feed *feed, uint32_t at, uint32_t count, bool split, struct spent *spent)
{
	const struct mw_decode_settings *decode = mw_settings_values(rig->config.settings, "decode");
	struct mw_packet *packets[MW_BATCH_PACKETS];
	uint64_t clock_ns, t0 = ticks_read(), t1, t2, t3;

	feed_take(feed, at, count, packets);
	t1 = ticks_read();
	if (split) { // cold here; warm in the receive that follows, which leaves counters and owner
		for (uint32_t i = 0; i < count; i++)
			mw_decode(decode, packets[i]);
	}
	t2 = ticks_read();
	mw_pipeline_receive(rig->pipeline, packets, count);
	t3 = ticks_read();
	spent->deliver += t1 - t0;
	spent->decode += t2 - t1;
	spent->receive += t3 - t2;
	if (split)
		track(rig, packets, count, spent);
	else
		mw_pipeline_process(rig->pipeline, packets, count);
	clock_ns = packets[count - 1]->clock_ns;
	t0 = ticks_read();
	spent->process += t0 - t3;
	feed_give(feed, packets, count);
	t1 = ticks_read();
	rig_between(rig, clock_ns);
	spent->deliver += t1 - t0;
	spent->between += ticks_read() - t1;
}

static uint64_t sum_of(const struct spent *spent)
{
	return spent->deliver + spent->decode + spent->receive + spent->process + spent->between;
}

static struct spent pass_once(struct rig *rig, struct feed *feed, bool split)
{
	const struct trace *trace = feed->trace;
	uint32_t warm = (uint32_t)trace->facts.warm_frames;
	struct spent spent = {0};

	rig_reset(rig);
	rig_run(rig, feed, 0, warm);
	for (uint32_t at = warm; at < trace->count; at += MW_BATCH_PACKETS)
		run_batch(rig, feed, at, MW_MIN(trace->count - at, (uint32_t)MW_BATCH_PACKETS), split, &spent);
	return spent;
}

// The quickest of a few passes: differences between them mean something only where nothing else disturbed.
static struct spent pass(struct rig *rig, struct feed *feed, bool split)
{
	struct spent best = pass_once(rig, feed, split);

	for (int i = 1; i < PASSES && (double)sum_of(&best) * ns_per_tick() < PATIENCE_NS; i++) {
		struct spent spent = pass_once(rig, feed, split);

		if (sum_of(&spent) < sum_of(&best))
			best = spent;
	}
	return best;
}

// The pass without duplicate removal has settings of its own.
static struct spent pass_without_duplicates(struct rig_shared *shared, struct feed *feed, const char *const overrides[],
											uint32_t count)
{
	const char *more[RIG_OVERRIDES_MAX + 1];
	struct spent spent = {0};
	struct rig rig;

	memcpy(more, overrides, count * sizeof(more[0]));
	more[count] = "flow.duplicate-window=0s";
	rig_shared_set(shared, more, count + 1);
	if (!rig_new(&rig, shared, 0))
		die("no memory for the stages");
	spent = pass(&rig, feed, false);
	rig_free(&rig);
	return spent;
}

void stages_run(struct rig_shared *shared, const struct trace *trace, const char *const overrides[],
				uint32_t overrides_count, double ns[STAGES])
{
	const double per = ns_per_tick() / (double)(trace->count - trace->facts.warm_frames);
	struct spent split, whole, bare;
	struct feed feed;
	struct rig rig;

	feed_new(&feed, trace);
	bare = pass_without_duplicates(shared, &feed, overrides, overrides_count);
	rig_shared_set(shared, overrides, overrides_count);
	if (!rig_new(&rig, shared, 0))
		die("no memory for the stages");
	split = pass(&rig, &feed, true);
	whole = pass(&rig, &feed, false);
	rig_free(&rig);
	feed_free(&feed);
	ns[STAGE_DELIVER] = (double)whole.deliver * per;
	ns[STAGE_DECODE] = (double)split.decode * per;
	ns[STAGE_OWNER] = ((double)whole.receive - (double)split.decode) * per;
	ns[STAGE_LOOKUP] = (double)split.lookup * per;
	ns[STAGE_UPDATE] = (double)split.update * per;
	ns[STAGE_DUPLICATES] = ((double)whole.process - (double)bare.process) * per;
	ns[STAGE_REST] = ((double)bare.process - (double)split.lookup - (double)split.update) * per;
	ns[STAGE_BETWEEN] = (double)whole.between * per;
}
