// SPDX-License-Identifier: BSD-3-Clause
// The detector in one place: its settings, its counters, what it writes and finds, and both halves.
// Neighbours: health.h; mw_detector.h says what each member of the struct means.
#include "health.h"

#include "control.h"
#include "evidence.h"
#include "trips.h"
#include "mw_time.h"

#define AT(member) .offset = MW_SETTING_OFFSET(struct health_settings, member)

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 AT(enabled),
	 .default_text = "yes",
	 .help = "count questions and answers of DNS, echo, TCP connects, QUIC and NTP"},
	{.name = "peers",
	 .type = MW_SETTING_UINT,
	 AT(peers),
	 .default_text = "20",
	 .min = 1,
	 .max = 1000,
	 .help = "peers of a family and service that have rows of their own in an interval; the rest is summed"},
	{.name = "segments-per-second",
	 .type = MW_SETTING_UINT,
	 AT(segments_per_second),
	 .default_text = "5000",
	 .max = 10000000,
	 .help = "TCP packets that a worker looks at for round trips in a second; beyond it connections are left alone"},
};

static const struct mw_settings_module settings_module = {
	.name = "health",
	.help = "questions and answers by family, service and peer",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct health_settings),
};

static const struct mw_counter counters[HEALTH_COUNTS] = {
	[HEALTH_COUNT_TOLD] = {"told", "exchanges told to the control core"},
	[HEALTH_COUNT_TRIPS] = {"round-trips", "round trips of TCP segments told to the control core"},
};

static const struct mw_detector_event events[] = {{.name = "exchange"}};

static const struct mw_detector_record records[] = {
	{.record = &health_record,
	 .keep = MW_RECORD_INTERVALS,
	 .show = {.words = "show health", .help = "questions, answers and round trips by family, service and peer"},
	 .lines = {.title = "health", .sum = health_report_sum}},
};

const struct mw_finding_kind health_dns_finding = {
	.name = "dns-failing", .rank = 9, .diagnoser = &health_dns_diagnoser, .evidence = &health_dns_evidence};
const struct mw_finding_kind health_family_finding = {
	.name = "family-degraded", .rank = 8, .diagnoser = &health_family_diagnoser, .evidence = &health_family_evidence};
static const struct mw_finding_kind *const findings[] = {&health_dns_finding, &health_family_finding};

static bool event_says(const struct mw_event *event, struct mw_text *text)
{
	static const char *const ends[MW_EXCHANGE_ENDS] = {[MW_EXCHANGE_ANSWERED] = "answered",
													   [MW_EXCHANGE_REFUSED] = "refused",
													   [MW_EXCHANGE_UNREACHABLE] = "unreachable, says a router",
													   [MW_EXCHANGE_UNANSWERED] = "no answer",
													   [MW_EXCHANGE_UNFINISHED] = "not known how it ended",
													   [MW_EXCHANGE_EVICTED] = "not known how it ended",
													   [MW_EXCHANGE_UNASKED] = "a response that nothing waited for"};
	struct health_brief brief;

	memcpy(&brief, event->brief, sizeof(brief));
	if (brief.service >= HEALTH_TCP)
		return false; // round trips of segments measure
	if (text == NULL)
		return true;
	mw_text_add(text, "%s: %s", health_service_names[brief.service], ends[brief.end]);
	if (brief.end == MW_EXCHANGE_ANSWERED && brief.transmissions <= 1) {
		mw_text_add(text, " after ");
		mw_time_add_duration(text, brief.us * UINT64_C(1000));
	} else if (brief.transmissions > 1) {
		mw_text_add(text, ", asked %u times", brief.transmissions);
	}
	return true;
}

const struct mw_detector mw_detector_health = {
	.name = "health",
	.summary = "questions and answers by family and service: who stopped answering, which family suffers",
	.source = "RFC 1035, RFC 792, RFC 4443, RFC 9293, RFC 9000, RFC 5905",
	.wants = MW_KIND_SYN_ACK | MW_KIND_FLOW_AGAIN,
	.worker_bytes = sizeof(struct health_worker),
	.control_bytes = sizeof(struct health_control),
	.side_max = HEALTH_FLOWS_MAX,
	.side_bytes = sizeof(struct health_flow),
	.settings = &settings_module,
	.counters = counters,
	.counters_count = HEALTH_COUNTS,
	.event_class = MW_EVENT_STEP,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.event_says = event_says,
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.ends_of_watched = true,
	.on_packet = health_look,
	.on_flow_end = health_flow_end,
	.on_exchange = health_see,
	.control_start = health_control_start,
	.on_event = health_on_event,
	.on_interval = health_on_interval,
	.on_end = health_on_end,
	.on_blind = health_on_blind,
	.control_stop = health_control_stop,
};
