// SPDX-License-Identifier: BSD-3-Clause
// The columns of paths.csv, and how what is known of a path fills them.
// Neighbours: paths.h has the row, sum.h what is known, verdict.c the verdict.
#include "control.h"
#include "network.h"

const char *const mw_path_verdict_names[MW_PATH_VERDICTS] = {
	[MW_PATH_OK] = "ok",
	[MW_PATH_HONOURED] = "too-big-honoured",
	[MW_PATH_IGNORED] = "too-big-ignored",
	[MW_PATH_MISADDRESSED] = "too-big-misaddressed",
	[MW_PATH_BLACK_HOLE] = "black-hole",
	[MW_PATH_CLAMPED] = "clamped",
	[MW_PATH_MERGED] = "merged",
};

#define COLUMN(title, kind_of, member, text, ...)                                                                      \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind_of, MW_MEMBER(struct mw_path_row, member), .help = text, __VA_ARGS__   \
	}

static const struct mw_column columns[] = {
	COLUMN("src", TEXT, src, "sender of the packets; a network (/24, /48) once many paths are known"),
	COLUMN("dst", TEXT, dst, "where they go, in the same way"),
	COLUMN("mtu_low", I64, mtu_low, "the path MTU is at least this, bytes: a packet of that size got through"),
	COLUMN("mtu_high", I64, mtu_high,
		   "the path MTU is at most this, bytes: larger packets were lost or reported, or the MSS says so"),
	COLUMN("icmp_reports", I64, icmp_reports,
		   "ICMP reports that packets of the sender are too big, wherever they went"),
	COLUMN(
		"reporters", TEXT, reporters,
		"routers that reported and the MTU that each gave, bytes: ADDRESS=MTU joined by +, in order of appearance, at "
		"most 4; 0: it gave none"),
	COLUMN("mss_syn", I64, mss_syn, "MSS in the SYN of the latest handshake that tells of the path, bytes"),
	COLUMN("mss_synack", I64, mss_synack, "MSS in its SYN-ACK, bytes"),
	COLUMN("largest_acked", I64, largest_acked, "largest packet that ever got through, bytes"),
	COLUMN("smallest_lost", I64, smallest_lost,
		   "smallest large packet that did not get through, bytes; for a black hole: those that show it alone"),
	COLUMN("retransmits", I64, retransmits, "retransmissions of the one packet that had most of them"),
	COLUMN("verdict", ENUM, verdict, "what is wrong with large packets on this path", .names = mw_path_verdict_names,
		   .names_count = MW_PATH_VERDICTS),
	COLUMN("confidence", I64, confidence, "how sure the verdict is, 0 to 100"),
	COLUMN("fragmented", I64, fragmented, "datagrams in pieces that passed whole: they depend on fragments"),
};

const struct mw_record mw_path_record = {
	.name = "paths",
	.help = "one row per direction of a pair of hosts with a path-MTU fact",
	.schema = 1,
	.ts_offset = offsetof(struct mw_path_row, ts_ns),
	.row_bytes = sizeof(struct mw_path_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

/** A number of which 0 is "not known". */
static int64_t known(uint64_t number)
{
	return number == 0 ? MW_UNKNOWN_I64 : (int64_t)number;
}

static void fill_end(char *chars, struct mw_prefix *prefix, const struct mw_address *address, bool is_network)
{
	struct mw_text text = mw_text_in(chars, MW_PATH_TEXT_BYTES);
	bool v4 = mw_address_is_v4(address);
	uint8_t bits = v4 ? PATH_NETWORK_BITS_V4 : PATH_NETWORK_BITS_V6;

	*prefix = (struct mw_prefix){*address, 128};
	if (is_network)
		prefix->len_bits = (uint8_t)(bits + (v4 ? 96 : 0)); // of the mapped form
	mw_address_add_text(&text, address);
	if (is_network)
		mw_text_add(&text, "/%u", bits);
}

static void write_reporters(struct mw_path_row *row, const struct path_sum *sum)
{
	struct mw_text text = mw_text_in(row->reporters, sizeof(row->reporters));

	for (uint32_t i = 0; i < sum->reporters_count; i++) {
		row->reporter[i] = sum->reporters[i];
		mw_text_add(&text, "%s", i == 0 ? "" : "+");
		mw_address_add_text(&text, &sum->reporters[i].address);
		mw_text_add(&text, "=%u", sum->reporters[i].mtu_bytes);
	}
	row->reporters_count = sum->reporters_count;
}

static uint8_t protocol_of(const struct path_sum *sum)
{
	if (sum->other || sum->tcp == sum->udp)
		return 0;
	return sum->tcp ? 6 : 17;
}

/** Whether there is a size to tell, or a datagram in pieces. */
static bool is_worth_a_row(const struct path_sum *sum)
{
	return sum->reports > 0 || sum->fragmented > 0 || sum->largest_acked > 0 || sum->smallest_lost > 0 ||
		   sum->mss_limit > 0 || sum->sent_after > 0 || sum->merged_bytes > 0;
}

/** Sizes that reports quote count as long as these are not contradicted. */
static uint32_t smallest_lost(const struct path_sum *sum)
{
	uint32_t quoted = sum->bound != 0 ? sum->smallest_quoted : 0;

	if (sum->smallest_lost == 0 || quoted == 0)
		return sum->smallest_lost + quoted;
	return MW_MIN(sum->smallest_lost, quoted);
}

static void fill_verdict(struct mw_path_row *row, const struct path_sum *sum, const struct path_verdict *verdict)
{
	const struct path_range range = path_mtu_range(sum, verdict);
	const bool black_hole = verdict->verdict == MW_PATH_BLACK_HOLE;

	row->verdict = verdict->verdict;
	row->confidence = verdict->confidence;
	row->mtu_low = known(range.low);
	row->mtu_high = known(range.high);
	row->smallest_lost = known(black_hole ? path_black_hole_lost(sum) : smallest_lost(sum));
	if (verdict->show == PATH_SHOWS)
		return;
	row->flows = black_hole ? path_black_hole_flows(sum) : sum->evidence[verdict->show].flows;
	row->flows_confirmed = sum->evidence[PATH_SHOWS_SHRANK].flows;
	row->upstream = black_hole && 2 * sum->evidence[verdict->show].upstream > sum->evidence[verdict->show].flows;
	row->networks = verdict->networks;
	row->opens_on |= verdict->networks > 0;
}

bool path_row_fill(const struct path *path, const struct path_verdict *verdict, struct mw_path_row *row)
{
	const struct path_sum *sum = &path->sum;

	if (!is_worth_a_row(sum))
		return false;
	*row = (struct mw_path_row){
		.ts_ns = sum->first_ns,
		.icmp_reports = (int64_t)sum->reports,
		.mss_syn = known(sum->mss_syn),
		.mss_synack = known(sum->mss_synack),
		.largest_acked = known(sum->largest_acked),
		.retransmits = known(sum->retransmits),
		.fragmented = (int64_t)sum->fragmented,
		.last_ns = sum->last_ns,
		.family = sum->v6 ? 6 : 4,
		.protocol = protocol_of(sum),
		.told = sum->told,
		.segments_lost = (int64_t)sum->segments_lost,
		.sent_after_report = (int64_t)sum->sent_after,
		.merged_bytes = known(sum->merged_bytes),
		.mss_before = known(sum->mss_before),
		.quote = sum->quote,
		.receiver_alive = sum->receiver_alive,
		.small_arrived = sum->small_arrived,
		.opens_on = sum->opens_on,
		.mirror_gaps = sum->mirror_gaps,
	};
	fill_end(row->src, &row->src_prefix, &path->src, path->is_network);
	fill_end(row->dst, &row->dst_prefix, &path->dst, path->is_network);
	write_reporters(row, sum);
	fill_verdict(row, sum, verdict);
	return true;
}
