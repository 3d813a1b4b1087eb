// SPDX-License-Identifier: BSD-3-Clause
// Transparent proxies, without any reset: one machine that answers handshakes in the name of many servers writes the
// ticks of its own clock into each. Worker half: tells of each server's SYN-ACK now and then. Neighbours:
// table.c (control half), fit.c (the proof).
#include "proxy.h"
#include "table.h"
#include "mw_kit_budget.h"
#include "mw_kit_event.h"

/**
 * Places for servers told of in this window. Two that meet in one place are told more often than need be: control knows
 * them apart.
 */
#define TOLD_SERVERS 4096
/** Observations a second of one worker: a flood of servers costs no more than this. */
#define OBSERVATIONS_PER_SECOND 1000

enum { COUNT_HANDSHAKES, COUNT_TOLD, COUNT_CAPPED, COUNTS };

static const struct mw_counter counters[COUNTS] = {
	[COUNT_HANDSHAKES] = {"handshakes", "SYN-ACKs with a TCP timestamp that answer a SYN, each flow's first"},
	[COUNT_TOLD] = {"told", "SYN-ACKs compared: each server's first in four seconds"},
	[COUNT_CAPPED] = {"capped", "SYN-ACKs not compared because too many servers answered in one second"},
};

struct worker_state {
	uint64_t told[TOLD_SERVERS]; // of server, fingerprint and window, mixed
	struct mw_kit_budget budget;
};

static struct proxy_observation observation_of(const struct mw_packet *packet)
{
	const struct mw_packet_tcp *tcp = &packet->tcp;

	return (struct proxy_observation){.ts_value = tcp->ts_value,
									  .window = tcp->window,
									  .mss = tcp->present & MW_TCP_OPTION_MSS ? tcp->mss : 0,
									  .ttl = packet->ttl,
									  .wscale = tcp->present & MW_TCP_OPTION_WSCALE ? tcp->wscale : UINT8_MAX,
									  .options = tcp->present,
									  .family = packet->family};
}

/** True once for each server and fingerprint in a window, or a little more often. */
static bool is_first(struct worker_state *state, const struct mw_packet *packet,
					 const struct proxy_observation *observation)
{
	uint64_t hash = proxy_address_hash(&packet->src) ^ proxy_mix(proxy_fingerprint(observation));
	uint64_t mark = proxy_mix(hash + packet->time_ns / PROXY_WINDOW_NS);
	uint64_t *told = &state->told[hash % TOLD_SERVERS];

	if (*told == mark)
		return false;
	*told = mark;
	return true;
}

/** Whether it is the first answer to a SYN: a flood of answers that nobody asked for says nothing. */
static bool answers_syn(const struct mw_flow *flow)
{
	return flow != NULL && mw_flow_tcp_state(flow) == MW_FLOW_TCP_SYN;
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct mw_proxy_settings *settings = ctx->settings;
	struct worker_state *state = ctx->worker_state;
	struct mw_event_flow ends;
	struct proxy_observation observation;

	if (packet->kinds & MW_KIND_DUPLICATE || !(packet->tcp.present & MW_TCP_OPTION_TIMESTAMP) || !settings->enabled)
		return;
	if (packet->tcp.ts_value == 0 || !answers_syn(flow))
		return; // 0: no clock
	mw_detector_count(ctx, COUNT_HANDSHAKES, 1);
	observation = observation_of(packet);
	if (!is_first(state, packet, &observation))
		return;
	if (!mw_kit_budget_take(&state->budget, packet->clock_ns, OBSERVATIONS_PER_SECOND)) {
		mw_detector_count(ctx, COUNT_CAPPED, 1);
		return;
	}
	mw_detector_count(ctx, COUNT_TOLD, 1);
	ends = mw_kit_ends_of(packet);
	mw_kit_emit(ctx, 0, packet->time_ns, &ends, &observation, sizeof(observation));
}

static void on_event(struct mw_detector_control *control, const struct mw_event *event)
{
	const struct mw_proxy_settings *settings = control->settings;

	proxy_table_add(control->state, event, (uint32_t)settings->servers_at_least);
}

static void on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	(void)interval_start_ns;
	proxy_table_share(control->state, now_ns);
}

static void on_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows)
{
	proxy_table_report(control->state, since_ns, rows);
}

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 .offset = MW_SETTING_OFFSET(struct mw_proxy_settings, enabled),
	 .default_text = "yes",
	 .help = "look for machines that answer handshakes in the name of many servers"},
	{.name = "servers-at-least",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct mw_proxy_settings, servers_at_least),
	 .default_text = "4",
	 .min = 4,
	 .max = PROXY_SAMPLES,
	 .help = "different servers whose TCP timestamps must come from one clock"},
};

const struct mw_settings_module mw_proxy_settings_module = {
	.name = "transparent-proxy",
	.help = "boxes that answer TCP handshakes in the name of servers",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_proxy_settings),
};

static const struct mw_detector_event events[] = {{"server-handshake", "answers a handshake (SYN-ACK)"}};

const struct mw_finding_kind finding_proxy_transparent = {
	.name = "transparent-proxy", .rank = 4, .diagnoser = &diagnose_proxy, .evidence = NULL};
static const struct mw_finding_kind *const findings[] = {&finding_proxy_transparent};

const struct mw_detector mw_detector_proxy = {
	.name = "transparent-proxy",
	.summary = "one machine that answers handshakes for many servers, known by its TCP timestamp clock",
	.source = "RFC 7323 5.4",
	.wants = MW_KIND_SYN_ACK,
	.worker_bytes = sizeof(struct worker_state),
	.control_bytes = sizeof(struct proxy_table),
	.settings = &mw_proxy_settings_module,
	.counters = counters,
	.counters_count = COUNTS,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.on_packet = on_packet,
	.on_event = on_event,
	.on_interval = on_interval,
	.on_report = on_report,
};
