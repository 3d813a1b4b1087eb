// SPDX-License-Identifier: BSD-3-Clause
// An aggregate of a toy detector, from packet to finding, and one without any detector.
// Neighbours: tests/unit/pipeline/dispatch_test.c; aggregate_test.c has the product's detectors.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pipeline_world.h"
#include "mw_aggregate.h"
#include "mw_diagnosis.h"
#include "mw_test.h"

#define TOY_SEGMENTS (MW_SUMMARY_SEGMENTS_LEAST / 2) // that a toy's mirror showed: enough from two toys on

struct toy_row {
	uint64_t ts_ns;
	int64_t port;
};

static const struct mw_column columns[] = {
	{.name = "port", .type = MW_COLUMN_I64, MW_MEMBER(struct toy_row, port), .help = "a port"},
};
static const struct mw_record toy_record = {.name = "toys",
											.help = "one row per toy",
											.schema = 1,
											.ts_offset = offsetof(struct toy_row, ts_ns),
											.row_bytes = sizeof(struct toy_row),
											.columns = columns,
											.columns_count = MW_ARRAY_SIZE(columns)};

static void write_finding(struct diagnosis_entry *entry)
{
	entry->finding.severity = MW_SEVERITY_NOTICE;
	entry->finding.count = (int64_t)entry->rows;
}

static void diagnose_toy(struct mw_diagnosis *diagnosis, const void *data);

static const struct mw_diagnoser diagnoser = {.record = &toy_record, .row = diagnose_toy};
static const struct mw_finding_kind toy_finding = {.name = "toy-seen", .rank = 11, .diagnoser = &diagnoser};

static void diagnose_toy(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct toy_row *row = data;

	diagnosis_entry(diagnosis, &toy_finding, "all", 0, write_finding, row->ts_ns, row->ts_ns);
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	struct mw_event event = {.time_ns = packet->time_ns, .flow = {.dst_port = packet->dst_port}};

	(void)flow;
	mw_detector_emit(ctx, 0, &event);
}

static void on_event(struct mw_detector_control *control, const struct mw_event *event)
{
	const struct toy_row row = {.ts_ns = event->time_ns, .port = event->flow.dst_port};

	control->rows.row(control->rows.context, &toy_record, &row);
}

static void summarise(const void *row, struct mw_detector_summary *summary)
{
	(void)row;
	summary->resets_forged += 10;
	summary->mirror_acked += 1000;
	summary->mirror_unseen += 20;
	summary->mirror_segments += TOY_SEGMENTS;
}

static const struct mw_detector_record records[] = {{.record = &toy_record, .summarise = summarise}};
static const struct mw_finding_kind *const findings[] = {&toy_finding};
static const struct mw_detector toy = {.name = "toy",
									   .wants = MW_KIND_RST,
									   .records = records,
									   .records_count = 1,
									   .findings = findings,
									   .findings_count = 1,
									   .on_packet = on_packet,
									   .on_event = on_event};

/** What came out. */
struct kept {
	uint32_t toys, findings;
	int64_t port;
	struct mw_summary_row summary;
};

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct kept *kept = context;

	if (record == &toy_record) {
		kept->toys++;
		kept->port = ((const struct toy_row *)row)->port;
	} else if (record == &mw_finding_record) {
		kept->findings++;
		assert_string_equal(((const struct mw_finding *)row)->kind, "toy-seen");
	} else if (record == &mw_summary_record) {
		kept->summary = *(const struct mw_summary_row *)row;
	}
}

/** Of 100 acknowledgements these are for what never passed, beside so many frames that were cut on the wire. */
struct gaps {
	uint64_t gaps, cut;
};

static void count_gaps(struct pipeline_world *world, const struct gaps *gaps)
{
	_Atomic uint64_t *values = world->workers[0].stats->values;

	values[world->counters.flow + MW_FLOW_COUNTER_ACKS] += 100;
	values[world->counters.flow + MW_FLOW_COUNTER_ACK_GAPS] += gaps->gaps;
	values[world->counters.cut_refused] += gaps->cut;
}

/** Two resets pass, then the input ends. gaps: NULL for none. */
static void run(const struct mw_detector_set *set, const struct gaps *gaps, struct kept *kept)
{
	struct pipeline_world *world = world_new_of(set, 1);
	struct mw_aggregate_config config = {
		.detectors = *set,
		.blocks = (const struct mw_stats_block *[]){world->workers[0].stats},
		.flows = (const struct mw_flow_table *[]){mw_pipeline_flows(world->workers[0].pipeline)},
		.rings = &world->workers[0].events,
		.workers_count = 1,
		.counters = &world->counters,
		.settings = world->settings,
		.signatures = world->signatures,
		.findings_max = 4,
		.rows = {keep_row, kept},
	};
	struct mw_aggregate *aggregate;
	static struct pb pb;
	uint32_t written;

	assert_int_equal(mw_aggregate_new(&config, &aggregate), 0);
	for (uint64_t i = 0; i < 2; i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_tcp(&pb, .sport = 40000, .dport = 443, .flags = MW_TCP_RST);
		pb_finish(&pb);
		world_send_built(world, &pb, WORLD_EPOCH_NS + i * MW_NS_PER_SECOND);
	}
	if (gaps != NULL)
		count_gaps(world, gaps);
	mw_aggregate_end(aggregate, WORLD_EPOCH_NS + MW_NS_PER_SECOND);
	mw_aggregate_interval(aggregate, WORLD_EPOCH_NS, MW_NS_PER_SECOND, WORLD_EPOCH_NS + MW_NS_PER_SECOND);
	written = mw_aggregate_write_findings(aggregate, 0);
	assert_int_equal(written, kept->findings);
	mw_aggregate_free(aggregate);
	world_free(world);
}

static void a_toy_goes_from_packet_to_finding(void **state)
{
	const struct mw_detector *const items[] = {&toy};
	const struct mw_record *all[MW_AGGREGATE_RECORDS_MAX];
	const struct mw_detector_set set = {items, 1};
	struct kept kept = {0};

	(void)state;
	run(&set, NULL, &kept);
	assert_int_equal(kept.toys, 2);
	assert_int_equal(kept.port, 443);
	assert_int_equal(kept.summary.resets_forged, 20);
	assert_int_equal(kept.summary.mirror_segments, 2 * TOY_SEGMENTS);
	assert_true(kept.summary.mirror_unseen_pct == 2);
	assert_int_equal(kept.findings, 1);
	assert_int_equal(mw_aggregate_records(&set, all), 4);
	assert_ptr_equal(all[1], &toy_record);
}

static void without_detectors_there_is_a_summary_and_no_finding(void **state)
{
	const struct mw_record *all[MW_AGGREGATE_RECORDS_MAX];
	const struct mw_detector_set none = {NULL, 0};
	struct kept kept = {0};

	(void)state;
	run(&none, NULL, &kept);
	assert_int_equal(kept.toys, 0);
	assert_int_equal(kept.findings, 0);
	assert_int_equal(kept.summary.packets, 2);
	assert_int_equal(kept.summary.resets, 2);
	assert_true(isnan(kept.summary.mirror_unseen_pct)); // too few to tell is no 0
	assert_int_equal(mw_aggregate_records(&none, all), 3);
}

// What was cut on the wire passed, though nobody could read it.
static void cut_frames_are_no_loss_of_the_mirrors(void **state)
{
	const struct mw_detector_set none = {NULL, 0};
	struct kept kept = {0};

	(void)state;
	run(&none, &(struct gaps){.gaps = 10, .cut = 4}, &kept);
	assert_true(kept.summary.mirror_loss_pct == 10);
	run(&none, &(struct gaps){.gaps = 10, .cut = 5}, &kept);
	assert_true(isnan(kept.summary.mirror_loss_pct));
	run(&none, &(struct gaps){.cut = 10}, &kept);
	assert_true(kept.summary.mirror_loss_pct == 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(cut_frames_are_no_loss_of_the_mirrors),
	MW_TEST(a_toy_goes_from_packet_to_finding),
	MW_TEST(without_detectors_there_is_a_summary_and_no_finding),
};

MW_TEST_MAIN("aggregate_toy", tests)
