// SPDX-License-Identifier: BSD-3-Clause
// The columns of fragments.csv, and how they are filled.
// Neighbours: fragments.h, row.h; the settings belong to lib/fragment.
#include "row.h"

#include <inttypes.h>

#include "words.h"

const char *const mw_fragment_verdict_names[MW_FRAGMENT_VERDICTS] = {"incomplete", "irregular", "evicted"};
const char *const mw_fragment_word_names[] = {
	[FRAGMENT_ACKNOWLEDGED] = "acknowledged", [FRAGMENT_ANSWERED] = "answered"};

#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(struct mw_fragment_row, member), .help = text, __VA_ARGS__  \
	}
#define NAMES(list, count) .names = list, .names_count = count

static const struct mw_column columns[] = {
	COLUMN("src", ADDRESS, src, "who sent the datagram"),
	COLUMN("dst", ADDRESS, dst, "whom it was sent to"),
	COLUMN("proto", TEXT, proto, "protocol in it, by name or number"),
	COLUMN("sport", I64, sport, "source port; empty when the first piece was not seen"),
	COLUMN("dport", I64, dport, "destination port"),
	COLUMN("ip_id", I64, ip_id, "identification that its pieces share"),
	COLUMN("fragments_seen", I64, fragments_seen, "pieces seen, exact copies left out"),
	COLUMN("bytes_seen", I64, bytes_seen, "different bytes of the IP payload that were seen"),
	COLUMN("bytes_total", I64, bytes_total,
		   "bytes of the whole IP payload, by the last piece or the UDP length in the first"),
	COLUMN("missing", TEXT, missing,
		   "bytes of the IP payload that never passed: from-to, both included, joined by ;, an unknown end empty"),
	COLUMN("verdict", ENUM, verdict, "what became of it", NAMES(mw_fragment_verdict_names, MW_FRAGMENT_VERDICTS)),
	COLUMN("anomaly", FLAGS, anomaly, "what is not regular about it, joined by +",
		   NAMES(mw_fragment_anomaly_names, MW_FRAGMENT_ANOMALIES)),
	COLUMN(
		"delivered", ENUM, word,
		"how its receiver showed that it had all of it, so that the capture misses pieces, not the network; empty: it "
		"did not",
		NAMES(mw_fragment_word_names, FRAGMENT_WORDS_COUNT)),
};

const struct mw_record mw_fragment_record = {
	.name = "fragments",
	.help = "one row per datagram that was not complete, or not regular",
	.schema = 1,
	.ts_offset = offsetof(struct mw_fragment_row, ts_ns),
	.row_bytes = sizeof(struct mw_fragment_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

/** Names of IP protocols (IANA). ported: it has ports; of ICMP echo it would be the identifier. */
static const struct {
	uint8_t number;
	bool ported;
	char name[8];
} PROTOCOLS[] = {
	{1, false, "icmp"},  {2, false, "igmp"},  {4, false, "ipip"},   {6, true, "tcp"},    {17, true, "udp"},
	{41, false, "ipv6"}, {47, false, "gre"},  {50, false, "esp"},   {51, false, "ah"},   {58, false, "icmp6"},
	{89, false, "ospf"}, {103, false, "pim"}, {115, false, "l2tp"}, {132, true, "sctp"},
};

static void fill_protocol(const struct mw_event_flow *flow, bool ports_known, struct mw_fragment_row *row)
{
	struct mw_text text = mw_text_in(row->proto, sizeof(row->proto));

	row->protocol = flow->protocol;
	row->sport = row->dport = MW_UNKNOWN_I64;
	for (size_t i = 0; i < MW_ARRAY_SIZE(PROTOCOLS); i++) {
		if (PROTOCOLS[i].number != flow->protocol)
			continue;
		mw_text_add(&text, "%s", PROTOCOLS[i].name);
		row->sport = ports_known && PROTOCOLS[i].ported ? flow->src_port : MW_UNKNOWN_I64;
		row->dport = ports_known && PROTOCOLS[i].ported ? flow->dst_port : MW_UNKNOWN_I64;
		return;
	}
	mw_text_add(&text, "%u", flow->protocol);
}

static void fill_flow(const struct mw_event_flow *flow, bool ports_known, struct mw_fragment_row *row)
{
	row->src = flow->src;
	row->dst = flow->dst;
	row->tunnel = flow->tunnel;
	row->family = mw_address_is_v4(&flow->src) ? 4 : 6;
	fill_protocol(flow, ports_known, row);
}

static void add_range(struct mw_text *text, const struct mw_fragment_range *range)
{
	mw_text_add(text, "%s%" PRIu32 "-", text->len_bytes > 0 ? ";" : "", range->from);
	if (range->to != MW_FRAGMENT_OPEN)
		mw_text_add(text, "%" PRIu32, range->to - 1);
}

static uint8_t verdict_of(uint8_t end)
{
	static const uint8_t verdicts[MW_FRAGMENT_ENDS] = {[MW_FRAGMENT_INCOMPLETE] = MW_FRAGMENTS_INCOMPLETE,
													   [MW_FRAGMENT_IRREGULAR] = MW_FRAGMENTS_IRREGULAR,
													   [MW_FRAGMENT_EVICTED] = MW_FRAGMENTS_EVICTED};

	return verdicts[end];
}

void fragment_row_datagram(const struct fragment_waiting *waiting, struct mw_fragment_row *row)
{
	const struct fragment_facts *facts = &waiting->facts;
	struct mw_text missing;

	*row = (struct mw_fragment_row){.ts_ns = waiting->first_ns,
									.ip_id = facts->id,
									.fragments_seen = facts->fragments,
									.bytes_seen = facts->bytes_seen,
									.bytes_total = facts->bytes_total == 0 ? MW_UNKNOWN_I64 : facts->bytes_total,
									.verdict = verdict_of(facts->end),
									.anomaly = facts->anomalies,
									.word = facts->word,
									.last_ns = facts->last_ns,
									.other = waiting->other,
									.first_seen = facts->first_seen,
									.last_seen = facts->last_seen,
									.known = facts->answered,
									.largest_bytes = facts->largest_bytes};
	fill_flow(&waiting->flow, facts->ports_known, row);
	missing = mw_text_in(row->missing, sizeof(row->missing));
	for (uint32_t i = 0; i < facts->missing_count; i++)
		add_range(&missing, &facts->missing[i]);
}

void fragment_row_outer(const struct fragment_mark *outer, struct mw_fragment_row *row)
{
	const struct mw_fragment_range missing = {outer->bytes, MW_FRAGMENT_OPEN};
	struct mw_text text;

	*row = (struct mw_fragment_row){.ts_ns = outer->first_ns,
									.ip_id = outer->id,
									.fragments_seen = 1,
									.bytes_seen = outer->bytes,
									.bytes_total = MW_UNKNOWN_I64,
									.verdict = MW_FRAGMENTS_INCOMPLETE,
									.word = FRAGMENT_NO_WORD,
									.last_ns = outer->last_ns,
									.first_seen = true,
									.largest_bytes = MW_UNKNOWN_I64};
	fill_flow(&outer->flow, false, row);
	text = mw_text_in(row->missing, sizeof(row->missing));
	add_range(&text, &missing);
}

void fragment_row_report(const struct fragment_mark *report, struct mw_fragment_row *row)
{
	*row = (struct mw_fragment_row){.ts_ns = report->first_ns,
									.ip_id = report->id,
									.fragments_seen = MW_UNKNOWN_I64,
									.bytes_seen = MW_UNKNOWN_I64,
									.bytes_total = MW_UNKNOWN_I64,
									.verdict = MW_FRAGMENTS_IRREGULAR,
									.anomaly = 1u << MW_FRAGMENT_RECEIVER,
									.word = FRAGMENT_NO_WORD,
									.known = report->answered,
									.last_ns = report->last_ns,
									.largest_bytes = MW_UNKNOWN_I64};
	fill_flow(&report->flow, report->ports_known, row);
}
