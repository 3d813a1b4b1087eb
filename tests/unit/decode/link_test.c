// SPDX-License-Identifier: BSD-3-Clause
// Link layers: Ethernet and its tags, labels, PPP, cooked captures, ARP.
// Neighbours: lib/decode/ethernet.c, cooked.c, mpls.c, ppp.c, arp.c.
#include "decoded.h"

static struct pb pb;

static void end_with_udp(void)
{
	pb_ipv4(&pb, .ttl = 57);
	pb_udp(&pb, .sport = 1234, .dport = 5678);
	pb_text(&pb, "hello");
}

static const struct mw_packet *decoded_udp(void)
{
	const struct mw_packet *packet;

	end_with_udp();
	packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->dst_port, 5678);
	assert_int_equal(packet->payload_wire_bytes, 5);
	assert_int_equal(packet->kinds, MW_KIND_UDP | MW_KIND_PAYLOAD);
	return packet;
}

static void ethernet_addresses_and_padding_are_seen(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	end_with_udp();
	pb_padding(&pb, 20);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->mac_src[5], 1);
	assert_int_equal(packet->mac_dst[5], 2);
	assert_int_equal(packet->payload_bytes, 5);
	assert_memory_equal(packet->payload, "hello", 5);
	assert_int_equal(packet->tunnel, MW_LAYERS);
}

static void vlan_tags_outer_and_inner_are_kept(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_qinq(&pb, 100);
	pb_vlan(&pb, 7);
	const struct mw_packet *packet = decoded_udp();
	assert_int_equal(packet->vlan_outer, 100);
	assert_int_equal(packet->vlan_inner, 7);
	assert_int_equal(packet->layers[1], MW_LAYER_QINQ);
	assert_int_equal(packet->layers[2], MW_LAYER_VLAN);
}

static void eight_tags_are_read_and_nine_are_refused(void **state)
{
	(void)state;
	for (unsigned tags = 8; tags <= 9; tags++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		for (unsigned i = 0; i < tags; i++)
			pb_tag(&pb, 0x9100, 5);
		end_with_udp();
		assert_int_equal(decoded(&pb)->refusal, tags == 8 ? MW_REFUSAL_NONE : MW_REFUSAL_TAGS_DEEP);
	}
}

static void snap_carries_ip_and_other_llc_does_not(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_snap(&pb);
	assert_true(has_layer(decoded_udp(), MW_LAYER_SNAP));

	pb_init(&pb); // the 802.3 length leaves the padding out, so IP that needs it lies
	pb_ethernet(&pb);
	pb_snap(&pb);
	pb_ipv4(&pb, .total_bytes = 50);
	pb_udp(&pb);
	pb_padding(&pb, 40);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_IP4_TOTAL_LENGTH);

	pb_init(&pb);
	pb_ethernet(&pb, .ethertype = 38);
	pb_payload(&pb, "\x42\x42\x03", 3);
	pb_fill(&pb, 43);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_ETHERTYPE_OTHER);
	assert_int_equal(packet->fate, MW_FATE_ANALYSED);
	assert_int_equal(packet->kinds, MW_KIND_LINK);
}

static void security_group_tag_is_passed_over(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb, .ethertype = 0x8909);
	pb_payload(&pb, "\x01\x01\x00\x01\x00\x02\x08\x00", 8);
	decoded_udp();
}

static void unknown_ethertypes_are_link_facts(void **state)
{
	static const uint16_t ethertypes[] = {0x88cc, 0x0601};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(ethertypes); i++) {
		pb_init(&pb);
		pb_ethernet(&pb, .ethertype = ethertypes[i]);
		pb_fill(&pb, 46);
		assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_ETHERTYPE_OTHER);
	}
}

static void label_stack_over_ip_and_over_pseudowires_is_read(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 4; form++) {
		static const uint8_t mac_with_4[6] = {0x44, 1, 2, 3, 4, 5};
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_mpls(&pb, 16);
		pb_mpls(&pb, 17);
		if (form == 1)
			pb_control_word(&pb);
		if (form == 1 || form == 2)
			pb_ethernet(&pb);
		if (form == 3)
			pb_ethernet(&pb, .dst = mac_with_4);
		assert_int_equal(decoded_udp()->mac_src[5], 1);
	}
}

static void labels_over_something_else_and_endless_labels_are_named(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_mpls(&pb, 16);
	pb_fill(&pb, 60); // 'a' is 6x: an IPv6 packet, a broken one
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_IP6_PAYLOAD_LENGTH);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_mpls(&pb, 16);
	pb_payload(&pb, "\x10", 1);
	pb_fill(&pb, 60);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_MPLS_PAYLOAD_OTHER);
	pb_init(&pb);
	pb_ethernet(&pb);
	for (unsigned i = 0; i < 17; i++)
		pb_mpls(&pb, 16);
	end_with_udp();
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_TAGS_DEEP);
}

static void pppoe_session_is_a_tunnel_without_outer_addresses(void **state)
{
	static const struct mw_address none;

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_pppoe(&pb, 9);
	pb_ppp(&pb);
	const struct mw_packet *packet = decoded_udp();
	assert_int_equal(packet->tunnel, MW_LAYER_PPPOE);
	assert_memory_equal(&packet->outer_src, &none, sizeof(none));
}

static void pppoe_contradictions_are_refused(void **state)
{
	static const struct {
		uint8_t at, value;
	} lies[] = {{0, 0x21}, {1, 7}, {4, 0xff}};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(lies); i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_pppoe(&pb, 9);
		pb_ppp(&pb);
		end_with_udp();
		pb_finish(&pb);
		pb.bytes[14 + lies[i].at] = lies[i].value;
		assert_int_equal(decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS)->refusal,
						 MW_REFUSAL_PPPOE_BAD);
	}
}

static void pppoe_discovery_has_no_ip_inside(void **state)
{
	static const uint8_t message[] = "\x11\x09\0\0\0\4\1\1\0\0";

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_payload(&pb, (const char *)message, 10);
	pb_padding(&pb, 36);
	pb_finish(&pb);
	pb.bytes[12] = 0x88;
	pb.bytes[13] = 0x63;
	const struct mw_packet *packet = decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->kinds, MW_KIND_LINK);
	assert_int_equal(packet->layers[1], MW_LAYER_PPPOE_DISCOVERY);
	assert_int_equal(packet->payload_bytes, 10);
	assert_memory_equal(packet->payload, message, 10);
	pb.bytes[18] = 0xff; // longer than the frame
	assert_int_equal(decode_bytes(pb.bytes, pb.len_bytes, pb.len_bytes, 0, &DEFAULTS)->refusal, MW_REFUSAL_PPPOE_BAD);
}

static void ppp_is_read_in_all_its_forms(void **state)
{
	static void (*const forms[])(struct pb *) = {pb_ppp, pb_ppp_address, pb_ppp_compressed};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(forms); i++) {
		pb_init_link(&pb, MW_LINK_PPP);
		forms[i](&pb);
		decoded_udp();
	}
	pb_init_link(&pb, MW_LINK_PPP);
	pb_payload(&pb, "\xff\x03\xc0\x21", 4);
	pb_fill(&pb, 20);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_PPP_OTHER);
	assert_int_equal(packet->kinds, MW_KIND_LINK);
}

static void cooked_and_loopback_captures_are_read(void **state)
{
	static const uint8_t links[] = {MW_LINK_NULL, MW_LINK_LOOP, MW_LINK_LINUX_SLL, MW_LINK_LINUX_SLL2};

	(void)state;
	for (unsigned i = 0; i < MW_ARRAY_SIZE(links); i++) {
		pb_init_link(&pb, links[i]);
		pb_cooked(&pb);
		const struct mw_packet *packet = decoded_udp();
		assert_int_equal(packet->mac_src[5], links[i] >= MW_LINK_LINUX_SLL ? 1 : 0);
		pb_init_link(&pb, links[i]);
		pb_cooked(&pb);
		pb_ipv6(&pb);
		pb_udp(&pb);
		assert_int_equal(decoded(&pb)->family, 6);
	}
}

static void null_link_is_read_in_either_byte_order(void **state)
{
	(void)state;
	pb_init_link(&pb, MW_LINK_NULL);
	pb_payload(&pb, "\0\0\0\x02", 4);
	decoded_udp();
	pb_init_link(&pb, MW_LINK_NULL);
	pb_payload(&pb, "\x02\0\0\0", 4);
	decoded_udp();
	pb_init_link(&pb, MW_LINK_NULL);
	pb_payload(&pb, "\x07\0\0\0", 4);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_ETHERTYPE_OTHER);
}

static void raw_ip_of_either_family_is_read(void **state)
{
	(void)state;
	pb_init_link(&pb, MW_LINK_RAW_IP);
	decoded_udp();
	pb_init_link(&pb, MW_LINK_RAW_IP);
	pb_ipv6(&pb);
	pb_udp(&pb);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_NONE);
}

static void unknown_link_type_is_refused(void **state)
{
	(void)state;
	pb_init_link(&pb, MW_LINK_UNKNOWN);
	pb_fill(&pb, 60);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_LINK_UNKNOWN);
	pb.link = 200;
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_LINK_UNKNOWN);
}

static void arp_names_sender_and_target(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_arp(&pb, .sender = "192.0.2.9", .target = "192.0.2.254");
	pb_padding(&pb, 18);
	const struct mw_packet *packet = decoded(&pb);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->kinds, MW_KIND_ARP | MW_KIND_LINK);
	assert_int_equal(packet->family, 0);
	assert_address(&packet->src, "192.0.2.9");
	assert_address(&packet->dst, "192.0.2.254");
	assert_int_equal(packet->payload_bytes, 28);
}

static void arp_for_other_protocols_is_bad(void **state)
{
	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_arp(&pb);
	pb_finish(&pb);
	pb.bytes[15] = 6;
	assert_int_equal(decode_bytes(pb.bytes, 42, 42, 0, &DEFAULTS)->refusal, MW_REFUSAL_ARP_BAD);
	pb.bytes[15] = 1;
	assert_int_equal(decode_bytes(pb.bytes, 30, 30, 0, &DEFAULTS)->refusal, MW_REFUSAL_ARP_BAD);
	assert_int_equal(decode_bytes(pb.bytes, 30, 42, 0, &DEFAULTS)->refusal, MW_REFUSAL_LINK_SHORT);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ethernet_addresses_and_padding_are_seen),
	MW_TEST(vlan_tags_outer_and_inner_are_kept),
	MW_TEST(eight_tags_are_read_and_nine_are_refused),
	MW_TEST(snap_carries_ip_and_other_llc_does_not),
	MW_TEST(security_group_tag_is_passed_over),
	MW_TEST(unknown_ethertypes_are_link_facts),
	MW_TEST(label_stack_over_ip_and_over_pseudowires_is_read),
	MW_TEST(labels_over_something_else_and_endless_labels_are_named),
	MW_TEST(pppoe_session_is_a_tunnel_without_outer_addresses),
	MW_TEST(pppoe_contradictions_are_refused),
	MW_TEST(pppoe_discovery_has_no_ip_inside),
	MW_TEST(ppp_is_read_in_all_its_forms),
	MW_TEST(cooked_and_loopback_captures_are_read),
	MW_TEST(null_link_is_read_in_either_byte_order),
	MW_TEST(raw_ip_of_either_family_is_read),
	MW_TEST(unknown_link_type_is_refused),
	MW_TEST(arp_names_sender_and_target),
	MW_TEST(arp_for_other_protocols_is_bad),
};
MW_TEST_MAIN("decode_link", tests)
