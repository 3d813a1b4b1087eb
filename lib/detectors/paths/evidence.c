// SPDX-License-Identifier: BSD-3-Clause
// Connections on a path are kept from their beginning, and stay when the worker half marks a packet of theirs, or a
// router reports one: with their handshake, the first time that it was sent, and what both sides did then.
// Neighbours: evidence.h; worker.h has the marks.
#include "evidence.h"

#include <netinet/in.h>
#include <string.h>

#include "finding.h"
#include "worker.h"

#define FLOW_PLACES  15
#define PLACES       (EVIDENCE_FLOWS * FLOW_PLACES + 12)
#define FRAME_BYTES  2048
#define AFTER_NS     (10 * MW_NS_PER_SECOND)
#define LIMIT_BYTES  1281 // when no size is known: larger than what passes nearly anywhere
#define NOT_ANY_MORE (-1) // confidence of a path that shows it no more

_Static_assert(MW_EVIDENCE_FITS(PLACES, FRAME_BYTES), "a file keeps within its bound");

static const struct mw_evidence_part parts[EVIDENCE_PATHS_PARTS] = {
	[EVIDENCE_HANDSHAKE] = {.at = 0, .count = 3},
	[EVIDENCE_SENT] = {.at = 3, .count = 3, .proves = true},
	[EVIDENCE_AGAIN] = {.at = 6, .count = 4, .proves = true},
	[EVIDENCE_ANSWERS] = {.at = 10, .count = 3, .proves = true},
	[EVIDENCE_SMALLER] = {.at = 13, .count = 2},
	[EVIDENCE_REPORTS] = {.at = EVIDENCE_FLOWS * FLOW_PLACES, .count = 12, .proves = true},
};

/** Of a connection, the place of its parts. */
static struct mw_evidence_part part_of(uint32_t slot, enum evidence_paths_part number)
{
	struct mw_evidence_part part = parts[number];

	part.at += slot * FLOW_PLACES;
	return part;
}

static uint32_t limit_of(const struct mw_path_row *row)
{
	int64_t limit = row->mtu_high > 0 ? row->mtu_high + 1 : row->smallest_lost > 0 ? row->smallest_lost : LIMIT_BYTES;

	return (uint32_t)MW_MIN(limit, (int64_t)UINT16_MAX);
}

/** Only whole rows of a path come, at the end: one that shows it no more may still be told by a finding. */
static void fill(const struct mw_path_row *row, uint32_t verdicts, struct mw_evidence_subject *subject,
				 char key[DIAGNOSIS_KEY_BYTES])
{
	struct evidence_paths_detail *detail = (void *)subject->detail;
	const struct paths_place place = paths_place_of(row->src, row->dst);

	paths_write_key(&place, key);
	subject->first_ns = row->ts_ns;
	subject->last_ns = MW_MAX(row->last_ns, row->ts_ns);
	subject->to_ns = subject->last_ns + AFTER_NS;
	subject->src = row->src_prefix.address;
	subject->src_bits = row->src_prefix.len_bits;
	subject->dst = row->dst_prefix.address;
	subject->dst_bits = row->dst_prefix.len_bits;
	subject->confidence = (verdicts >> row->verdict & 1) != 0 ? row->confidence : NOT_ANY_MORE;
	*detail = (struct evidence_paths_detail){.limit_bytes = limit_of(row),
											 .upstream = row->upstream,
											 .misquoted = row->quote.misquote != MW_PATH_MISQUOTE_NONE};
}

static bool on_row_black_hole(const void *row, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	fill(row, PATHS_HOLES, subject, key);
	return true;
}

static bool on_row_merged(const void *row, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	fill(row, PATHS_MERGED, subject, key);
	return true;
}

static bool on_row_ignored(const void *row, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	fill(row, PATHS_IGNORED, subject, key);
	return true;
}

static struct evidence_flow *find_flow(struct evidence_paths_state *state, const struct evidence_flow *ends)
{
	for (uint32_t i = 0; i < EVIDENCE_FLOWS; i++) {
		struct evidence_flow *flow = &state->flows[i];

		if (flow->used && flow->protocol == ends->protocol && flow->sport == ends->sport &&
			flow->dport == ends->dport && mw_address_compare(&flow->src, &ends->src) == 0 &&
			mw_address_compare(&flow->dst, &ends->dst) == 0)
			return flow;
	}
	return NULL;
}

static void drop_flow(struct mw_evidence_packets *packets, struct evidence_flow *flow)
{
	struct evidence_paths_state *state = packets->state;
	uint32_t slot = (uint32_t)(flow - state->flows);

	for (uint32_t i = 0; i < EVIDENCE_FLOW_PARTS; i++) {
		struct mw_evidence_part part = part_of(slot, (enum evidence_paths_part)i);

		mw_evidence_packets_drop(packets, &part, &flow->seen[i]);
	}
	memset(flow, 0, sizeof(*flow));
}

/** A free place, or that of the quietest connection that shows nothing. @return NULL when all show it. */
static struct evidence_flow *new_flow(struct mw_evidence_packets *packets, const struct evidence_flow *ends)
{
	struct evidence_paths_state *state = packets->state;
	struct evidence_flow *chosen = NULL;

	for (uint32_t i = 0; i < EVIDENCE_FLOWS; i++) {
		struct evidence_flow *flow = &state->flows[i];

		if (!flow->shown && (chosen == NULL || flow->latest_ns < chosen->latest_ns))
			chosen = flow;
	}
	if (chosen == NULL)
		return NULL;
	drop_flow(packets, chosen);
	*chosen = *ends;
	chosen->used = true;
	return chosen;
}

/** @return NULL when there is no room. */
static struct mw_evidence_packet *keep(struct mw_evidence_packets *packets, struct evidence_flow *flow,
									   enum evidence_paths_part number, const struct mw_packet *packet,
									   struct mw_evidence_packet *about)
{
	struct evidence_paths_state *state = packets->state;
	struct mw_evidence_part part;

	about->slot = (uint8_t)(flow - state->flows);
	about->part = (uint8_t)number;
	part = part_of(about->slot, number);
	return mw_evidence_packets_keep(packets, &part, &flow->seen[number], packet, about);
}

/** The connection's packets of one part. */
static struct mw_evidence_packet *kept(struct mw_evidence_packets *packets, const struct evidence_flow *flow,
									   enum evidence_paths_part number)
{
	const struct evidence_paths_state *state = packets->state;

	return &packets->packets[part_of((uint32_t)(flow - state->flows), number).at];
}

/** Large ones that the receiver has now were not lost: their places become free. */
static void forget_acknowledged(struct mw_evidence_packets *packets, const struct evidence_flow *flow, uint32_t acked)
{
	struct mw_evidence_packet *sent = kept(packets, flow, EVIDENCE_SENT);

	for (uint32_t i = 0; i < parts[EVIDENCE_SENT].count; i++) {
		if (sent[i].captured_bytes > 0 && !mw_seq_after(sent[i].seq + sent[i].payload_bytes, acked))
			sent[i].captured_bytes = 0;
	}
}

/** What may turn out to be lost: the oldest that are not acknowledged. */
static void keep_sent(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
					  struct mw_evidence_packet *about)
{
	const struct mw_evidence_packet *sent = kept(packets, flow, EVIDENCE_SENT);

	for (uint32_t i = 0; i < parts[EVIDENCE_SENT].count; i++) {
		if (sent[i].captured_bytes > 0)
			continue;
		flow->seen[EVIDENCE_SENT] = i;
		keep(packets, flow, EVIDENCE_SENT, packet, about);
		return;
	}
}

static void show(struct evidence_flow *flow, const struct mw_packet *packet)
{
	if (!flow->shown)
		flow->trouble_ns = packet->time_ns;
	flow->shown = true;
}

/** A large packet that is lost, or of which it cannot be told: UDP says nothing of what came. */
static void take_large(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
					   struct mw_evidence_packet *about)
{
	bool tcp = packet->protocol == IPPROTO_TCP, marked = about->mark.reason != 0;

	if (marked || !tcp)
		show(flow, packet);
	if (marked || (!tcp && (flow->reported || flow->seen[EVIDENCE_SENT] == parts[EVIDENCE_SENT].count)))
		keep(packets, flow, EVIDENCE_AGAIN, packet, about);
	else if (!tcp)
		keep(packets, flow, EVIDENCE_SENT, packet, about);
	else if (!flow->shown)
		keep_sent(packets, flow, packet, about);
}

/** What is lost before this place is seen by what comes behind it, while the receiver waits. */
static void take_behind(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
						struct mw_evidence_packet *about)
{
	struct mw_evidence_packet *place;

	show(flow, packet);
	about->from = about->mark.value;
	about->to = packet->tcp.seq;
	place = keep(packets, flow, EVIDENCE_SMALLER, packet, about);
	if (place != NULL)
		place->proves = true;
}

static void take_sent(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
					  struct mw_evidence_packet *about)
{
	const struct evidence_paths_detail *detail = evidence_paths_detail(packets->subject);

	if (about->mark.reason == PATH_MARK_BEHIND && detail->upstream)
		take_behind(packets, flow, packet, about);
	else if (packet->protocol == IPPROTO_TCP && packet->payload_wire_bytes == 0)
		return;
	else if (packet->ip_total_bytes >= detail->limit_bytes)
		take_large(packets, flow, packet, about);
	else if (flow->shown)
		keep(packets, flow, EVIDENCE_SMALLER, packet, about);
}

static void take_answer(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
						struct mw_evidence_packet *about)
{
	if (packet->protocol == IPPROTO_TCP && !(packet->tcp.flags & MW_TCP_ACK))
		return;
	if (flow->shown)
		keep(packets, flow, EVIDENCE_ANSWERS, packet, about);
	else
		forget_acknowledged(packets, flow, packet->tcp.ack);
}

/** The sender is told, and one end at least is the path's: the rest was not translated. */
static bool is_misquoted(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	return evidence_paths_detail(subject)->misquoted && mw_evidence_is_src(subject, &packet->dst) &&
		   (mw_evidence_is_src(subject, &packet->quote.src) || mw_evidence_is_dst(subject, &packet->quote.dst));
}

static void take_report(struct mw_evidence_packets *packets, const struct mw_packet *packet,
						struct mw_evidence_packet *about)
{
	const struct mw_packet_quote *quote = &packet->quote;
	const struct evidence_flow ends = {.src = quote->src,
									   .dst = quote->dst,
									   .sport = quote->src_port,
									   .dport = quote->dst_port,
									   .protocol = quote->protocol};
	struct evidence_flow *flow = find_flow(packets->state, &ends);

	bool quoted =
		mw_evidence_is_src(packets->subject, &quote->src) && mw_evidence_is_dst(packets->subject, &quote->dst);

	if (!quoted && !is_misquoted(packets->subject, packet))
		return;
	about->part = EVIDENCE_REPORTS;
	mw_evidence_packets_keep(packets, &parts[EVIDENCE_REPORTS], &packets->seen[EVIDENCE_REPORTS], packet, about);
	if (flow == NULL || flow->over)
		return;
	show(flow, packet);
	flow->reported = true;
}

/** The connection of a packet; another one of the same ends takes the place of one that shows nothing. */
static struct evidence_flow *flow_of(struct mw_evidence_packets *packets, const struct mw_packet *packet, bool from)
{
	const struct evidence_flow ends = {.src = from ? packet->src : packet->dst,
									   .dst = from ? packet->dst : packet->src,
									   .sport = from ? packet->src_port : packet->dst_port,
									   .dport = from ? packet->dst_port : packet->src_port,
									   .protocol = packet->protocol};
	struct evidence_flow *flow = find_flow(packets->state, &ends);

	if (flow != NULL && packet->kinds & MW_KIND_SYN && packet->kinds & MW_KIND_FLOW_START) {
		flow->over |= flow->shown;
		if (flow->over)
			return flow;
		drop_flow(packets, flow);
		flow = NULL;
	}
	return flow != NULL ? flow : new_flow(packets, &ends);
}

static void take(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	const struct mw_evidence_subject *subject = packets->subject;
	bool from = mw_evidence_is_src(subject, &packet->src) && mw_evidence_is_dst(subject, &packet->dst);
	struct evidence_flow *flow;

	if (about->mark.reason == PATH_MARK_REPORT)
		take_report(packets, packet, about);
	if (packet->flow == NULL || (packet->kinds & (MW_KIND_TCP | MW_KIND_UDP)) == 0 ||
		packet->kinds & (MW_KIND_ICMP_ERROR | MW_KIND_DUPLICATE) || packet->fragment_offset_bytes > 0 ||
		!(from || (mw_evidence_is_src(subject, &packet->dst) && mw_evidence_is_dst(subject, &packet->src))))
		return;
	about->from_named = from;
	flow = flow_of(packets, packet, from);
	if (flow == NULL || flow->over)
		return;
	flow->latest_ns = packet->time_ns;
	if (packet->kinds & (MW_KIND_SYN | MW_KIND_SYN_ACK))
		keep(packets, flow, EVIDENCE_HANDSHAKE, packet, about);
	else
		(from ? take_sent : take_answer)(packets, flow, packet, about);
}

static void finish(struct mw_evidence_packets *packets)
{
	struct evidence_paths_state *state = packets->state;

	for (uint32_t i = 0; i < EVIDENCE_FLOWS; i++) {
		if (!state->flows[i].shown)
			drop_flow(packets, &state->flows[i]);
	}
}

const struct mw_evidence_kind evidence_black_holes = {
	.record = &mw_path_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.state_bytes = sizeof(struct evidence_paths_state),
	.row = on_row_black_hole,
	.take = take,
	.finish = finish,
	.comment = evidence_paths_comment,
};

const struct mw_evidence_kind evidence_merged_packets = {
	.record = &mw_path_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.state_bytes = sizeof(struct evidence_paths_state),
	.row = on_row_merged,
	.take = take,
	.finish = finish,
	.comment = evidence_paths_comment,
};

const struct mw_evidence_kind evidence_ignored_reports = {
	.record = &mw_path_record,
	.places = PLACES,
	.frame_bytes = FRAME_BYTES,
	.state_bytes = sizeof(struct evidence_paths_state),
	.row = on_row_ignored,
	.take = take,
	.finish = finish,
	.comment = evidence_paths_comment,
};
