// SPDX-License-Identifier: BSD-3-Clause
// Packets that mean harm: cut at every byte, bent at every byte, nested without end, random.
// Neighbours: layered.c; run under AddressSanitizer to see more. tests/fuzz/decode_fuzz.c looks further.
#include "decoded.h"
#include "layered.h"

static struct pb pb;

static uint64_t next_random(uint64_t *seed) // splitmix64
{
	uint64_t value = *seed += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static void snap_length_at_every_byte_never_makes_a_packet_malformed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LAYERED_COUNT; i++) {
		LAYERED[i].build(&pb);
		pb_finish(&pb);
		for (uint32_t cut = 0; cut < pb.len_bytes; cut++) {
			const struct mw_packet *packet = decode_bytes(pb.bytes, cut, pb.len_bytes, pb.link, &DEFAULTS);
			if (packet->fate == MW_FATE_MALFORMED)
				fail_msg("%s cut at %u: %s", LAYERED[i].name, cut, mw_refusal_names[packet->refusal]);
			if (cut < 14 && pb.link == MW_LINK_ETHERNET)
				assert_int_equal(packet->refusal, MW_REFUSAL_LINK_SHORT);
		}
	}
}

static void plain_packet_cut_in_each_header_names_that_header(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .options_bytes = 4);
	pb_tcp(&pb);
	pb_finish(&pb);
	for (uint32_t cut = 0; cut <= pb.len_bytes; cut++) {
		enum mw_refusal wanted = cut < 14   ? MW_REFUSAL_LINK_SHORT
								 : cut < 38 ? MW_REFUSAL_IP4_SHORT
								 : cut < 58 ? MW_REFUSAL_TCP_SHORT
											: MW_REFUSAL_NONE;
		assert_int_equal(decode_bytes(pb.bytes, cut, pb.len_bytes, 0, &DEFAULTS)->refusal, wanted);
	}
}

static void wire_that_ends_at_every_byte_is_survived(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LAYERED_COUNT; i++) {
		LAYERED[i].build(&pb);
		pb_finish(&pb);
		for (uint32_t cut = 0; cut < pb.len_bytes; cut++)
			decode_bytes(pb.bytes, cut, cut, pb.link, &DEFAULTS);
	}
}

static void every_byte_of_every_header_may_lie(void **state)
{
	static const uint8_t lies[] = {0, 1, 0x7f, 0x80, 0xff};

	(void)state;
	for (unsigned i = 0; i < LAYERED_COUNT; i++) {
		LAYERED[i].build(&pb);
		pb_finish(&pb);
		for (uint32_t at = 0; at < pb.len_bytes; at++) {
			uint8_t truth = pb.bytes[at];
			for (unsigned lie = 0; lie < MW_ARRAY_SIZE(lies); lie++) {
				pb.bytes[at] = lies[lie];
				decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes + 7, pb.link, &DEFAULTS);
			}
			pb.bytes[at] = truth;
		}
	}
}

static void random_mutations_are_survived(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 60000; round++) {
		if (round % 200 == 0) {
			LAYERED[round / 200 % LAYERED_COUNT].build(&pb);
			pb_finish(&pb);
		}
		uint64_t random = next_random(&seed);
		pb.bytes[random % pb.len_bytes] = (uint8_t)(random >> 32);
		decode_bytes(pb.bytes,
					 (uint32_t)(random >> 40) % 8 == 0 ? (uint32_t)(random >> 48) % pb.len_bytes : pb.len_bytes,
					 pb.len_bytes, pb.link, &DEFAULTS);
	}
}

static void random_bytes_of_any_link_type_are_survived(void **state)
{
	uint64_t seed = 2;
	uint8_t bytes[200];

	(void)state;
	for (unsigned round = 0; round < 40000; round++) {
		for (unsigned i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)next_random(&seed);
		uint32_t length = (uint32_t)next_random(&seed) % (sizeof(bytes) + 1);
		decode_bytes(bytes, length, length, (uint8_t)(round % (MW_LINK_UNKNOWN + 2)), &DEFAULTS);
	}
}

static void nesting_stops_at_the_depth_limit(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 20; depth++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		for (unsigned i = 0; i < depth; i++)
			pb_ipv4(&pb, .ttl = (uint8_t)(i + 1));
		pb_udp(&pb);
		const struct mw_packet *packet = decoded(&pb);
		assert_int_equal(packet->refusal, depth <= 8 ? MW_REFUSAL_NONE : MW_REFUSAL_TUNNEL_DEEP);
		assert_int_equal(packet->ttl, MW_MIN(depth, 8));
	}
}

static void nesting_without_ip_stops_too(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	for (unsigned i = 0; i < 15; i++) {
		pb_mpls(&pb, 16);
		pb_control_word(&pb);
		pb_ethernet(&pb);
	}
	pb_ipv4(&pb);
	pb_udp(&pb);
	assert_true(decoded(&pb)->layers_count <= MW_LAYERS_MAX);
}

static void depth_follows_the_setting(void **state)
{
	struct mw_decode_settings settings = {.tunnel_depth = 1, .udp_tunnels = true};

	(void)state;
	for (unsigned i = 0; i < LAYERED_COUNT; i++) {
		LAYERED[i].build(&pb);
		pb_finish(&pb);
		const struct mw_packet *packet = decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, pb.link, &settings);
		if (LAYERED[i].tunnel == MW_LAYER_VXLAN)
			assert_int_equal(packet->refusal, MW_REFUSAL_TUNNEL_DEEP);
	}
}

static void empty_packet_is_named(void **state)
{
	struct mw_packet packet = {.data = NULL};

	(void)state;
	for (unsigned link = 0; link < MW_LINK_UNKNOWN; link++) {
		packet.link = (uint8_t)link;
		mw_decode(&DEFAULTS, &packet);
		assert_int_equal(packet.refusal, link == MW_LINK_MPLS ? MW_REFUSAL_MPLS_SHORT : MW_REFUSAL_LINK_SHORT);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(snap_length_at_every_byte_never_makes_a_packet_malformed),
	MW_TEST(plain_packet_cut_in_each_header_names_that_header),
	MW_TEST(wire_that_ends_at_every_byte_is_survived),
	MW_TEST(every_byte_of_every_header_may_lie),
	MW_TEST(random_mutations_are_survived),
	MW_TEST(random_bytes_of_any_link_type_are_survived),
	MW_TEST(nesting_stops_at_the_depth_limit),
	MW_TEST(nesting_without_ip_stops_too),
	MW_TEST(depth_follows_the_setting),
	MW_TEST(empty_packet_is_named),
};
MW_TEST_MAIN("decode_hostile", tests)
