// SPDX-License-Identifier: BSD-3-Clause
// Facts of single packets.
// Neighbours: icmp.h.
#include "icmp.h"

#include <string.h>

#include "facts.h"
#include "merged.h"
#include "reporter.h"
#include "worker.h"
#include "mw_kit_event.h"

#define ETHERNET_MSS_V4       1460
#define ETHERNET_MSS_V6       1440
#define SAME_SYN_NS           (100 * MW_NS_PER_MS) // a retransmission comes a second later (RFC 6298 section 2.1)
#define UNSEEN_BYTES          (1u << 20) // how far ahead of what the tap saw a quoted packet may be
#define PROTOCOL_TCP          6
#define FULL_NOTES_PER_SECOND 1000 // of each worker

bool path_report_is(const struct mw_packet *packet)
{
	if (!(packet->kinds & MW_KIND_ICMP_ERROR))
		return false;
	return packet->family == 4 ? packet->icmp_type == 3 && packet->icmp_code == 4
							   : packet->family == 6 && packet->icmp_type == 2;
}

/**
 * The connection is known, and may have sent the packet: of TCP one that is on its way still (RFC 5927 section 4.1).
 * Whoever does not see the connection cannot tell.
 */
static bool fits_flow(const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	const struct mw_flow *flow = packet->quoted_flow;
	uint8_t sender = packet->quoted_direction;

	if (flow == NULL || quote->protocol != PROTOCOL_TCP)
		return flow != NULL;
	if (mw_flow_has_acked(flow, !sender) && mw_seq_after(mw_flow_ack(flow, !sender), quote->tcp_seq))
		return false;
	return !mw_flow_is_known(flow, sender) ||
		   !mw_seq_after(quote->tcp_seq, mw_flow_seq_next(flow, sender) + UNSEEN_BYTES);
}

/** Nobody sent it so: it exceeds the receiver's MSS, which fits what the router takes. */
static bool quotes_merged(const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	bool v6 = !mw_address_is_v4(&quote->src);
	uint32_t mss = packet->quoted_flow == NULL ? 0 : mw_flow_mss(packet->quoted_flow, !packet->quoted_direction);

	if (quote->protocol != PROTOCOL_TCP)
		return false;
	if (mss == 0)
		return path_merged_of_ethernet(v6, quote->mtu_bytes, quote->total_bytes);
	return path_merged_exceeds(v6, mss, quote->total_bytes) && quote->mtu_bytes >= mss + path_merged_headers(v6);
}

void path_report_take(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	struct mw_event_flow ends = mw_kit_ends_quoted(packet);
	bool fits = fits_flow(packet);
	struct path_episode *episode = NULL;
	struct path_facts facts;

	mw_detector_mark(ctx, PATH_MARK_REPORT, 0);
	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_REPORT;
	facts.flow_known = fits;
	facts.merged = fits && quotes_merged(packet);
	facts.reporter = packet->src;
	facts.told = packet->dst;
	facts.mtu_bytes = quote->mtu_bytes;
	facts.quoted_bytes = quote->total_bytes;
	facts.seq = quote->tcp_seq;
	facts.ip_id = quote->ip_id_known ? quote->ip_id : 0;
	path_repeat_add(ctx, &ends, &facts, packet->time_ns, packet->clock_ns);
	if (packet->quoted_flow != NULL && !facts.merged && path_reporter_may_be_router(&packet->src) &&
		path_reaction_limit(!mw_address_is_v4(&quote->src), quote->mtu_bytes, quote->total_bytes) != 0)
		episode = path_open(ctx, packet->quoted_flow, packet->quoted_direction, &ends);
	if (episode != NULL)
		path_reaction_open(ctx, episode, packet, fits);
}

/** The same segment as one just before, but for its MSS, which something between the two copies changed. */
static uint16_t mss_before(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint8_t side = packet->direction, bit = packet->kinds & MW_KIND_SYN ? MW_SIDE_SYN : MW_SIDE_SYN_ACK;
	struct mw_flow_view view;

	if (packet->tcp.mss == 0 || !mw_flow_seen(flow, side, bit) || mw_flow_seq_first(flow, side) != packet->tcp.seq ||
		mw_flow_mss(flow, side) == 0 || mw_flow_mss(flow, side) == packet->tcp.mss)
		return 0;
	mw_flow_view(flow, &view);
	return path_since(packet->time_ns, view.side[side].last_ns) <= SAME_SYN_NS ? mw_flow_mss(flow, side) : 0;
}

static bool is_reduced(uint16_t mss, uint16_t ethernet_mss)
{
	return mss != 0 && mss < ethernet_mss;
}

static bool is_initial_ttl(uint8_t ttl)
{
	return ttl == 32 || ttl == 64 || ttl == 128 || ttl == 255;
}

/** Both ends are on this very link, by their TTLs: neither is behind what reduces the MSS of others. */
static bool is_near(const struct mw_packet *packet, const struct mw_flow *flow)
{
	return is_initial_ttl(packet->ttl) && is_initial_ttl(mw_flow_ttl(flow, !packet->direction));
}

/** One MSS of a handshake, that of its SYN-ACK or of the SYN that it answers; 0: there was none. */
static void note_mss(struct mw_detector_ctx *ctx, const struct mw_packet *synack, uint16_t mss, bool of_synack,
					 bool near)
{
	const uint16_t ethernet_mss = synack->family == 4 ? ETHERNET_MSS_V4 : ETHERNET_MSS_V6;
	const struct mw_event_flow ends = {.src = of_synack ? synack->dst : synack->src,
									   .dst = of_synack ? synack->src : synack->dst,
									   .protocol = PROTOCOL_TCP,
									   .tunnel = synack->tunnel};
	struct path_worker *worker = ctx->worker_state;
	struct path_facts facts;

	if (mss < ethernet_mss || !mw_kit_budget_take(&worker->full_notes, synack->clock_ns, FULL_NOTES_PER_SECOND))
		return;
	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_FULL_MSS;
	facts.mss_syn = of_synack ? 0 : mss;
	facts.mss_synack = of_synack ? mss : 0;
	facts.near = near;
	path_repeat_add(ctx, &ends, &facts, synack->time_ns, synack->clock_ns);
}

/** What is not reduced reaches the host: then nothing near it reduces what comes in the same way (mss.h). */
static void note_full(struct mw_detector_ctx *ctx, const struct mw_packet *synack, const struct mw_flow *flow)
{
	struct path_worker *worker = ctx->worker_state;
	bool near;

	// ordinary handshakes have one: of a flood of them a sample is enough
	if (!mw_kit_budget_has(&worker->full_notes, synack->clock_ns, FULL_NOTES_PER_SECOND))
		return;
	near = is_near(synack, flow);
	note_mss(ctx, synack, synack->tcp.mss, true, near);
	note_mss(ctx, synack, mw_flow_mss(flow, !synack->direction), false, near);
}

/** It answers a SYN that passed here. What does not is backscatter of a flood, or a mirror of one direction. */
static bool is_asked(const struct mw_packet *packet, const struct mw_flow *flow)
{
	return mw_flow_seen(flow, !packet->direction, MW_SIDE_SYN) &&
		   packet->tcp.ack == mw_flow_seq_first(flow, !packet->direction) + 1;
}

void path_report_handshake(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow)
{
	const uint16_t ethernet_mss = packet->family == 4 ? ETHERNET_MSS_V4 : ETHERNET_MSS_V6;
	uint16_t before = mss_before(packet, flow), mss = packet->tcp.mss;
	bool syn = (packet->kinds & MW_KIND_SYN) != 0;
	uint16_t mss_syn = syn ? 0 : mw_flow_mss(flow, !packet->direction);
	struct path_facts facts;
	struct mw_event_flow ends;

	if (!syn && !is_asked(packet, flow))
		return;
	if (!syn)
		note_full(ctx, packet, flow);
	if (before == 0 && (syn || (!is_reduced(mss_syn, ethernet_mss) && !is_reduced(mss, ethernet_mss))))
		return;
	if (before != 0) { // on a way through a box it only becomes smaller
		uint16_t later = mss;

		mss = MW_MIN(before, later);
		before = MW_MAX(before, later);
	}
	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_HANDSHAKE;
	facts.mss_syn = syn ? mss : mss_syn;
	facts.mss_synack = syn ? 0 : mss;
	facts.mss_before = before;
	facts.near = !syn && is_near(packet, flow);
	ends = mw_kit_ends_of(packet);
	if (!syn)
		ends = mw_kit_ends_turned(&ends);
	path_repeat_add(ctx, &ends, &facts, packet->time_ns, packet->clock_ns);
}

void path_report_pieces(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram)
{
	struct mw_event_flow ends = {.src = datagram->src,
								 .dst = datagram->dst,
								 .protocol = datagram->protocol,
								 .tunnel = datagram->tunnel,
								 .vlan = datagram->vlan};
	struct path_facts facts;

	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_PIECES;
	facts.flow_known = datagram->answered;
	path_repeat_add(ctx, &ends, &facts, datagram->last_ns, datagram->last_ns);
}
