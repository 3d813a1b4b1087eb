// SPDX-License-Identifier: BSD-3-Clause
// The detector in one place: its settings, its counters, what it writes and finds, and both halves.
// Neighbours: NAME.h; mw_detector.h says what each member of the struct means.
#include "NAME.h"

#include "mw_kit_budget.h"

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	(void)flow; // an ICMP error has none: packet->quoted_flow is that of the packet it quotes
	NAME_see(ctx, packet);
}

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 .offset = MW_SETTING_OFFSET(struct NAME_settings, enabled),
	 .default_text = "no",
	 .help = "look for hosts that send ICMP errors"},
	{.name = "events-per-second",
	 .type = MW_SETTING_UINT,
	 .offset = MW_SETTING_OFFSET(struct NAME_settings, events_per_second),
	 .default_text = "1000",
	 .min = 10,
	 .max = 1000000,
	 .help = "errors that a worker tells of in a second, at most"},
};

static const struct mw_settings_module settings_module = {
	.name = "WORD",
	.help = "hosts that send ICMP errors",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct NAME_settings),
};

static const struct mw_counter counters[COUNTS] = {
	[COUNT_ERRORS] = {"errors", "ICMP errors seen"},
	[COUNT_CAPPED] = {"capped", "ICMP errors not told of because there were too many in one second"},
};

static const struct mw_detector_event events[EVENTS] = {
	[EVENT_ERROR] = {"icmp-error", "sends an ICMP error"},
};

static const struct mw_detector_record records[] = {
	{.record = &NAME_record,
	 .keep = MW_RECORD_STATE,
	 .show = {.words = "show WORD", .help = "hosts that sent ICMP errors"},
	 .lines = {.title = "TITLE", .row = NAME_report_line, .rows_max = 5}},
};

const struct mw_finding_kind NAME_finding = {
	.name = "WORD-errors",
	.rank = 8,
	.diagnoser = &NAME_diagnoser,
};
static const struct mw_finding_kind *const findings[] = {&NAME_finding};

const struct mw_detector mw_detector_NAME = {
	.name = "WORD",
	.summary = "hosts that send ICMP errors",
	.source = "RFC 792, RFC 4443",
	.wants = MW_KIND_ICMP_ERROR,
	.worker_bytes = sizeof(struct mw_kit_budget),
	.control_bytes = sizeof(struct NAME_control),
	.settings = &settings_module,
	.counters = counters,
	.counters_count = COUNTS,
	.events = events,
	.events_count = EVENTS,
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.on_packet = on_packet,
	.control_start = NAME_control_start,
	.on_event = NAME_on_event,
	.on_report = NAME_on_report,
	.control_stop = NAME_control_stop,
};
