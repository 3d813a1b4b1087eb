// SPDX-License-Identifier: BSD-3-Clause
// Lane and rest say what the walk says, of every packet that the lane accepts, and it accepts the ordinary ones.
// Neighbours: lib/decode/lane.c, lib/packet/rest.c. Both decode into packets full of 0xee and are compared byte for
// byte.
#include "decode.h"
#include "decoded.h"
#include "layered.h"
#include "mw_hash.h"

static struct pb pb;
static unsigned accepted_count;

static uint64_t next_random(uint64_t *seed) // splitmix64
{
	uint64_t value = *seed += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static void fill_source(struct mw_packet *packet, const uint8_t *bytes, uint32_t captured, uint32_t wire, uint8_t link)
{
	memset(packet, 0xee, sizeof(*packet));
	packet->data = bytes;
	packet->captured_bytes = captured;
	packet->wire_bytes = wire;
	packet->link = link;
}

/** All but the lane is the same; outer addresses and layers where they have a value. */
static void assert_same(struct mw_packet *quick, const struct mw_packet *walk)
{
	quick->direction = walk->direction; // decode knows it, the flow table says it
	quick->lane = walk->lane;
	assert_int_equal(quick->layers_count, walk->layers_count);
	memcpy(quick->layers + walk->layers_count, walk->layers + walk->layers_count, MW_LAYERS_MAX - walk->layers_count);
	assert_memory_equal(quick, walk, sizeof(*walk));
}

/** One packet, of which the source's fields are set, through one of the decoders and the walk. @return whether it has a
 * lane, which is in lane_out then. */
static bool variant_says_the_same(const struct lane_decoder *variant, const struct mw_packet *source,
								  const struct mw_decode_settings *settings, struct mw_lane *lane_out)
{
	struct mw_packet quick = *source, walk = *source, batched = *source, *batch[1] = {&batched};
	bool accepted;

	decode_walk(settings, &walk);
	accepted = variant->one(settings, &quick);
	*lane_out = quick.lane;
	if (accepted)
		mw_packet_rest(&quick);
	else
		decode_walk(settings, &quick); // clears what the attempt left
	assert_int_equal(quick.lane.shape != 0, accepted);
	assert_same(&quick, &walk);
	variant->batch(settings, batch, 1);
	assert_int_equal(batched.kinds, walk.kinds);
	assert_memory_equal(&batched.refusal, &walk.refusal, 2); // and fate
	mw_packet_rest(&batched);
	assert_same(&batched, &walk);
	return accepted;
}

/** All ways through one packet, from memory of exactly its length. @return whether the lane accepted it. */
static bool same_both_ways(const uint8_t *bytes, uint32_t captured, uint32_t wire, uint8_t link,
						   const struct mw_decode_settings *settings)
{
	struct mw_packet walk, whole;
	struct mw_lane portable, lane;
	uint8_t *copy = malloc(captured == 0 ? 1 : captured);
	bool accepted;

	assert_non_null(copy);
	memcpy(copy, bytes, captured);
	fill_source(&walk, copy, captured, wire, link);
	whole = walk;
	accepted = variant_says_the_same(decode_variant(0), &walk, settings, &portable);
	for (unsigned i = 1; decode_variant(i) != NULL; i++) {
		assert_int_equal(variant_says_the_same(decode_variant(i), &walk, settings, &lane), accepted);
		if (accepted)
			assert_memory_equal(&lane, &portable, sizeof(lane));
	}
	decode_walk(settings, &walk);
	mw_decode(settings, &whole);
	assert_same(&whole, &walk);
	free(copy);
	accepted_count += accepted;
	return accepted;
}

static void ip4(void)
{
	pb_ipv4(&pb, .tos = 0xb8, .ttl = 57, .id = 4711, .dont_fragment = true);
}

static void ip6(void)
{
	pb_ipv6(&pb, .hop_limit = 58, .traffic_class = 0x2e);
}

static void line_private(void)
{
	ip6();
	pb_ipv4(&pb, .src = "192.168.1.2", .ttl = 63);
}

static void line_public(void)
{
	ip6();
	pb_ipv4(&pb, .src = "198.51.100.7", .dst = "203.0.113.9");
}

static void (*const NETWORKS[])(void) = {ip4, ip6, line_private, line_public};

static void tcp_bare(void)
{
	pb_tcp(&pb, .seq = 7, .ack = 8, .flags = MW_TCP_ACK, .window = 501);
}

static void tcp_timestamp(void)
{
	static const uint8_t padded_in_front[12] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}; // as Linux does

	pb_tcp(&pb, .flags = 0xff, .options = padded_in_front, .options_bytes = sizeof(padded_in_front));
	pb_text(&pb, "x");
}

static void tcp_reserved(void)
{
	pb_tcp(&pb, .flags = MW_TCP_RST | MW_TCP_ACK, .timestamp = true, .reserved = 0x0f);
}

static void tcp_syn(void)
{
	pb_tcp(&pb, .flags = MW_TCP_SYN, .mss = 1460, .sack_permitted = true, .timestamp = true, .window_scale = true,
		   .wscale = 7);
}

static void tcp_bad_option(void)
{
	static const uint8_t too_long[4] = {2, 9, 0, 0};

	pb_tcp(&pb, .flags = MW_TCP_RST, .options = too_long, .options_bytes = sizeof(too_long));
	pb_text(&pb, "blocked");
}

static void udp_empty(void)
{
	pb_udp(&pb);
}

static void udp_text(void)
{
	pb_udp(&pb, .sport = 53, .dport = 40000);
	pb_text(&pb, "hello");
}

static void tcp_sack(void)
{
	static const uint8_t blocks[12] = {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9};

	pb_tcp(&pb, .flags = MW_TCP_ACK, .options = blocks, .options_bytes = sizeof(blocks));
}

static void udp_esp(void)
{
	pb_udp(&pb, .sport = 4500, .dport = 40000);
	pb_text(&pb, "an ESP packet, for all we know");
}

static void (*const TRANSPORTS[])(void) = {tcp_bare, tcp_timestamp, tcp_reserved, tcp_syn, tcp_bad_option,
										   tcp_sack, udp_empty,     udp_text,     udp_esp};

static void untagged(void)
{
}

static void tagged(void)
{
	pb_vlan(&pb, 7);
}

static void tagged_twice(void)
{
	pb_qinq(&pb, 7);
	pb_vlan(&pb, 9);
}

static void tagged_the_old_way(void)
{
	pb_vlan(&pb, 7);
	pb_vlan(&pb, 4094);
}

static void (*const TAGS[])(void) = {untagged, tagged, tagged_twice, tagged_the_old_way};

#define ORDINARY_COUNT ((unsigned)(MW_ARRAY_SIZE(TAGS) * MW_ARRAY_SIZE(NETWORKS) * MW_ARRAY_SIZE(TRANSPORTS)))

static void build_ordinary(unsigned which)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	TAGS[which % MW_ARRAY_SIZE(TAGS)]();
	NETWORKS[which / MW_ARRAY_SIZE(TAGS) % MW_ARRAY_SIZE(NETWORKS)]();
	TRANSPORTS[which / MW_ARRAY_SIZE(TAGS) / MW_ARRAY_SIZE(NETWORKS)]();
	pb_padding(&pb, which % 5);
	pb_finish(&pb);
}

static void ordinary_packets_have_a_lane(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ORDINARY_COUNT; i++) {
		build_ordinary(i);
		if (!same_both_ways(pb.bytes, pb.len_bytes, pb.len_bytes, pb.link, &DEFAULTS))
			fail_msg("ordinary packet %u was not accepted", i);
	}
}

static void no_other_link_type_has_one(void **state)
{
	(void)state;
	build_ordinary(0);
	for (unsigned link = 0; link < 256; link++)
		assert_int_equal(same_both_ways(pb.bytes, pb.len_bytes, pb.len_bytes, (uint8_t)link, &DEFAULTS),
						 link == MW_LINK_ETHERNET);
}

static void cut_everywhere(void)
{
	for (uint32_t cut = 0; cut <= pb.len_bytes; cut++) {
		same_both_ways(pb.bytes, cut, pb.len_bytes, pb.link, &DEFAULTS);
		same_both_ways(pb.bytes, cut, cut, pb.link, &DEFAULTS);
		same_both_ways(pb.bytes, cut, 0, pb.link, &DEFAULTS); // a source that does not know better
	}
}

static void cuts_make_no_difference(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ORDINARY_COUNT; i++) {
		build_ordinary(i);
		cut_everywhere();
	}
	for (unsigned i = 0; i < LAYERED_COUNT; i++) {
		LAYERED[i].build(&pb);
		pb_finish(&pb);
		cut_everywhere();
	}
}

static void every_header_byte_may_lie_and_makes_no_difference(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ORDINARY_COUNT; i++) {
		build_ordinary(i);
		for (uint32_t at = 12; at < pb.len_bytes; at++) {
			uint8_t truth = pb.bytes[at];
			for (unsigned lie = 0; lie < 32; lie++) { // every bit the other way, and small numbers
				pb.bytes[at] = (uint8_t)(lie < 8 ? truth ^ 1u << lie : lie - 8);
				same_both_ways(pb.bytes, pb.len_bytes, pb.len_bytes + lie % 3, pb.link, &DEFAULTS);
			}
			pb.bytes[at] = truth;
		}
	}
}

static void mutations_make_no_difference(void **state)
{
	uint64_t seed = 3;

	(void)state;
	accepted_count = 0;
	for (unsigned round = 0; round < 100000; round++) {
		if (round % 16 == 0) {
			build_ordinary(round / 16 % ORDINARY_COUNT);
		} else if (round % 8 == 0) {
			LAYERED[round / 16 % LAYERED_COUNT].build(&pb);
			pb_finish(&pb);
		}
		uint64_t random = next_random(&seed);
		struct mw_decode_settings settings = {.tunnel_depth = random >> 60 & 3, .udp_tunnels = random >> 62 & 1};
		pb.bytes[random % pb.len_bytes] = (uint8_t)(random >> 32);
		same_both_ways(pb.bytes, pb.len_bytes - (random >> 40 & 3 ? 0 : (uint32_t)(random >> 42) % pb.len_bytes),
					   pb.len_bytes, pb.link, &settings);
	}
	assert_true(accepted_count > 10000);
}

/** Decodes pb cut to captured bytes into a packet full of fill, and what has no value then becomes 0. */
static void decode_over(struct mw_packet *packet, uint8_t fill, uint32_t captured)
{
	memset(packet, fill, sizeof(*packet));
	memset(packet, 0, offsetof(struct mw_packet, kinds));
	packet->data = pb.bytes;
	packet->captured_bytes = captured;
	packet->wire_bytes = pb.len_bytes;
	packet->link = pb.link;
	mw_decode(&DEFAULTS, packet);
	packet->lane.hash = 0; // the flow table's
	memset(packet->layers + packet->layers_count, 0, MW_LAYERS_MAX - packet->layers_count);
	if (!packet->outer_is_fragment)
		packet->outer_ip_id = packet->outer_fragment_bytes = 0;
	if (packet->tunnel == MW_LAYERS)
		packet->outer_src = packet->outer_dst = (struct mw_address){{0}};
	if ((packet->kinds & MW_KIND_ICMP_ERROR) == 0)
		packet->quote = (struct mw_packet_quote){0};
}

static void nothing_of_the_packet_before_survives(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ORDINARY_COUNT + LAYERED_COUNT; i++) {
		if (i < ORDINARY_COUNT) {
			build_ordinary(i);
		} else {
			LAYERED[i - ORDINARY_COUNT].build(&pb);
			pb_finish(&pb);
		}
		for (uint32_t cut = 0; cut <= pb.len_bytes; cut++) {
			struct mw_packet one, other;
			decode_over(&one, 0xee, cut);
			decode_over(&other, 0x11, cut);
			assert_memory_equal(&one, &other, offsetof(struct mw_packet, layers) + MW_LAYERS_MAX);
			assert_memory_equal(&one.outer_ip_id, &other.outer_ip_id,
								offsetof(struct mw_packet, quote) - offsetof(struct mw_packet, outer_ip_id));
			assert_memory_equal(&one.quote, &other.quote, sizeof(one.quote));
		}
	}
}

static void every_udp_port_makes_no_difference(void **state)
{
	unsigned refused_count = 0;

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
	pb_udp(&pb);
	pb_fill(&pb, 60);
	pb_finish(&pb);
	for (unsigned port = 0; port < 65536; port++) {
		for (unsigned end = 0; end < 2; end++) { // source, destination
			uint8_t *at = &pb.bytes[14 + 20 + 2 * end], was[2] = {at[0], at[1]};
			at[0] = (uint8_t)(port >> 8);
			at[1] = (uint8_t)port;
			refused_count += !same_both_ways(pb.bytes, pb.len_bytes, pb.len_bytes, pb.link, &DEFAULTS);
			memcpy(at, was, sizeof(was));
		}
	}
#define ONE(...) +1
	assert_int_equal(refused_count, 2 * ((0 UDP_TUNNEL_PORTS(ONE)) - 1)); // behind 4500 is ESP
}

static void every_ethertype_makes_no_difference(void **state)
{
	(void)state;
	for (unsigned tagged = 0; tagged < 2; tagged++) {
		build_ordinary(tagged);
		for (uint32_t at = 12; at <= 12 + 4 * tagged; at += 4) {
			uint8_t was[2] = {pb.bytes[at], pb.bytes[at + 1]};
			for (unsigned ethertype = 0; ethertype < 65536; ethertype++) {
				pb.bytes[at] = (uint8_t)(ethertype >> 8);
				pb.bytes[at + 1] = (uint8_t)ethertype;
				same_both_ways(pb.bytes, pb.len_bytes, pb.len_bytes, pb.link, &DEFAULTS);
			}
			memcpy(&pb.bytes[at], was, sizeof(was));
		}
	}
}

static uint32_t line_hash(const char *outer)
{
	static const struct mw_hash_key key = {.bytes = "midwatch: scope of a DS-Lite net"};
	struct mw_address address = pb_address(outer);
	uint32_t hash = (uint32_t)mw_hash_portable(&key, address.bytes, sizeof(address.bytes));

	return hash == 0 ? 1 : hash;
}

static void scope_of_a_line_is_the_portable_hash_of_its_private_sides(void **state)
{
	static const char *const inner[] = {
		"9.255.255.255",   "10.0.0.0",        "10.255.255.255",  "11.0.0.0",    "100.63.255.255",  "100.64.0.0",
		"100.127.255.255", "100.128.0.0",     "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0",
		"172.15.255.255",  "172.16.0.0",      "172.31.255.255",  "172.32.0.0",  "191.255.255.255", "192.0.0.0",
		"192.0.0.7",       "192.0.0.8",       "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0",
		"0.0.0.0",         "255.255.255.255",
	};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(inner) * MW_ARRAY_SIZE(inner); i++) {
		const char *src = inner[i % MW_ARRAY_SIZE(inner)], *dst = inner[i / MW_ARRAY_SIZE(inner)];
		struct mw_address src_address = pb_address(src), dst_address = pb_address(dst);
		uint32_t scope = (mw_address_is_private(&src_address) ? line_hash("2001:db8:77::1") : 0) ^
						 (mw_address_is_private(&dst_address) ? line_hash("2001:db8:88::2") : 0);
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv6(&pb, .src = "2001:db8:77::1", .dst = "2001:db8:88::2");
		pb_ipv4(&pb, .src = src, .dst = dst);
		pb_udp(&pb);
		assert_int_equal(decoded(&pb)->scope, scope);
		assert_true(same_both_ways(pb.bytes, pb.len_bytes, pb.len_bytes, pb.link, &DEFAULTS));
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ordinary_packets_have_a_lane),
	MW_TEST(no_other_link_type_has_one),
	MW_TEST(cuts_make_no_difference),
	MW_TEST(every_header_byte_may_lie_and_makes_no_difference),
	MW_TEST(mutations_make_no_difference),
	MW_TEST(nothing_of_the_packet_before_survives),
	MW_TEST(every_udp_port_makes_no_difference),
	MW_TEST(every_ethertype_makes_no_difference),
	MW_TEST(scope_of_a_line_is_the_portable_hash_of_its_private_sides),
};
MW_TEST_MAIN("lane", tests)
