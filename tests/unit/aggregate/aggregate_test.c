// SPDX-License-Identifier: BSD-3-Clause
// Two workers' counters and events made into one story: rows of an interval, totals, order, findings.
// Neighbours: tests/support/pipeline_world.h; lib/aggregate/.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline_world.h"
#include "mw_aggregate.h"
#include "mw_detectors.h"
#include "resets.h"
#include "mw_test.h"

#define KEPT_MAX 256

/** An aggregate over pipelines, and what came out of it. */
struct story {
	struct pipeline_world *world;
	struct mw_aggregate *aggregate;
	struct mw_summary_row summaries[KEPT_MAX];
	struct mw_classes_row classes[KEPT_MAX];
	struct mw_finding findings[8];
	struct mw_event events[KEPT_MAX];
	struct mw_reset_row resets[8];
	uint32_t summaries_count, classes_count, findings_count, events_count, resets_count;
	int64_t resets_all; // of all rows, kept or not
	uint64_t dropped_nic;
};

static struct pb pb;

static void keep_reset(struct story *story, const struct mw_reset_row *row)
{
	story->resets_all += row->count;
	if (story->resets_count < 8)
		story->resets[story->resets_count++] = *row;
}

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct story *story = context;

	if (record == &mw_summary_record && story->summaries_count < KEPT_MAX)
		story->summaries[story->summaries_count++] = *(const struct mw_summary_row *)row;
	else if (record == &mw_classes_record && story->classes_count < KEPT_MAX)
		story->classes[story->classes_count++] = *(const struct mw_classes_row *)row;
	else if (record == &mw_finding_record && story->findings_count < 8)
		story->findings[story->findings_count++] = *(const struct mw_finding *)row;
	else if (record == &mw_reset_record)
		keep_reset(story, row);
}

static void keep_event(void *context, const struct mw_event *event)
{
	struct story *story = context;

	if (story->events_count < KEPT_MAX)
		memcpy(&story->events[story->events_count++], event, mw_event_used_bytes(event));
}

static uint64_t dropped_nic(void *context)
{
	return ((struct story *)context)->dropped_nic;
}

static struct mw_aggregate_config config_of(struct story *story, const struct mw_stats_block *blocks[],
											const struct mw_flow_table *flows[], struct mw_event_ring *rings[])
{
	for (uint16_t i = 0; i < story->world->workers_count; i++) {
		blocks[i] = story->world->workers[i].stats;
		flows[i] = mw_pipeline_flows(story->world->workers[i].pipeline);
		rings[i] = story->world->workers[i].events;
	}
	return (struct mw_aggregate_config){
		.detectors = story->world->detectors,
		.blocks = blocks,
		.flows = flows,
		.rings = rings,
		.workers_count = story->world->workers_count,
		.counters = &story->world->counters,
		.settings = story->world->settings,
		.signatures = story->world->signatures,
		.findings_max = 16,
		.rows = {keep_row, story},
		.on_event = keep_event,
		.dropped_nic = dropped_nic,
		.context = story,
	};
}

static struct story *story_new(uint16_t workers_count)
{
	const struct mw_stats_block *blocks[WORLD_WORKERS_MAX];
	const struct mw_flow_table *flows[WORLD_WORKERS_MAX];
	struct mw_event_ring *rings[WORLD_WORKERS_MAX];
	struct mw_aggregate_config config;
	struct story *story = calloc(1, sizeof(*story));

	assert_non_null(story);
	story->world = world_new(workers_count);
	config = config_of(story, blocks, flows, rings);
	assert_int_equal(mw_aggregate_new(&config, &story->aggregate), 0);
	return story;
}

static void story_free(struct story *story)
{
	mw_aggregate_free(story->aggregate);
	world_free(story->world);
	free(story);
}

static void count(struct story *story, uint16_t worker, uint32_t index, uint64_t amount)
{
	mw_stats_add(story->world->workers[worker].stats, index, amount);
}

static void close_interval(struct story *story, uint64_t number)
{
	uint64_t start_ns = WORLD_EPOCH_NS + number * 60 * MW_NS_PER_SECOND;

	mw_aggregate_interval(story->aggregate, start_ns, 60 * MW_NS_PER_SECOND, start_ns + 60 * MW_NS_PER_SECOND);
}

static void row_is_the_sum_of_the_workers(void **state)
{
	struct story *story = story_new(2);
	const struct mw_pipeline_counters *c = &story->world->counters;
	const struct mw_summary_row *row = &story->summaries[0];

	(void)state;
	count(story, 0, c->packets, 100);
	count(story, 0, c->bytes, 6400);
	count(story, 0, c->fates + MW_FATE_FILTERED, 3);
	count(story, 0, c->fates + MW_FATE_ANALYSED, 60);
	count(story, 1, c->fates + MW_FATE_ANALYSED, 37);
	count(story, 1, c->tcp, 30);
	count(story, 0, c->tcp, 20);
	count(story, 0, c->duplicates, 25);
	count(story, 1, c->resets, 4);
	close_interval(story, 0);
	assert_int_equal(story->summaries_count, 1);
	assert_int_equal(row->ts_ns, WORLD_EPOCH_NS);
	assert_true(row->interval_s > 59.999 && row->interval_s < 60.001);
	assert_int_equal(row->packets, 100);
	assert_int_equal(row->bytes, 6400);
	assert_int_equal(row->analysed, 97);
	assert_int_equal(row->filtered, 3);
	assert_int_equal(row->tcp, 50);
	assert_int_equal(row->resets, 4);
	assert_true(row->duplicate_pct > 24.9 && row->duplicate_pct < 25.1);
	assert_int_equal(row->overload, 0);
	story_free(story);
}

static void next_row_tells_only_what_grew(void **state)
{
	struct story *story = story_new(2);
	const struct mw_pipeline_counters *c = &story->world->counters;

	(void)state;
	count(story, 0, c->packets, 100);
	close_interval(story, 0);
	count(story, 1, c->packets, 7);
	close_interval(story, 1);
	close_interval(story, 2);
	assert_int_equal(story->summaries[0].packets, 100);
	assert_int_equal(story->summaries[1].packets, 7);
	assert_int_equal(story->summaries[2].packets, 0);
	assert_true(story->summaries[2].duplicate_pct != story->summaries[2].duplicate_pct); // of nothing: not known
	story_free(story);
}

static void loss_is_told_by_layer_and_as_overload(void **state)
{
	struct story *story = story_new(2);
	const struct mw_pipeline_counters *c = &story->world->counters;

	(void)state;
	story->dropped_nic = 11;
	count(story, 1, c->handover_full, 5);
	count(story, 0, c->events_lost[MW_EVENT_EVIDENCE], 1);
	count(story, 1, c->events_lost[MW_EVENT_STEP], 1);
	close_interval(story, 0);
	story->dropped_nic = 13;
	close_interval(story, 1);
	close_interval(story, 2);
	assert_int_equal(story->summaries[0].dropped_nic, 11);
	assert_int_equal(story->summaries[0].dropped_ring, 5);
	assert_int_equal(story->summaries[0].events_lost, 2);
	assert_int_equal(story->summaries[0].overload, 1);
	assert_int_equal(story->summaries[1].dropped_nic, 2);
	assert_int_equal(story->summaries[1].dropped_ring, 0);
	assert_int_equal(story->summaries[1].overload, 1);
	assert_int_equal(story->summaries[2].overload, 0);
	story_free(story);
}

static void class_without_packets_has_no_row(void **state)
{
	struct story *story = story_new(2);
	const struct mw_pipeline_counters *c = &story->world->counters;

	(void)state;
	count(story, 0, c->classes_packets + MW_PIPELINE_CLASS_IPV6, 4);
	count(story, 0, c->classes_bytes + MW_PIPELINE_CLASS_IPV6, 400);
	count(story, 1, c->classes_packets + MW_PIPELINE_CLASS_IPV6, 6);
	count(story, 1, c->classes_flows + MW_PIPELINE_CLASS_IPV6, 1);
	close_interval(story, 0);
	close_interval(story, 1);
	assert_int_equal(story->classes_count, 1);
	assert_string_equal(story->classes[0].name, "ipv6");
	assert_string_equal(story->classes[0].dimension, "family");
	assert_int_equal(story->classes[0].packets, 10);
	assert_int_equal(story->classes[0].bytes, 400);
	assert_int_equal(story->classes[0].flows, 1);
	story_free(story);
}

static void totals_go_on_over_intervals(void **state)
{
	struct story *story = story_new(2);
	const struct mw_pipeline_counters *c = &story->world->counters;
	struct mw_summary_row totals;
	struct mw_classes_row row;

	(void)state;
	count(story, 0, c->packets, 100);
	count(story, 0, c->classes_packets + MW_PIPELINE_CLASS_NO_IP, 9);
	story->dropped_nic = 4;
	close_interval(story, 0);
	count(story, 1, c->packets, 11);
	count(story, 1, c->classes_packets + MW_PIPELINE_CLASS_NO_IP, 1);
	mw_aggregate_totals(story->aggregate, &totals);
	mw_aggregate_class(story->aggregate, MW_PIPELINE_CLASS_NO_IP, &row);
	assert_int_equal(totals.packets, 111);
	assert_int_equal(totals.dropped_nic, 4);
	assert_int_equal(row.packets, 10);
	close_interval(story, 1);
	assert_int_equal(story->summaries[1].packets, 11); // asking for totals moves no interval
	assert_int_equal(story->summaries[1].dropped_nic, 0);
	story_free(story);
}

static struct mw_event event_at(uint64_t time_ns, uint16_t port)
{
	struct mw_event event = {.time_ns = time_ns, .kind = 0x7f00, .flow = {.src_port = port, .protocol = 6}};

	return event;
}

static void send(struct story *story, uint16_t worker, const struct mw_event *event)
{
	const struct mw_event_sink sink = mw_event_ring_sink_of(&story->world->workers[worker].sink);

	assert_true(mw_event_send(&sink, event));
}

static void order_does_not_depend_on_who_sent(void **state)
{
	struct story *one = story_new(1), *two = story_new(2);

	(void)state;
	for (uint16_t i = 0; i < 100; i++) {
		struct mw_event event = event_at(WORLD_EPOCH_NS + (i * 37u % 10) * MW_NS_PER_MS, (uint16_t)(i * 31 % 100));

		event.class = i % 4 == 0 ? MW_EVENT_EVIDENCE : MW_EVENT_STEP;
		send(one, 0, &event);
		event.worker = i % 3 == 0;
		send(two, event.worker, &event);
	}
	mw_aggregate_drain(one->aggregate, WORLD_EPOCH_NS);
	mw_aggregate_drain(two->aggregate, WORLD_EPOCH_NS);
	assert_int_equal(one->events_count, 100);
	assert_int_equal(two->events_count, 100);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(one->events[i].time_ns, two->events[i].time_ns);
		assert_int_equal(one->events[i].flow.src_port, two->events[i].flow.src_port);
		assert_true(i == 0 || one->events[i].time_ns >= one->events[i - 1].time_ns);
	}
	story_free(one);
	story_free(two);
}

static void send_tcp(struct story *story, bool server, uint8_t flags, uint32_t seq, uint32_t ack, uint8_t ttl,
					 const char *text)
{
	static uint64_t now_ns = WORLD_EPOCH_NS;

	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .src = server ? "203.0.113.5" : "10.0.0.2", .dst = server ? "10.0.0.2" : "203.0.113.5", .ttl = ttl,
			.id = (uint16_t)(seq / 7 + 1));
	pb_tcp(&pb, .sport = server ? 443 : 50000, .dport = server ? 50000 : 443, .seq = seq, .ack = ack, .flags = flags);
	if (text != NULL)
		pb_text(&pb, text);
	pb_finish(&pb);
	now_ns += 20 * MW_NS_PER_MS;
	world_send_built(story->world, &pb, now_ns);
}

static void send_forged_reset(struct story *story)
{
	send_tcp(story, false, MW_TCP_SYN, 1000, 0, 64, NULL);
	send_tcp(story, true, MW_TCP_SYN | MW_TCP_ACK, 5000, 1001, 52, NULL);
	send_tcp(story, false, MW_TCP_ACK, 1001, 5001, 64, NULL);
	send_tcp(story, false, MW_TCP_ACK | MW_TCP_PSH, 1001, 5001, 64, "hello");
	send_tcp(story, true, MW_TCP_ACK | MW_TCP_PSH, 5001, 1006, 52, "hello yourself");
	send_tcp(story, true, MW_TCP_RST | MW_TCP_ACK, 5015, 1006, 250, "BIG-IP: [0x2664c65:2574] No flow found for ACK");
	for (uint16_t i = 0; i < story->world->workers_count; i++)
		mw_pipeline_finish(story->world->workers[i].pipeline, WORLD_EPOCH_NS);
}

/** A segment of a connection of its own, by its port; the flow table of this world holds far fewer. */
static void send_from(struct story *story, uint16_t port, bool server, uint8_t flags, uint64_t now_ns)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .src = server ? "203.0.113.5" : "10.0.0.2", .dst = server ? "10.0.0.2" : "203.0.113.5",
			.ttl = server ? 52 : 64, .id = port);
	pb_tcp(&pb, .sport = server ? 443 : port, .dport = server ? port : 443, .seq = server ? 5000 : 1000,
		   .ack = server ? 1001 : 0, .flags = flags);
	pb_finish(&pb);
	world_send_built(story->world, &pb, now_ns);
}

static void a_flood_of_connections_costs_no_reset(void **state)
{
	struct story *story = story_new(1);
	const struct pipeline_world_worker *worker = &story->world->workers[0];
	const struct mw_pipeline_counters *counters = &story->world->counters;
	uint64_t now_ns = WORLD_EPOCH_NS;

	(void)state;
	for (uint16_t port = 10000; port < 20000; port++) { // more than twice the room for steps, and nobody takes any
		now_ns += MW_NS_PER_MS / 10;
		send_from(story, port, false, MW_TCP_SYN, now_ns);
		if (port % 100 == 0)
			send_from(story, port, true, MW_TCP_RST | MW_TCP_ACK, now_ns + 1);
	}
	mw_pipeline_finish(worker->pipeline, now_ns);
	assert_true(mw_stats_read(worker->stats, counters->events_lost[MW_EVENT_STEP]) > 5000);
	assert_int_equal(mw_stats_read(worker->stats, counters->events_lost[MW_EVENT_EVIDENCE]), 0);
	close_interval(story, 0);
	assert_int_equal(story->resets_all, 100);
	assert_true(story->summaries[0].events_lost > 5000);
	story_free(story);
}

static void forged_reset_becomes_a_finding(void **state)
{
	struct story *story = story_new(2);
	struct mw_summary_row totals;

	(void)state;
	send_forged_reset(story);
	close_interval(story, 0);
	assert_int_equal(story->resets_count, 1);
	assert_int_equal(story->resets[0].verdict, MW_RESET_FORGED);
	assert_int_equal(story->summaries[0].resets, 1);
	assert_int_equal(story->summaries[0].resets_forged, 1);
	assert_int_equal(story->summaries[0].findings, 1);
	assert_int_equal(mw_aggregate_write_findings(story->aggregate, 0), 1);
	assert_int_equal(story->findings_count, 1);
	assert_string_equal(story->findings[0].kind, "forged-resets");
	assert_non_null(strstr(story->findings[0].evidence, "No flow found for ACK"));
	close_interval(story, 1);
	assert_int_equal(story->summaries[1].resets_forged, 0);
	mw_aggregate_totals(story->aggregate, &totals);
	assert_int_equal(totals.resets_forged, 1);
	story_free(story);
}

static void finding_that_ended_is_not_written_again(void **state)
{
	struct story *story = story_new(1);

	(void)state;
	send_forged_reset(story);
	close_interval(story, 0);
	assert_int_equal(mw_aggregate_write_findings(story->aggregate, 0), 1);
	assert_int_equal(mw_aggregate_write_findings(story->aggregate, WORLD_EPOCH_NS + 3600 * MW_NS_PER_SECOND), 0);
	close_interval(story, 60);
	assert_int_equal(story->summaries[1].findings, 0);
	story_free(story);
}

static void finding_that_is_known_late_is_written_once(void **state)
{
	struct story *story = story_new(1);
	const uint64_t later_ns = WORLD_EPOCH_NS + 3600 * MW_NS_PER_SECOND;

	(void)state;
	send_forged_reset(story);
	close_interval(story, 0);
	assert_int_equal(mw_aggregate_write_findings(story->aggregate, later_ns), 1);
	assert_int_equal(mw_aggregate_write_findings(story->aggregate, later_ns), 0);
	story_free(story);
}

static void records_of_every_run_are_named_once(void **state)
{
	const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX];
	uint32_t all = mw_aggregate_records(&mw_detectors, records);

	(void)state;
	assert_true(all >= 4);
	for (uint32_t i = 0; i < all; i++) {
		for (uint32_t j = i + 1; j < all; j++)
			assert_string_not_equal(records[i]->name, records[j]->name);
	}
}

static void too_many_workers_are_refused(void **state)
{
	struct story story = {.world = world_new(1)};
	const struct mw_stats_block *blocks[WORLD_WORKERS_MAX];
	const struct mw_flow_table *flows[WORLD_WORKERS_MAX];
	struct mw_event_ring *rings[WORLD_WORKERS_MAX];
	struct mw_aggregate_config config = config_of(&story, blocks, flows, rings);

	(void)state;
	config.workers_count = MW_WORKERS_MAX + 1;
	assert_int_equal(mw_aggregate_new(&config, &story.aggregate), -EINVAL);
	world_free(story.world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(row_is_the_sum_of_the_workers),
	MW_TEST(next_row_tells_only_what_grew),
	MW_TEST(loss_is_told_by_layer_and_as_overload),
	MW_TEST(class_without_packets_has_no_row),
	MW_TEST(totals_go_on_over_intervals),
	MW_TEST(order_does_not_depend_on_who_sent),
	MW_TEST(a_flood_of_connections_costs_no_reset),
	MW_TEST(forged_reset_becomes_a_finding),
	MW_TEST(finding_that_ended_is_not_written_again),
	MW_TEST(finding_that_is_known_late_is_written_once),
	MW_TEST(records_of_every_run_are_named_once),
	MW_TEST(too_many_workers_are_refused),
};

MW_TEST_MAIN("aggregate_aggregate", tests)
