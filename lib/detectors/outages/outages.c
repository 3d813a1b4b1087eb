// SPDX-License-Identifier: BSD-3-Clause
// The detector in one place: its settings, its counters, what it writes and finds, and both halves.
// Neighbours: outages.h; mw_detector.h says what each member of the struct means.
#include "outages.h"

#include "control.h"
#include "evidence.h"

#define AT(member) .offset = MW_SETTING_OFFSET(struct outages_settings, member)

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 AT(enabled),
	 .default_text = "yes",
	 .help = "look for outages of the line behind each next hop"},
	{.name = "failures",
	 .type = MW_SETTING_UINT,
	 AT(failures),
	 .default_text = "3",
	 .min = 2,
	 .max = 8,
	 .help = "independent questions without an answer that make an outage; each has odds of 49 to 1"},
	{.name = "within",
	 .type = MW_SETTING_DURATION,
	 AT(within_ns),
	 .default_text = "30s",
	 .min = MW_NS_PER_SECOND,
	 .max = 600 * MW_NS_PER_SECOND,
	 .help = "failures further apart than this are no one outage"},
	{.name = "spread",
	 .type = MW_SETTING_DURATION,
	 AT(spread_ns),
	 .default_text = "500ms",
	 .min = 0,
	 .max = 10 * MW_NS_PER_SECOND,
	 .help = "failures that are all so close together are a mirror that went silent"},
	{.name = "lives",
	 .type = MW_SETTING_DURATION,
	 AT(lives_ns),
	 .default_text = "600s",
	 .min = MW_NS_PER_SECOND,
	 .max = 86400 * MW_NS_PER_SECOND,
	 .help = "a remote counts when it answered within this time before"},
	{.name = "deadline-least",
	 .type = MW_SETTING_DURATION,
	 AT(deadline_least_ns),
	 .default_text = "1s",
	 .min = MW_NS_PER_SECOND / 10,
	 .max = 10 * MW_NS_PER_SECOND,
	 .at_most = "outages.deadline-most",
	 .help = "an answer is not late before this; RFC 6298 has 1 s for the first retransmission"},
	{.name = "deadline-most",
	 .type = MW_SETTING_DURATION,
	 AT(deadline_most_ns),
	 .default_text = "3s",
	 .min = MW_NS_PER_SECOND / 10,
	 .max = 10 * MW_NS_PER_SECOND,
	 .at_most = "exchange.timeout",
	 .help = "an answer is late after this"},
	{.name = "deadline-round-trips",
	 .type = MW_SETTING_UINT,
	 AT(deadline_round_trips),
	 .default_text = "4",
	 .min = 1,
	 .max = 100,
	 .help = "between both, an answer is late after so many of the 95th percentile of its remote's round trips"},
	{.name = "busy-flows",
	 .type = MW_SETTING_UINT,
	 AT(busy_flows),
	 .default_text = "8",
	 .min = 4,
	 .max = 16,
	 .help = "so many connections that send again while nothing comes make an outage (Blink, NSDI 2019)"},
	{.name = "busy-within",
	 .type = MW_SETTING_DURATION,
	 AT(busy_within_ns),
	 .default_text = "800ms",
	 .min = MW_NS_PER_SECOND / 10,
	 .max = 10 * MW_NS_PER_SECOND,
	 .help = "they do so within this time of each other (Blink, NSDI 2019)"},
	{.name = "settle",
	 .type = MW_SETTING_DURATION,
	 AT(settle_ns),
	 .default_text = "30s",
	 .min = MW_NS_PER_SECOND,
	 .max = 600 * MW_NS_PER_SECOND,
	 .help = "how long to watch which old connections go on, before the cause is judged"},
	{.name = "events-per-second",
	 .type = MW_SETTING_UINT,
	 AT(events_per_second),
	 .default_text = "500",
	 .min = 10,
	 .max = 1000000,
	 .help = "what a worker tells of each sort in a second, at most"},
	{.name = "closed-networks",
	 .type = MW_SETTING_PREFIXES,
	 AT(closed),
	 .default_text = "2408::/22",
	 .help = "IPv6 prefixes of access networks that answer without a provider, so that they are not the internet; by "
			 "default that of NTT East and West"},
};

static const struct mw_settings_module settings_module = {
	.name = "outages",
	.help = "outages of a line and their cause",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct outages_settings),
};

static const struct mw_counter counters[OUTAGES_COUNTS] = {
	[OUTAGES_COUNT_TOLD] = {"told", "questions, answers and signs told to the control core"},
	[OUTAGES_COUNT_CAPPED] = {"capped", "those not told: see outages.events-per-second"},
};

static const struct mw_detector_event events[] = {{.name = "sign"}};

static const struct mw_detector_record records[] = {
	{.record = &outages_record,
	 .keep = MW_RECORD_EVENTS,
	 .show = {.words = "show outages", .help = "outages, their bounds and their cause"},
	 .lines = {.title = "outages", .row = outages_report_line, .rows_max = 5},
	 .aside = outages_is_own,
	 .aside_s = outages_own_s},
	{.record = &outages_coverage_record,
	 .keep = MW_RECORD_STATE,
	 .show = {.words = "show coverage", .help = "of each line, how much of the time was seen, blind, or not asked"},
	 .lines = {.title = "coverage", .row = outages_coverage_line, .rows_max = 4}},
};

const struct mw_finding_kind outages_finding = {
	.name = "outage",
	.rank = 0,
	.evidence = &outages_evidence,
	.diagnoser = &outages_diagnoser,
	.explains = {[OUTAGES_EXPLAINS_RESETS] = "forged-resets", "dns-failing", "family-degraded"}};
const struct mw_finding_kind outages_pattern_finding = {
	.name = "outage-pattern", .rank = 1, .diagnoser = &outages_pattern_diagnoser};
static const struct mw_finding_kind *const findings[] = {&outages_finding, &outages_pattern_finding};

static bool event_says(const struct mw_event *event, struct mw_text *text)
{
	// what is heard measures; how questions end, health tells
	static const char *const says[OUTAGES_WHATS] = {
		[OUTAGES_WAITING] = "sends on, and has had no answer",
		[OUTAGES_RESUMED] = "is heard again after silence",
		[OUTAGES_RESET] = "resets a connection after silence",
		[OUTAGES_AHEAD] = "acknowledges what never passed here",
		[OUTAGES_JUMPED] = "goes on after silence, and bytes are missing between",
		[OUTAGES_AGAIN] = "asks again for a connection (SYN)",
	};
	const uint32_t what = event->brief[offsetof(struct outages_brief, what)];

	if (what >= OUTAGES_WHATS || says[what] == NULL)
		return false;
	if (text != NULL)
		mw_text_add(text, "%s", says[what]);
	return true;
}

const struct mw_detector mw_detector_outages = {
	.name = "outages",
	.summary = "outages of a line: when, for how long, and why",
	.source = "Wald, Sequential Analysis, 1947; Blink, NSDI 2019; RFC 9293, RFC 4861, RFC 826",
	.wants = OUTAGES_WANTS,
	.worker_bytes = sizeof(struct outages_worker),
	.control_bytes = sizeof(struct outages_control),
	.settings = &settings_module,
	.counters = counters,
	.counters_count = OUTAGES_COUNTS,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.event_says = event_says,
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.on_packet = outages_look,
	.on_exchange = outages_see,
	.control_start = outages_control_start,
	.on_event = outages_on_event,
	.on_interval = outages_on_interval,
	.on_end = outages_on_end,
	.on_report = outages_on_report,
	.on_watched = outages_on_watched,
	.on_blind = outages_on_blind,
	.control_stop = outages_control_stop,
};
