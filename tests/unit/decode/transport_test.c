// SPDX-License-Identifier: BSD-3-Clause
// TCP and its options, UDP, SCTP, ICMP and what it quotes.
// Neighbours: lib/decode/tcp.c, udp.c, sctp.c, icmp.c, quote.c.
#include "decoded.h"

static struct pb pb;

static void start4(void)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
}

static void start6(void)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv6(&pb);
}

static void tcp_fields_and_options_are_read(void **state)
{
	(void)state;
	start4();
	pb_tcp(&pb, .sport = 1025, .dport = 80, .seq = 0xfffffff0, .ack = 7, .flags = MW_TCP_SYN, .window = 29200,
		   .mss = 1414, .window_scale = true, .wscale = 7, .sack_permitted = true, .timestamp = true, .ts_value = 11,
		   .ts_echo = 22);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->src_port, 1025);
	assert_int_equal(packet->dst_port, 80);
	assert_int_equal(packet->tcp.seq, 0xfffffff0);
	assert_int_equal(packet->tcp.ack, 7);
	assert_int_equal(packet->tcp.window, 29200);
	assert_int_equal(packet->tcp.header_bytes, 40);
	assert_int_equal(packet->tcp.present,
					 MW_TCP_OPTION_MSS | MW_TCP_OPTION_WSCALE | MW_TCP_OPTION_SACK_PERMITTED | MW_TCP_OPTION_TIMESTAMP);
	assert_int_equal(packet->tcp.mss, 1414);
	assert_int_equal(packet->tcp.wscale, 7);
	assert_int_equal(packet->tcp.ts_value, 11);
	assert_int_equal(packet->tcp.ts_echo, 22);
	assert_int_equal(packet->kinds, MW_KIND_TCP | MW_KIND_SYN);
}

static void tcp_flags_become_kinds(void **state)
{
	static const struct {
		uint8_t flags;
		uint32_t kinds;
	} cases[] = {
		{MW_TCP_SYN | MW_TCP_ACK, MW_KIND_SYN_ACK},
		{MW_TCP_FIN | MW_TCP_ACK, MW_KIND_FIN},
		{MW_TCP_RST, MW_KIND_RST},
		{MW_TCP_ACK, 0},
		{MW_TCP_RST | MW_TCP_FIN, MW_KIND_RST | MW_KIND_FIN},
	};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		start6();
		pb_tcp(&pb, .flags = cases[i].flags);
		assert_int_equal(decoded(&pb)->kinds, MW_KIND_TCP | cases[i].kinds);
	}
}

static void tcp_reserved_bits_are_noted_and_accurate_ecn_is_not(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 16; bits++) {
		start4();
		pb_tcp(&pb, .flags = MW_TCP_ACK, .reserved = (uint8_t)bits);
		assert_int_equal(decoded(&pb)->tcp.present, bits > 1 ? MW_TCP_RESERVED : 0);
	}
}

static void reset_with_payload_keeps_its_text(void **state)
{
	(void)state;
	start4();
	pb_tcp(&pb, .flags = MW_TCP_RST | MW_TCP_ACK);
	pb_text(&pb, "[F5RST] no route");
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->kinds, MW_KIND_TCP | MW_KIND_RST | MW_KIND_PAYLOAD);
	assert_memory_equal(packet->payload, "[F5RST] no route", packet->payload_bytes);
}

static void sack_and_unknown_options_are_noticed(void **state)
{
	(void)state;
	start4();
	pb_tcp(&pb, .sack_left = 5, .sack_right = 9, .options = (const uint8_t *)"\xfd\x04\xab\xcd", .options_bytes = 4);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->tcp.present, MW_TCP_OPTION_SACK | MW_TCP_OPTION_OTHER);
}

static void impossible_option_length_is_named_and_the_rest_used(void **state)
{
	static const uint8_t bad[][4] = {{3, 0, 1, 1}, {3, 1, 1, 1}, {3, 9, 1, 1}, {1, 1, 1, 3}, {2, 3, 1, 1}};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(bad); i++) {
		start4();
		pb_tcp(&pb, .seq = 5, .mss = 1400, .options = bad[i], .options_bytes = 4);
		pb_text(&pb, "data");
		const struct mw_packet *packet = decoded(&pb);
		assert_int_equal(packet->refusal, MW_REFUSAL_TCP_OPTIONS);
		assert_int_equal(packet->fate, MW_FATE_ANALYSED);
		assert_int_equal(packet->tcp.mss, 1400);
		assert_int_equal(packet->payload_wire_bytes, 4);
		assert_true(packet->kinds & MW_KIND_PAYLOAD);
	}
}

static void options_cut_by_the_snap_length_are_no_lie(void **state)
{
	(void)state;
	start4();
	pb_tcp(&pb, .mss = 1400, .timestamp = true);
	pb_finish(&pb);
	for (uint32_t cut = 54; cut <= pb.len_bytes; cut++) {
		const struct mw_packet *packet = decode_bytes(pb.bytes, cut, pb.len_bytes, 0, &DEFAULTS);
		assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
		assert_int_equal(packet->payload_wire_bytes, 0);
		assert_int_equal(packet->tcp.mss, cut >= 58 ? 1400 : 0);
	}
}

static void tcp_data_offset_that_lies_is_refused(void **state)
{
	(void)state;
	for (uint8_t words = 4; words < 16; words = (uint8_t)(words + 11)) {
		start4();
		pb_tcp(&pb, .header_words = words);
		assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_TCP_HEADER_LENGTH);
	}
}

static void udp_length_that_lies_is_refused(void **state)
{
	static const uint16_t lengths[] = {7, 19, 65535};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(lengths); i++) {
		start4();
		pb_udp(&pb, .length_bytes = lengths[i]);
		pb_fill(&pb, 10);
		assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_UDP_LENGTH);
	}
	start4();
	pb_udp(&pb, .zero_length = true);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_UDP_LENGTH);
}

static void udp_length_ends_the_payload(void **state)
{
	(void)state;
	start4();
	pb_udp(&pb, .length_bytes = 12);
	pb_fill(&pb, 10);
	assert_int_equal(decoded(&pb)->payload_bytes, 4);
}

static void sctp_has_ports(void **state)
{
	(void)state;
	start6();
	pb_sctp(&pb, 36412, 36413);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->src_port, 36412);
	assert_int_equal(packet->dst_port, 36413);
	assert_int_equal(packet->protocol, 132);
}

static void echo_has_identifier_and_sequence(void **state)
{
	(void)state;
	start4();
	pb_icmp(&pb, .type = 8, .id = 77, .sequence = 3);
	pb_fill(&pb, 56);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->kinds, MW_KIND_ICMP);
	assert_int_equal(packet->src_port, 77);
	assert_int_equal(packet->dst_port, 77);
	assert_int_equal(packet->icmp_sequence, 3);
	start6();
	pb_icmp6(&pb, .type = 129, .id = 78, .sequence = 4);
	packet = decoded(&pb);
	assert_int_equal(packet->src_port, 78);
	assert_int_equal(packet->icmp_type, 129);
}

static void neighbour_discovery_is_a_kind_and_has_a_least_length(void **state)
{
	(void)state;
	for (unsigned body = 0; body <= 16; body += 16) {
		start6();
		pb_icmp6(&pb, .type = 135);
		pb_fill(&pb, body);
		const struct mw_packet *packet = decoded(&pb);
		assert_int_equal(packet->refusal, body == 0 ? MW_REFUSAL_ICMP_LENGTH : MW_REFUSAL_NONE);
		assert_int_equal(packet->kinds, body == 0 ? 0 : MW_KIND_ICMP | MW_KIND_ND);
	}
}

static void a_routers_advertisement_has_its_lifetime(void **state)
{
	(void)state;
	start6();
	pb_icmp6(&pb, .type = 134, .sequence = 1800); // where an echo has its sequence
	pb_fill(&pb, 8);
	assert_int_equal(decoded(&pb)->kinds, MW_KIND_ICMP | MW_KIND_ND);
	assert_int_equal(decoded(&pb)->icmp_sequence, 1800);
}

static struct pb quoted;

static void quote_a_segment(unsigned family, bool extensions)
{
	pb_init_link(&quoted, MW_LINK_RAW_IP);
	if (family == 4)
		pb_ipv4(&quoted, .src = "192.0.2.50", .dst = "198.51.100.60", .id = 4711);
	else
		pb_ipv6(&quoted, .src = "2001:db8::50", .dst = "2001:db8::60");
	if (extensions) {
		pb_extension(&quoted, .number = 0);
		pb_fragment6(&quoted, .id = 1);
	}
	pb_tcp(&quoted, .sport = 5000, .dport = 443, .seq = 0x01020304);
	pb_fill(&quoted, 1400);
	pb_finish(&quoted);
}

static void fragmentation_needed_quotes_flow_and_mtu(void **state)
{
	(void)state;
	quote_a_segment(4, false);
	start4();
	pb_icmp(&pb, .type = 3, .code = 4, .mtu_bytes = 1400);
	pb_append_cut(&pb, &quoted, 28);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->kinds, MW_KIND_ICMP | MW_KIND_ICMP_ERROR);
	assert_int_equal(packet->quote.mtu_bytes, 1400);
	assert_address(&packet->quote.src, "192.0.2.50");
	assert_address(&packet->quote.dst, "198.51.100.60");
	assert_true(packet->quote.ports_known);
	assert_int_equal(packet->quote.protocol, 6);
	assert_int_equal(packet->quote.src_port, 5000);
	assert_int_equal(packet->quote.dst_port, 443);
	assert_int_equal(packet->quote.tcp_seq, 0x01020304);
	assert_int_equal(packet->quote.total_bytes, 1440);
	assert_true(packet->quote.ip_id_known);
	assert_int_equal(packet->quote.ip_id, 4711);
	assert_address(&packet->src, "192.0.2.1");
}

static void packet_too_big_quotes_through_extension_headers(void **state)
{
	(void)state;
	quote_a_segment(6, true);
	start6();
	pb_icmp6(&pb, .type = 2, .mtu_bytes = 1280);
	pb_append_cut(&pb, &quoted, 1232);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->quote.mtu_bytes, 1280);
	assert_int_equal(packet->quote.total_bytes, 40 + 8 + 8 + 1420);
	assert_true(packet->quote.ip_id_known);
	assert_int_equal(packet->quote.ip_id, 1);
	assert_int_equal(packet->quote.protocol, 6);
	assert_int_equal(packet->quote.dst_port, 443);
	assert_address(&packet->quote.dst, "2001:db8::60");
}

static void quote_of_an_echo_has_its_identifier(void **state)
{
	(void)state;
	pb_init_link(&quoted, MW_LINK_RAW_IP);
	pb_ipv4(&quoted);
	pb_icmp(&quoted, .type = 8, .id = 99);
	pb_finish(&quoted);
	start4();
	pb_icmp(&pb, .type = 11);
	pb_append(&pb, &quoted);
	const struct mw_packet *packet = decoded(&pb);
	assert_true(packet->quote.ports_known);
	assert_int_equal(packet->quote.src_port, 99);
	assert_int_equal(packet->quote.mtu_bytes, 0);
}

static void quote_cut_short_is_named_at_every_length(void **state)
{
	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		uint32_t ip_bytes = family == 4 ? 20 : 40;
		for (uint32_t length = 0; length <= ip_bytes + 8; length++) {
			quote_a_segment(family, false);
			start6();
			pb_icmp6(&pb, .type = 1);
			pb_append_cut(&pb, &quoted, length);
			const struct mw_packet *packet = decoded(&pb);
			bool is_whole = length == ip_bytes + 8;
			assert_int_equal(packet->refusal, is_whole ? MW_REFUSAL_NONE : MW_REFUSAL_ICMP_QUOTE_SHORT);
			assert_int_equal(packet->fate, MW_FATE_ANALYSED);
			assert_int_equal(packet->quote.ports_known, is_whole);
			assert_int_equal((packet->kinds & MW_KIND_ICMP_ERROR) != 0, length >= ip_bytes);
		}
	}
}

static void quote_of_a_later_fragment_has_no_ports(void **state)
{
	(void)state;
	for (unsigned family = 4; family <= 6; family += 2) {
		pb_init_link(&quoted, MW_LINK_RAW_IP);
		if (family == 4)
			pb_ipv4(&quoted, .protocol = 17, .fragment_offset_bytes = 1480);
		else
			pb_ipv6(&quoted);
		if (family == 6)
			pb_fragment6(&quoted, .offset_bytes = 1480, .next_header = 17);
		pb_fill(&quoted, 8);
		pb_finish(&quoted);
		start4();
		pb_icmp(&pb, .type = 11, .code = 1);
		pb_append(&pb, &quoted);
		const struct mw_packet *packet = decoded(&pb);
		assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
		assert_int_equal(packet->quote.protocol, 17);
		assert_true(packet->kinds & MW_KIND_ICMP_ERROR);
		assert_false(packet->quote.ports_known);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(tcp_fields_and_options_are_read),
	MW_TEST(tcp_flags_become_kinds),
	MW_TEST(tcp_reserved_bits_are_noted_and_accurate_ecn_is_not),
	MW_TEST(reset_with_payload_keeps_its_text),
	MW_TEST(sack_and_unknown_options_are_noticed),
	MW_TEST(impossible_option_length_is_named_and_the_rest_used),
	MW_TEST(options_cut_by_the_snap_length_are_no_lie),
	MW_TEST(tcp_data_offset_that_lies_is_refused),
	MW_TEST(udp_length_that_lies_is_refused),
	MW_TEST(udp_length_ends_the_payload),
	MW_TEST(sctp_has_ports),
	MW_TEST(echo_has_identifier_and_sequence),
	MW_TEST(neighbour_discovery_is_a_kind_and_has_a_least_length),
	MW_TEST(a_routers_advertisement_has_its_lifetime),
	MW_TEST(fragmentation_needed_quotes_flow_and_mtu),
	MW_TEST(packet_too_big_quotes_through_extension_headers),
	MW_TEST(quote_of_an_echo_has_its_identifier),
	MW_TEST(quote_cut_short_is_named_at_every_length),
	MW_TEST(quote_of_a_later_fragment_has_no_ports),
};
MW_TEST_MAIN("decode_transport", tests)
