// SPDX-License-Identifier: BSD-3-Clause
// A tracker with what it told, and pieces of datagrams whose bytes follow from a number.
// Neighbours: fragment_world.h.
#include "fragment_world.h"

#include <stdlib.h>
#include <string.h>

static void remember(void *context, const struct mw_fragment_datagram *datagram, enum mw_fragment_end end)
{
	struct world *world = context;

	assert_true(world->told_count < ENDS_MAX);
	world->told[world->told_count++] = (struct told){*datagram, (uint8_t)end};
}

struct world *world_new(uint64_t max, uint64_t seed, struct mw_fragment_tunnels *tunnels)
{
	struct world *world = aligned_alloc(64, (sizeof(*world) + 63) & ~(size_t)63);
	struct mw_fragment_config config = {.settings = &world->settings, .on_end = remember, .tunnels = tunnels};

	assert_non_null(world);
	memset(world, 0, sizeof(*world));
	config.context = world;
	mw_hash_key_from_seed(&config.hash_key, seed);
	world->settings = (struct mw_fragment_settings){max, 30 * MW_NS_PER_SECOND};
	world->memory_bytes = mw_fragments_bytes(&config);
	world->memory = aligned_alloc(64, (world->memory_bytes + 63) & ~(size_t)63);
	assert_non_null(world->memory);
	memset(world->memory, 0, world->memory_bytes);
	world->fragments = mw_fragments_init(world->memory, world->memory_bytes, &config, &world->stats, 3);
	assert_non_null(world->fragments);
	return world;
}

void world_free(struct world *world)
{
	free(world->memory);
	free(world);
}

static uint64_t ns_of(double at)
{
	return MW_NS_PER_SECOND * 1000 + (uint64_t)(at * 1e9 + 0.5);
}

static uint8_t byte_of(uint32_t content, uint32_t at)
{
	uint64_t word = ((uint64_t)content << 32 | at / 8) * UINT64_C(0xd6e8feb86659fd93);

	return (uint8_t)((word ^ word >> 29) * UINT64_C(0xd6e8feb86659fd93) >> (at % 8 * 8));
}

// The transport header stands where the datagram begins: ports, and the length of UDP.
static void write_bytes(const struct give *with, uint32_t total, uint32_t transport_at, uint8_t *bytes, uint32_t count)
{
	uint16_t words[3] = {with->sport ? with->sport : 500, with->dport ? with->dport : 4500,
						 (uint16_t)(total - transport_at)};

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = with->from + i, in_header = at - transport_at;

		bytes[i] = byte_of(at >= with->content_from ? with->content : 0, at);
		if (at < transport_at)
			bytes[i] = at % 8 == 0 ? (at + 8 < transport_at ? 60 : 17) : 0; // destination options: empty ones
		else if (in_header < 6 && (with->protocol == 0 || with->protocol == 17))
			bytes[i] = (uint8_t)(in_header % 2 == 0 ? words[in_header / 2] >> 8 : words[in_header / 2]);
	}
	if (with->protocol == 6 && with->from == 0 && count > 13) {
		bytes[12] = 0x50;
		bytes[13] = MW_TCP_ACK;
	}
}

struct mw_fragment_match give_packet(struct world *world, const struct pb *pb, double at, uint32_t snap_bytes)
{
	static const struct mw_decode_settings settings = {.tunnel_depth = 4, .udp_tunnels = true};
	struct mw_packet packet;
	struct mw_fragment_match match;
	uint8_t *bytes;

	pb_packet_snapped(pb, &packet, ns_of(at), snap_bytes == 0 ? UINT32_MAX : snap_bytes);
	bytes = malloc(packet.captured_bytes); // its size: a read behind it is seen
	assert_non_null(bytes);
	memcpy(bytes, packet.data, packet.captured_bytes);
	packet.data = bytes;
	mw_decode(&settings, &packet);
	match = mw_fragments_take(world->fragments, &packet, pb->bytes[0] == 1);
	free(bytes);
	return match;
}

struct mw_fragment_match give_piece(struct world *world, const struct give *with)
{
	static struct pb pb;
	static uint8_t bytes[65536];
	uint32_t total = with->total ? with->total : TOTAL;
	uint32_t count = with->bytes ? with->bytes : 1480;
	bool more = with->more || (!with->last && with->from + count < total);
	uint8_t protocol = with->protocol ? with->protocol : 17;

	write_bytes(with, total, with->destination_options * 8u, bytes, count == UINT32_MAX ? 0 : count);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb.bytes[0] = with->answered; // of no use to anybody else
	if (with->vlan != 0)
		pb_vlan(&pb, with->vlan);
	if (with->v6) {
		pb_ipv6(&pb, .src = with->src, .dst = with->dst);
		pb_fragment6(&pb, .id = with->id, .offset_bytes = (uint16_t)with->from, .more_fragments = more,
					 .next_header = with->destination_options ? 60 : protocol);
	} else {
		pb_ipv4(&pb, .src = with->src, .dst = with->dst, .id = (uint16_t)with->id, .more_fragments = more,
				.fragment_offset_bytes = (uint16_t)with->from, .protocol = protocol,
				.dont_fragment = with->dont_fragment, .options_bytes = with->options_bytes);
	}
	if (count != UINT32_MAX)
		pb_payload(&pb, bytes, count);
	pb_finish(&pb);
	return give_packet(world, &pb, with->at, with->snap_bytes);
}

void give_pieces(struct world *world, unsigned which, const struct give *with)
{
	for (uint32_t i = 0; i < 3; i++) {
		struct give piece = *with;

		piece.from = i * 1480;
		piece.bytes = i < 2 ? 1480 : 48;
		if (which >> i & 1)
			give_piece(world, &piece);
	}
}

void expire(struct world *world, double at)
{
	assert_true(mw_fragments_expire(world->fragments, ns_of(at), UINT32_MAX));
}

const struct mw_fragment_datagram *told(const struct world *world, uint32_t nth, enum mw_fragment_end end)
{
	assert_true(nth < world->told_count);
	assert_int_equal(world->told[nth].end, end);
	return &world->told[nth].datagram;
}

uint64_t counter(const struct world *world, enum mw_fragment_counter which)
{
	return mw_stats_read(&world->stats, 3 + (uint32_t)which);
}

void assert_missing(const struct mw_fragment_datagram *datagram, uint32_t nth, uint32_t from, uint32_t to)
{
	assert_true(nth < datagram->missing_count);
	assert_int_equal(datagram->missing[nth].from, from);
	assert_int_equal(datagram->missing[nth].to, to);
}

uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}
