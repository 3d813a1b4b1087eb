// SPDX-License-Identifier: BSD-3-Clause
// Acknowledged bytes, in order and out of order (RFC 9293 section 3.4, RFC 2018).
// Neighbours: tcp.h.
#include "tcp.h"

#include "mw_reader.h"

#define TCP_HEADER_BYTES 20
#define OPTION_END       0
#define OPTION_NOP       1
#define OPTION_SACK      5
#define SACK_BLOCK_BYTES 8
#define OPTIONS_SLACK    40 // in a full segment, beside its data
#define TIMESTAMP_BYTES  12 // of a full segment (RFC 7323)
#define ETHERNET_PAYLOAD 1460
#define FULL_UNKNOWN     1160 // without an MSS

uint32_t path_tcp_acked_bytes(const struct mw_flow *flow, uint8_t sender)
{
	uint32_t acked = mw_flow_ack(flow, !sender) - mw_flow_seq_first(flow, sender) - 1;

	if (!mw_flow_seen(flow, sender, MW_SIDE_SYN | MW_SIDE_SYN_ACK) || !mw_flow_has_acked(flow, !sender))
		return UINT32_MAX;
	return acked;
}

/** Beyond it the tap saw packets that were merged, and nothing is known of those of the wire. */
static uint32_t most_payload(const struct mw_flow *flow, uint8_t sender)
{
	return mw_flow_mss(flow, !sender) != 0 ? mw_flow_mss(flow, !sender) : ETHERNET_PAYLOAD;
}

uint32_t path_tcp_passed_bytes(const struct mw_flow *flow, uint8_t sender, uint32_t headers_bytes, uint32_t payload)
{
	uint32_t acked = path_tcp_acked_bytes(flow, sender);
	uint32_t outstanding = mw_flow_seq_next(flow, sender) - mw_flow_ack(flow, !sender);
	struct mw_flow_view view;
	uint64_t packets;
	uint32_t mean;

	if (acked == 0 || acked > INT32_MAX || outstanding > INT32_MAX)
		return 0;
	mw_flow_view(flow, &view);
	packets = view.side[sender].packets - MW_MIN(view.side[sender].packets, (uint64_t)outstanding / payload);
	packets = MW_MAX(packets, (uint64_t)1);
	mean = (uint32_t)((acked + packets - 1) / packets);
	return mean > most_payload(flow, sender) ? 0 : headers_bytes + mean;
}

uint32_t path_tcp_acked_full(const struct mw_flow *flow, uint8_t sender)
{
	uint32_t full = most_payload(flow, sender);

	if (!mw_flow_has_acked(flow, !sender))
		return 0;
	if (mw_flow_mss(flow, sender) != 0)
		full = MW_MIN(full, (uint32_t)mw_flow_mss(flow, sender));
	return mw_flow_ack(flow, !sender) - mw_flow_seq_first(flow, sender) > full - MW_MIN(full, OPTIONS_SLACK) ? full : 0;
}

/** The options as they were captured; empty when they were cut. */
static struct mw_reader options_of(const struct mw_packet *packet)
{
	uint32_t options_bytes = packet->tcp.header_bytes - (uint32_t)TCP_HEADER_BYTES;
	bool whole = packet->payload_bytes > 0 || packet->captured_bytes == packet->wire_bytes;

	if (packet->payload == NULL || !whole || packet->tcp.header_bytes <= TCP_HEADER_BYTES ||
		(size_t)(packet->payload - packet->data) < options_bytes)
		return mw_reader_of(NULL, 0);
	return mw_reader_of(packet->payload - options_bytes, options_bytes);
}

static uint32_t longest_block(const uint8_t *blocks, uint32_t blocks_bytes)
{
	uint32_t longest = 0;

	for (uint32_t at = 0; at + SACK_BLOCK_BYTES <= blocks_bytes; at += SACK_BLOCK_BYTES) {
		uint32_t bytes = mw_load_u32_be(blocks + at + 4) - mw_load_u32_be(blocks + at);

		if (bytes <= INT32_MAX)
			longest = MW_MAX(longest, bytes);
	}
	return longest;
}

uint32_t path_tcp_sacked_bytes(const struct mw_packet *packet)
{
	struct mw_reader in = options_of(packet);
	uint8_t kind, length_bytes;

	if (!(packet->tcp.present & MW_TCP_OPTION_SACK))
		return 0;
	while (mw_reader_u8(&in, &kind) && kind != OPTION_END) {
		const uint8_t *body;

		if (kind == OPTION_NOP)
			continue;
		if (!mw_reader_u8(&in, &length_bytes) || length_bytes < 2)
			return 0;
		body = mw_reader_take(&in, length_bytes - 2u);
		if (body == NULL)
			return 0;
		if (kind == OPTION_SACK)
			return longest_block(body, length_bytes - 2u);
	}
	return 0;
}

static uint32_t full_bytes(uint32_t mss)
{
	return mss > 2 * OPTIONS_SLACK ? mss - OPTIONS_SLACK : FULL_UNKNOWN;
}

/** Nothing as large as a full segment of the peer's was acknowledged, not by the packet either. */
static bool none_full_acked(const struct mw_packet *packet, const struct mw_flow *flow, uint32_t full)
{
	return path_tcp_acked_bytes(flow, !packet->direction) < full &&
		   packet->tcp.ack - mw_flow_seq_first(flow, !packet->direction) - 1 < full;
}

bool path_tcp_sacks_small(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint32_t sacked = path_tcp_sacked_bytes(packet), full = full_bytes(mw_flow_mss(flow, packet->direction));

	return sacked > 0 && sacked < full && none_full_acked(packet, flow, full);
}

bool path_tcp_repeats_ack(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint32_t mss = mw_flow_mss(flow, packet->direction), full = full_bytes(mss);
	uint32_t outstanding = mw_flow_seq_next(flow, !packet->direction) - packet->tcp.ack;

	return packet->kinds & MW_KIND_ACK_AGAIN && mss > 2 * OPTIONS_SLACK && outstanding > full &&
		   outstanding % mss != 0 && outstanding % (mss - TIMESTAMP_BYTES) != 0 && none_full_acked(packet, flow, full);
}

void path_tcp_fill(struct path_facts *facts, const struct mw_flow *flow, uint8_t sender)
{
	uint8_t client = mw_flow_client(flow);
	struct mw_flow_view view;

	facts->mss_syn = mw_flow_mss(flow, client);
	facts->mss_synack = mw_flow_mss(flow, !client);
	facts->mirror_gaps = mw_flow_has_gaps(flow, sender);
	mw_flow_view(flow, &view);
	facts->opened_ns = view.handshake_ns;
}
