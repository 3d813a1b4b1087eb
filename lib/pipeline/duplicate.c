// SPDX-License-Identifier: BSD-3-Clause
// Copies made by the mirror: the same packet twice within a moment, perhaps with its TTL one less or another VLAN.
// Neighbours: pipeline.c. Only what a router or a mirror may change is left out of the comparison.
#include <string.h>

#include "mw_reader.h"
#include "pipeline.h"

#define PAYLOAD_COMPARED_BYTES 32

#define TAGS ((1u << DUPLICATE_TAG_BITS) - 1)

#define WORD(low, high) ((uint64_t)(low) | (uint64_t)(high) << 32)

// Both numbers of a lane at once.
static inline uint64_t numbers_of(const struct mw_lane *lane)
{
	uint64_t both;

	_Static_assert(offsetof(struct mw_lane, ack) == offsetof(struct mw_lane, seq) + 4, "read as one");
	memcpy(&both, &lane->seq, sizeof(both));
	return both;
}

static inline bool has_id(const struct mw_packet *packet)
{
	return packet->ip_id_known && packet->ip_id != 0;
}

// Without an identification and with nothing that changes from packet to packet, two packets that a host really sent
// look like one seen twice: resets that answer a burst, acknowledgements that differ in their SACK blocks alone.
// They count as copies only on a flow that showed an undoubted one.
static bool ambiguous(const struct mw_packet *packet)
{
	const struct mw_flow *flow = packet->flow;

	if (has_id(packet) || packet->payload_bytes > 0 || (flow != NULL && mw_flow_mirrored_twice(flow)))
		return false;
	return (packet->kinds & MW_KIND_RST) != 0 || (packet->tcp.present & MW_TCP_OPTION_SACK) != 0;
}

// The upper half of a product depends on every bit of both factors, the lower half on few: both together mix.
static inline uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t of_bytes(const uint64_t secrets[], const uint8_t *at, uint32_t bytes)
{
	uint64_t words[PAYLOAD_COMPARED_BYTES / 8] = {0};

	if (bytes > 0)
		memcpy(words, at, MW_MIN(bytes, (uint32_t)sizeof(words)));
	return fold(words[0] ^ secrets[4], words[1] ^ secrets[5]) + fold(words[2] ^ secrets[6], words[3] ^ secrets[7]);
}

// What ICMPv6 quotes begins with an IP header, which is the same for all segments of a burst: TCP's tells them apart.
static uint64_t of_payload(const uint64_t secrets[], const struct mw_packet *packet)
{
	uint64_t hash = of_bytes(secrets, packet->payload, packet->payload_bytes);

	if (packet->payload_bytes <= PAYLOAD_COMPARED_BYTES || !(packet->kinds & MW_KIND_ICMP_ERROR))
		return hash;
	return hash + of_bytes(&secrets[4], packet->payload + PAYLOAD_COMPARED_BYTES,
						   packet->payload_bytes - PAYLOAD_COMPARED_BYTES);
}

// All of it, where the headers say next to nothing: two answers of one server differ at the end.
static uint64_t of_all_bytes(const uint64_t secrets[], const uint8_t *payload, uint32_t bytes)
{
	uint64_t hash = 0;

	for (uint32_t at = 0; at < bytes; at += PAYLOAD_COMPARED_BYTES)
		hash = fold(hash ^ secrets[0], secrets[1]) + of_bytes(secrets, payload + at, bytes - at);
	return hash;
}

/** The ends of a packet as bytes: of IPv4 four of them, of IPv6 sixteen. */
struct link_ends {
	const uint8_t *mac_dst, *mac_src, *src, *dst;
	bool ip4;
};

static struct link_ends ends_of(const struct mw_packet *packet)
{
	const bool ip4 = packet->family == 4;
	const uint32_t at = ip4 ? 12 : 0;

	return (struct link_ends){packet->mac_dst, packet->mac_src, packet->src.bytes + at, packet->dst.bytes + at, ip4};
}

static inline struct link_ends ends_of_lane(const struct mw_packet *packet)
{
	const uint8_t *at = packet->data + packet->lane.network_at;
	const bool ip4 = packet->family == 4;

	return (struct link_ends){packet->data, packet->data + 6, at + (ip4 ? 12 : 8), at + (ip4 ? 16 : 24), ip4};
}

// What never leaves its link: sent to the link's multicast groups, to all, or between link-local addresses.
static inline bool is_of_link(const struct link_ends *ends)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const uint8_t *src = ends->src, *dst = ends->dst;

	if (memcmp(ends->mac_dst, all, sizeof(all)) == 0)
		return true;
	if (ends->ip4)
		return (mw_load_u32_be(dst) >> 8) == 0xe00000 || mw_load_u32_be(dst) == UINT32_MAX ||
			   mw_load_u16_be(dst) == 0xa9fe || mw_load_u16_be(src) == 0xa9fe;
	return (dst[0] == 0xff && (dst[1] & 0xf) <= 2) || (mw_load_u16_be(dst) & 0xffc0) == 0xfe80 ||
		   (mw_load_u16_be(src) & 0xffc0) == 0xfe80;
}

// A router says the same on each of its links, to each subscriber: there the link's addresses count.
static inline uint64_t of_link(const uint64_t secrets[], const struct link_ends *ends)
{
	uint64_t words[2] = {0};

	if (MW_LIKELY(!is_of_link(ends)))
		return 0;
	memcpy(&words[0], ends->mac_dst, 6);
	memcpy(&words[1], ends->mac_src, 6);
	return fold(words[0] ^ secrets[4], words[1] ^ secrets[5]);
}

// The number and the data are what tells one packet of a flow from the next: in TCP's header, where the checksum stands
// for the payload, which may lie in another cache line.
static uint64_t of_tcp(const uint64_t secrets[], const struct mw_packet *packet)
{
	const struct mw_packet_tcp *tcp = &packet->tcp;
	uint64_t rest = WORD((uint32_t)tcp->window << 16 | (uint32_t)tcp->flags << 8 | tcp->present,
						 (uint32_t)packet->checksum << 16 ^ packet->payload_wire_bytes);

	return fold(WORD(packet->ip_id, packet->ip_total_bytes) ^ secrets[0],
				mw_lane_tails(tcp->seq, tcp->ack) ^ secrets[1]) +
		   fold(WORD(tcp->ts_value, tcp->ts_echo) ^ secrets[2], rest ^ secrets[3]);
}

// With an identification and a checksum the payload need not be looked at. Nor the link where the sender numbers its
// packets: a host's own capture shows one on several interfaces.
static uint64_t of_others(const uint64_t secrets[], const struct mw_packet *packet)
{
	const struct link_ends ends = ends_of(packet);
	uint32_t icmp = (uint32_t)packet->icmp_type << 24 | (uint32_t)packet->icmp_code << 16 | packet->icmp_sequence;
	uint64_t hash = fold(WORD(packet->ip_id, packet->ip_total_bytes) ^ secrets[0],
						 WORD(icmp, (uint32_t)packet->fragment_offset_bytes << 16) ^ secrets[1]) +
					fold(packet->payload_wire_bytes ^ secrets[2], packet->checksum ^ secrets[3]);

	if (!has_id(packet))
		hash += of_link(secrets, &ends);
	if (has_id(packet) && packet->checksum != 0)
		return hash;
	if (!has_id(packet) && packet->checksum == 0 && (packet->kinds & MW_KIND_UDP) != 0)
		return hash + of_all_bytes(secrets, packet->payload, packet->payload_bytes);
	return hash + of_payload(secrets, packet);
}

// What of_others() adds to the words of the header: UDP without a number or without a checksum.
static __attribute__((noinline)) uint64_t of_lane_unnumbered(const uint64_t secrets[], const struct mw_packet *packet)
{
	const struct link_ends ends = ends_of_lane(packet);
	const uint32_t at = mw_lane_payload_at(packet), bytes = mw_lane_payload_captured(packet, at);
	uint64_t hash = packet->lane.ip_id == 0 ? of_link(secrets, &ends) : 0;

	if (packet->lane.ip_id == 0 && packet->lane.copy[1] == 0)
		return hash + of_all_bytes(secrets, packet->data + at, bytes);
	return hash + of_bytes(secrets, packet->data + at, bytes);
}

// As of_tcp() and of_others() have it.
static inline uint64_t of_lane(const uint64_t secrets[], const struct mw_packet *packet)
{
	const struct mw_lane *lane = &packet->lane;
	uint64_t hash = fold(WORD(lane->ip_id, lane->total_bytes) ^ secrets[0], numbers_of(lane) ^ secrets[1]) +
					fold(lane->copy[0] ^ secrets[2], lane->copy[1] ^ secrets[3]);

	if (MW_UNLIKELY(lane->ip_id == 0 || lane->copy[1] == 0) && (lane->shape & MW_SHAPE_TRANSPORT) != MW_SHAPE_TCP)
		hash += of_lane_unnumbered(secrets, packet);
	return hash;
}

// Packets without a flow name their ends themselves: later fragments, ICMP errors, what a full table refused.
static uint64_t of_ends(const uint64_t secrets[], const struct mw_packet *packet)
{
	uint64_t words[6];

	memcpy(&words[0], &packet->src, sizeof(packet->src));
	memcpy(&words[2], &packet->dst, sizeof(packet->dst));
	words[4] = WORD((uint32_t)packet->src_port << 16 | packet->dst_port, packet->scope);
	words[5] = packet->protocol;
	return fold(words[0] ^ secrets[8], words[1] ^ secrets[9]) + fold(words[2] ^ secrets[10], words[3] ^ secrets[11]) +
		   fold(words[4] ^ secrets[12], words[5] ^ secrets[13]) + of_payload(secrets, packet);
}

void duplicate_init(struct duplicate_table *table, const struct mw_hash_key *key)
{
	for (uint64_t i = 0; i < DUPLICATE_WORDS; i++)
		table->secrets[i] = mw_hash(key, &i, sizeof(i));
}

static inline uint64_t hash_of(const uint64_t secrets[], const struct mw_packet *packet)
{
	const struct mw_lane *lane = &packet->lane;
	uint64_t hash;

	if (MW_LIKELY(lane->shape != 0 && packet->flow != NULL))
		return of_lane(secrets, packet) + (lane->hash ^ secrets[8 + lane->direction]);
	hash = (packet->kinds & MW_KIND_TCP) != 0 ? of_tcp(secrets, packet) : of_others(secrets, packet);
	if (packet->flow != NULL) // whose hash is the same for both directions
		return hash + (lane->hash ^ secrets[8 + lane->direction]);
	return hash + of_ends(secrets, packet);
}

static inline uint32_t tags_of(const struct mw_packet *packet)
{
	return packet->lane.shape != 0 ? packet->lane.tags : (uint32_t)packet->vlan_outer << 12 | packet->vlan_inner;
}

struct duplicate_probe duplicate_probe(struct duplicate_table *table, struct mw_packet *packet)
{
	struct duplicate_probe probe;

	if (MW_UNLIKELY(packet->flow == NULL))
		mw_packet_rest(packet);
	probe.hash = hash_of(table->secrets, packet);
	probe.set = table->sets[(probe.hash >> DUPLICATE_TAG_BITS) % DUPLICATE_SETS];
	probe.hash = (probe.hash & ~(uint64_t)TAGS) | tags_of(packet);
	mw_fetch_line(probe.set);
	return probe;
}

static inline uint64_t apart_ns(const struct duplicate_entry *entry, uint64_t time_ns)
{
	if (entry->time_ns == 0)
		return UINT64_MAX;
	return entry->time_ns > time_ns ? entry->time_ns - time_ns : time_ns - entry->time_ns;
}

static bool is_multicast(const struct mw_packet *packet)
{
	return packet->family == 4 ? packet->dst.bytes[12] >> 4 == 0xe : packet->dst.bytes[0] == 0xff;
}

// The same packet in another VLAN. Mirrors and routers change the outer tag; the inner one is a subscriber's, and his
// only: a copy across it needs a sender that numbers its packets, or a checksum over all of them.
static bool may_cross(const struct mw_packet *packet, bool other_inner)
{
	const struct link_ends ends = ends_of(packet);

	if (is_of_link(&ends))
		return false;
	if (packet->flow != NULL && mw_flow_mirrored_twice(packet->flow))
		return true;
	return !other_inner || (!is_multicast(packet) && (has_id(packet) || packet->checksum != 0));
}

// A sender gives what it sends again another number, and no other way to the tap. Beyond the window these alone tell a
// copy. Boxes that forge resets number them as they like.
static bool is_sure(const struct mw_packet *packet, uint64_t difference)
{
	const struct mw_flow *flow = packet->flow;
	uint8_t ttl;

	if (flow == NULL || (packet->kinds & (MW_KIND_FRAGMENT | MW_KIND_ICMP_ERROR)) != 0)
		return false;
	if ((packet->kinds & MW_KIND_RST) != 0)
		return has_id(packet) && mw_flow_mirrored_twice(flow);
	ttl = mw_flow_ttl(flow, packet->direction);
	return has_id(packet) || difference != 0 || (ttl != 0 && ttl != packet->ttl);
}

static inline bool is_same(uint64_t difference, const struct mw_packet *packet)
{
	return MW_LIKELY(difference == 0) || may_cross(packet, (difference & 0xfff) != 0);
}

void duplicate_remember(const struct duplicate_probe *probe, uint64_t time_ns)
{
	struct duplicate_entry *set = probe->set, *oldest = &set[set[1].time_ns < set[0].time_ns];

	oldest->hash = probe->hash;
	oldest->time_ns = time_ns;
}

static bool is_copy(const struct duplicate_entry *seen, const struct duplicate_probe *probe, struct mw_packet *packet,
					uint64_t window_ns)
{
	const uint64_t difference = seen->hash ^ probe->hash, after_ns = apart_ns(seen, packet->time_ns);

	if (after_ns > window_ns && (after_ns > DUPLICATE_LATE_NS || !is_sure(packet, difference)))
		return false;
	if (!is_same(difference, packet))
		return false;
	packet->copy_after_ns = (uint32_t)after_ns;
	packet->copy_retagged = difference != 0;
	return true;
}

bool duplicate_seen(const struct duplicate_probe *probe, struct mw_packet *packet, uint64_t window_ns)
{
	const struct duplicate_entry *set = probe->set;

	_Static_assert(DUPLICATE_WAYS == 2, "both ways are named");
	if (MW_UNLIKELY(packet->family == 0 || ambiguous(packet)))
		return false;
	for (int i = 0; i < DUPLICATE_WAYS; i++) {
		if (MW_UNLIKELY((set[i].hash ^ probe->hash) <= TAGS) && is_copy(&set[i], probe, packet, window_ns))
			return true;
	}
	duplicate_remember(probe, packet->time_ns);
	return false;
}
