// SPDX-License-Identifier: BSD-3-Clause
// First pieces without number that nobody completes, beside true datagrams of which some lose a piece.
// Neighbours: lib/fragment/lists.c, end.c.
#include "fragment_world.h"

#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FORGED 200000
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FORGED 200000
#endif
#endif
#ifndef FORGED
#define FORGED 5000000
#endif
#define TRUE_EVERY  100 // forged ones between two true ones
#define LOST_EVERY  100 // true ones between two that lose a piece
#define PER_SECOND  200000.0 // forged ones: a true one's time-out is far away
#define ROOM        16384
#define FRAME_BYTES (14 + 20 + 64)

struct tally {
	uint64_t evicted, invented, wrong, found, complete;
};

/** True ones have protocol UDP and their number in the identification and the source. */
static void on_end(void *context, const struct mw_fragment_datagram *datagram, enum mw_fragment_end end)
{
	struct tally *tally = context;
	bool is_true = datagram->src.bytes[12] == 192;
	uint32_t number = mw_address_is_v4(&datagram->src) ? (uint32_t)datagram->src.bytes[14] << 16 | datagram->id : 0;
	uint32_t lost = number / LOST_EVERY % 3;

	tally->evicted += end == MW_FRAGMENT_EVICTED;
	if (!is_true)
		return;
	tally->complete += end == MW_FRAGMENT_COMPLETE;
	if (end != MW_FRAGMENT_INCOMPLETE)
		return;
	tally->invented += number % LOST_EVERY != 0;
	tally->found++;
	tally->wrong += datagram->missing_count != 1 || datagram->missing[0].from != lost * 64 ||
					datagram->missing[0].to != (lost + 1) * 64;
}

/** A frame of 64 bytes of payload; only what differs is written anew. */
struct frame {
	uint8_t bytes[FRAME_BYTES];
	struct mw_fragments *fragments;
	uint64_t clock_ns;
};

static void frame_give(struct frame *frame, uint32_t src, uint16_t id, uint16_t fragment, bool answered)
{
	static const struct mw_decode_settings settings = {.tunnel_depth = 4};
	const uint8_t fields[] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(fragment >> 8), (uint8_t)fragment};
	const uint8_t address[] = {(uint8_t)(src >> 24), (uint8_t)(src >> 16), (uint8_t)(src >> 8), (uint8_t)src};
	struct mw_packet packet = {.data = frame->bytes,
							   .captured_bytes = FRAME_BYTES,
							   .wire_bytes = FRAME_BYTES,
							   .time_ns = frame->clock_ns,
							   .clock_ns = frame->clock_ns};

	memcpy(frame->bytes + 18, fields, 4);
	memcpy(frame->bytes + 26, address, 4);
	mw_decode(&settings, &packet);
	mw_fragments_take(frame->fragments, &packet, answered);
}

static void give_true(struct frame *frame, uint32_t number)
{
	uint32_t src = 192u << 24 | (number >> 16) << 8 | 7;

	for (uint32_t i = 0; i < 3; i++)
		if (number % LOST_EVERY != 0 || number / LOST_EVERY % 3 != i)
			frame_give(frame, src, (uint16_t)number, (uint16_t)((i < 2 ? 0x2000 : 0) | i * 8), i == 0);
}

static void frame_init(struct frame *frame, struct mw_fragments *fragments)
{
	static struct pb pb;

	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .protocol = 17, .id = 1);
	pb_payload(&pb, (uint8_t[64]){0x9c, 0x40, 0x9c, 0x41, 0, 192}, 64);
	pb_finish(&pb);
	assert_int_equal(pb.len_bytes, FRAME_BYTES);
	memcpy(frame->bytes, pb.bytes, FRAME_BYTES);
	frame->fragments = fragments;
	frame->clock_ns = 1000 * MW_NS_PER_SECOND;
}

static void flood(struct frame *frame, uint32_t *true_count)
{
	for (uint32_t i = 0; i < FORGED; i++) {
		frame->clock_ns += (uint64_t)(1e9 / PER_SECOND);
		frame_give(frame, 10u << 24 | i, (uint16_t)(i * 7), 0x2000, false);
		if (i % TRUE_EVERY == 0)
			give_true(frame, ++*true_count);
	}
}

static void genuine_losses_are_found_beside_first_pieces_without_number(void **state)
{
	struct world *world = world_new(ROOM, 1, NULL); // for the memory and the counters
	struct tally tally = {0};
	struct mw_fragment_config config = {.settings = &world->settings, .on_end = on_end, .context = &tally};
	struct frame frame;
	uint32_t true_count = 0;

	(void)state;
	memset(world->memory, 0, world->memory_bytes);
	mw_hash_key_from_seed(&config.hash_key, 1);
	frame_init(&frame, mw_fragments_init(world->memory, world->memory_bytes, &config, &world->stats, 3));
	flood(&frame, &true_count);
	assert_in_range(mw_fragments_count(frame.fragments), 1, ROOM);
	mw_fragments_expire(frame.fragments, frame.clock_ns + 31 * MW_NS_PER_SECOND, UINT32_MAX);
	assert_int_equal(mw_fragments_count(frame.fragments), 0);
	assert_int_equal(tally.invented, 0);
	assert_int_equal(tally.wrong, 0);
	assert_int_equal(tally.complete, true_count - true_count / LOST_EVERY);
	assert_in_range(tally.found * 100, true_count / LOST_EVERY * 95, true_count);
	assert_true(tally.evicted > FORGED / 2);
	assert_int_equal(tally.evicted, counter(world, MW_FRAGMENT_COUNT_EVICTED));
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(genuine_losses_are_found_beside_first_pieces_without_number),
};
MW_TEST_MAIN("fragment_flood", tests)
