// SPDX-License-Identifier: BSD-3-Clause
// IPv4 and IPv6: fields, options, extension headers, fragments, lengths that lie.
// Neighbours: lib/decode/ipv4.c, ipv6.c, ip.c, ipsec.c (AH).
#include "decoded.h"

static struct pb pb;

static void start(void)
{
	pb_init(&pb);
	pb_ethernet(&pb);
}

static void ipv4_fields_are_read(void **state)
{
	(void)state;
	start();
	pb_ipv4(&pb, .src = "203.0.113.5", .dst = "198.51.100.7", .ttl = 3, .tos = 0xb9, .id = 4711, .dont_fragment = true,
			.options_bytes = 12);
	pb_udp(&pb);
	pb_fill(&pb, 10);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->family, 4);
	assert_int_equal(packet->protocol, 17);
	assert_address(&packet->src, "203.0.113.5");
	assert_address(&packet->dst, "198.51.100.7");
	assert_int_equal(packet->ttl, 3);
	assert_int_equal(packet->tos, 0xb9);
	assert_int_equal(packet->ip_id, 4711);
	assert_true(packet->ip_id_known && packet->dont_fragment && !packet->more_fragments);
	assert_int_equal(packet->ip_header_bytes, 32);
	assert_int_equal(packet->ip_total_bytes, 50);
}

static void ipv6_fields_are_read(void **state)
{
	(void)state;
	start();
	pb_ipv6(&pb, .src = "2001:db8::99", .hop_limit = 2, .traffic_class = 0xb9);
	pb_udp(&pb);
	pb_fill(&pb, 10);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->family, 6);
	assert_address(&packet->src, "2001:db8::99");
	assert_int_equal(packet->ttl, 2);
	assert_int_equal(packet->tos, 0xb9);
	assert_false(packet->ip_id_known);
	assert_int_equal(packet->ip_total_bytes, 58);
	assert_int_equal(packet->payload_bytes, 10);
}

static void all_extension_headers_are_walked(void **state)
{
	static const uint8_t numbers[] = {0, 43, 60, 135, 139, 140};

	(void)state;
	start();
	pb_ipv6(&pb);
	for (unsigned i = 0; i < MW_ARRAY_SIZE(numbers); i++)
		pb_extension(&pb, .number = numbers[i], .units = (uint8_t)i);
	pb_ah(&pb, 12);
	pb_fragment6(&pb, .id = 0xdeadbeef); // atomic
	pb_tcp(&pb, .seq = 9);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->tcp.seq, 9);
	assert_int_equal(packet->protocol, 6);
	assert_int_equal(packet->kinds, MW_KIND_TCP | MW_KIND_FRAGMENT);
	assert_int_equal(packet->ip_id, 0xdeadbeef);
	assert_true(packet->ip_id_known && !packet->more_fragments);
	assert_int_equal(packet->ip_header_bytes, 40 + 6 * 8 + 15 * 8 + 24 + 8);
	assert_int_equal(packet->tunnel, MW_LAYER_AH);
}

static void extension_headers_without_end_are_refused(void **state)
{
	(void)state;
	start();
	pb_ipv6(&pb);
	for (unsigned i = 0; i < 11; i++)
		pb_extension(&pb, .number = 60);
	pb_udp(&pb);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_IP6_EXTENSIONS_DEEP);
}

static void extension_header_beyond_the_payload_is_refused(void **state)
{
	(void)state;
	start();
	pb_ipv6(&pb);
	pb_extension(&pb, .number = 60);
	pb_udp(&pb);
	pb_finish(&pb);
	pb.bytes[14 + 40 + 1] = 9;
	assert_int_equal(decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS)->refusal,
					 MW_REFUSAL_IP6_EXTENSION_LENGTH);
}

static void extension_numbers_behind_ipv4_mean_nothing(void **state)
{
	(void)state;
	start();
	pb_ipv4(&pb, .protocol = 60);
	pb_fill(&pb, 40);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_PROTOCOL_OTHER);
	assert_int_equal(packet->protocol, 60);
	assert_int_equal(packet->payload_bytes, 40);
}

static void no_next_header_ends_well(void **state)
{
	(void)state;
	start();
	pb_ipv6(&pb, .next_header = 59);
	pb_padding(&pb, 6);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->payload_bytes, 0);
}

static void first_fragment_has_ports_and_its_own_length(void **state)
{
	(void)state;
	start();
	pb_ipv4(&pb, .id = 5, .more_fragments = true);
	pb_udp(&pb, .sport = 53, .dport = 4000, .length_bytes = 3000);
	pb_fill(&pb, 1400);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->kinds, MW_KIND_UDP | MW_KIND_FRAGMENT | MW_KIND_PAYLOAD);
	assert_int_equal(packet->src_port, 53);
	assert_int_equal(packet->payload_wire_bytes, 1400);
	assert_true(packet->more_fragments);
}

static void later_fragment_has_no_ports(void **state)
{
	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		start();
		if (family == 4)
			pb_ipv4(&pb, .id = 5, .protocol = 17, .fragment_offset_bytes = 1480);
		else
			pb_ipv6(&pb);
		if (family == 6)
			pb_fragment6(&pb, .id = 5, .offset_bytes = 1480, .next_header = 17);
		pb_fill(&pb, 100);
		const struct mw_packet *packet = decoded(&pb);
		assert_int_equal(packet->refusal, MW_REFUSAL_FRAGMENT_LATER);
		assert_int_equal(packet->fate, MW_FATE_ANALYSED);
		assert_int_equal(packet->kinds, MW_KIND_FRAGMENT);
		assert_int_equal(packet->protocol, 17);
		assert_int_equal(packet->fragment_offset_bytes, 1480);
		assert_int_equal(packet->payload_wire_bytes, 100);
		assert_int_equal(packet->src_port | packet->dst_port, 0);
	}
}

static void tiny_first_fragment_is_analysed_with_its_ports(void **state)
{
	(void)state;
	start();
	pb_ipv4(&pb, .protocol = 6, .more_fragments = true);
	pb_payload(&pb, "\x9c\x40\x01\xbb\0\0\0\1", 8);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->kinds, MW_KIND_FRAGMENT);
	assert_int_equal(packet->src_port, 40000);
	assert_int_equal(packet->dst_port, 443);
}

static void first_fragment_of_a_tunnel_shows_the_inner_packet(void **state)
{
	(void)state;
	start();
	pb_ipv6(&pb, .src = "2001:db8::b4");
	pb_fragment6(&pb, .id = 77, .more_fragments = true);
	pb_ipv4(&pb, .src = "192.168.1.2", .total_bytes = 1500);
	pb_tcp(&pb, .seq = 1);
	pb_fill(&pb, 1000);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_address(&packet->src, "192.168.1.2");
	assert_address(&packet->outer_src, "2001:db8::b4");
	assert_int_equal(packet->payload_wire_bytes, 1460);
	assert_int_equal(packet->payload_bytes, 1000);
	assert_true(packet->kinds & MW_KIND_FRAGMENT);
	assert_true(packet->outer_is_fragment && !packet->more_fragments);
	assert_int_equal(packet->outer_ip_id, 77);
	assert_int_equal(packet->outer_fragment_bytes, 1040);
}

static void lengths_that_lie_are_named(void **state)
{
	static const struct {
		uint8_t at, value;
		enum mw_refusal refusal;
	} lies[] = {
		{0, 0x44, MW_REFUSAL_IP4_HEADER_LENGTH}, {0, 0x4f, MW_REFUSAL_IP4_HEADER_LENGTH},
		{0, 0x75, MW_REFUSAL_IP4_VERSION},       {2, 0xff, MW_REFUSAL_IP4_TOTAL_LENGTH},
		{3, 19, MW_REFUSAL_IP4_HEADER_LENGTH},   {3, 22, MW_REFUSAL_UDP_SHORT},
	};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(lies); i++) {
		start();
		pb_ipv4(&pb);
		pb_udp(&pb);
		pb_finish(&pb);
		pb.bytes[14 + lies[i].at] = lies[i].value;
		assert_int_equal(decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS)->refusal, lies[i].refusal);
	}
	start();
	pb_ipv6(&pb, .payload_bytes = 900);
	pb_udp(&pb);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_IP6_PAYLOAD_LENGTH);
}

static void length_zero_of_segmentation_offload_means_the_rest(void **state)
{
	(void)state;
	start();
	pb_ipv4(&pb, .zero_total = true);
	pb_tcp(&pb);
	pb_fill(&pb, 60000);
	assert_int_equal(decoded(&pb)->payload_wire_bytes, 60000);
	start();
	pb_ipv6(&pb, .zero_payload = true);
	pb_udp(&pb, .zero_length = true);
	pb_fill(&pb, 60000);
	assert_int_equal(decoded(&pb)->payload_wire_bytes, 60000);
}

static void snap_length_keeps_the_wire_lengths(void **state)
{
	(void)state;
	start();
	pb_ipv4(&pb);
	pb_tcp(&pb);
	pb_fill(&pb, 1000);
	pb_finish(&pb);
	const struct mw_packet *packet = decode_bytes(pb.bytes, 96, pb.len_bytes, 0, &DEFAULTS);
	assert_int_equal(packet->fate, MW_FATE_ANALYSED);
	assert_int_equal(packet->payload_wire_bytes, 1000);
	assert_int_equal(packet->payload_bytes, 96 - 54);
}

static void authentication_header_that_lies_is_bad(void **state)
{
	(void)state;
	for (unsigned length = 0; length < 256; length += 255) {
		start();
		pb_ipv4(&pb);
		pb_ah(&pb, 12);
		pb_tcp(&pb);
		pb_finish(&pb);
		pb.bytes[14 + 20 + 1] = (uint8_t)length;
		assert_int_equal(decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS)->refusal, MW_REFUSAL_AH_BAD);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ipv4_fields_are_read),
	MW_TEST(ipv6_fields_are_read),
	MW_TEST(all_extension_headers_are_walked),
	MW_TEST(extension_headers_without_end_are_refused),
	MW_TEST(extension_header_beyond_the_payload_is_refused),
	MW_TEST(extension_numbers_behind_ipv4_mean_nothing),
	MW_TEST(no_next_header_ends_well),
	MW_TEST(first_fragment_has_ports_and_its_own_length),
	MW_TEST(later_fragment_has_no_ports),
	MW_TEST(tiny_first_fragment_is_analysed_with_its_ports),
	MW_TEST(first_fragment_of_a_tunnel_shows_the_inner_packet),
	MW_TEST(lengths_that_lie_are_named),
	MW_TEST(length_zero_of_segmentation_offload_means_the_rest),
	MW_TEST(snap_length_keeps_the_wire_lengths),
	MW_TEST(authentication_header_that_lies_is_bad),
};
MW_TEST_MAIN("decode_ip", tests)
