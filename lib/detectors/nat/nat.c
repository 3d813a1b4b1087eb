// SPDX-License-Identifier: BSD-3-Clause
// Port demand behind translators, worker half: tells the control half when a connection begins, is answered, lives and
// closes. It keeps nothing of its own: the flow table knows what is new.
// Neighbours: control.c joins what all workers tell; model/ is the model of the translator.
#include <netinet/in.h>
#include <string.h>

#include "control.h"
#include "facts.h"
#include "rows.h"
#include "mw_kit_budget.h"
#include "mw_kit_event.h"

#define ICMP_UNREACHABLE 3

enum { COUNT_TOLD, COUNT_CAPPED, COUNTS };

static const struct mw_counter counters[COUNTS] = {
	[COUNT_TOLD] = {"told", "steps of connections told to the control core"},
	[COUNT_CAPPED] = {"capped",
					  "steps not told because of nat.steps-per-second: the numbers of lines are too low then"},
};

static bool is_session(const struct mw_packet *packet)
{
	if (packet->kinds & (MW_KIND_TCP | MW_KIND_UDP))
		return true;
	// only echo has an identifier, and it stands in both ports
	return packet->kinds & MW_KIND_ICMP && packet->src_port != 0;
}

/** True for a FIN or reset that comes when one has been told: the translator's closing timer runs since the first. */
static bool is_closed_already(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint8_t state = mw_flow_tcp_state(flow);

	return !(packet->kinds & MW_KIND_FLOW_START) && packet->kinds & (MW_KIND_FIN | MW_KIND_RST) &&
		   (state == MW_FLOW_TCP_FIN || state == MW_FLOW_TCP_CLOSED || state == MW_FLOW_TCP_RESET);
}

static uint8_t what_of(const struct mw_packet *packet, const struct mw_flow *flow, uint8_t opener)
{
	if (packet->kinds & (MW_KIND_FIN | MW_KIND_RST))
		return NAT_CLOSE;
	return !mw_flow_spoke(flow, packet->direction) && packet->direction != opener ? NAT_ANSWER : NAT_ALIVE;
}

// Apart: under a flood most beginnings are counted alone. Until its first packet is done with, a flow does not know who
// opened it.
static __attribute__((noinline)) void emit_step(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
												const struct mw_flow *flow)
{
	const bool tunnel = packet->tunnel != MW_LAYERS, first = (packet->kinds & MW_KIND_FLOW_START) != 0;
	struct mw_event *event = mw_detector_begin(ctx, 0, tunnel ? NAT_TUNNEL_BYTES : 0);
	struct nat_facts facts;
	uint8_t opener;

	mw_detector_count(ctx, COUNT_TOLD, 1);
	if (event == NULL)
		return;
	opener = first ? packet->direction ^ ((packet->kinds & MW_KIND_SYN_ACK) != 0) : mw_flow_client(flow);
	facts.opened_ns = first ? packet->time_ns : mw_flow_first_ns(flow);
	facts.what = first ? NAT_OPEN : what_of(packet, flow, opener);
	facts.from_opener = packet->direction == opener;
	facts.syn = (packet->kinds & MW_KIND_SYN) != 0;
	event->time_ns = packet->time_ns;
	mw_kit_ends_write(&event->flow, packet, !facts.from_opener);
	nat_facts_write(event, &facts, false);
	if (MW_UNLIKELY(tunnel))
		nat_tunnel_write(event, &packet->outer_src, &packet->outer_dst);
	mw_detector_send(ctx);
}

/** A router or the host itself says why a connection gets no answer (RFC 792): about TCP, in the reports' own pace. */
static void emit_report(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct nat_facts facts = {.opened_ns = packet->time_ns, .what = NAT_REPORT};
	struct mw_event *event = mw_detector_begin(ctx, 0, 0);

	mw_detector_count(ctx, COUNT_TOLD, 1);
	if (event == NULL)
		return;
	event->time_ns = packet->time_ns;
	event->flow = mw_kit_ends_quoted(packet);
	nat_facts_write(event, &facts, false);
	mw_detector_send(ctx);
}

static bool is_report(const struct mw_packet *packet)
{
	return packet->kinds & MW_KIND_ICMP_ERROR && packet->icmp_type == ICMP_UNREACHABLE &&
		   packet->quote.protocol == IPPROTO_TCP && packet->quoted_flow != NULL &&
		   packet->quoted_direction == mw_flow_client(packet->quoted_flow);
}

// Its share of what control takes. Beginnings, of which a flood is made, leave half of it to connections that are
// known.
static uint64_t most_of(const struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct mw_nat_settings *settings = ctx->settings;
	const uint64_t all = settings->steps_per_second, most = ctx->workers > 1 ? all / ctx->workers : all;

	return packet->kinds & MW_KIND_FLOW_START ? (most + 1) / 2 : most;
}

static __attribute__((noinline)) void on_error(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	if (!is_report(packet))
		return;
	if (mw_kit_budget_take(ctx->worker_state, packet->clock_ns, most_of(ctx, packet)))
		emit_report(ctx, packet);
	else
		mw_detector_count(ctx, COUNT_CAPPED, 1);
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct mw_nat_settings *settings = ctx->settings;

	if (packet->kinds & MW_KIND_DUPLICATE || !settings->enabled)
		return;
	if (MW_UNLIKELY(packet->kinds & MW_KIND_ICMP_ERROR))
		on_error(ctx, packet);
	else if (flow == NULL || !is_session(packet) || is_closed_already(packet, flow))
		return;
	else if (mw_kit_budget_take(ctx->worker_state, packet->clock_ns, most_of(ctx, packet)))
		emit_step(ctx, packet, flow);
	else
		mw_detector_count(ctx, COUNT_CAPPED, 1);
}

static const struct mw_detector_event events[] = {{.name = "connection-step"}};
static const struct mw_detector_record records[] = {
	{.record = &mw_nat_line_record,
	 .keep = MW_RECORD_INTERVALS,
	 .show = {.words = "show nat",
			  .help = "translated lines and their port demand, or one inside host",
			  .argument = "host",
			  .argument_help = "an inside address: its latest intervals instead of the lines",
			  .detail = &mw_nat_host_record,
			  .detail_column = "host"},
	 .lines = {.title = "lines", .row = nat_report_line, .rows_max = 10}},
	{.record = &mw_nat_host_record, .keep = MW_RECORD_INTERVALS},
};

const struct mw_finding_kind finding_nat_exhaustion = {.name = "nat-exhaustion",
													   .rank = 3,
													   .diagnoser = &diagnose_nat_lines,
													   .evidence = NULL,
													   .explains = {"dns-failing", "family-degraded", "outage"}};
const struct mw_finding_kind finding_nat_risk = {
	.name = "nat-risk", .rank = 4, .diagnoser = &diagnose_nat_lines, .evidence = NULL};
const struct mw_finding_kind finding_nat_first_block = {
	.name = "map-e-first-block-only", .rank = 2, .diagnoser = &diagnose_nat_lines, .evidence = NULL};
const struct mw_finding_kind finding_nat_churner = {
	.name = "nat-churner", .rank = 2, .diagnoser = &diagnose_nat_hosts, .evidence = NULL};
static const struct mw_finding_kind *const findings[] = {&finding_nat_exhaustion, &finding_nat_risk,
														 &finding_nat_first_block, &finding_nat_churner};

static bool event_says(const struct mw_event *event, struct mw_text *text)
{
	static const char *const says[] = {
		[NAT_OPEN] = "opens a connection",
		[NAT_ANSWER] = "answers for the first time",
		[NAT_CLOSE] = "closes or resets the connection",
		[NAT_REPORT] = "had an ICMP error for a packet of its own",
	};
	const uint32_t what = nat_what_of(event);

	if (what >= MW_ARRAY_SIZE(says) || says[what] == NULL)
		return false;
	if (text != NULL)
		mw_text_add(text, "%s", says[what]);
	return true;
}

const struct mw_detector mw_detector_nat = {
	.name = "nat",
	.summary = "ports that hosts demand of an address translator, and lines that run out of them",
	.source = "RFC 4787, RFC 5382, RFC 5508, RFC 6888, RFC 7597",
	.wants = MW_KIND_FLOW_START | MW_KIND_FLOW_AGAIN | MW_KIND_FIN | MW_KIND_RST | MW_KIND_ICMP_ERROR,
	.worker_bytes = sizeof(struct mw_kit_budget),
	.control_bytes = sizeof(struct nat_control),
	.settings = &mw_nat_settings_module,
	.counters = counters,
	.counters_count = COUNTS,
	.event_class = MW_EVENT_STEP,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.event_says = event_says,
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.on_packet = on_packet,
	.control_start = nat_control_start,
	.on_event = nat_control_event,
	.on_soon = nat_control_soon,
	.on_interval = nat_control_interval,
	.on_blind = nat_control_blind,
	.control_stop = nat_control_stop,
};
