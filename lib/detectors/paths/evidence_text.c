// SPDX-License-Identifier: BSD-3-Clause
// The words beside packets of a path.
// Neighbours: evidence.h.
#include <inttypes.h>
#include <netinet/in.h>

#include "evidence.h"
#include "mw_time.h"

static const struct evidence_flow *flow_of(const struct mw_evidence_packets *packets,
										   const struct mw_evidence_packet *packet)
{
	const struct evidence_paths_state *state = packets->state;

	return &state->flows[packet->slot];
}

static bool is_large(const struct mw_evidence_packet *packet)
{
	return packet->part == EVIDENCE_SENT || packet->part == EVIDENCE_AGAIN;
}

/** The nearest packet that sent the same bytes before, or (after) later; NULL for none. */
static const struct mw_evidence_packet *same_bytes(const struct mw_evidence_packets *packets,
												   const struct mw_evidence_packet *packet, bool after)
{
	const struct mw_evidence_packet *found = NULL;

	for (uint32_t i = 0; i < packets->kind->places; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes == 0 || !is_large(other) || other->slot != packet->slot ||
			other->seq != packet->seq || other->protocol != IPPROTO_TCP || other->number == packet->number ||
			(other->number > packet->number) != after)
			continue;
		if (found == NULL || (other->number < found->number) == after)
			found = other;
	}
	return found;
}

/** The latest report on the packet's connection before it, or NULL. */
static const struct mw_evidence_packet *report_before(const struct mw_evidence_packets *packets,
													  const struct mw_evidence_packet *packet)
{
	const struct evidence_flow *flow = flow_of(packets, packet);
	const struct mw_evidence_packet *found = NULL;

	for (uint32_t i = 0; flow->reported && i < packets->kind->places; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes == 0 || other->part != EVIDENCE_REPORTS || other->number > packet->number ||
			mw_address_compare(&other->quoted_src, &packet->src) != 0 ||
			mw_address_compare(&other->quoted_dst, &packet->dst) != 0)
			continue;
		if (found == NULL || other->number > found->number)
			found = other;
	}
	return found;
}

static void comment_handshake(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							  struct mw_text *text)
{
	(void)packets;
	mw_text_add(text, "the beginning of the connection, %s",
				packet->from_named ? "by the sender of the large packets" : "by their receiver");
	if (packet->mss_bytes != 0)
		mw_text_add(text, ": takes segments of up to %u bytes (MSS)", packet->mss_bytes);
	else
		mw_text_add(text, ": no MSS");
}

static void comment_sent(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						 struct mw_text *text)
{
	mw_text_add(text, "a large packet, %" PRIu32 " bytes, ", packet->ip_bytes);
	if (packet->protocol != IPPROTO_TCP)
		mw_text_add(text, "more than the path is known to take");
	else if (same_bytes(packets, packet, true) != NULL)
		mw_text_add(text, "for the first time: it is sent again later");
	else
		mw_text_add(text, "not acknowledged when the trouble began");
}

static void comment_again(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						  struct mw_text *text)
{
	const struct mw_evidence_packet *before =
		packet->protocol == IPPROTO_TCP ? same_bytes(packets, packet, false) : NULL;
	const struct mw_evidence_packet *report = report_before(packets, packet);

	mw_text_add(text, "%s, %" PRIu32 " bytes",
				before != NULL                    ? "the same bytes again"
				: packet->protocol == IPPROTO_TCP ? "a large packet that repeats what was sent or follows a report"
												  : "another large packet",
				packet->ip_bytes);
	if (before != NULL) {
		mw_text_add(text, ", ");
		mw_evidence_add_when(text, packet->time_ns, before->time_ns, "the time before");
	}
	if (report == NULL)
		return;
	mw_text_add(text, ", ");
	mw_evidence_add_when(text, packet->time_ns, report->time_ns, "a report");
	if (report->mtu_bytes != 0)
		mw_text_add(text, " that allows %" PRIu32, report->mtu_bytes);
}

/** The lowest byte that was sent again, or is kept as not acknowledged. */
static const struct mw_evidence_packet *stuck(const struct mw_evidence_packets *packets,
											  const struct mw_evidence_packet *packet)
{
	const struct mw_evidence_packet *found = NULL;

	for (uint32_t i = 0; i < packets->kind->places; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes > 0 && is_large(other) && other->slot == packet->slot &&
			(found == NULL || (int32_t)(other->seq - found->seq) < 0))
			found = other;
	}
	return found;
}

/** What is missing was not acknowledged with this answer: of what came behind it, or of the first answer kept. */
static bool still_asks(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet)
{
	const struct mw_evidence_packet *first = packet;

	for (uint32_t i = 0; i < packets->kind->places; i++) {
		const struct mw_evidence_packet *other = &packets->packets[i];

		if (other->captured_bytes == 0 || other->slot != packet->slot)
			continue;
		if (other->part == EVIDENCE_SMALLER && other->proves)
			return (int32_t)(packet->ack - other->from) <= 0;
		if (other->part == EVIDENCE_ANSWERS && other->number < first->number)
			first = other;
	}
	return packet->ack == first->ack;
}

static void comment_answer(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						   struct mw_text *text)
{
	const struct mw_evidence_packet *lost = stuck(packets, packet);

	if (packet->protocol != IPPROTO_TCP)
		mw_text_add(text, "the other way, after the first large packet: %" PRIu32 " bytes", packet->ip_bytes);
	else if (evidence_paths_detail(packets->subject)->upstream && !still_asks(packets, packet))
		mw_text_add(text, "the receiver goes on, and asks for byte %" PRIu32, packet->ack);
	else if (evidence_paths_detail(packets->subject)->upstream)
		mw_text_add(text, "the receiver still asks for byte %" PRIu32 ": what is missing never passed here",
					packet->ack);
	else if (lost != NULL && (int32_t)(packet->ack - lost->seq) > 0)
		mw_text_add(text, "the receiver acknowledges what was sent again, or part of it");
	else
		mw_text_add(text, "the receiver answers, and does not acknowledge the large packet");
	mw_text_add(text, ", ");
	mw_evidence_add_when(text, packet->time_ns, flow_of(packets, packet)->trouble_ns, "the first sign of loss");
}

static void comment_smaller(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							struct mw_text *text)
{
	if (packet->proves)
		mw_text_add(text, "a packet of this sender behind %" PRIu32 " bytes of data that never passed here, ",
					packet->to - packet->from);
	else
		mw_text_add(text, "a smaller packet of this sender, %" PRIu32 " bytes, ", packet->ip_bytes);
	mw_evidence_add_when(text, packet->time_ns, flow_of(packets, packet)->trouble_ns, "the first sign of loss");
}

static void comment_report(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
						   struct mw_text *text)
{
	(void)packets;
	mw_address_add_text(text, &packet->src);
	mw_text_add(text, " says that a packet");
	if (packet->quoted_bytes != 0)
		mw_text_add(text, " of %" PRIu32 " bytes", packet->quoted_bytes);
	mw_text_add(text, " from ");
	mw_address_add_text(text, &packet->quoted_src);
	mw_text_add(text, " is too big");
	if (packet->mtu_bytes != 0)
		mw_text_add(text, ", %" PRIu32 " are allowed", packet->mtu_bytes);
	if (mw_address_compare(&packet->dst, &packet->quoted_src) != 0) {
		mw_text_add(text, "; it tells ");
		mw_address_add_text(text, &packet->dst);
		mw_text_add(text, ", not the sender");
	}
}

void evidence_paths_comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							struct mw_text *text)
{
	static void (*const words[EVIDENCE_PATHS_PARTS])(const struct mw_evidence_packets *packets,
													 const struct mw_evidence_packet *packet, struct mw_text *text) = {
		[EVIDENCE_HANDSHAKE] = comment_handshake, [EVIDENCE_SENT] = comment_sent,
		[EVIDENCE_AGAIN] = comment_again,         [EVIDENCE_ANSWERS] = comment_answer,
		[EVIDENCE_SMALLER] = comment_smaller,     [EVIDENCE_REPORTS] = comment_report,
	};

	words[packet->part](packets, packet, text);
}
