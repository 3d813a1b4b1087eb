// SPDX-License-Identifier: BSD-3-Clause
// Copies made by the mirror: the same packet twice within a moment, perhaps with its TTL one less or another VLAN.
// Neighbours: pipeline.c. Only what a router or a mirror may change is left out of the comparison.
#include <string.h>

#include "pipeline.h"

#define PAYLOAD_COMPARED_BYTES 32

#define WORD(low, high) ((uint64_t)(low) | (uint64_t)(high) << 32)

// Without an identification and with nothing that changes from packet to packet, two packets that a host really sent
// look like one seen twice: resets that answer a burst, acknowledgements that differ in their SACK blocks alone.
// They count as copies only on a flow that showed an undoubted one.
static bool ambiguous(const struct mw_packet *packet)
{
	const struct mw_flow *flow = packet->flow;
	bool has_id = packet->ip_id_known && packet->ip_id != 0;

	if (has_id || packet->payload_bytes > 0 || (flow != NULL && mw_flow_mirrored_twice(flow)))
		return false;
	return (packet->kinds & MW_KIND_RST) != 0 || (packet->tcp.present & MW_TCP_OPTION_SACK) != 0;
}

// What both copies of a packet have in common.
static void identify(const struct mw_packet *packet, uint64_t words[DUPLICATE_WORDS])
{
	const struct mw_packet_tcp *tcp = &packet->tcp;
	uint32_t icmp = (uint32_t)packet->icmp_type << 24 | (uint32_t)packet->icmp_code << 16 | packet->icmp_sequence;

	memcpy(&words[0], &packet->src, sizeof(packet->src));
	memcpy(&words[2], &packet->dst, sizeof(packet->dst));
	words[4] = WORD((uint32_t)packet->src_port << 16 | packet->dst_port, packet->scope);
	words[5] = WORD(packet->ip_id, packet->ip_total_bytes);
	words[6] = WORD(tcp->seq, tcp->ack);
	words[7] = WORD(tcp->ts_value, tcp->ts_echo);
	words[8] = WORD((uint32_t)tcp->window << 16 | packet->fragment_offset_bytes,
					(uint32_t)packet->protocol << 16 | (uint32_t)tcp->flags << 8 | tcp->present);
	words[9] = WORD(icmp, packet->payload_wire_bytes);
	if (packet->payload_bytes >= PAYLOAD_COMPARED_BYTES) {
		memcpy(&words[10], packet->payload, PAYLOAD_COMPARED_BYTES);
		return;
	}
	memset(&words[10], 0, PAYLOAD_COMPARED_BYTES);
	if (packet->payload_bytes > 0)
		memcpy(&words[10], packet->payload, packet->payload_bytes);
}

// The upper half of a product depends on every bit of both factors, the lower half on few: both together mix.
static inline uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

void duplicate_init(struct duplicate_table *table, const struct mw_hash_key *key)
{
	for (uint64_t i = 0; i < DUPLICATE_WORDS; i++)
		table->secrets[i] = mw_hash(key, &i, sizeof(i));
}

struct duplicate_probe duplicate_probe(struct duplicate_table *table, const struct mw_packet *packet)
{
	struct duplicate_probe probe = {.hash = 0};
	uint64_t words[DUPLICATE_WORDS];

	identify(packet, words);
	for (int i = 0; i < DUPLICATE_WORDS; i += 2)
		probe.hash += fold(words[i] ^ table->secrets[i], words[i + 1] ^ table->secrets[i + 1]);
	probe.set = table->sets[fold(probe.hash, table->secrets[0] | 1) % DUPLICATE_SETS];
	__builtin_prefetch(probe.set, 1);
	return probe;
}

static bool recent(const struct duplicate_entry *entry, uint64_t time_ns, uint64_t window_ns)
{
	uint64_t apart_ns = entry->time_ns > time_ns ? entry->time_ns - time_ns : time_ns - entry->time_ns;

	return entry->time_ns != 0 && apart_ns <= window_ns;
}

bool duplicate_seen(const struct duplicate_probe *probe, const struct mw_packet *packet, uint64_t window_ns)
{
	struct duplicate_entry *set, *oldest;

	if (window_ns == 0 || packet->family == 0 || ambiguous(packet))
		return false; // without a window there is no probe
	set = probe->set;
	oldest = &set[0];
	for (int i = 0; i < DUPLICATE_WAYS; i++) {
		if (set[i].hash == probe->hash && recent(&set[i], packet->time_ns, window_ns))
			return true;
		if (set[i].time_ns < oldest->time_ns)
			oldest = &set[i];
	}
	*oldest = (struct duplicate_entry){.hash = probe->hash, .time_ns = packet->time_ns};
	return false;
}
