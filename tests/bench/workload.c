// SPDX-License-Identifier: BSD-3-Clause
// The workloads and the measuring of one: fresh tables every run, the contenders by turns.
// Neighbours: workload.h.
#include "workload.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "floor.h"

#define RUNS_MIN       3u
#define FOLLOWED_CELLS UINT64_C(1024) // that stories of flows which detectors follow may take, whatever the table holds
#define PATIENCE_NS    (20 * MW_NS_PER_SECOND) // for one workload; then no more runs than RUNS_MIN
#define FILE_FRAMES    2000000u
#define FILE_BYTES_MAX (UINT64_C(300) << 20)

const struct workload workloads[] = {
	{"W1",
	 "64-byte frames, 1 M flows, uniform",
	 {.kind = GEN_MIN64, .frames = 10000000, .flows = 1000000},
	 72,
	 0,
	 NULL,
	 WITH_FILE | WITH_WORKERS | WITH_READER | WITH_STAGES},
	{"W2",
	 "IMIX, 100 k flow slots by Zipf, TCP life cycles, IPv6, fragments",
	 {.kind = GEN_IMIX, .frames = 5000000, .flows = 100000},
	 480,
	 0,
	 NULL,
	 WITH_FILE | WITH_STAGES},
	{"W3",
	 "three frames a flow, clock 16 times slower than 10 GbE so that flows expire",
	 {.kind = GEN_CHURN, .frames = 5000000, .stretch = 16},
	 72,
	 1u << 20,
	 "flow.tcp-closing=1s",
	 WITH_FILE | WITH_STAGES},
	{"W4",
	 "W2's IPv4 inside one 4in6 tunnel pair",
	 {.kind = GEN_IMIX, .frames = 5000000, .flows = 100000, .tunnel = true},
	 520,
	 0,
	 NULL,
	 WITH_HANDOVER | WITH_STAGES},
	{"W5",
	 "W1 over IPv6: 84-byte frames, table for 1.25 M",
	 {.kind = GEN_MIN64, .frames = 10000000, .flows = 1000000, .ipv6 = true},
	 144,
	 1250000, // long keys take cells: a table holds fewer such flows
	 NULL,
	 WITH_STAGES},
	{"W6",
	 "SYN flood of 10 M tuples beside 100 k connections, table for 1 M",
	 {.kind = GEN_FLOOD, .frames = 15000000, .flows = 100000, .flood = 2},
	 72,
	 1u << 20,
	 NULL,
	 WITH_STAGES},
	{"W7_1M",
	 "W1 with every flow known before: 1 M flows",
	 {.kind = GEN_MIN64, .frames = 10000000, .flows = 1000000, .warm = true},
	 72,
	 0,
	 NULL,
	 0},
	{"W7",
	 "the same with 4 M flows",
	 {.kind = GEN_MIN64, .frames = 10000000, .flows = 4000000, .warm = true},
	 72,
	 0,
	 NULL,
	 WITH_STAGES},
	{"W7_16M",
	 "the same with 16 M flows",
	 {.kind = GEN_MIN64, .frames = 10000000, .flows = 16000000, .warm = true},
	 72,
	 0,
	 NULL,
	 0},
};
const unsigned workloads_count = MW_ARRAY_SIZE(workloads);

static struct gen_options scaled(const struct workload *workload, uint32_t divide)
{
	struct gen_options options = workload->options;

	options.frames /= divide;
	options.flows /= divide;
	if (options.kind == GEN_CHURN) { // the same share of the table is live, and the same seconds pass
		options.stretch *= divide;
		options.window = MW_MAX(1024u / divide, 8u);
	}
	return options;
}

static uint64_t frames_max(const struct gen_options *options)
{
	uint64_t warm_frames = options->kind == GEN_FLOOD ? UINT64_C(3) * options->flows
						   : options->warm            ? options->flows
													  : 0;

	return options->frames + warm_frames + 64;
}

bool bench_open(struct bench *bench, const struct plan *plan, const struct workload *workload,
				struct rig_shared *shared)
{
	struct gen_options options = scaled(workload, plan->divide);
	uint64_t flows;

	*bench = (struct bench){.plan = plan, .workload = workload, .shared = shared};
	if (!trace_new(&bench->trace, &options, frames_max(&options), workload->frame_bytes))
		return false;
	flows = workload->flows_max == 0 ? bench->trace.facts.flows : workload->flows_max / plan->divide;
	// a tenth of the cells is spare: in a tiny table that is less than what is followed
	bench->flows_max = (uint32_t)(flows + FOLLOWED_CELLS - MW_MIN(flows / 10, FOLLOWED_CELLS));
	snprintf(bench->flows_override, sizeof(bench->flows_override), "flow.flows-max=%u", bench->flows_max);
	bench->overrides[bench->overrides_count++] = bench->flows_override;
	if (workload->override != NULL)
		bench->overrides[bench->overrides_count++] = workload->override;
	if (plan->set != NULL)
		bench->overrides[bench->overrides_count++] = plan->set;
	rig_shared_set(shared, bench->overrides, bench->overrides_count);
	snprintf(bench->path, sizeof(bench->path), "%s/%s.pcap", plan->directory, workload->name);
	if (!plan->alone)
		bench->file_frames = files_write(bench->path, &bench->trace, FILE_FRAMES / plan->divide, FILE_BYTES_MAX);
	return true;
}

void bench_close(struct bench *bench)
{
	if (bench->file_frames > 0)
		unlink(bench->path);
	trace_free(&bench->trace);
}

// A connection of the flood's warm-up that is still the same flow.
static uint32_t count_kept(const struct mw_flow_table *flows)
{
	struct mw_flow_view copy;
	uint32_t kept = 0;

	for (uint32_t slot = 0; slot < mw_flow_slots(flows); slot++)
		kept += mw_flow_snapshot(flows, slot, &copy) == 1 && copy.tcp_state == MW_FLOW_TCP_ESTABLISHED &&
				copy.handshake_ns != 0;
	return kept;
}

static void check(const struct bench *bench, const struct rig *rig)
{
	const struct gen_facts *facts = &bench->trace.facts;
	const uint32_t flow = rig->shared->counters.flow;
	uint64_t started = rig_count(rig, flow + MW_FLOW_COUNTER_NEW),
			 refused = rig_count(rig, flow + MW_FLOW_COUNTER_REFUSED);
	uint32_t connections;

	rig_check(rig, bench->workload->name, bench->trace.count);
	if (refused != 0)
		die("%s: the table refused %lu packets", bench->workload->name, refused);
	if (bench->workload->options.kind != GEN_FLOOD) {
		if (started != facts->flows)
			die("%s: %lu flows, the generator made %lu", bench->workload->name, started, facts->flows);
		return;
	}
	connections = (uint32_t)(facts->warm_frames / 3);
	// one that was evicted begins again
	if (started < facts->flows || count_kept(mw_pipeline_flows(rig->pipeline)) < connections - connections / 100)
		die("%s: %u of %u connections kept, %lu flows of %lu", bench->workload->name,
			count_kept(mw_pipeline_flows(rig->pipeline)), connections, started, facts->flows);
}

#ifdef __clang__
#define APART __attribute__((noinline)) // it makes no clones under other names
#else
#define APART __attribute__((noinline, noclone))
#endif

// Apart and by name, so that a profiler can count here and nowhere else.
APART void bench_measured(struct rig *rig, struct feed *feed, uint32_t first, uint32_t last)
{
	rig_run(rig, feed, first, last);
	__asm__ volatile(""); // no tail call
}

static double run_pipeline(const struct bench *bench, struct rig *rig, struct feed *feed)
{
	const uint32_t warm = (uint32_t)bench->trace.facts.warm_frames;
	uint64_t start_ns, spent_ns;

	rig_reset(rig);
	rig_run(rig, feed, 0, warm);
	start_ns = spent_read_ns();
	bench_measured(rig, feed, warm, bench->trace.count);
	spent_ns = spent_read_ns() - start_ns;
	check(bench, rig);
	return (double)spent_ns / (bench->trace.count - warm);
}

static double run_floor(const struct bench *bench, struct floor_table *table, struct feed *feed)
{
	const uint32_t warm = (uint32_t)bench->trace.facts.warm_frames;
	uint64_t start_ns, spent_ns;

	floor_reset(table);
	floor_run(table, feed, 0, warm);
	start_ns = spent_read_ns();
	floor_run(table, feed, warm, bench->trace.count);
	spent_ns = spent_read_ns() - start_ns;
	if (floor_flows(table) != bench->trace.facts.flows)
		die("%s: the floor saw %lu flows", bench->workload->name, floor_flows(table));
	return (double)spent_ns / (bench->trace.count - warm);
}

// 0 without memory.
static double run_rte(const struct bench *bench, struct feed *feed)
{
	const struct gen_facts *facts = &bench->trace.facts;
	const uint32_t warm = (uint32_t)facts->warm_frames;
	struct floor_rte *table = floor_rte_new(facts->flows - facts->flows_ipv6, facts->flows_ipv6);
	uint64_t start_ns, spent_ns;

	if (table == NULL)
		return 0;
	floor_rte_run(table, feed, 0, warm);
	start_ns = spent_read_ns();
	floor_rte_run(table, feed, warm, bench->trace.count);
	spent_ns = spent_read_ns() - start_ns;
	if (floor_rte_flows(table) != facts->flows)
		die("%s: rte_hash holds %lu flows", bench->workload->name, floor_rte_flows(table));
	floor_rte_free(table);
	return (double)spent_ns / (bench->trace.count - warm);
}

static double run_delivery(const struct bench *bench, struct feed *feed)
{
	const uint32_t warm = (uint32_t)bench->trace.facts.warm_frames;
	uint64_t start_ns = spent_read_ns();

	feed_deliver(feed, warm, bench->trace.count);
	return (double)(spent_read_ns() - start_ns) / (bench->trace.count - warm);
}

static void run_once(struct bench *bench, struct rig *rig, struct floor_table *table, struct feed *feed,
					 struct result *result)
{
	double rte_ns;

	samples_add(&result->ns, run_pipeline(bench, rig, feed));
	if (bench->plan->alone)
		return;
	if (table != NULL)
		samples_add(&result->floor_ns, run_floor(bench, table, feed));
	samples_add(&result->delivery_ns, run_delivery(bench, feed));
	rte_ns = bench->plan->has_rte ? run_rte(bench, feed) : 0;
	if (rte_ns > 0)
		samples_add(&result->rte_ns, rte_ns);
	samples_add(&result->libpcap_ns, files_libpcap_ns(bench->path));
}

bool bench_measure(struct bench *bench, struct result *result)
{
	const uint64_t start_ns = clock_read_ns();
	struct floor_table *table;
	struct feed feed;
	struct rig rig;

	*result = (struct result){.name = bench->workload->name};
	if (!rig_new(&rig, bench->shared, 0))
		return false;
	result->pages = rig.memory.pages;
	result->bytes_per_flow = (double)rig.pipeline_bytes / bench->flows_max;
	table = bench->plan->alone ? NULL : floor_new(bench->trace.facts.flows);
	feed_new(&feed, &bench->trace);
	for (unsigned i = 0; i < bench->plan->runs && (i < RUNS_MIN || clock_read_ns() - start_ns < PATIENCE_NS); i++)
		run_once(bench, &rig, table, &feed, result);
	if (!bench->plan->smoke)
		printf("  memory: frames %s, table %s\n", bench->trace.bytes.pages, rig.memory.pages);
	feed_free(&feed);
	floor_free(table);
	rig_free(&rig);
	return true;
}

double bench_undisturbed_ns(const struct bench *bench)
{
	struct bench alone = *bench;
	struct gen_options options = scaled(bench->workload, bench->plan->divide);
	struct samples ns = {0};
	struct feed feed;
	struct rig rig;

	options.frames /= options.flood + 1;
	options.flood = 0;
	if (!trace_new(&alone.trace, &options, frames_max(&options), bench->workload->frame_bytes))
		return 0;
	if (rig_new(&rig, bench->shared, 0)) {
		feed_new(&feed, &alone.trace);
		for (unsigned i = 0; i < bench->plan->runs; i++)
			samples_add(&ns, run_pipeline(&alone, &rig, &feed));
		feed_free(&feed);
		rig_free(&rig);
	}
	trace_free(&alone.trace);
	return samples_median(&ns);
}
