// SPDX-License-Identifier: BSD-3-Clause
// Frames with random headers and random ends: nothing is read behind a packet, no count leaves its bounds.
// Neighbours: lib/fragment/piece.c; runs under the sanitizers too.
#include "fragment_world.h"

#include <stdlib.h>
#include <string.h>

#define FRAMES 60000

static void assert_sane(const struct mw_fragment_datagram *datagram)
{
	assert_in_range(datagram->missing_count, 0, MW_FRAGMENT_RANGES + 1);
	assert_in_range(datagram->head_bytes, 0, MW_FRAGMENT_HEAD_BYTES);
	assert_in_range(datagram->fragments, 1, FRAMES);
	assert_in_range(datagram->bytes_total, 0, 131072);
	for (uint32_t i = 0; i < datagram->missing_count; i++) {
		assert_true(datagram->missing[i].from < datagram->missing[i].to);
		assert_true(i == 0 || datagram->missing[i].from > datagram->missing[i - 1].to);
	}
}

/** One of a few packets of every shape: pieces, headers behind the fragment header, tunnels. */
static void build(struct pb *pb, uint64_t *seed)
{
	uint32_t shape = next_random(seed) % 8;

	pb_init(pb);
	pb_ethernet(pb);
	if (shape % 2 == 0)
		pb_ipv4(pb, .id = (uint16_t)(next_random(seed) % 4), .more_fragments = true,
				.fragment_offset_bytes = (uint16_t)(next_random(seed) % 3 * 64), .protocol = shape == 2 ? 17 : 0);
	else
		pb_ipv6(pb, );
	if (shape % 2 == 1)
		pb_fragment6(pb, .id = next_random(seed) % 4, .more_fragments = true,
					 .offset_bytes = (uint16_t)(next_random(seed) % 3 * 64));
	if (shape == 3 || shape == 5)
		pb_extension(pb, .number = 60, .units = 1);
	if (shape == 4)
		pb_ah(pb, 12);
	if (shape == 6 || shape == 7)
		pb_ipv4(pb, .id = 5, .more_fragments = true);
	if (shape % 3 == 0)
		pb_tcp(pb, .timestamp = true);
	else if (shape != 2)
		pb_udp(pb, .dport = shape == 1 ? 4500 : 4789);
	pb_fill(pb, 64 + next_random(seed) % 3 * 64);
	pb_finish(pb);
}

// Bytes behind Ethernet, of all headers alike.
static void damage(struct pb *pb, uint64_t *seed)
{
	for (uint32_t count = next_random(seed) % 4; count > 0; count--)
		pb->bytes[14 + next_random(seed) % MW_MIN(pb->len_bytes - 14, 90)] = (uint8_t)next_random(seed);
}

static void random_headers_stay_within_bounds(void **state)
{
	static struct pb pb;
	struct world *world = world_new(32, 1, NULL);
	uint64_t seed = 11, told_all = 0;

	(void)state;
	for (uint32_t i = 0; i < FRAMES; i++) {
		build(&pb, &seed);
		damage(&pb, &seed);
		give_packet(world, &pb, i * 0.01 + (next_random(&seed) % 3) * 0.3,
					next_random(&seed) % 4 == 0 ? 14 + next_random(&seed) % 120 : 0);
		for (uint32_t n = 0; n < world->told_count; n++)
			assert_sane(&world->told[n].datagram);
		told_all += world->told_count;
		world->told_count = 0;
	}
	mw_fragments_finish(world->fragments);
	assert_true(told_all > FRAMES / 100);
	assert_int_equal(
		counter(world, MW_FRAGMENT_COUNT_DATAGRAMS) + counter(world, MW_FRAGMENT_COUNT_IRREGULAR) >= told_all / 2, 1);
	world_free(world);
}

// The fields of a packet as no decoder would set them: the tracker trusts none with an address.
static void random_fields_stay_within_bounds(void **state)
{
	struct world *world = world_new(32, 1, NULL);
	uint64_t seed = 5;

	(void)state;
	for (uint32_t i = 0; i < FRAMES; i++) {
		uint32_t captured = next_random(&seed) % 120, at = next_random(&seed) % (captured + 1);
		uint8_t *bytes = calloc(1, captured + 1);
		struct mw_packet packet = {.data = bytes,
								   .captured_bytes = captured,
								   .wire_bytes = captured,
								   .clock_ns = i * MW_NS_PER_MS,
								   .kinds = MW_KIND_FRAGMENT,
								   .family = next_random(&seed) % 2 ? 4 : 6,
								   .protocol = (uint8_t)next_random(&seed),
								   .fragment_offset_bytes = (uint16_t)(next_random(&seed) % 4 * 8),
								   .more_fragments = next_random(&seed) % 2,
								   .ip_header_bytes = (uint16_t)(next_random(&seed) % 200),
								   .ip_total_bytes = next_random(&seed) % 70000,
								   .ip_id = next_random(&seed) % 4,
								   .payload = bytes + at,
								   .payload_bytes = captured - at};

		assert_non_null(bytes);
		for (uint32_t n = 0; n < captured; n++)
			bytes[n] = next_random(&seed) % 3 ? 0 : (uint8_t)(next_random(&seed) % 2 ? 0x45 : 0x60);
		mw_fragments_take(world->fragments, &packet, false);
		free(bytes);
		for (uint32_t n = 0; n < world->told_count; n++)
			assert_sane(&world->told[n].datagram);
		world->told_count = 0;
	}
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(random_headers_stay_within_bounds),
	MW_TEST(random_fields_stay_within_bounds),
};
MW_TEST_MAIN("fragment_hostile", tests)
