// SPDX-License-Identifier: BSD-3-Clause
// The control half alone. Workers are played: each connection is opened, answered 20 ms later, and forgotten by its
// translator after some seconds, so that the books are full of sessions and steady. The clock runs slower than the
// workers would: what counts is how many steps a second of CPU time take.
// Neighbours: control.h; rig.h has what is shared.
#include "control.h"

#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "facts.h"
#include "mw_aggregate.h"
#include "mw_detectors.h"
#include "mw_pages.h"

#define WORKERS_MOST 4u
#define LOT          4096u // connections between two drains
#define HOSTS        50000u
#define PEERS        20011u
#define GAP_NS       5000u // between two connections: 200 k a second
#define ANSWER       4000u // connections later the answer comes: 20 ms
#define PARTS        4u // of a run, each a sample: the machine may be shared
#define SERVER_PORT  443
#define EPOCH_NS     (1768000000 * MW_NS_PER_SECOND)

/** The world that the aggregate is given: rings that are filled here, pipelines that see no packet. */
struct control {
	const struct rig_shared *shared;
	struct rig rigs[WORKERS_MOST];
	uint16_t workers_count;
	uint16_t nat; // the detector's number
	struct mw_aggregate *aggregate;
	uint64_t connections; // begun so far
	uint64_t rows, ticks_ns;
};

static void count_row(void *context, const struct mw_record *record, const void *row)
{
	(void)record;
	(void)row;
	((struct control *)context)->rows++;
}

static uint16_t number_of(const char *name)
{
	for (uint16_t i = 0; i < mw_detectors.count; i++) {
		if (strcmp(mw_detectors.items[i]->name, name) == 0)
			return i;
	}
	die("no detector %s", name);
}

static void build(struct control *control, struct rig_shared *shared, uint16_t workers_count)
{
	const struct mw_stats_block *blocks[WORKERS_MOST];
	const struct mw_flow_table *flows[WORKERS_MOST];
	struct mw_event_ring *rings[WORKERS_MOST];
	struct mw_aggregate_config config = {
		.detectors = mw_detectors,
		.blocks = blocks,
		.flows = flows,
		.rings = rings,
		.workers_count = workers_count,
		.counters = &shared->counters,
		.settings = shared->settings,
		.signatures = shared->signatures,
		.hash_key = shared->hash_key,
		.findings_max = 16,
		.rows = {.row = count_row, .context = control},
	};

	*control = (struct control){.shared = shared, .workers_count = workers_count, .nat = number_of("nat")};
	for (uint16_t i = 0; i < workers_count; i++) {
		if (!rig_new(&control->rigs[i], shared, i))
			die("--control: no memory for %u workers", workers_count);
		blocks[i] = control->rigs[i].stats;
		flows[i] = mw_pipeline_flows(control->rigs[i].pipeline);
		rings[i] = control->rigs[i].events;
	}
	if (mw_aggregate_new(&config, &control->aggregate) != 0)
		die("--control: the aggregate cannot be built");
}

static void tear_down(struct control *control)
{
	mw_aggregate_free(control->aggregate);
	for (uint16_t i = 0; i < control->workers_count; i++)
		rig_free(&control->rigs[i]);
}

static uint64_t mix(uint64_t word)
{
	word = (word ^ word >> 31) * 0x9e3779b97f4a7c15;
	word = (word ^ word >> 29) * 0xbf58476d1ce4e5b9;
	return word ^ word >> 32;
}

static struct mw_address v4(uint32_t host_order)
{
	struct mw_address address = {.bytes = {[10] = 0xff, [11] = 0xff}};

	for (int i = 0; i < 4; i++)
		address.bytes[12 + i] = (uint8_t)(host_order >> 8 * (3 - i));
	return address;
}

// Half of them TCP, half UDP, from hosts of 10/8 to servers of 198.18/15, as chance has it.
static struct mw_event_flow ends_of(uint64_t number)
{
	uint64_t dice = mix(number);

	return (struct mw_event_flow){.src = v4(0x0a000000u + (uint32_t)(dice % HOSTS)),
								  .dst = v4(0xc6120000u + (uint32_t)(dice / HOSTS % PEERS)),
								  .src_port = (uint16_t)(1024 + number % 64000),
								  .dst_port = SERVER_PORT,
								  .protocol = dice >> 63 ? IPPROTO_TCP : IPPROTO_UDP,
								  .tunnel = MW_LAYERS};
}

static void tell(struct control *control, uint64_t number, enum nat_what what, uint64_t now_ns)
{
	struct rig *rig = &control->rigs[mix(number) >> 32 & (control->workers_count - 1u)];
	struct mw_event event; // what is not used of its body is never looked at
	const struct nat_facts facts = {.opened_ns = EPOCH_NS + number * GAP_NS,
									.what = (uint8_t)what,
									.from_opener = what == NAT_OPEN,
									.syn = what == NAT_OPEN};

	event.time_ns = now_ns;
	event.kind = (uint16_t)(control->nat << 8);
	event.worker = 0;
	event.class = MW_EVENT_STEP;
	event.flow = ends_of(number);
	nat_facts_write(&event, &facts, false);
	if (!mw_event_send(&rig->config.events, &event))
		die("--control: a ring is full");
}

// Between two openings the answer to an earlier one.
static uint64_t fill(struct control *control, uint32_t connections)
{
	uint64_t now_ns = EPOCH_NS;

	for (uint32_t i = 0; i < connections; i++) {
		uint64_t number = control->connections++;

		now_ns = EPOCH_NS + number * GAP_NS;
		tell(control, number, NAT_OPEN, now_ns);
		if (number >= ANSWER)
			tell(control, number - ANSWER, NAT_ANSWER, now_ns + 1);
	}
	return now_ns;
}

static uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * MW_NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/** @return thread time of the draining alone. */
static uint64_t run(struct control *control, uint32_t connections)
{
	uint64_t spent_ns = 0;

	while (connections > 0) {
		uint32_t lot = MW_MIN(connections, LOT);
		uint64_t now_ns = fill(control, lot), from_ns = thread_ns();

		mw_aggregate_drain(control->aggregate, now_ns);
		spent_ns += thread_ns() - from_ns;
		connections -= lot;
	}
	return spent_ns;
}

// Every connection is a new port of its host's, but for those that were still held.
static void check(const struct control *control)
{
	uint64_t sent = 0;

	for (uint16_t i = 0; i < control->workers_count; i++) {
		sent += rig_count(&control->rigs[i], control->shared->counters.events_sent);
	}
	if (sent != 2 * control->connections - MW_MIN(control->connections, (uint64_t)ANSWER))
		die("--control: %lu events of %lu connections", sent, control->connections);
}

void control_measure(const struct plan *plan, struct rig_shared *shared, struct control_result *result)
{
	static const char *const overrides[] = {"flow.flows-max=65536", "nat.tcp-timer=4s", "nat.tcp-opening-timer=4s",
											"nat.udp-timer=4s", "nat.udp-unanswered-timer=4s"};
	uint32_t connections = 4000000 / plan->divide, settle = 1000000 / (plan->smoke ? plan->divide : 1);

	mw_pages_large(true); // as in a live run
	rig_shared_set(shared, overrides, MW_ARRAY_SIZE(overrides));
	for (unsigned i = 0; i < plan->runs; i++) {
		for (uint16_t workers = 1; workers <= WORKERS_MOST; workers *= 4) {
			struct samples *samples = workers == 1 ? &result->connection_ns : &result->connection_ns_of_four;
			struct control control;

			build(&control, shared, workers);
			run(&control, settle);
			for (unsigned part = 0; part < PARTS; part++)
				samples_add(samples, (double)run(&control, connections / PARTS) / (connections / PARTS));
			check(&control);
			tear_down(&control);
		}
	}
}
