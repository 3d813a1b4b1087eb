// SPDX-License-Identifier: BSD-3-Clause
// The columns of resets.csv, and how an episode fills them. Text from packets is escaped here.
// Neighbours: resets.h, facts.h.
#include "row.h"

#include <string.h>

#include "community_id.h"
#include "cause.h"

const char *const mw_reset_verdict_names[MW_RESET_VERDICTS] = {"endpoint", "forged", "unknown"};
const char *const mw_reset_stage_names[MW_RESET_STAGES] = {"post-syn", "post-ack", "post-psh", "later"};

const char *const mw_reset_evidence_names[MW_RESET_EVIDENCES] = {
#define X(symbol, name) [MW_RESET_EVIDENCE_##symbol] = name,
	MW_RESET_EVIDENCE_TABLE(X)
#undef X
};

#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(struct mw_reset_row, member), .help = text, __VA_ARGS__     \
	}
#define NAMES(list, count) .names = list, .names_count = count

static const struct mw_column columns[] = {
	COLUMN("flow", TEXT, flow, "Community ID version 1"),
	COLUMN("vlan", I64, vlan, "outer VLAN id; empty when untagged"),
	COLUMN("src", ADDRESS, src, "whom the reset names as its sender"),
	COLUMN("sport", I64, sport, "its port"),
	COLUMN("dst", ADDRESS, dst, "whom the reset was sent to"),
	COLUMN("dport", I64, dport, "its port"),
	COLUMN("tunnel", ENUM, tunnel, "innermost tunnel around the connection", NAMES(mw_layer_names, MW_LAYERS)),
	COLUMN("count", I64, count, "resets in the episode"),
	COLUMN("verdict", ENUM, verdict, "who sent it", NAMES(mw_reset_verdict_names, MW_RESET_VERDICTS)),
	COLUMN("origin", ENUM, origin, "where it came from", NAMES(mw_middlebox_origin_names, MW_MIDDLEBOX_ORIGINS)),
	COLUMN("confidence", I64, confidence, "in the verdict, 0 to 100; empty with an unknown one"),
	COLUMN("stage", ENUM, stage, "what the client had sent before", NAMES(mw_reset_stage_names, MW_RESET_STAGES)),
	COLUMN("evidence", FLAGS, evidence, "what speaks for and against, joined by +",
		   NAMES(mw_reset_evidence_names, MW_RESET_EVIDENCES)),
	COLUMN("payload", TEXT, payload, "payload of the reset, up to 128 bytes, escaped"),
	COLUMN("signature", TEXT, signature, "name of the signature rule that the payload matches"),
	COLUMN("cause", TEXT, cause, "literal text of the cause in the payload"),
	COLUMN("ttl", I64, ttl, "TTL or hop limit of the reset that decided"),
	COLUMN("ttl_expected", I64, ttl_expected,
		   "TTL of the named sender's latest other packet; of several, the one that same-ttl names"),
	COLUMN("seq_offset", I64, seq_offset, "bytes from the end of what the named sender had sent"),
	COLUMN("rtt_fraction", DOUBLE, rtt_fraction,
		   "time since the other side's latest packet, as a part of the round trip from the tap to the named sender",
		   .decimals = 3),
	COLUMN("cluster", TEXT, cluster, "device in middleboxes.csv that this reset fits"),
	COLUMN("cause_group", ENUM, cause_group, "kind of the cause", NAMES(mw_cause_group_names, MW_CAUSE_GROUPS)),
	COLUMN("pattern", ENUM, pattern, "what the client had sent > what came, of SIGCOMM 2023, table 1",
		   NAMES(mw_reset_pattern_names, MW_RESET_PATTERNS)),
	COLUMN("named", ENUM, named, "which end the reset names as its sender; empty without the handshake",
		   NAMES(mw_reset_side_names, MW_RESET_SIDES)),
	COLUMN("habit", TEXT, habit, "who is known to forge in this way: a hint, no proof"),
};

static bool is_rowless(const void *row)
{
	return ((const struct mw_reset_row *)row)->rowless;
}

const struct mw_record mw_reset_record = {
	.name = "resets",
	.help = "one row per reset episode: one direction of one flow, resets close together",
	.schema = 1,
	.ts_offset = offsetof(struct mw_reset_row, ts_ns),
	.row_bytes = sizeof(struct mw_reset_row),
	.unwritten = is_rowless,
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

static const struct mw_setting settings[] = {
	{.name = "enabled",
	 .type = MW_SETTING_BOOL,
	 .offset = offsetof(struct mw_reset_settings, enabled),
	 .default_text = "yes",
	 .help = "judge resets"},
	{.name = "gap",
	 .type = MW_SETTING_DURATION,
	 .offset = offsetof(struct mw_reset_settings, gap_ns),
	 .default_text = "2s",
	 .min = 100 * MW_NS_PER_MS,
	 .max = 60 * MW_NS_PER_SECOND,
	 .help = "resets of one direction of one flow at most this far apart are one episode; the flow is watched as long"},
	{.name = "forged-at",
	 .type = MW_SETTING_UINT,
	 .offset = offsetof(struct mw_reset_settings, forged_at),
	 .default_text = "70",
	 .min = 50,
	 .max = 100,
	 .help = "confidence (0 to 100) from which a reset is called forged"},
	{.name = "reports-per-second",
	 .type = MW_SETTING_UINT,
	 .offset = offsetof(struct mw_reset_settings, reports_per_second),
	 .default_text = "10000",
	 .min = 1,
	 .max = 1000000,
	 .help = "rows of one verdict that each worker writes for one second, and as many of lone resets; more are only "
			 "judged and counted"},
};

const struct mw_settings_module mw_reset_settings_module = {
	.name = "resets",
	.help = "forged TCP resets",
	.settings = settings,
	.settings_count = MW_ARRAY_SIZE(settings),
	.values_bytes = sizeof(struct mw_reset_settings),
};

static void add_span(char *chars, size_t size_bytes, const struct mw_cause_span *span)
{
	struct mw_text text = mw_text_in(chars, size_bytes);

	mw_text_add_escaped(&text, span->bytes, span->count);
}

/** The bracket with its line, and the text with what varies between resets of one build left open. */
static void fill_device(struct mw_reset_row *row, const struct mw_reset_cause *cause)
{
	struct mw_text device = mw_text_in(row->device, sizeof(row->device));
	struct mw_text build = mw_text_in(row->build, sizeof(row->build));
	struct mw_text template = mw_text_in(row->template, sizeof(row->template));

	if (!cause->bracket)
		return;
	mw_text_add(&build, "0x%.*s", (int)cause->id.count, (const char *)cause->id.bytes);
	mw_text_add(&template, "BIG-IP: [%s:*] *", row->build);
	mw_text_add(&device, "[%s:%.*s]", row->build, (int)cause->line.count, (const char *)cause->line.bytes);
}

static void fill_cause(struct mw_reset_row *row, const struct reset_facts *facts, const uint8_t *payload)
{
	struct mw_reset_cause cause;

	row->cause_group = RESET_NOT_KNOWN;
	if (!mw_reset_cause_parse(payload, facts->payload_bytes, facts->payload_cut, &cause))
		return;
	add_span(row->cause, sizeof(row->cause), &cause.text);
	fill_device(row, &cause);
	if (cause.text.count == 0)
		return;
	row->cause_group = cause.group;
	row->cause_meaning = cause.meaning;
	row->cause_peer = cause.peer;
}

static void fill_payload(struct mw_reset_row *row, const struct reset_facts *facts, const uint8_t *payload,
						 const struct mw_signatures *signatures)
{
	struct mw_cause_span span = {payload, facts->payload_bytes};

	add_span(row->payload, sizeof(row->payload), &span);
	if (facts->signature != 0) {
		const struct mw_signature_rule *rule = mw_signatures_rule(signatures, facts->signature - 1u);

		memcpy(row->signature, rule->name, sizeof(row->signature));
		memcpy(row->label, rule->label, sizeof(row->label));
	}
	fill_cause(row, facts, payload);
}

static void fill_flow(struct mw_reset_row *row, const struct mw_event_flow *flow)
{
	row->vlan = flow->vlan == 0 ? MW_UNKNOWN_I64 : flow->vlan;
	row->src = flow->src;
	row->dst = flow->dst;
	row->sport = flow->src_port;
	row->dport = flow->dst_port;
	row->tunnel = flow->tunnel == MW_LAYERS ? 255 : flow->tunnel;
}

static int64_t known(bool is_known, int64_t value)
{
	return is_known ? value : MW_UNKNOWN_I64;
}

void reset_row_judge(const struct reset_judgement *judgement, struct mw_reset_row *row)
{
	row->verdict = judgement->verdict;
	row->origin = judgement->origin;
	row->confidence = known(judgement->confidence != RESET_NOT_KNOWN, judgement->confidence);
	row->evidence = judgement->evidence;
}

void reset_row_name(const struct reset_case *reset, struct mw_reset_row *row)
{
	if (!row->rowless || row->verdict != MW_RESET_ENDPOINT)
		community_id(&reset->ends, row->flow);
}

static void fill_shape(struct mw_reset_row *row, const struct reset_facts *facts)
{
	row->ttl = facts->ttl;
	row->ttl_expected = known(facts->side_known, facts->ttl_expected);
	row->hops = reset_initial_ttl(facts->ttl) - facts->ttl;
	row->seq_offset = known(facts->side_known, facts->seq_offset);
	row->rtt_fraction =
		facts->rtt_fraction_milli == UINT32_MAX ? MW_UNKNOWN_DOUBLE : facts->rtt_fraction_milli / 1000.0;
	row->rtt_ms = facts->rtt_us == 0 ? MW_UNKNOWN_DOUBLE : facts->rtt_us / 1000.0;
	row->one_way = facts->one_way;
	row->lossy = facts->lossy;
	row->rowless = facts->rowless != 0;
	row->window = facts->window;
	row->silence_ms = facts->silence_ms;
	row->ip_id = known(facts->ip_id_known, facts->ip_id);
	memcpy(row->mac, facts->mac, sizeof(row->mac));
	memcpy(row->mac_named, facts->mac_named, sizeof(row->mac_named));
	row->mac_known = memcmp(facts->mac, (const uint8_t[6]){0}, sizeof(facts->mac)) != 0;
}

const char *mw_reset_row_key(const struct mw_reset_row *row)
{
	return row->device_sure ? row->cluster : mw_middlebox_origin_names[row->origin];
}

void reset_row_fill(const struct reset_case *reset, const struct mw_signatures *signatures, struct mw_reset_row *row)
{
	const struct reset_facts *facts = &reset->facts;

	memset(row, 0, offsetof(struct mw_reset_row, payload)); // all of it costs more than the rest of a row
	row->payload[0] = row->cause[0] = row->signature[0] = row->habit[0] = '\0';
	row->device[0] = row->build[0] = row->template[0] = row->label[0] = '\0';
	row->ts_ns = reset->first_ns;
	row->last_ns = facts->last_ns;
	row->count = facts->count;
	row->stage = facts->stage;
	row->pattern = facts->pattern;
	row->named = facts->named;
	fill_flow(row, &reset->ends);
	fill_shape(row, facts);
	fill_payload(row, facts, reset->payload, signatures);
}
