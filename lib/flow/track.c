// SPDX-License-Identifier: BSD-3-Clause
// What any packet tells about the side that sent it: counts, times, TTL, IP-ID, MAC.
// Neighbours: tcp.c adds what only TCP tells. lane.c is the quick way, this the slow one.
#include "macs.h"
#include "mw_route.h"
#include "times.h"

// The first other TTL: both sides' ranges begin. Where there is no room, the range is anything.
static void widen_ttl(struct flow_entry *flow, unsigned side, uint8_t ttl)
{
	struct flow_story *story = story_for(flow, STORY_TTL);

	if (story == NULL) {
		if (ttl == flow->ttl[side])
			return;
		story = story_begin(flow, STORY_TTL);
		for (unsigned i = 0; story != NULL && i < 2; i++) {
			PUBLISH(story->ttl_min[i], flow->ttl[i]);
			PUBLISH(story->ttl_max[i], flow->ttl[i]);
		}
	}
	if (story == NULL) {
		PUBLISH(flow->seen[side], flow->seen[side] | FLOW_SEEN_TTL_LOST);
		return;
	}
	PUBLISH(story->ttl_min[side], MW_MIN(story->ttl_min[side], ttl));
	PUBLISH(story->ttl_max[side], MW_MAX(story->ttl_max[side], ttl));
}

static void begin_ttl(struct flow_entry *flow, unsigned side, uint8_t ttl)
{
	struct flow_story *story = story_for(flow, STORY_TTL);

	if (story == NULL)
		return;
	PUBLISH(story->ttl_min[side], ttl);
	PUBLISH(story->ttl_max[side], ttl);
}

static void learn_mac(struct flow_entry *flow, unsigned side, const uint8_t mac[6])
{
	struct mw_flow_table *table = table_of(flow);
	const uint16_t before = flow->mac[side];

	if (mw_mac_number(mac) == 0 || mw_mac_number(mac) == mw_mac_number(mac_at(table, before)))
		return;
	PUBLISH(flow->mac[side], mac_hold(table, mac));
	mac_drop(table, before);
}

static void learn_route(struct flow_entry *flow, const struct mw_packet *packet, bool first)
{
	unsigned side = packet->direction;

	if (first)
		begin_ttl(flow, side, packet->ttl);
	else
		widen_ttl(flow, side, packet->ttl);
	PUBLISH(flow->ttl[side], packet->ttl);
	learn_mac(flow, side, packet->mac_src);
}

static void track_route(struct flow_entry *flow, const struct mw_packet *packet, bool first)
{
	struct flow_hot *hot = &flow->hot[packet->direction];
	const uint8_t route = packet->lane.shape != 0 ? packet->lane.route : mw_route_of(packet);

	if (MW_LIKELY(hot->route == route && !first))
		return;
	PUBLISH(hot->route, route);
	learn_route(flow, packet, first);
}

// TCP: a keep-alive repeats the last byte before the window and is no data.
static bool is_data(const struct flow_hot *hot, const struct mw_packet *packet)
{
	if (packet->payload_wire_bytes == 0)
		return false;
	return (packet->kinds & MW_KIND_TCP) == 0 || packet->payload_wire_bytes > 1 || (hot->packets & FLOW_HOT_ANY) == 0 ||
		   packet->tcp.seq + 1 != hot->seq_next;
}

static void track_data(struct flow_entry *flow, const struct mw_packet *packet)
{
	unsigned at = FLOW_DATA_AT + 2u * packet->direction;
	uint32_t count = flow_fact(flow, at, FLOW_DATA_BITS);

	if (count < 3 && is_data(&flow->hot[packet->direction], packet))
		PUBLISH(flow->facts, flow_facts_with(flow->facts, at, FLOW_DATA_BITS, count + 1));
}

static void add_to_story(uint8_t sum[3], uint64_t more)
{
	const uint64_t all = MW_MIN(story_sum(sum) + more, (uint64_t)UINT32_MAX >> 8);

	for (unsigned i = 0; i < 3; i++)
		PUBLISH(sum[i], all >> 8 * i);
}

// Adds what the low parts carry. The sum stays at its largest once it is there, and when there is no room for a story.
static void carry(struct flow_entry *flow, unsigned side, uint64_t packets, uint64_t bytes)
{
	const uint64_t all_packets = flow->packets_high[side] + packets, all_bytes = flow->bytes_high[side] + bytes;
	struct flow_story *story = NULL;

	if (MW_UNLIKELY(all_packets > UINT8_MAX || all_bytes > UINT8_MAX)) {
		story = story_begin(flow, STORY_SUMS);
		if (story != NULL) {
			add_to_story(story->packets[side], all_packets >> 8);
			add_to_story(story->bytes[side], all_bytes >> 8);
		}
	}
	PUBLISH(flow->packets_high[side], story != NULL ? all_packets : MW_MIN(all_packets, (uint64_t)UINT8_MAX));
	PUBLISH(flow->bytes_high[side], story != NULL ? all_bytes : MW_MIN(all_bytes, (uint64_t)UINT8_MAX));
}

// Low parts in line 0; what they carry goes to line 1.
void track_counts(struct flow_entry *flow, unsigned side, uint32_t more_packets, uint64_t more_bytes)
{
	struct flow_hot *hot = &flow->hot[side];
	const uint64_t bytes = hot->bytes + more_bytes;
	const uint64_t packets = (hot->packets & FLOW_HOT_PACKETS) + (uint64_t)more_packets;

	if (MW_UNLIKELY(packets > FLOW_HOT_PACKETS || bytes > UINT16_MAX))
		carry(flow, side, packets / (FLOW_HOT_PACKETS + 1), bytes >> 16);
	PUBLISH(hot->packets, (hot->packets & (unsigned)~FLOW_HOT_PACKETS) | (packets & FLOW_HOT_PACKETS));
	PUBLISH(hot->bytes, bytes);
}

static void track_reset(struct flow_entry *flow, const struct mw_packet *packet)
{
	time_reset(flow, packet->time_ns, packet->clock_ns);
	PUBLISH(flow->seen[packet->direction], flow->seen[packet->direction] | MW_SIDE_RST);
	PUBLISH_FACT(flow, STATE, MW_FLOW_TCP_RESET);
}

void track_packet(struct flow_entry *flow, const struct mw_packet *packet, struct track_counts *counts)
{
	struct flow_hot *hot = &flow->hot[packet->direction];
	uint32_t spoke = FLOW_FACT(flow, SPOKE);
	bool tcp = (packet->kinds & MW_KIND_TCP) != 0;

	if (MW_UNLIKELY(spoke == 0))
		PUBLISH_FACT(flow, CLIENT, packet->direction);
	if (MW_UNLIKELY((spoke >> packet->direction & 1) == 0))
		PUBLISH_FACT(flow, SPOKE, spoke | 1u << packet->direction);
	track_counts(flow, packet->direction, 1, packet->wire_bytes);
	if (packet->kinds & MW_KIND_DUPLICATE)
		return;
	if (MW_UNLIKELY(tcp && (packet->tcp.flags & MW_TCP_RST) != 0)) {
		track_reset(flow, packet);
		return;
	}
	time_packet(flow, packet->direction, packet->time_ns, packet->clock_ns);
	track_route(flow, packet, (hot->packets & FLOW_HOT_ANY) == 0);
	if (packet->ip_id_known)
		PUBLISH(hot->ip_id, packet->ip_id);
	track_data(flow, packet);
	if (tcp)
		tcp_track(flow, packet, counts);
	if (MW_UNLIKELY((hot->packets & FLOW_HOT_ANY) == 0))
		PUBLISH(hot->packets, hot->packets | FLOW_HOT_ANY);
}

bool mw_flow_went_to(const struct mw_flow *flow, unsigned side, const uint8_t mac[6])
{
	const struct flow_entry *entry = entry_of(flow);

	return entry_is_known(entry, side) && mw_mac_number(mac) != 0 &&
		   entry->hot[side].route == mw_route_between(mac_at(table_of(entry), entry->mac[side]), mac, entry->ttl[side]);
}

void mw_flow_add_waited(struct mw_flow *flow, uint8_t direction, uint32_t packets, uint64_t bytes)
{
	struct flow_entry *entry = entry_of_own(flow);

	publish_begin(entry);
	track_counts(entry, direction, packets, bytes);
	publish_end(entry);
}
