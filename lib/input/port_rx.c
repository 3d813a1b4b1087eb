// SPDX-License-Identifier: BSD-3-Clause
// The hot path of a live port: frames out of an RX queue and back into their pool. No branch that is not needed.
// Neighbours: port.h. The mw_packet of a frame lies in its mbuf's private area, so that there is nothing to allocate,
// or with the caller, who uses the same few lines for every batch.
#include <rte_config.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "port.h"

// A driver or NIC took the tag off: put it back where the network had it.
static __attribute__((noinline)) void restore_tag(struct rte_mbuf **frame)
{
	(void)rte_vlan_insert(frame); // fails only without headroom, and our pools have it
}

static inline uint64_t stamp_of(const struct mw_port *port, const struct rte_mbuf *frame)
{
	return *RTE_MBUF_DYNFIELD(frame, (size_t)port->timestamp_offset, const rte_mbuf_timestamp_t *);
}

// IPv6, tunnels and TCP options reach into a second line.
static inline void fetch_headers(const struct rte_mbuf *frame)
{
	const uint8_t *at = rte_pktmbuf_mtod(frame, const uint8_t *);

	rte_prefetch0(at);
	if (frame->data_len > MW_CACHE_LINE_BYTES)
		rte_prefetch0(at + MW_CACHE_LINE_BYTES);
}

static inline void fill(struct mw_port *port, uint16_t queue, uint64_t now_ns, struct rte_mbuf *frame,
						struct mw_packet *packet)
{
	struct port_queue *state = &port->queue_states[queue];

	packet->data = rte_pktmbuf_mtod(frame, const uint8_t *);
	packet->captured_bytes = frame->data_len; // a frame in more than one buffer shows the first: more than any header
	packet->wire_bytes = frame->pkt_len;
	packet->time_ns = now_ns;
	if (port->timestamp_offset >= 0 && (frame->ol_flags & port->timestamp_flag) != 0)
		packet->time_ns = port_time_of(&state->time, &port->rate, stamp_of(port, frame), now_ns);
	state->clock_ns = MW_MAX(state->clock_ns, packet->time_ns);
	packet->clock_ns = state->clock_ns;
	packet->source_cookie = frame;
	packet->dlt = MW_DLT_ETHERNET;
	packet->link = MW_LINK_ETHERNET;
	packet->is_marker = 0;
}

// The device goes: whoever has seen this does not touch it again.
static __attribute__((noinline, cold)) uint32_t leave(struct port_queue *queue)
{
	atomic_store_explicit(&queue->left, true, memory_order_release);
	return 0;
}

uint32_t mw_port_receive(struct mw_port *port, uint16_t queue, uint64_t now_ns, struct mw_packet own[],
						 struct mw_packet *packets[])
{
	struct rte_mbuf *frames[MW_BATCH_PACKETS];
	uint16_t count;

	if (MW_UNLIKELY(atomic_load_explicit(&port->gone, memory_order_relaxed)))
		return leave(&port->queue_states[queue]);
	count = rte_eth_rx_burst(port->id, queue, frames, MW_BATCH_PACKETS);
	for (uint16_t i = 0; i < count; i++) {
		fetch_headers(frames[i]);
		if (own == NULL)
			mw_packet_fetch(rte_mbuf_to_priv(frames[i]));
	}
	for (uint16_t i = 0; i < count; i++) {
		if (MW_UNLIKELY((frames[i]->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0))
			restore_tag(&frames[i]);
		packets[i] = own != NULL ? &own[i] : rte_mbuf_to_priv(frames[i]);
		fill(port, queue, now_ns, frames[i], packets[i]);
	}
	return count;
}

void mw_port_release(struct mw_packet *const packets[], uint32_t count)
{
	struct rte_mbuf *frames[MW_BATCH_PACKETS];

	while (count != 0) {
		uint32_t batch = MW_MIN(count, MW_BATCH_PACKETS);

		for (uint32_t i = 0; i < batch; i++)
			frames[i] = packets[i]->source_cookie;
		rte_pktmbuf_free_bulk(frames, batch);
		packets += batch;
		count -= batch;
	}
}
