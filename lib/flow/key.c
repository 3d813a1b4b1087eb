// SPDX-License-Identifier: BSD-3-Clause
// Keys: both orders of a tuple are one, and the ordinary ones (TCP or UDP over IPv4) fit in 16 bytes.
// Neighbours: lookup.c and bucket.c compare them; entry.h says where they lie.
#include "parts.h"

#include <string.h>

#define TAIL_AT 12 // of an address: what is stored in line 0

static uint32_t load_u32(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static inline uint64_t tails_of(const struct mw_address *a, const struct mw_address *b)
{
	return mw_lane_tails(load_u32(&a->bytes[TAIL_AT]), load_u32(&b->bytes[TAIL_AT]));
}

static_assert((uint32_t)MW_LANE_TCP4 == FLOW_SHORT_TCP && (uint32_t)MW_LANE_UDP4 == FLOW_SHORT_UDP &&
				  (uint32_t)MW_LANE_LONG == FLOW_LONG,
			  "a lane's kind is a flow's");

static bool both_v4(const struct mw_address *a, const struct mw_address *b)
{
	uint64_t head[2];

	memcpy(&head[0], a->bytes, 8);
	memcpy(&head[1], b->bytes, 8);
	return (head[0] | head[1]) == 0 && mw_address_is_v4(a) && mw_address_is_v4(b);
}

static uint32_t kind_of(uint8_t protocol, uint32_t scope, uint16_t vlan, const struct mw_address *a,
						const struct mw_address *b)
{
	if ((protocol != 6 && protocol != 17) || scope != 0 || vlan != 0 || !both_v4(a, b))
		return FLOW_LONG;
	return protocol == 6 ? FLOW_SHORT_TCP : FLOW_SHORT_UDP;
}

uint64_t mw_flow_key_hash(const struct mw_hash_key *hash_key, const struct mw_flow_key *key)
{
	struct flow_brief brief;
	uint32_t kind = kind_of(key->protocol, key->scope, key->vlan, &key->a, &key->b);

	if (kind == FLOW_LONG)
		return mw_hash(hash_key, key, sizeof(*key));
	brief = (struct flow_brief){tails_of(&key->a, &key->b), mw_lane_ports(key->a_port, key->b_port), kind};
	return mw_hash(hash_key, &brief, sizeof(brief));
}

static struct flow_brief brief_of(const struct flow_entry *flow)
{
	struct flow_brief brief = {.kind = FLOW_FACT(flow, KIND)};

	memcpy(&brief.tails, &flow->a_tail, sizeof(brief.tails));
	memcpy(&brief.ports, &flow->a_port, sizeof(brief.ports));
	return brief;
}

uint64_t key_hash_of(const struct mw_hash_key *hash_key, const struct flow_entry *flow)
{
	const struct flow_brief brief = brief_of(flow);
	struct mw_flow_key key;

	if (brief.kind != FLOW_LONG)
		return mw_hash(hash_key, &brief, sizeof(brief));
	key_of(flow, &key);
	return mw_hash(hash_key, &key, sizeof(key));
}

void key_hashes_of(const struct mw_flow_table *table, const uint32_t indexes[], uint64_t hashes[], uint32_t count)
{
	struct {
		struct flow_brief brief;
		uint64_t hash;
	} keys[MW_BATCH_PACKETS];

	keys[0].brief = (struct flow_brief){0}; // for none
	for (uint32_t i = 0; i < count; i++)
		keys[i].brief = brief_of(entry_at(table, indexes[i]));
	mw_hash_16(&table->config.hash_key, &keys[0].brief, &keys[0].hash, sizeof(keys[0]), count);
	for (uint32_t i = 0; i < count; i++)
		hashes[i] = MW_LIKELY(keys[i].brief.kind != FLOW_LONG)
						? keys[i].hash
						: key_hash_of(&table->config.hash_key, entry_at(table, indexes[i]));
}

/** True when src is the key's a. */
static inline __attribute__((always_inline)) bool fill_key(struct mw_flow_key *key, const struct mw_address *src,
														   const struct mw_address *dst, uint16_t src_port,
														   uint16_t dst_port)
{
	int order = mw_address_compare(src, dst);
	bool from_a = order < 0 || (order == 0 && src_port <= dst_port);

	*key = (struct mw_flow_key){
		.a = from_a ? *src : *dst,
		.b = from_a ? *dst : *src,
		.a_port = from_a ? src_port : dst_port,
		.b_port = from_a ? dst_port : src_port,
	};
	return from_a;
}

static void want_long(uint16_t vlan, struct mw_packet *packet, struct flow_wanted *wanted)
{
	struct mw_flow_key *key = wanted->key;
	bool from_a = fill_key(key, &packet->src, &packet->dst, packet->src_port, packet->dst_port);

	key->scope = packet->scope;
	key->vlan = vlan;
	key->protocol = packet->protocol;
	packet->direction = !from_a;
	wanted->brief = (struct flow_brief){tails_of(&key->a, &key->b), mw_lane_ports(key->a_port, key->b_port), FLOW_LONG};
}

uint8_t key_want_ends(const struct mw_flow_table *table, const struct mw_flow_ends *ends, struct flow_wanted *wanted)
{
	struct mw_flow_key *key = wanted->key;
	bool from_a = fill_key(key, &ends->src, &ends->dst, ends->src_port, ends->dst_port);

	key->scope = ends->scope;
	key->vlan = table->config.vlan_in_key ? ends->vlan : 0;
	key->protocol = ends->protocol;
	wanted->brief = (struct flow_brief){tails_of(&key->a, &key->b), mw_lane_ports(key->a_port, key->b_port),
										kind_of(key->protocol, key->scope, key->vlan, &key->a, &key->b)};
	return !from_a;
}

static const uint8_t short_kinds[256] = {[6] = FLOW_SHORT_TCP, [17] = FLOW_SHORT_UDP};

// The lane has the key in its order, but of a long one only the ends of it.
static void want_lane(const struct mw_flow_table *table, struct mw_packet *packet, struct flow_wanted *wanted)
{
	struct mw_lane *lane = &packet->lane;
	const uint16_t vlan = table->config.vlan_in_key ? (uint16_t)(lane->tags >> 12) : 0;
	struct mw_flow_key *key = wanted->key;
	struct mw_address src, dst;

	wanted->brief = (struct flow_brief){lane->tails, lane->ports, lane->kind};
	if (MW_LIKELY(lane->kind != MW_LANE_LONG && vlan == 0))
		return;
	wanted->brief.kind = lane->kind = FLOW_LONG;
	mw_lane_ends(packet, &src, &dst);
	*key = (struct mw_flow_key){.a = lane->direction == 0 ? src : dst,
								.b = lane->direction == 0 ? dst : src,
								.scope = (lane->bits & MW_LANE_SCOPED) != 0 ? packet->scope : 0,
								.vlan = vlan,
								.protocol = packet->protocol};
	memcpy(&key->a_port, &lane->ports, sizeof(lane->ports));
}
static_assert(offsetof(struct mw_flow_key, b_port) == offsetof(struct mw_flow_key, a_port) + 2, "copied as one word");

static void want_fields(const struct mw_flow_table *table, struct mw_packet *packet, struct flow_wanted *wanted)
{
	uint16_t vlan = table->config.vlan_in_key ? packet->vlan_outer : 0;
	uint32_t kind = short_kinds[packet->protocol];
	uint64_t source, target, tails;
	uint32_t ports;
	bool from_a;

	if (MW_UNLIKELY(kind == 0 || (packet->scope | vlan) != 0 ||
					(packet->family != 4 && !both_v4(&packet->src, &packet->dst)))) {
		want_long(vlan, packet, wanted);
		return;
	}
	// one comparison for address, then port
	source = (uint64_t)__builtin_bswap32(load_u32(&packet->src.bytes[TAIL_AT])) << 16 | packet->src_port;
	target = (uint64_t)__builtin_bswap32(load_u32(&packet->dst.bytes[TAIL_AT])) << 16 | packet->dst_port;
	from_a = source <= target;
	tails = tails_of(&packet->src, &packet->dst);
	ports = mw_lane_ports(packet->src_port, packet->dst_port);
	// halves change places without a branch: directions take turns as they like
	wanted->brief.tails = from_a ? tails : tails << 32 | tails >> 32;
	wanted->brief.ports = from_a ? ports : ports << 16 | ports >> 16;
	wanted->brief.kind = kind;
	packet->direction = !from_a;
}

void key_want(const struct mw_flow_table *table, struct mw_packet *packet, struct flow_wanted *wanted)
{
	if (MW_LIKELY(packet->lane.shape != 0)) {
		want_lane(table, packet, wanted);
		return;
	}
	want_fields(table, packet, wanted);
	packet->lane.direction = packet->direction;
}

static void load_address(struct mw_address *address, const uint8_t head[TAIL_AT], const void *tail)
{
	memcpy(address->bytes, head, TAIL_AT);
	memcpy(&address->bytes[TAIL_AT], tail, sizeof(address->bytes) - TAIL_AT);
}

void key_expand(const struct flow_entry *flow, const struct flow_long *rest, struct mw_flow_key *key)
{
	static const uint8_t v4_head[TAIL_AT] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	*key = (struct mw_flow_key){.a_port = flow->a_port, .b_port = flow->b_port};
	load_address(&key->a, rest != NULL ? rest->a_head : v4_head, &flow->a_tail);
	load_address(&key->b, rest != NULL ? rest->b : v4_head,
				 rest != NULL ? &rest->b[TAIL_AT] : (const void *)&flow->b_tail);
	key->protocol = rest != NULL ? rest->protocol : FLOW_FACT(flow, KIND) == FLOW_SHORT_TCP ? 6 : 17;
	if (rest == NULL)
		return;
	key->scope = rest->scope;
	key->vlan = rest->vlan;
}

void key_of(const struct flow_entry *flow, struct mw_flow_key *key)
{
	key_expand(flow, FLOW_FACT(flow, KIND) == FLOW_LONG ? long_of(flow) : NULL, key);
}

bool key_rest_equal(const struct mw_flow_table *table, const struct flow_entry *flow, const struct flow_wanted *wanted)
{
	const struct flow_long *rest = part_at(table, flow->rest, sizeof(*rest));

	return memcmp(rest->a_head, wanted->key->a.bytes, sizeof(rest->a_head)) == 0 &&
		   memcmp(rest->b, wanted->key->b.bytes, sizeof(rest->b)) == 0 && rest->scope == wanted->key->scope &&
		   rest->vlan == wanted->key->vlan && rest->protocol == wanted->key->protocol;
}
