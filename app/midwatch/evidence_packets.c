// SPDX-License-Identifier: BSD-3-Clause
// Which packets of a connection stay: the first ones for good, of those before the resets the latest, then what follows.
// Neighbours: evidence_packets.h.
#include "evidence_packets.h"

#include <string.h>

#define APART_NS MW_NS_PER_SECOND // a SYN this long after packets without one is another connection's

static const struct {
	uint32_t at, count;
	bool latest; // full, it gives up its oldest
} parts[EVIDENCE_PARTS] = {
	[EVIDENCE_BEGINNING] = {0, 8, false}, [EVIDENCE_BEFORE] = {8, 24, true},  [EVIDENCE_RESETS] = {32, 12, false},
	[EVIDENCE_DECIDING] = {44, 4, false}, [EVIDENCE_AFTER] = {48, 16, false},
};

static void store(struct evidence_packets *packets, enum evidence_part part, const struct mw_packet *packet,
				  const struct evidence_packet *about)
{
	uint32_t n = packets->seen[part]++;
	uint32_t at = parts[part].at + n % parts[part].count;
	struct evidence_packet *place = &packets->packets[at];

	if (n >= parts[part].count && !parts[part].latest)
		return;
	*place = *about;
	place->part = (uint8_t)part;
	place->data = packets->frames[at];
	place->captured_bytes = MW_MIN(packet->captured_bytes, EVIDENCE_FRAME_BYTES);
	memcpy(packets->frames[at], packet->data, place->captured_bytes);
}

static void forget(struct evidence_packets *packets)
{
	memset(packets->seen, 0, sizeof(packets->seen));
	memset(packets->packets, 0, sizeof(packets->packets));
	packets->opening_known = false;
}

// The same ends may meet again: before the episode the later connection is the one, after its resets the earlier.
static void look_for_opening(struct evidence_packets *packets, const struct mw_packet *packet)
{
	bool known = packets->seen[EVIDENCE_BEGINNING] > 0;
	bool another = packets->opening_known ? packet->tcp.seq != packets->opening_seq
										  : known && packet->time_ns > packets->latest_ns + APART_NS;

	if (another && packets->seen[EVIDENCE_RESETS] > 0)
		packets->over = true;
	else if (another)
		forget(packets);
	if (packets->over)
		return;
	packets->opening_known = true;
	packets->opening_seq = packet->tcp.seq;
}

static bool is_alike(const struct evidence_episode *episode, const struct mw_packet *packet)
{
	return packet->ttl == episode->ttl && packet->tcp.window == episode->window &&
		   (!packet->ip_id_known || packet->ip_id == episode->ip_id);
}

static enum evidence_part part_of(const struct evidence_packets *packets, const struct mw_packet *packet,
								  const struct evidence_packet *about)
{
	const struct evidence_episode *episode = packets->episode;

	if ((packet->kinds & MW_KIND_RST) != 0 && about->from_named && packet->time_ns >= episode->first_ns &&
		packet->time_ns <= episode->last_ns)
		return packets->seen[EVIDENCE_RESETS] >= parts[EVIDENCE_RESETS].count && about->decides ? EVIDENCE_DECIDING
																								: EVIDENCE_RESETS;
	if (packets->seen[EVIDENCE_RESETS] > 0)
		return EVIDENCE_AFTER;
	return packets->seen[EVIDENCE_BEGINNING] < parts[EVIDENCE_BEGINNING].count ? EVIDENCE_BEGINNING : EVIDENCE_BEFORE;
}

void evidence_packets_take(struct evidence_packets *packets, const struct mw_packet *packet, uint16_t link_type,
						   uint64_t number)
{
	const struct evidence_episode *episode = packets->episode;
	struct evidence_packet about = {.number = number,
									.time_ns = packet->time_ns,
									.wire_bytes = packet->wire_bytes,
									.link_type = link_type,
									.family = packet->family,
									.ttl = packet->ttl,
									.tcp_flags = packet->tcp.flags,
									.payload_bytes = packet->payload_wire_bytes};

	if (packets->over || packet->time_ns > episode->last_ns + EVIDENCE_AFTER_NS)
		return;
	if ((packet->kinds & MW_KIND_SYN) != 0)
		look_for_opening(packets, packet);
	if (packets->over)
		return;
	about.from_named = packet->src_port == episode->sport && mw_address_compare(&packet->src, &episode->src) == 0;
	about.decides = (packet->kinds & MW_KIND_RST) != 0 && about.from_named && is_alike(episode, packet);
	packets->latest_ns = packet->time_ns;
	store(packets, part_of(packets, packet, &about), packet, &about);
}
