// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the path detector that follow TCP ask of a segment and its flow.
// Neighbours: resend.c, hole.c, reaction.c. flow shows what was known before the packet.
#ifndef PATHS_TCP_H
#define PATHS_TCP_H

#include "mw_flow.h"
#include "mw_packet.h"
#include "facts.h"

#define PATH_WIRE_BYTES_MAX 9216 // larger than any Ethernet carries: the capture has whole bursts (GSO, GRO)

/** It has data, all of which its side had sent before. */
static inline bool path_tcp_repeats(const struct mw_packet *packet, const struct mw_flow *flow)
{
	return packet->payload_wire_bytes > 0 && mw_flow_is_known(flow, packet->direction) &&
		   mw_seq_after(mw_flow_seq_next(flow, packet->direction), packet->tcp.seq);
}

/** As it was on the wire: not put together from several by a network card, which the MSS of the receiver forbids. */
static inline bool path_tcp_is_wire_size(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint16_t mss = mw_flow_mss(flow, !packet->direction);

	return packet->ip_total_bytes <= PATH_WIRE_BYTES_MAX && (mss == 0 || packet->payload_wire_bytes <= mss);
}

/**
 * The segment does not fit what the receiver lets come; where the scale of its window is not known, it lets nothing.
 */
static inline bool path_tcp_window_closed(const struct mw_flow *flow, uint8_t sender, uint32_t payload_bytes)
{
	uint8_t scale = mw_flow_wscale(flow, !sender);
	uint32_t window = mw_flow_window(flow, !sender);

	return scale == UINT8_MAX ? window == 0 : window << scale < payload_bytes;
}

/** How many bytes of the sender were acknowledged since its SYN; UINT32_MAX without having seen that. */
uint32_t path_tcp_acked_bytes(const struct mw_flow *flow, uint8_t sender);

/**
 * What the largest packet of the sender that got through must have had at least: the acknowledged bytes, spread evenly
 * over all that it sent but what is outstanding in full segments of payload bytes. An IP packet with so many bytes of
 * headers; 0 when none is known to have got through.
 */
uint32_t path_tcp_passed_bytes(const struct mw_flow *flow, uint8_t sender, uint32_t headers_bytes, uint32_t payload);

/**
 * The payload of a full segment of the sender, when at least so many of its bytes were acknowledged: such a segment may
 * have passed. 0: none can have.
 */
uint32_t path_tcp_acked_full(const struct mw_flow *flow, uint8_t sender);

/** The longest range of bytes that the segment acknowledges out of order (RFC 2018); 0: none was read. */
uint32_t path_tcp_sacked_bytes(const struct mw_packet *packet);

/**
 * The receiver says that a small packet came behind a hole, of a sender that has had nothing as large as a full segment
 * acknowledged yet: what is lost may have been lost for its size.
 */
bool path_tcp_sacks_small(const struct mw_packet *packet, const struct mw_flow *flow);

/**
 * The same said by a duplicate acknowledgement (RFC 5681) of a receiver without SACK: one of a flight whose last packet
 * is not full came behind a hole. Which one, it does not say.
 */
bool path_tcp_repeats_ack(const struct mw_packet *packet, const struct mw_flow *flow);

/** Fills in what the handshake and the mirror tell of the flow. */
void path_tcp_fill(struct path_facts *facts, const struct mw_flow *flow, uint8_t sender);

#endif
