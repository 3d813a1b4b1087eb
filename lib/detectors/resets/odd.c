// SPDX-License-Identifier: BSD-3-Clause
// Which segments no window reaches, and which was the latest of a side.
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

static uint16_t mark_of(uint64_t time_ns)
{
	return (uint16_t)(time_ns * UINT64_C(0x9e3779b97f4a7c15) >> 48 | 1);
}

void reset_odd_note(struct reset_odd *odd, const struct mw_packet *packet)
{
	odd->marks[packet->direction] = mark_of(packet->time_ns);
}

bool reset_odd_before(const struct reset_odd *odd, const struct mw_packet *packet, const struct mw_flow_view *view)
{
	return !(packet->tcp.flags & MW_TCP_ACK) &&
		   odd->marks[!packet->direction] == mark_of(view->side[!packet->direction].last_ns);
}
