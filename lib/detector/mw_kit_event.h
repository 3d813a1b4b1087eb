// SPDX-License-Identifier: BSD-3-Clause
// Events from what a worker half gets: the ends of packets, quotes and datagrams, and sending them.
// Neighbours: mw_event.h; every detector's worker half, on any worker. Nothing here is kept from call to call.
#ifndef MW_KIT_EVENT_H
#define MW_KIT_EVENT_H

#include <string.h>

#include "mw_detector.h"

/** The ends of a packet, as it was sent. */
static inline struct mw_event_flow mw_kit_ends_of(const struct mw_packet *packet)
{
	return (struct mw_event_flow){.src = packet->src,
								  .dst = packet->dst,
								  .src_port = packet->src_port,
								  .dst_port = packet->dst_port,
								  .protocol = packet->protocol,
								  .tunnel = packet->tunnel,
								  .vlan = packet->vlan_outer};
}

/** The same ends, of a packet in the other direction. */
static inline struct mw_event_flow mw_kit_ends_turned(const struct mw_event_flow *ends)
{
	struct mw_event_flow turned = *ends;

	turned.src = ends->dst;
	turned.dst = ends->src;
	turned.src_port = ends->dst_port;
	turned.dst_port = ends->src_port;
	return turned;
}

/**
 * The ends of the packet that an ICMP error quotes; tunnel and vlan are the error's. Ports that are not known are 0.
 */
struct mw_event_flow mw_kit_ends_quoted(const struct mw_packet *packet);

/** The ends of a datagram that came in pieces. Ports that are not known are 0. */
struct mw_event_flow mw_kit_ends_of_datagram(const struct mw_fragment_datagram *datagram);

/** The ends of a packet, written where they will be read. turned: of a packet in the other direction. */
static inline void mw_kit_ends_write(struct mw_event_flow *ends, const struct mw_packet *packet, bool turned)
{
	// which way takes turns: chosen, not branched
	const struct mw_address *src = turned ? &packet->dst : &packet->src, *dst = turned ? &packet->src : &packet->dst;
	const uint16_t ports[2] = {packet->src_port, packet->dst_port};

	ends->src = *src;
	ends->dst = *dst;
	ends->src_port = turned ? ports[1] : ports[0];
	ends->dst_port = turned ? ports[0] : ports[1];
	ends->protocol = packet->protocol;
	ends->tunnel = packet->tunnel;
	ends->vlan = packet->vlan_outer;
}

/**
 * Begins an event: its time, its ends, an empty brief, no body. The rest of its body is left as it is, for nobody looks
 * at what lies behind body_bytes.
 */
static inline void mw_kit_event_begin(struct mw_event *event, uint64_t time_ns, const struct mw_event_flow *ends)
{
	event->time_ns = time_ns;
	event->body_bytes = 0;
	event->flow = *ends;
	memset(event->brief, 0, sizeof(event->brief));
}

/**
 * Sends an event of the detector's own kind number with a body of bytes (up to MW_EVENT_BODY_BYTES), which is compared
 * byte by byte: padding in it must be 0.
 * @return false when the sink dropped it, and counted that.
 */
bool mw_kit_emit(struct mw_detector_ctx *ctx, uint8_t number, uint64_t time_ns, const struct mw_event_flow *ends,
				 const void *body, size_t bytes);

#endif
