// SPDX-License-Identifier: BSD-3-Clause
// Tunnels: entered, passed through, told apart, and left alone where the inside is not what the port promises.
// Neighbours: lib/decode/gre.c, erspan.c, udp_tunnels.c, l2tp.c, ipsec.c, wireguard.c, plausible.c.
#include "decoded.h"
#include "layered.h"

static struct pb pb;

static const struct layered *layered_named(const char *name)
{
	for (unsigned i = 0; i < LAYERED_COUNT; i++)
		if (strcmp(LAYERED[i].name, name) == 0)
			return &LAYERED[i];
	fail_msg("no layered packet named %s", name);
	return NULL;
}

static const struct mw_packet *decoded_as(const char *name)
{
	layered_named(name)->build(&pb);
	return decoded(&pb);
}

static bool is_opaque(const struct mw_packet *packet)
{
	return packet->tunnel == MW_LAYER_ESP || packet->tunnel == MW_LAYER_ESP_IN_UDP ||
		   packet->tunnel == MW_LAYER_WIREGUARD;
}

static void every_tunnel_is_named_and_its_inside_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LAYERED_COUNT; i++) {
		LAYERED[i].build(&pb);
		const struct mw_packet *packet = decoded(&pb);
		if (packet->refusal != MW_REFUSAL_NONE || packet->tunnel != LAYERED[i].tunnel)
			fail_msg("%s: refusal %s, tunnel %s", LAYERED[i].name, mw_refusal_names[packet->refusal],
					 packet->tunnel < MW_LAYERS ? mw_layer_names[packet->tunnel] : "none");
		if (packet->family == 4 && packet->protocol == 6) {
			assert_address(&packet->src, INNER_SRC);
			assert_address(&packet->dst, INNER_DST);
			assert_int_equal(packet->dst_port, INNER_DPORT);
			assert_int_equal(packet->ttl, 44);
			assert_int_equal(packet->kinds, MW_KIND_TCP | MW_KIND_PAYLOAD);
			assert_memory_equal(packet->payload, "payload", 7);
		}
	}
}

static void outer_addresses_are_the_outermost(void **state)
{
	(void)state;
	const struct mw_packet *packet = decoded_as("house of tunnels");
	assert_address(&packet->outer_src, "2001:db8::b4");
	assert_address(&packet->outer_dst, "2001:db8::2");
	assert_int_equal(packet->vlan_outer, 9);
	packet = decoded_as("vxlan");
	assert_address(&packet->outer_src, "192.0.2.1");
}

static void opaque_tunnels_keep_the_outer_pair(void **state)
{
	(void)state;
	const struct mw_packet *packet = decoded_as("esp");
	assert_true(is_opaque(packet));
	assert_int_equal(packet->protocol, 50);
	assert_int_equal(packet->dst_port, 0);
	assert_address(&packet->outer_src, "2001:db8::1");
	packet = decoded_as("wireguard");
	assert_int_equal(packet->dst_port, 51820);
	assert_true(packet->kinds & MW_KIND_UDP);
}

static void scope_is_the_network_identifier(void **state)
{
	(void)state;
	assert_int_equal(decoded_as("vxlan")->scope, (uint32_t)MW_LAYER_VXLAN << 24 | 0x123456);
	assert_int_equal(decoded_as("geneve")->scope, (uint32_t)MW_LAYER_GENEVE << 24 | 0x123456);
	assert_int_equal(decoded_as("nvgre")->scope, (uint32_t)MW_LAYER_NVGRE << 24 | 0x123456);
	assert_int_equal(decoded_as("gre")->scope, 0);
	assert_int_equal(decoded_as("plain")->scope, 0);
}

static uint32_t scope_of_line(const char *outer_src, const char *outer_dst, const char *src, const char *dst)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv6(&pb, .src = outer_src, .dst = outer_dst);
	pb_ipv4(&pb, .src = src, .dst = dst);
	pb_udp(&pb);
	return decoded(&pb)->scope;
}

static void ds_lite_lines_are_told_apart_in_both_directions(void **state)
{
	(void)state;
	uint32_t up = scope_of_line("2001:db8::b4", "2001:db8::af", "192.168.1.2", "203.0.113.1");
	uint32_t down = scope_of_line("2001:db8::af", "2001:db8::b4", "203.0.113.1", "192.168.1.2");
	uint32_t other = scope_of_line("2001:db8::b5", "2001:db8::af", "192.168.1.2", "203.0.113.1");
	assert_int_not_equal(up, 0);
	assert_int_equal(up, down);
	assert_int_not_equal(up, other);
	assert_int_equal(scope_of_line("2001:db8::b4", "2001:db8::af", "203.0.113.9", "203.0.113.1"), 0);
	up = scope_of_line("2001:db8::b4", "2001:db8::af", "192.168.1.2", "10.0.0.1");
	down = scope_of_line("2001:db8::af", "2001:db8::b4", "10.0.0.1", "192.168.1.2");
	assert_int_equal(up, down);
}

static void broken_inside_of_a_protocol_tunnel_is_named(void **state)
{
	(void)state;
	layered_named("4in6")->build(&pb);
	pb_finish(&pb);
	pb.bytes[pb_offset_of(&pb, PB_IPV4, 0)] = 0x35;
	const struct mw_packet *packet = decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS);
	assert_int_equal(packet->refusal, MW_REFUSAL_IP4_VERSION);
	assert_int_equal(packet->fate, MW_FATE_MALFORMED);
	assert_int_equal(packet->family, 6);
	assert_address(&packet->src, "2001:db8::1");
	assert_address(&packet->outer_src, "2001:db8::1");
}

static void implausible_inside_of_a_port_tunnel_is_plain_udp(void **state)
{
	static const uint16_t ports[] = {4789, 8472, 6081, 2152, 37008, 3544, 1701, 500};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(ports); i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_udp(&pb, .dport = ports[i]);
		pb_fill(&pb, 80);
		const struct mw_packet *packet = decoded(&pb);
		assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
		assert_int_equal(packet->tunnel, MW_LAYERS);
		assert_int_equal(packet->dst_port, ports[i]);
		assert_int_equal(packet->payload_bytes, 80);
	}
}

static void lying_inner_length_of_a_port_tunnel_is_plain_udp(void **state)
{
	static const char *const names[] = {"vxlan", "geneve", "geneve ip", "gtp-u", "tzsp", "l2tpv2", "l2tpv3 udp"};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(names); i++) {
		layered_named(names[i])->build(&pb);
		pb_finish(&pb);
		pb.bytes[pb_offset_of(&pb, PB_IPV4, 1) + 2] = 0x7f;
		const struct mw_packet *packet = decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS);
		assert_int_equal(packet->fate, MW_FATE_ANALYSED);
		assert_int_equal(packet->tunnel, MW_LAYERS);
		assert_address(&packet->src, "192.0.2.1");
		assert_int_equal(packet->scope, 0);
	}
}

static void port_tunnels_can_be_switched_off(void **state)
{
	struct mw_decode_settings settings = {.tunnel_depth = 8, .udp_tunnels = false};

	(void)state;
	for (unsigned i = 0; i < LAYERED_COUNT; i++) {
		LAYERED[i].build(&pb);
		pb_finish(&pb);
		const struct mw_packet *packet = decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, pb.link, &settings);
		assert_false(has_layer(packet, MW_LAYER_VXLAN) || has_layer(packet, MW_LAYER_GTPU) ||
					 has_layer(packet, MW_LAYER_TEREDO));
		if (LAYERED[i].tunnel == MW_LAYER_ESP_IN_UDP)
			assert_int_equal(packet->tunnel, MW_LAYER_ESP_IN_UDP);
	}
}

static void arp_inside_vxlan_is_a_fact_of_the_tunnel(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
	pb_udp(&pb, .dport = 4789);
	pb_vxlan(&pb, 1);
	pb_ethernet(&pb);
	pb_arp(&pb);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->tunnel, MW_LAYER_VXLAN);
	assert_true(packet->kinds & MW_KIND_ARP);
	assert_false(packet->kinds & MW_KIND_LINK);
	assert_address(&packet->src, "192.0.2.1");
}

static void ike_is_recognised_on_both_ports(void **state)
{
	(void)state;
	for (unsigned marker = 0; marker < 2; marker++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_udp(&pb, .sport = marker ? 4500 : 500, .dport = 40000);
		pb_ike(&pb, .spi_i = 5, .marker = marker != 0);
		pb_fill(&pb, 100);
		const struct mw_packet *packet = decoded(&pb);
		assert_true(packet->kinds & MW_KIND_IKE);
		assert_true(has_layer(packet, MW_LAYER_IKE));
		assert_int_equal(packet->payload_wire_bytes, 128 + (marker ? 4 : 0));
	}
}

static void fragmented_ike_is_recognised_by_its_first_fragment(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .more_fragments = true);
	pb_udp(&pb, .sport = 500, .dport = 500, .length_bytes = 3008);
	pb_ike(&pb, .spi_i = 5, .exchange = 35, .length_bytes = 3000);
	pb_fill(&pb, 1400);
	assert_true(decoded(&pb)->kinds & MW_KIND_IKE);
}

static void nat_keepalive_and_short_datagrams_are_plain_udp(void **state)
{
	(void)state;
	for (uint32_t length = 1; length < 16; length++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_udp(&pb, .dport = 4500);
		memset(pb.bytes + pb.len_bytes, 0xff, length);
		pb_payload(&pb, pb.bytes + pb.len_bytes, length);
		assert_int_equal(decoded(&pb)->tunnel, MW_LAYERS);
	}
}

static void wireguard_needs_its_exact_lengths(void **state)
{
	static const struct {
		uint8_t type;
		uint32_t length;
		bool is_wireguard;
	} cases[] = {{1, 148, true}, {1, 147, false}, {2, 92, true},  {2, 148, false}, {3, 64, true}, {3, 80, false},
				 {4, 32, true},  {4, 16, false},  {4, 40, false}, {5, 64, false},  {0, 64, false}};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_udp(&pb);
		pb_payload(&pb, (const uint8_t[]){cases[i].type, 0, 0, 0}, 4);
		pb_fill(&pb, cases[i].length - 4);
		assert_int_equal(decoded(&pb)->tunnel == MW_LAYER_WIREGUARD, cases[i].is_wireguard);
	}
}

static void gre_that_we_do_not_enter_is_named(void **state)
{
	static const struct {
		uint16_t flags, protocol;
		enum mw_refusal refusal;
	} cases[] = {
		{0x2001, 0x880b, MW_REFUSAL_GRE_PAYLOAD_OTHER},
		{0x0002, 0x0800, MW_REFUSAL_GRE_BAD},
		{0x4000, 0x0800, MW_REFUSAL_GRE_BAD},
		{0x0000, 0x6003, MW_REFUSAL_GRE_PAYLOAD_OTHER},
	};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_gre(&pb, .flags = cases[i].flags, .protocol = cases[i].protocol);
		pb_fill(&pb, 40);
		assert_int_equal(decoded(&pb)->refusal, cases[i].refusal);
	}
}

static void erspan_of_a_wrong_version_is_bad(void **state)
{
	(void)state;
	layered_named("erspan2")->build(&pb);
	pb_finish(&pb);
	pb.bytes[pb_offset_of(&pb, PB_ERSPAN, 0)] = 0x70;
	assert_int_equal(decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS)->refusal, MW_REFUSAL_ERSPAN_BAD);
}

static void l2tp_control_messages_are_not_tunnels(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
	pb_udp(&pb, .dport = 1701);
	pb_l2tp2(&pb, .length = true, .sequence = true, .control = true);
	assert_int_equal(decoded(&pb)->tunnel, MW_LAYERS);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
	pb_l2tp3(&pb, .control = true);
	pb_fill(&pb, 40);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_PROTOCOL_OTHER);
	assert_int_equal(packet->protocol, 115);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(every_tunnel_is_named_and_its_inside_read),
	MW_TEST(outer_addresses_are_the_outermost),
	MW_TEST(opaque_tunnels_keep_the_outer_pair),
	MW_TEST(scope_is_the_network_identifier),
	MW_TEST(ds_lite_lines_are_told_apart_in_both_directions),
	MW_TEST(broken_inside_of_a_protocol_tunnel_is_named),
	MW_TEST(implausible_inside_of_a_port_tunnel_is_plain_udp),
	MW_TEST(lying_inner_length_of_a_port_tunnel_is_plain_udp),
	MW_TEST(port_tunnels_can_be_switched_off),
	MW_TEST(arp_inside_vxlan_is_a_fact_of_the_tunnel),
	MW_TEST(ike_is_recognised_on_both_ports),
	MW_TEST(fragmented_ike_is_recognised_by_its_first_fragment),
	MW_TEST(nat_keepalive_and_short_datagrams_are_plain_udp),
	MW_TEST(wireguard_needs_its_exact_lengths),
	MW_TEST(gre_that_we_do_not_enter_is_named),
	MW_TEST(erspan_of_a_wrong_version_is_bad),
	MW_TEST(l2tp_control_messages_are_not_tunnels),
};
MW_TEST_MAIN("decode_tunnel", tests)
