// SPDX-License-Identifier: BSD-3-Clause
// The rows of an interval: what all workers' counters grew by since the last one.
// Neighbours: aggregate.c; records.c has the columns.
#include <string.h>

#include "aggregate.h"

/** Counters summed over all workers at one moment, minus what they were before: since start when before is NULL. */
struct growth {
	const struct mw_aggregate *aggregate;
	const uint64_t *now;
	const uint64_t *before;
};

// Workers go on counting while rows are made: every row of an interval comes from one look at the counters.
static void look(struct mw_aggregate *aggregate)
{
	const struct mw_stats_block *copies[MW_WORKERS_MAX], *const *blocks = aggregate->config.blocks;

	if (aggregate->point != NULL && aggregate->point->blocks != NULL) {
		for (uint32_t i = 0; i < aggregate->config.workers_count; i++)
			copies[i] = &aggregate->point->blocks[i];
		blocks = copies;
	}
	for (uint32_t i = 0; i < MW_STATS_MAX; i++)
		aggregate->current[i] = mw_stats_sum(blocks, aggregate->config.workers_count, i);
}

static int64_t grown(const struct growth *growth, uint32_t index)
{
	uint64_t before = growth->before == NULL ? 0 : growth->before[index];

	return (int64_t)(growth->now[index] - before);
}

static double percent(int64_t part, int64_t whole)
{
	return whole == 0 ? MW_UNKNOWN_DOUBLE : 100.0 * (double)part / (double)whole;
}

static int64_t flows_active(const struct mw_aggregate *aggregate)
{
	int64_t flows = 0;

	if (aggregate->point != NULL)
		return aggregate->point->flows;
	for (uint32_t i = 0; i < aggregate->config.workers_count; i++)
		flows += mw_flow_count(aggregate->config.flows[i]);
	return flows;
}

static void fill_packets(const struct growth *growth, struct mw_summary_row *row)
{
	const struct mw_pipeline_counters *c = growth->aggregate->config.counters;

	row->packets = grown(growth, c->packets);
	row->bytes = grown(growth, c->bytes);
	row->analysed = grown(growth, c->fates + MW_FATE_ANALYSED);
	row->filtered = grown(growth, c->fates + MW_FATE_FILTERED);
	row->malformed = grown(growth, c->fates + MW_FATE_MALFORMED);
	row->truncated = grown(growth, c->fates + MW_FATE_TRUNCATED);
	row->dropped_ring = grown(growth, c->handover_full);
	row->events_lost = 0;
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++)
		row->events_lost += grown(growth, c->events_lost[i]);
	row->duplicate_pct = percent(grown(growth, c->duplicates), row->packets);
	row->ipv4 = grown(growth, c->classes_packets + MW_PIPELINE_CLASS_IPV4);
	row->ipv6 = grown(growth, c->classes_packets + MW_PIPELINE_CLASS_IPV6);
	row->tcp = grown(growth, c->tcp);
	row->udp = grown(growth, c->udp);
	row->icmp = grown(growth, c->icmp);
	row->other = grown(growth, c->other);
	row->tunnelled = grown(growth, c->tunnelled);
	row->fragments = grown(growth, c->fragments);
	row->resets = grown(growth, c->resets);
}

// A frame that was cut on the wire passed, though nothing is read of it, and each may leave one gap: who knows then.
static double loss_pct(const struct growth *growth)
{
	const struct mw_pipeline_counters *c = growth->aggregate->config.counters;
	const int64_t gaps = grown(growth, c->flow + MW_FLOW_COUNTER_ACK_GAPS);

	if (gaps > 0 && 2 * grown(growth, c->cut_refused) >= gaps)
		return MW_UNKNOWN_DOUBLE;
	return percent(gaps, grown(growth, c->flow + MW_FLOW_COUNTER_ACKS));
}

static void fill_flows(const struct growth *growth, struct mw_summary_row *row)
{
	const struct mw_pipeline_counters *c = growth->aggregate->config.counters;

	row->flows_active = flows_active(growth->aggregate);
	row->flows_new = grown(growth, c->flow + MW_FLOW_COUNTER_NEW);
	row->flows_evicted = grown(growth, c->flow + MW_FLOW_COUNTER_EVICTED);
	row->mirror_loss_pct = loss_pct(growth);
}

// In an interval and since start.
static void fill_mirror(const struct mw_aggregate *aggregate, bool since_start, struct mw_summary_row *row)
{
	static const struct mw_detector_summary none;
	const struct mw_detector_summary *now = &aggregate->summary;
	const struct mw_detector_summary *before = since_start ? &none : &aggregate->previous_summary;

	const int64_t acked = MW_MAX(now->mirror_acked - before->mirror_acked, INT64_C(0));

	row->mirror_segments = now->mirror_segments - before->mirror_segments;
	row->mirror_unseen_pct = acked == 0 || row->mirror_segments < MW_SUMMARY_SEGMENTS_LEAST
								 ? MW_UNKNOWN_DOUBLE
								 : percent(MW_MIN(now->mirror_unseen - before->mirror_unseen, acked), acked);
}

static uint64_t dropped_nic(const struct mw_aggregate *aggregate)
{
	return aggregate->config.dropped_nic == NULL ? 0 : aggregate->config.dropped_nic(aggregate->config.context);
}

static int64_t findings_since(struct mw_aggregate *aggregate, uint64_t since_ns)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(aggregate->diagnosis, &findings);
	int64_t alive = 0;

	for (uint32_t i = 0; i < count; i++)
		alive += findings[i]->last_ns >= since_ns;
	return alive;
}

static void fill(struct mw_aggregate *aggregate, bool since_start, struct mw_summary_row *row)
{
	struct growth growth = {aggregate, aggregate->current, since_start ? NULL : aggregate->previous};
	uint64_t dropped = dropped_nic(aggregate);

	fill_packets(&growth, row);
	fill_flows(&growth, row);
	fill_mirror(aggregate, since_start, row);
	row->dropped_nic = (int64_t)(dropped - (since_start ? 0 : aggregate->previous_dropped_nic));
	row->resets_forged =
		aggregate->summary.resets_forged - (since_start ? 0 : aggregate->previous_summary.resets_forged);
	row->overload = row->dropped_nic + row->dropped_ring + row->events_lost > 0;
	row->findings = findings_since(aggregate, row->ts_ns);
	aggregate->previous_dropped_nic = since_start ? aggregate->previous_dropped_nic : dropped;
}

static void class_row(const struct growth *growth, uint32_t index, struct mw_classes_row *row)
{
	const struct mw_pipeline_counters *c = growth->aggregate->config.counters;
	struct mw_text name = mw_text_in(row->name, sizeof(row->name));
	struct mw_text dimension = mw_text_in(row->dimension, sizeof(row->dimension));

	mw_text_add(&name, "%s", mw_pipeline_classes[index].name);
	mw_text_add(&dimension, "%s", mw_pipeline_classes[index].dimension);
	row->packets = grown(growth, c->classes_packets + index);
	row->bytes = grown(growth, c->classes_bytes + index);
	row->flows = grown(growth, c->classes_flows + index);
}

static void write_classes(struct mw_aggregate *aggregate, uint64_t start_ns)
{
	struct growth growth = {aggregate, aggregate->current, aggregate->previous};

	for (uint32_t i = 0; i < mw_pipeline_classes_count; i++) {
		struct mw_classes_row row = {.ts_ns = start_ns};

		if (grown(&growth, aggregate->config.counters->classes_packets + i) <= 0)
			continue;
		class_row(&growth, i, &row);
		aggregate_row(aggregate, &mw_classes_record, &row);
	}
}

static void to_diagnosis(void *context, const struct mw_record *record, const void *row)
{
	struct mw_aggregate *aggregate = context;

	mw_diagnosis_row(aggregate->diagnosis, record, row);
}

static void close_detectors(struct mw_aggregate *aggregate, uint64_t start_ns, uint64_t from_ns, uint64_t now_ns)
{
	const struct mw_row_sink diagnosis = {.row = to_diagnosis, .context = aggregate};

	const uint64_t dropped = dropped_nic(aggregate) - aggregate->previous_dropped_nic;

	for (uint32_t i = 0; i < MW_STATS_MAX; i++)
		aggregate->counted[i] = aggregate->current[i] - aggregate->previous[i];
	for (uint32_t i = 0; i < aggregate->config.detectors.count; i++) {
		aggregate->controls[i].clock_ns = now_ns;
		aggregate->controls[i].counted = &aggregate->counted[aggregate->config.counters->detectors[i]];
		aggregate->controls[i].from_ns = from_ns;
		aggregate->controls[i].packets = aggregate->counted[aggregate->config.counters->packets];
		aggregate->controls[i].dropped = dropped + aggregate->counted[aggregate->config.counters->handover_full];
		aggregate->controls[i].cut = aggregate->counted[aggregate->config.counters->cut];
		aggregate->controls[i].cut_refused = aggregate->counted[aggregate->config.counters->cut_refused];
		aggregate->controls[i].cut_bytes = aggregate->counted[aggregate->config.counters->cut_bytes];
		aggregate->controls[i].cut_link_bytes = aggregate->counted[aggregate->config.counters->cut_link_bytes];
		aggregate->controls[i].cut_refused_bytes = aggregate->counted[aggregate->config.counters->cut_refused_bytes];
		if (aggregate->config.detectors.items[i]->on_interval != NULL)
			aggregate->config.detectors.items[i]->on_interval(&aggregate->controls[i], start_ns, now_ns);
	}
	mw_aggregate_report(aggregate, start_ns, &diagnosis);
}

void mw_aggregate_end(struct mw_aggregate *aggregate, uint64_t now_ns)
{
	mw_aggregate_drain(aggregate, now_ns);
	for (uint32_t i = 0; i < aggregate->config.detectors.count; i++) {
		aggregate->controls[i].clock_ns = now_ns;
		if (aggregate->config.detectors.items[i]->on_end != NULL)
			aggregate->config.detectors.items[i]->on_end(&aggregate->controls[i], now_ns);
	}
}

void mw_aggregate_interval(struct mw_aggregate *aggregate, uint64_t start_ns, uint64_t covered_ns, uint64_t now_ns)
{
	struct mw_summary_row row = {.ts_ns = start_ns, .interval_s = (double)covered_ns / (double)MW_NS_PER_SECOND};

	mw_aggregate_drain(aggregate, now_ns);
	look(aggregate);
	close_detectors(aggregate, start_ns, now_ns - covered_ns, now_ns);
	write_classes(aggregate, start_ns);
	fill(aggregate, false, &row);
	aggregate_row(aggregate, &mw_summary_record, &row);
	memcpy(aggregate->previous, aggregate->current, sizeof(aggregate->previous));
	aggregate->previous_summary = aggregate->summary;
}

void mw_aggregate_totals(struct mw_aggregate *aggregate, struct mw_summary_row *totals)
{
	*totals = (struct mw_summary_row){.interval_s = MW_UNKNOWN_DOUBLE,
									  .blind_s = (double)aggregate->blind_ns / (double)MW_NS_PER_SECOND};
	look(aggregate);
	fill(aggregate, true, totals);
}

void mw_aggregate_class(struct mw_aggregate *aggregate, uint32_t index, struct mw_classes_row *row)
{
	struct growth growth = {aggregate, aggregate->current, NULL};

	*row = (struct mw_classes_row){0};
	class_row(&growth, index, row);
}
