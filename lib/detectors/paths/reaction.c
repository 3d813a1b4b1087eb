// SPDX-License-Identifier: BSD-3-Clause
// Sizes after a report. What was on its way when it came says nothing, so there is a grace.
// Neighbours: reaction.h.
#include "reaction.h"

#include <string.h>

#include "tcp.h"
#include "worker.h"

#define LEAST_V4_BYTES   576 // Linux goes down to 552 and then lets its packets be fragmented
#define LEAST_V6_BYTES   1280 // RFC 8201 section 4
#define GRACE_NS         (250 * MW_NS_PER_MS)
#define IGNORED_LEAST    2 // packets too big after the grace
#define PASSED_LEAST     3 // acknowledged, when others were sent again: the tap may miss smaller copies of some
#define GOES_ON_NS       (2 * MW_NS_PER_SECOND) // no sender waits longer for a first acknowledgement (RFC 6298)
#define FITS_SOON_NS     (2 * MW_NS_PER_SECOND)
#define FITS_SOON_LEAST  3
#define FITS_LATE_NS     (10 * MW_NS_PER_SECOND)
#define IGNORED_WAIT_NS  (10 * MW_NS_PER_SECOND) // how many they become
#define FOLLOW_NS        (30 * MW_NS_PER_SECOND)
#define HONOURED_WAIT_NS (2 * MW_NS_PER_SECOND) // late reports on the same burst
#define NEAR_LIMIT_BYTES 100 // TCP: a new packet this near below the limit is cut to fit
#define PROTOCOL_TCP     6

uint32_t path_reaction_limit(bool v6, uint32_t mtu_bytes, uint32_t quoted_bytes)
{
	static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68}; // RFC 1191 section 7
	uint32_t least_bytes = v6 ? LEAST_V6_BYTES : LEAST_V4_BYTES, limit_bytes = mtu_bytes;

	if (quoted_bytes <= least_bytes || mtu_bytes >= quoted_bytes)
		return 0;
	for (uint32_t i = 0; limit_bytes == 0 && i < MW_ARRAY_SIZE(plateaus); i++) {
		if (plateaus[i] < quoted_bytes)
			limit_bytes = plateaus[i];
	}
	return MW_MAX(limit_bytes, least_bytes);
}

static void emit_reaction(struct mw_detector_ctx *ctx, struct path_episode *episode)
{
	struct path_reaction_part *part = &episode->reaction;
	struct path_facts facts;

	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_REACTION;
	facts.reaction = part->reaction;
	facts.flow_known = part->fits_flow;
	facts.reporter = part->reporter;
	facts.told = part->told;
	facts.mtu_bytes = part->mtu_bytes;
	facts.quoted_bytes = part->quoted_bytes;
	facts.sent_after = part->sent_after;
	facts.smallest_lost = part->reaction == PATH_DISPROVED ? 0 : part->smallest_after;
	if (part->reaction == PATH_DISPROVED)
		facts.largest_acked = part->largest_passed;
	else if (part->reaction == PATH_HONOURED && part->again_acked) // else a narrower hop may have taken it
		facts.largest_acked = part->again_size;
	facts.from_ns = part->time_ns;
	facts.to_ns = part->reaction == PATH_DISPROVED ? part->passed_ns : part->time_ns;
	path_tcp_fill(&facts, path_flow_of(ctx, episode), episode->direction);
	path_emit(ctx, part->time_ns, &episode->ends, &facts);
	part->is_told = true;
}

static void decide(struct path_reaction_part *part, enum path_reaction reaction, uint64_t clock_ns)
{
	part->reaction = (uint8_t)reaction;
	part->decided_ns = clock_ns;
}

static void end_disproved(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t clock_ns)
{
	decide(&episode->reaction, PATH_DISPROVED, clock_ns);
	emit_reaction(ctx, episode);
	episode->parts &= (uint8_t)~PATH_PART_REACTION;
}

/** What came later fits. Of TCP small talk always does, so it must be a packet that was cut. */
static bool all_fits(const struct path_episode *episode)
{
	const struct path_reaction_part *part = &episode->reaction;

	if (part->fits == 0 || part->sent_after > 0)
		return false;
	return episode->ends.protocol != PROTOCOL_TCP || part->largest_fit + NEAR_LIMIT_BYTES >= part->limit_bytes;
}

static uint64_t due_of(const struct path_episode *episode)
{
	const struct path_reaction_part *part = &episode->reaction;
	uint64_t over_ns = part->clock_ns + FOLLOW_NS;

	if (part->decided_ns != 0 && part->reaction == PATH_HONOURED)
		return part->decided_ns + HONOURED_WAIT_NS;
	if (part->decided_ns != 0)
		return part->is_told ? over_ns : MW_MIN(part->decided_ns + IGNORED_WAIT_NS, over_ns);
	if (all_fits(episode) && episode->ends.protocol != PROTOCOL_TCP)
		return part->clock_ns + (part->fits >= FITS_SOON_LEAST ? FITS_SOON_NS : FITS_LATE_NS);
	return over_ns;
}

void path_reaction_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
						bool fits)
{
	const struct mw_packet_quote *quote = &packet->quote;
	struct path_reaction_part *part = &episode->reaction;
	uint32_t limit_bytes = path_reaction_limit(!mw_address_is_v4(&quote->src), quote->mtu_bytes, quote->total_bytes);

	if (limit_bytes == 0)
		return;
	episode->reported |= fits;
	if (episode->parts & PATH_PART_REACTION && (part->fits_flow || !fits)) {
		if (limit_bytes >= part->limit_bytes || !fits)
			return;
		if (!part->is_told && all_fits(episode)) { // it kept to the limit that was known before
			decide(part, PATH_HONOURED, packet->clock_ns);
			emit_reaction(ctx, episode);
		}
	}
	memset(part, 0, sizeof(*part));
	part->time_ns = packet->time_ns;
	part->clock_ns = packet->clock_ns;
	part->reporter = packet->src;
	part->told = packet->dst;
	part->mtu_bytes = quote->mtu_bytes;
	part->limit_bytes = limit_bytes;
	part->quoted_bytes = quote->total_bytes;
	part->quoted_seq = quote->tcp_seq;
	part->fits_flow = fits;
	path_part_open(ctx, episode, PATH_PART_REACTION, due_of(episode));
}

/**
 * Too big for the router, that is, and nobody may cut it on the way. Without the receiver's MSS, what is larger than
 * the packet that was reported may have been put together on this side of the tap.
 */
static bool is_too_big(const struct path_reaction_part *part, const struct mw_packet *packet,
					   const struct mw_flow *flow)
{
	if ((packet->kinds & MW_KIND_TCP) != 0 && mw_flow_mss(flow, !packet->direction) == 0 &&
		packet->ip_total_bytes > part->quoted_bytes)
		return false;
	return packet->ip_total_bytes > part->limit_bytes && (packet->family == 6 || packet->dont_fragment);
}

/** TCP: follows one packet that is too big to its acknowledgement, unless some of it is sent in smaller ones. */
static void note_probe(struct path_reaction_part *part, const struct mw_packet *packet, const struct mw_flow *flow,
					   bool too_big)
{
	uint32_t end = packet->tcp.seq + packet->payload_wire_bytes;

	part->resent |= too_big && path_tcp_repeats(packet, flow);
	if (!too_big) {
		if (mw_seq_after(part->probe_end, packet->tcp.seq) && mw_seq_after(end, part->probe_seq))
			part->probe_size = 0;
	} else if (part->probe_size == 0) {
		part->probe_seq = packet->tcp.seq;
		part->probe_end = end;
		part->probe_size = packet->ip_total_bytes;
	}
}

/**
 * TCP: it sends new ones, and none again, for longer than any retransmission timer. So they are acknowledged, though
 * the tap may not see the receiver.
 */
static bool goes_on(struct path_reaction_part *part, const struct mw_packet *packet, const struct mw_flow *flow)
{
	if (part->resent || path_tcp_repeats(packet, flow)) {
		part->new_count = 0;
		return false;
	}
	if (!is_too_big(part, packet, flow))
		return false;
	if (part->new_count++ == 0) {
		part->new_ns = packet->clock_ns;
		part->new_size = packet->ip_total_bytes;
	}
	if (part->new_count < PASSED_LEAST || path_since(packet->clock_ns, part->new_ns) < GOES_ON_NS)
		return false;
	part->largest_passed = MW_MAX(part->largest_passed, part->new_size);
	part->passed_ns = packet->time_ns;
	return true;
}

static void note_too_big(struct path_reaction_part *part, const struct mw_packet *packet)
{
	part->sent_after++;
	if (part->smallest_after == 0 || packet->ip_total_bytes < part->smallest_after)
		part->smallest_after = packet->ip_total_bytes;
	if (part->sent_after >= IGNORED_LEAST && part->decided_ns == 0)
		decide(part, PATH_IGNORED, packet->clock_ns);
}

void path_reaction_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
						const struct mw_flow *flow)
{
	struct path_reaction_part *part = &episode->reaction;
	bool tcp = (packet->kinds & MW_KIND_TCP) != 0;
	bool late = path_since(packet->clock_ns, part->clock_ns) >= GRACE_NS;

	if (tcp && (packet->payload_wire_bytes == 0 || !path_tcp_is_wire_size(packet, flow)))
		return;
	if (tcp)
		note_probe(part, packet, flow, is_too_big(part, packet, flow));
	if (tcp && late && goes_on(part, packet, flow)) {
		end_disproved(ctx, episode, packet->clock_ns);
		return;
	}
	if (is_too_big(part, packet, flow)) {
		mw_detector_mark(ctx, PATH_MARK_TOO_BIG, 0);
		if (late)
			note_too_big(part, packet);
	} else {
		part->fits += late;
		part->largest_fit = MW_MAX(part->largest_fit, late ? packet->ip_total_bytes : 0);
		if (tcp && part->again_size == 0 && path_tcp_repeats(packet, flow) &&
			packet->tcp.seq - part->quoted_seq < part->quoted_bytes) {
			part->again_size = packet->ip_total_bytes;
			part->again_end = packet->tcp.seq + packet->payload_wire_bytes;
		}
	}
	if (part->sent_after > 0)
		path_make_firm(ctx, episode);
	path_part_open(ctx, episode, PATH_PART_REACTION, due_of(episode));
}

/** @return true: what is acknowledged shows that the report does not hold. */
static bool is_disproved(struct path_reaction_part *part, const struct mw_packet *packet)
{
	if (part->probe_size == 0 || mw_seq_after(part->probe_end, packet->tcp.ack))
		return false;
	part->passed++;
	part->passed_ns = packet->time_ns;
	part->largest_passed = MW_MAX(part->largest_passed, part->probe_size);
	part->probe_size = 0;
	return part->passed >= (part->resent ? PASSED_LEAST : 1);
}

void path_reaction_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	struct path_reaction_part *part = &episode->reaction;

	if (!(packet->tcp.flags & MW_TCP_ACK) || packet->tcp.flags & MW_TCP_RST)
		return;
	if (is_disproved(part, packet)) {
		end_disproved(ctx, episode, packet->clock_ns);
		return;
	}
	if (part->again_size == 0 || part->decided_ns != 0 || mw_seq_after(part->again_end, packet->tcp.ack))
		return;
	part->again_acked = true;
	decide(part, PATH_HONOURED, packet->clock_ns);
	emit_reaction(ctx, episode);
	path_part_open(ctx, episode, PATH_PART_REACTION, due_of(episode));
}

void path_reaction_end(struct mw_detector_ctx *ctx, struct path_episode *episode)
{
	struct path_reaction_part *part = &episode->reaction;

	if (part->decided_ns == 0)
		decide(part, all_fits(episode) ? PATH_HONOURED : PATH_NONE_SEEN, part->clock_ns);
	if (!part->is_told)
		emit_reaction(ctx, episode);
	episode->parts &= (uint8_t)~PATH_PART_REACTION;
}

uint64_t path_reaction_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns)
{
	struct path_reaction_part *part = &episode->reaction;
	uint64_t due_ns = due_of(episode);

	if (due_ns > now_ns)
		return due_ns;
	if (part->is_told || now_ns >= part->clock_ns + FOLLOW_NS) {
		path_reaction_end(ctx, episode);
		return UINT64_MAX;
	}
	if (part->decided_ns == 0)
		decide(part, PATH_HONOURED, now_ns);
	emit_reaction(ctx, episode);
	return due_of(episode);
}
