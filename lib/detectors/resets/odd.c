// SPDX-License-Identifier: BSD-3-Clause
// Which segments no window reaches, and the list of the latest.
// Neighbours: odd.h. Follows RFC 9293 section 3.10.7.4.
#include "odd.h"

#define REPEATED_BYTES 66000 // so far below the window a repetition may be; Linux' conntrack allows the same
#define WSCALE_MAX     14

bool reset_is_odd(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint8_t receiver = !packet->direction, scale = MW_MIN(mw_flow_wscale(flow, receiver), (uint8_t)WSCALE_MAX);
	uint32_t window = (uint32_t)mw_flow_window(flow, receiver) << scale, end, ack;

	if (!mw_flow_has_acked(flow, receiver) || packet->kinds & (MW_KIND_SYN | MW_KIND_SYN_ACK | MW_KIND_RST))
		return false;
	ack = mw_flow_ack(flow, receiver);
	end = packet->tcp.seq + packet->payload_wire_bytes;
	return mw_seq_after(ack - MW_MAX(window, (uint32_t)REPEATED_BYTES), end) ||
		   mw_seq_after(packet->tcp.seq, ack + window);
}

void reset_odd_add(struct reset_odd_segments *odd, const struct mw_packet *packet, const struct mw_flow *flow)
{
	odd->latest_ns = MW_MAX(odd->latest_ns, packet->time_ns);
	odd->segments[odd->next++ % RESET_ODD_SEGMENTS] =
		(struct reset_odd_segment){flow, packet->time_ns, packet->direction};
}

bool reset_odd_before(const struct reset_odd_segments *odd, const struct mw_packet *packet, const struct mw_flow *flow,
					  const struct mw_flow_view *view)
{
	if (packet->tcp.flags & MW_TCP_ACK || view->side[!packet->direction].last_ns > odd->latest_ns)
		return false; // most often nothing odd came lately
	for (uint32_t i = 0; i < RESET_ODD_SEGMENTS; i++) {
		const struct reset_odd_segment *segment = &odd->segments[i];

		if (segment->flow == flow && segment->direction != packet->direction &&
			segment->time_ns == view->side[segment->direction].last_ns)
			return true;
	}
	return false;
}
