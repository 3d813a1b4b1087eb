// SPDX-License-Identifier: BSD-3-Clause
// Connections on a path are followed from their beginning, and stay when a large packet of theirs is sent again, or is
// reported as too big: with their handshake, the first time that it was sent, and what both sides did then.
// Neighbours: evidence.h, row.c.
#include "evidence.h"

#include <netinet/in.h>
#include <string.h>

#include "finding.h"

#define FLOW_PLACES  15
#define PLACES       (EVIDENCE_FLOWS * FLOW_PLACES + 12)
#define FRAME_BYTES  2048
#define AFTER_NS     (10 * MW_NS_PER_SECOND)
#define AGAIN_NS     MW_NS_PER_MS // no sender repeats sooner: a mirror that shows a packet twice does, or mixes order
#define REPEATS      3 // equal acknowledgements that ask for what is missing (RFC 5681)
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
	*detail = (struct evidence_paths_detail){.limit_bytes = limit_of(row), .upstream = row->upstream};
}

static bool on_row_black_hole(const void *row, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	fill(row, PATHS_HOLES, subject, key);
	return true;
}

static bool on_row_ignored(const void *row, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	fill(row, PATHS_IGNORED, subject, key);
	return true;
}

static bool seq_is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
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
static void forget_acknowledged(struct mw_evidence_packets *packets, const struct evidence_flow *flow)
{
	struct mw_evidence_packet *sent = kept(packets, flow, EVIDENCE_SENT);

	for (uint32_t i = 0; i < parts[EVIDENCE_SENT].count; i++) {
		if (sent[i].captured_bytes > 0 && !seq_is_before(flow->acked, sent[i].seq + sent[i].payload_bytes))
			sent[i].captured_bytes = 0;
	}
}

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

/** When these bytes were sent last: the packet, if it is kept, else when the sender went on. */
static uint64_t sent_ns(struct mw_evidence_packets *packets, const struct evidence_flow *flow, uint32_t seq)
{
	const struct mw_evidence_packet *sent = kept(packets, flow, EVIDENCE_SENT);

	for (uint32_t i = 0; i < parts[EVIDENCE_SENT].count; i++) {
		if (sent[i].captured_bytes > 0 && sent[i].seq == seq)
			return sent[i].time_ns;
	}
	return flow->advanced_ns;
}

static void advance(struct evidence_flow *flow, uint32_t seq, uint64_t time_ns)
{
	if (flow->next_known && !seq_is_before(flow->next_seq, seq))
		return;
	flow->next_known = true;
	flow->next_seq = seq;
	flow->advanced_ns = time_ns;
}

/** What is lost before this place is seen by what comes behind it, while the receiver waits. */
static bool take_beyond(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
						struct mw_evidence_packet *about)
{
	struct mw_evidence_packet *place;

	if (!evidence_paths_detail(packets->subject)->upstream || !flow->next_known || !flow->acked_known ||
		!seq_is_before(flow->next_seq, packet->tcp.seq) || seq_is_before(flow->next_seq, flow->acked))
		return false;
	show(flow, packet);
	about->from = flow->next_seq;
	about->to = packet->tcp.seq;
	place = keep(packets, flow, EVIDENCE_SMALLER, packet, about);
	if (place != NULL)
		place->proves = true;
	return true;
}

static void tcp_sent(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
					 struct mw_evidence_packet *about)
{
	bool large = packet->ip_total_bytes >= evidence_paths_detail(packets->subject)->limit_bytes;
	uint32_t end = packet->tcp.seq + packet->payload_wire_bytes;
	bool again = flow->next_known && seq_is_before(packet->tcp.seq, flow->next_seq) &&
				 packet->time_ns > sent_ns(packets, flow, packet->tcp.seq) + AGAIN_NS;

	if (take_beyond(packets, flow, packet, about)) {
		advance(flow, end, packet->time_ns);
		return;
	}
	if (packet->payload_wire_bytes == 0)
		return;
	if (large && again)
		show(flow, packet);
	if (large && flow->shown && (again || flow->reported))
		keep(packets, flow, EVIDENCE_AGAIN, packet, about);
	else if (large && !flow->shown)
		keep_sent(packets, flow, packet, about);
	else if (!large && flow->shown)
		keep(packets, flow, EVIDENCE_SMALLER, packet, about);
	advance(flow, end, packet->time_ns);
}

static void tcp_answered(struct mw_evidence_packets *packets, struct evidence_flow *flow,
						 const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	bool same = flow->acked_known && packet->tcp.ack == flow->acked;

	if ((packet->tcp.flags & MW_TCP_ACK) == 0)
		return;
	flow->repeats = same && packet->payload_wire_bytes == 0 ? flow->repeats + 1 : 0;
	if (!flow->acked_known || seq_is_before(flow->acked, packet->tcp.ack))
		flow->acked = packet->tcp.ack;
	flow->acked_known = true;
	if (evidence_paths_detail(packets->subject)->upstream && flow->repeats >= REPEATS)
		show(flow, packet);
	if (flow->shown)
		keep(packets, flow, EVIDENCE_ANSWERS, packet, about);
	else
		forget_acknowledged(packets, flow);
}

/** Another connection of the same ends takes the place of one that shows nothing, and ends one that does. */
static void tcp_opening(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
						struct mw_evidence_packet *about)
{
	uint32_t *seq = &flow->opening_seq[!about->from_named];
	struct evidence_flow ends = {
		.src = flow->src, .dst = flow->dst, .sport = flow->sport, .dport = flow->dport, .protocol = flow->protocol};

	// a SYN comes before a SYN-ACK: what began otherwise is another connection's rest
	if ((packet->kinds & MW_KIND_SYN) != 0 && (flow->next_known || flow->acked_known || flow->opening_known) &&
		!(flow->opening_known && *seq == packet->tcp.seq)) {
		flow->over = flow->shown;
		if (flow->over)
			return;
		drop_flow(packets, flow);
		*flow = ends;
		flow->used = true;
	}
	flow->opening_known = true;
	*seq = packet->tcp.seq;
	if (about->from_named)
		advance(flow, packet->tcp.seq + 1, packet->time_ns);
	keep(packets, flow, EVIDENCE_HANDSHAKE, packet, about);
}

static void take_tcp(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
					 struct mw_evidence_packet *about)
{
	if ((packet->kinds & (MW_KIND_SYN | MW_KIND_SYN_ACK)) != 0)
		tcp_opening(packets, flow, packet, about);
	else if (about->from_named)
		tcp_sent(packets, flow, packet, about);
	else
		tcp_answered(packets, flow, packet, about);
}

static void take_udp(struct mw_evidence_packets *packets, struct evidence_flow *flow, const struct mw_packet *packet,
					 struct mw_evidence_packet *about)
{
	bool large = packet->ip_total_bytes >= evidence_paths_detail(packets->subject)->limit_bytes;

	if (about->from_named && large) {
		show(flow, packet);
		keep(packets, flow,
			 flow->reported || flow->seen[EVIDENCE_SENT] == parts[EVIDENCE_SENT].count ? EVIDENCE_AGAIN : EVIDENCE_SENT,
			 packet, about);
	} else if (flow->shown) {
		keep(packets, flow, about->from_named ? EVIDENCE_SMALLER : EVIDENCE_ANSWERS, packet, about);
	}
}

static bool is_report(const struct mw_evidence_subject *subject, const struct mw_packet *packet)
{
	bool too_big = packet->family == 4 ? packet->icmp_type == 3 && packet->icmp_code == 4 : packet->icmp_type == 2;

	return (packet->kinds & MW_KIND_ICMP_ERROR) != 0 && too_big && mw_evidence_is_src(subject, &packet->quote.src) &&
		   mw_evidence_is_dst(subject, &packet->quote.dst);
}

static void take_report(struct mw_evidence_packets *packets, const struct mw_packet *packet,
						struct mw_evidence_packet *about)
{
	const struct mw_packet_quote *quote = &packet->quote;
	struct evidence_flow ends = {.src = quote->src,
								 .dst = quote->dst,
								 .sport = quote->src_port,
								 .dport = quote->dst_port,
								 .protocol = quote->protocol};
	struct evidence_flow *flow = find_flow(packets->state, &ends);

	about->part = EVIDENCE_REPORTS;
	mw_evidence_packets_keep(packets, &parts[EVIDENCE_REPORTS], &packets->seen[EVIDENCE_REPORTS], packet, about);
	if (flow == NULL || flow->over)
		return;
	show(flow, packet);
	flow->reported = true;
}

static void take(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about)
{
	const struct mw_evidence_subject *subject = packets->subject;
	bool from = mw_evidence_is_src(subject, &packet->src) && mw_evidence_is_dst(subject, &packet->dst);
	struct evidence_flow ends = {.protocol = packet->protocol};
	struct evidence_flow *flow;

	if (is_report(subject, packet)) {
		take_report(packets, packet, about);
		return;
	}
	if (packet->fate != MW_FATE_ANALYSED || (packet->kinds & (MW_KIND_TCP | MW_KIND_UDP)) == 0 ||
		(packet->kinds & MW_KIND_ICMP_ERROR) != 0 || packet->fragment_offset_bytes > 0 ||
		!(from || (mw_evidence_is_src(subject, &packet->dst) && mw_evidence_is_dst(subject, &packet->src))))
		return;
	about->from_named = from;
	ends.src = from ? packet->src : packet->dst;
	ends.dst = from ? packet->dst : packet->src;
	ends.sport = from ? packet->src_port : packet->dst_port;
	ends.dport = from ? packet->dst_port : packet->src_port;
	flow = find_flow(packets->state, &ends);
	if (flow == NULL)
		flow = new_flow(packets, &ends);
	if (flow == NULL || flow->over)
		return;
	flow->latest_ns = packet->time_ns;
	(packet->protocol == IPPROTO_TCP ? take_tcp : take_udp)(packets, flow, packet, about);
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
