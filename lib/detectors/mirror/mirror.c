// SPDX-License-Identifier: BSD-3-Clause
// The detector in one place: its settings, its counters, what it writes and finds, and both halves.
// Neighbours: mirror.h; mw_detector.h says what each member of the struct means.
#include "mirror.h"

#include "follow.h"
#include "load.h"

#define AT(member) .offset = MW_SETTING_OFFSET(struct mirror_settings, member)

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 AT(enabled),
	 .default_text = "yes",
	 .help = "look for faults of the mirror: loss, copies, one direction, silence"},
	{.name = "flows-per-second",
	 .type = MW_SETTING_UINT,
	 AT(flows_per_second),
	 .default_text = "1000",
	 .min = 10,
	 .max = 1000000,
	 .help = "connections that a worker begins to follow in a second; of more, every second one, every fourth, ..."},
};

static const struct mw_settings_module settings_module = {
	.name = "mirror",
	.help = "what the mirror port loses, repeats and hides",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mirror_settings),
};

#define OF(direction, amount) ((int)(direction)*MIRROR_AMOUNTS + (amount)) // a place in the table

static const struct mw_counter counters[MIRROR_COUNTS] = {
#define COUNTERS(direction, who)                                                                                       \
	[OF(direction, MIRROR_ACKED)] = {who "-acked-bytes", "bytes from " who " that were acknowledged"},                 \
				   [OF(direction, MIRROR_UNSEEN)] = {who "-unseen-bytes", "of these: never seen"},                     \
				   [OF(direction, MIRROR_BLIND)] = {who "-blind-bytes", "of these: unseen for more than a second"},    \
				   [OF(direction, MIRROR_BEFORE)] = {who "-before-bytes", "lost before the tap and sent again"},       \
				   [OF(direction, MIRROR_BEYOND)] = {who "-again-bytes", "sent again though they had passed"},         \
				   [OF(direction, MIRROR_LATE)] = {who "-late-bytes", "seen out of order"},                            \
				   [OF(direction, MIRROR_SEGMENTS)] = {who "-segments", "segments that were acknowledged, at least"},  \
				   [OF(direction, MIRROR_FLOWS)] = {who "-flows", "connections followed"},                             \
				   [OF(direction, MIRROR_FLOWS_LOSSY)] = {who "-flows-lossy", "of these: something was never seen"}
	COUNTERS(MIRROR_FROM_CLIENTS, "clients"),
	COUNTERS(MIRROR_FROM_SERVERS, "servers"),
	[MIRROR_COUNT_UNDECIDED] = {"undecided", "holes of which nobody knows who lost what was in them"},
	[MIRROR_COUNT_COPIES] = {"copies", "packets that the mirror had shown before"},
	[MIRROR_COUNT_COPIES_TTL] = {"copies-ttl", "those of which the original's TTL is known"},
	[MIRROR_COUNT_COPIES_HOP] = {"copies-hop", "of these: one hop apart"},
	[MIRROR_COUNT_COPIES_ALIKE] = {"copies-alike", "of these: with the same TTL"},
	[MIRROR_COUNT_COPIES_RETAGGED] = {"copies-retagged", "copies in another VLAN than their originals"},
#define DELAY(place, us, text)                                                                                         \
	[MIRROR_COUNT_DELAYS + (place)] = {"copies-" #us "us", "copies that came within " text " us"}
	DELAY(0, 1, "1"),
	DELAY(1, 2, "2"),
	DELAY(2, 4, "4"),
	DELAY(3, 8, "8"),
	DELAY(4, 16, "16"),
	DELAY(5, 32, "32"),
	DELAY(6, 64, "64"),
	DELAY(7, 128, "128"),
	DELAY(8, 256, "256"),
	DELAY(9, 512, "512"),
	DELAY(10, 1024, "1,024"),
	DELAY(11, 2048, "2,048"),
	DELAY(12, 4096, "4,096"),
	DELAY(13, 8192, "8,192"),
	DELAY(14, 16384, "16,384"),
	DELAY(15, 32768, "32,768"),
	DELAY(16, 65536, "65,536"),
	DELAY(17, 131072, "131,072"),
	[MIRROR_COUNT_ONE_WAY] = {"one-way", "connections of which one side alone is shown, though it is answered"},
	[MIRROR_COUNT_BOTH_WAYS] = {"both-ways", "connections of which both are shown"},
	[MIRROR_COUNT_LATE_SIDES] = {"late-sides", "connections of which a side was shown after it was acknowledged"},
	[MIRROR_COUNT_LATE_MS] = {"late-sides-ms", "by how much these began after the other side, summed up, ms"},
};

static const struct mw_detector_record records[] = {
	{.record = &mirror_record,
	 .keep = MW_RECORD_INTERVALS,
	 .show = {.words = "show mirror",
			  .help = "what the mirror lost and what it showed twice, by interval and direction"},
	 .lines = {.title = "mirror", .sum = mirror_report_sum},
	 .summarise = mirror_summarise},
};

const struct mw_finding_kind mirror_cut_finding = {
	.name = "mirror-cut", .rank = 11, .diagnoser = &mirror_cut_diagnoser, .evidence = &mirror_cut_evidence};
const struct mw_finding_kind mirror_lossy_finding = {
	.name = "mirror-lossy", .rank = 11, .diagnoser = &mirror_lossy_diagnoser, .evidence = &mirror_lossy_evidence};
const struct mw_finding_kind mirror_twice_finding = {
	.name = "mirror-duplicated", .rank = 11, .diagnoser = &mirror_twice_diagnoser, .evidence = &mirror_twice_evidence};
const struct mw_finding_kind mirror_one_way_finding = {
	.name = "mirror-one-way", .rank = 11, .diagnoser = &mirror_one_way_diagnoser, .evidence = &mirror_one_way_evidence};
const struct mw_finding_kind mirror_silent_finding = {
	.name = "mirror-silent", .rank = 11, .diagnoser = &mirror_blind_diagnoser, .evidence = &mirror_blind_evidence};
const struct mw_finding_kind mirror_clocks_finding = {
	.name = "clocks-differ", .rank = 11, .diagnoser = &mirror_clocks_diagnoser};
static const struct mw_finding_kind *const findings[] = {&mirror_cut_finding,    &mirror_lossy_finding,
														 &mirror_twice_finding,  &mirror_one_way_finding,
														 &mirror_silent_finding, &mirror_clocks_finding};

static const struct mw_detector_event events[] = {
	[MIRROR_EVENT_MOMENT] = {"moment", NULL},
	[MIRROR_EVENT_HOLE] = {"hole", "the mirror did not show packets"},
};

const struct mw_detector mw_detector_mirror = {
	.name = "mirror",
	.summary = "the mirror's own faults: what it loses, hides and shows twice",
	.source = "RFC 9293 section 3.4; Wilson, JASA 1927; nprobe's drop_check; zeek/zeek#2206",
	.wants =
		MW_KIND_FLOW_AGAIN | MW_KIND_OUT_OF_ORDER | MW_KIND_ACK_AHEAD | MW_KIND_FIN | MW_KIND_RST | MW_KIND_DUPLICATE,
	.worker_bytes = sizeof(struct mirror_worker),
	.control_bytes = sizeof(struct mirror_control),
	.side_max = MIRROR_FLOWS_MAX,
	.side_bytes = sizeof(struct mirror_flow),
	.settings = &settings_module,
	.counters = counters,
	.counters_count = MIRROR_COUNTS,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.ends_of_watched = true,
	.on_packet = mirror_look,
	.on_flow_end = mirror_flow_end,
	.on_moment = mirror_moment,
	.on_tick = mirror_tick,
	.on_event = mirror_on_event,
	.on_end = mirror_on_end,
	.on_interval = mirror_on_interval,
};
