// SPDX-License-Identifier: BSD-3-Clause
// What is not Ethernet: 802.11 in its forms, NFLOG, serial lines, switch tags; and packets beyond 64 KiB.
// Neighbours: lib/decode/wlan.c, nflog.c, serial.c, switch_tag.c, udp_tunnels.c; layered.c has one whole packet of
// each.
#include "decoded.h"
#include "layered.h"

static struct pb pb;

#define SNAP "\xaa\xaa\3\0\0\0"
#define A1   "\2\0\0\0\0\1"
#define A2   "\2\0\0\0\0\2"
#define A3   "\2\0\0\0\0\3"
#define A4   "\2\0\0\0\0\4"

static void begin(enum mw_link link, const void *header, uint32_t header_bytes)
{
	pb_init_link(&pb, link);
	pb_payload(&pb, header, header_bytes);
}
#define BEGIN(link, header) begin(link, header, sizeof(header) - 1)

static void end_with_udp(void)
{
	pb_ipv4(&pb, .ttl = 57);
	pb_udp(&pb, .sport = 1234, .dport = 5678);
	pb_text(&pb, "hello");
}

static const struct mw_packet *decoded_udp(void)
{
	end_with_udp();
	return decoded(&pb);
}

static void assert_read(const struct mw_packet *packet)
{
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->dst_port, 5678);
	assert_int_equal(packet->payload_wire_bytes, 5);
}

static void addresses_of_802_11_depend_on_its_direction(void **state)
{
	static const struct {
		const char *header;
		uint32_t bytes;
		uint8_t dst, src;
	} forms[] = {
		{"\x08\0\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0", 32, 1, 2}, // between two stations
		{"\x08\1\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0", 32, 3, 2}, // to the access point
		{"\x08\2\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0", 32, 1, 3}, // from it
		{"\x08\3\0\0" A1 A2 A3 "\0\0" A4 SNAP "\x08\0", 38, 3, 4}, // between two of them
		{"\x88\3\0\0" A1 A2 A3 "\0\0" A4 "\0\0" SNAP "\x08\0", 40, 3, 4}, // with quality of service
		{"\x88\x81\0\0" A1 A2 A3 "\0\0\0\0\1\2\3\4" SNAP "\x08\0", 38, 3, 2}, // and high throughput
		{"\x08\1\0\0" A1 A2 A3 "\0\0\xaa\xaa\3\0\0\xf8\x08\0", 32, 3, 2}, // bridged: 802.1H
		{"\x08\x41\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0", 32, 3, 2}, // protected, and decrypted by hardware
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(forms); i++) {
		const struct mw_packet *packet;

		begin(MW_LINK_WLAN, forms[i].header, forms[i].bytes);
		packet = decoded_udp();
		assert_read(packet);
		assert_int_equal(packet->mac_dst[5], forms[i].dst);
		assert_int_equal(packet->mac_src[5], forms[i].src);
		assert_int_equal(packet->layers[0], MW_LAYER_WLAN);
	}
}

static void of_several_frames_in_one_the_first_is_read(void **state)
{
	const struct mw_packet *packet;

	(void)state;
	BEGIN(MW_LINK_WLAN, "\x88\2\0\0" A1 A2 A3 "\0\0\x80\0" A4 A2 "\0\x29" SNAP "\x08\0");
	end_with_udp(); // 33 bytes, with LLC 41
	pb_padding(&pb, 60); // and others behind it
	packet = decoded(&pb);
	assert_int_equal(packet->dst_port, 5678);
	assert_int_equal(packet->mac_dst[5], 4);
	BEGIN(MW_LINK_WLAN, "\x88\2\0\0" A1 A2 A3 "\0\0\x80\0" A4 A2 "\4\0" SNAP "\x08\0"); // longer than the frame
	assert_int_equal(decoded_udp()->refusal, MW_REFUSAL_WLAN_BODY);
}

static void vlan_tags_behind_802_11_are_kept(void **state)
{
	const struct mw_packet *packet;

	(void)state;
	BEGIN(MW_LINK_WLAN, "\x08\2\0\0" A1 A2 A3 "\0\0" SNAP "\x81\0\0\x2a\x08\0");
	packet = decoded_udp();
	assert_read(packet);
	assert_int_equal(packet->vlan_outer, 42);
}

static void what_802_11_does_not_show_has_its_name(void **state)
{
	static const struct {
		const char *header;
		uint32_t bytes;
		enum mw_refusal refusal;
	} forms[] = {
		{"\x80\0\0\0" A1 A2 A3 "\0\0", 24, MW_REFUSAL_WLAN_OTHER}, // beacon
		{"\xd4\0\0\0" A1, 10, MW_REFUSAL_WLAN_OTHER}, // acknowledgement
		{"\x48\1\0\0" A1 A2 A3 "\0\0", 24, MW_REFUSAL_WLAN_OTHER}, // null
		{"\xc8\1\0\0" A1 A2 A3 "\0\0\0\0", 26, MW_REFUSAL_WLAN_OTHER}, // null, with quality of service
		{"\x08\5\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0", 32, MW_REFUSAL_WLAN_OTHER}, // more fragments
		{"\x08\1\0\0" A1 A2 A3 "\1\0" SNAP "\x08\0", 32, MW_REFUSAL_WLAN_OTHER}, // the second fragment
		{"\x88\x41\0\0" A1 A2 A3 "\0\0\0\0\1\0\0\x20\0\0\0\0", 34, MW_REFUSAL_WLAN_PROTECTED},
		{"\x08\2\0\0" A1 A2 A3 "\0\0\x88\x88\x88", 27, MW_REFUSAL_WLAN_BODY},
		{"\x08\2\0\0" A1 A2 A3 "\0\0\x42\x42\3", 27, MW_REFUSAL_ETHERTYPE_OTHER}, // spanning tree
		{"\x09\2\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0", 32, MW_REFUSAL_WLAN_OTHER}, // another version
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(forms); i++) {
		begin(MW_LINK_WLAN, forms[i].header, forms[i].bytes);
		pb_fill(&pb, 40);
		assert_int_equal(decoded(&pb)->refusal, forms[i].refusal);
	}
}

static void radiotap_says_what_stands_around_the_frame(void **state)
{
#define FRAME  "\x08\2\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0"
#define PADDED "\x88\2\0\0" A1 A2 A3 "\0\0\0\0\xee\xee" SNAP "\x08\0"
	static const struct {
		const char *header;
		uint32_t bytes;
		enum mw_refusal refusal;
	} forms[] = {
		{"\0\0\x08\0\0\0\0\0" FRAME, 40, MW_REFUSAL_NONE},
		{"\0\0\x12\0\x2e\x48\0\0\x10\x0c\0\0\0\0\0\0\0\0" FRAME, 50, MW_REFUSAL_NONE}, // flags: an FCS
		{"\0\0\x18\0\3\0\0\0........\x10......." FRAME, 24 + 32, MW_REFUSAL_NONE}, // a clock in front of them
		{"\0\0\x0c\0\2\0\0\0\x20\0\0\0" PADDED, 12 + 36, MW_REFUSAL_NONE},
		{"\0\0\x10\0\2\0\0\x80\0\0\0\0\0\0\0\0" FRAME, 16 + 32, MW_REFUSAL_NONE}, // a second word of fields
		{"\0\0\x0c\0\2\0\0\0\x40\0\0\0" FRAME, 12 + 32, MW_REFUSAL_WLAN_BODY}, // damaged on the air
		{"\1\0\x08\0\0\0\0\0" FRAME, 40, MW_REFUSAL_WLAN_HEADER},
		{"\0\0\7\0\0\0\0\0" FRAME, 40, MW_REFUSAL_WLAN_HEADER},
		{"\0\0\xff\xff\0\0\0\0" FRAME, 40, MW_REFUSAL_WLAN_HEADER},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(forms); i++) {
		const struct mw_packet *packet;

		begin(MW_LINK_RADIOTAP, forms[i].header, forms[i].bytes);
		end_with_udp();
		pb_padding(&pb, 4); // an FCS, or what nobody counts
		packet = decoded(&pb);
		assert_int_equal(packet->refusal, forms[i].refusal);
		if (forms[i].refusal == MW_REFUSAL_NONE)
			assert_read(packet);
	}
}

static void ppi_carries_several_link_types(void **state)
{
	(void)state;
	BEGIN(MW_LINK_PPI, "\0\0\x08\0\1\0\0\0" A1 A2 "\x08\0");
	assert_read(decoded_udp());
	BEGIN(MW_LINK_PPI, "\0\0\x08\0\x0c\0\0\0");
	assert_read(decoded_udp());
	BEGIN(MW_LINK_PPI, "\0\0\x20\0\x69\0\0\0\2\0\x14\0........\1\0..........\x08\2\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0");
	end_with_udp();
	pb_padding(&pb, 4); // the FCS that its field promises
	assert_read(decoded(&pb));
	BEGIN(MW_LINK_PPI, "\0\0\x08\0\x93\0\0\0");
	assert_int_equal(decoded_udp()->refusal, MW_REFUSAL_LINK_UNKNOWN);
	BEGIN(MW_LINK_PPI, "\0\0\4\0\1\0\0\0");
	assert_int_equal(decoded_udp()->refusal, MW_REFUSAL_WLAN_HEADER);
}

// The packet of nflog in layered.c is 40 and 7 bytes of IPv4 and TCP.
static void nflog_is_read_in_either_byte_order_and_where_the_kernel_cut(void **state)
{
	const struct mw_packet *packet;

	(void)state;
	BEGIN(MW_LINK_NFLOG, "\2\0\0\1\0\x08\0\1\x08\0\1\0\0\x25\0\x09"); // 33 bytes
	assert_read(decoded_udp());
	BEGIN(MW_LINK_NFLOG, "\2\0\0\1\5\0\x0a\0\0\0\0\0\x20\0\x09\0"); // of which the kernel copied 28
	end_with_udp();
	pb_finish(&pb);
	packet = decode_bytes(pb.bytes, pb.len_bytes - 5, pb.len_bytes - 5, pb.link, &DEFAULTS);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->payload_wire_bytes, 5);
	assert_int_equal(packet->payload_bytes, 0);
	BEGIN(MW_LINK_NFLOG, "\2\0\0\1\x08\0\1\0\x08\0\1\0"); // no packet
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_NFLOG_BAD);
	BEGIN(MW_LINK_NFLOG, "\2\0\0\1\3\0\1\0\x08\0\1\0"); // an attribute shorter than its header
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_NFLOG_BAD);
	BEGIN(MW_LINK_NFLOG, "\2\1\0\1\x24\0\x09\0");
	assert_int_equal(decoded_udp()->refusal, MW_REFUSAL_NFLOG_BAD);
}

static void either_framing_of_a_serial_line_is_told(void **state)
{
	(void)state;
	BEGIN(MW_LINK_PPP, "\x0f\0\x08\0");
	assert_int_equal(decoded_udp()->layers[0], MW_LAYER_HDLC);
	BEGIN(MW_LINK_CISCO_HDLC, "\xff\3\0\x21");
	assert_int_equal(decoded_udp()->layers[0], MW_LAYER_PPP);
	BEGIN(MW_LINK_CISCO_HDLC, "\x8f\0\x80\x35"); // SLARP
	pb_fill(&pb, 18);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_ETHERTYPE_OTHER);
	BEGIN(MW_LINK_PPPOE, "\x11\0\0\7\0\x23\0\x21");
	assert_read(decoded_udp());
	BEGIN(MW_LINK_MPLS, "\0\1\1\x40");
	assert_read(decoded_udp());
}

static void frame_relay_is_read_in_its_encapsulations(void **state)
{
	(void)state;
	BEGIN(MW_LINK_FRAME_RELAY, "\x18\x41\x08\0"); // Cisco's
	assert_read(decoded_udp());
	BEGIN(MW_LINK_FRAME_RELAY, "\x18\x40\2\x41\3\xcc"); // an address of four bytes
	assert_read(decoded_udp());
	BEGIN(MW_LINK_FRAME_RELAY, "\x18\x41\3\0\x80\0\x80\xc2\0\7" A1 A2 "\x08\0"); // bridged
	assert_read(decoded_udp());
	BEGIN(MW_LINK_FRAME_RELAY, "\x18\x41\3\xcf\0\x21"); // PPP, RFC 1973
	assert_read(decoded_udp());
	BEGIN(MW_LINK_FRAME_RELAY, "\0\1\3\x08\0\x75\1\1\1"); // what manages the line
	pb_fill(&pb, 5);
	assert_int_equal(decoded(&pb)->refusal, MW_REFUSAL_ETHERTYPE_OTHER);
	pb_init_link(&pb, MW_LINK_FRAME_RELAY);
	pb_payload(&pb, "\x18\x41\3\x8e", 4);
	pb_ipv6(&pb);
	pb_udp(&pb);
	assert_int_equal(decoded(&pb)->family, 6);
}

static void switch_tags_name_the_vlan(void **state)
{
	const struct mw_packet *packet;

	(void)state;
	BEGIN(MW_LINK_DSA, A1 A2 "\xe0\x18\x20\x2a\x08\0");
	packet = decoded_udp();
	assert_read(packet);
	assert_int_equal(packet->vlan_outer, 42);
	assert_int_equal(packet->mac_src[5], 2);
	BEGIN(MW_LINK_EDSA, A1 A2 "\xda\xda\0\0\xe0\x18\0\7\x81\0\0\x09\x08\0"); // a second tag behind
	packet = decoded_udp();
	assert_read(packet);
	assert_int_equal(packet->vlan_outer, 7);
	assert_int_equal(packet->vlan_inner, 9);
	BEGIN(MW_LINK_DSA, A1 A2 "\xc0\x18\x20\x2a\x08\0"); // untagged: the number is the port's own
	packet = decoded_udp();
	assert_read(packet);
	assert_int_equal(packet->vlan_outer, 0);
}

static void gpe_is_entered_where_its_inside_is_plausible(void **state)
{
	static const struct {
		const char *header;
		uint32_t bytes;
		bool entered;
	} forms[] = {
		{"\x0c\0\0\1\0\0\7\0", 8, true},
		{"\x04\0\0\1\0\0\0\0", 8, true},
		{"\x0c\0\0\2\0\0\7\0", 8, true}, // IPv6 as it says, IPv4 as it is: plausible all the same
		{"\x0c\0\0\3\0\0\7\0", 8, false}, // Ethernet it is not
		{"\x0d\0\0\1\0\0\7\0", 8, false}, // management
		{"\x3c\0\0\1\0\0\7\0", 8, false}, // another version
		{"\x0c\0\0\4\0\0\7\0\x0f\xc0\2\1", 12, false}, // NSH shorter than itself
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(forms); i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_udp(&pb, .dport = 4790);
		pb_payload(&pb, forms[i].header, forms[i].bytes);
		end_with_udp();
		assert_int_equal(decoded(&pb)->tunnel, forms[i].entered ? MW_LAYER_VXLAN_GPE : MW_LAYERS);
		assert_int_equal(decoded(&pb)->dst_port, forms[i].entered ? 5678 : 4790);
	}
}

static void access_points_frames_are_entered_where_they_are_plausible(void **state)
{
	static const struct {
		uint16_t protocol;
		const char *header;
		uint32_t bytes;
		enum mw_refusal refusal;
	} forms[] = {
		{0x8200, "\x88\1\0\0" A1 A2 A3 "\0\0\0\0" SNAP "\x08\0", 34, MW_REFUSAL_NONE},
		{0x8370, "\x08\2\0\0" A1 A2 A3 "\0\0" SNAP "\x08\0", 32, MW_REFUSAL_NONE},
		{0x8230, "\x88\x41\0\0" A1 A2 A3 "\0\0\0\0", 26, MW_REFUSAL_WLAN_PROTECTED},
		{0x8230, A1 A2 "\x08\0", 14, MW_REFUSAL_GRE_PAYLOAD_OTHER}, // Ethernet
		{0x8201, "\x88\1\0\0" A1 A2 A3 "\0\0\0\0" SNAP "\x08\0", 34, MW_REFUSAL_GRE_PAYLOAD_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(forms); i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb);
		pb_gre(&pb, .protocol = forms[i].protocol);
		pb_payload(&pb, forms[i].header, forms[i].bytes);
		end_with_udp();
		assert_int_equal(decoded(&pb)->refusal, forms[i].refusal);
	}
}

#define BIG_BYTES 70000u

// Bytes of a segment whose length no field of 16 bits can say: bytes of header, then zeros.
static const struct mw_packet *decoded_big(const void *header, uint32_t header_bytes, uint32_t wire_bytes)
{
	static uint8_t bytes[BIG_BYTES];

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, header, header_bytes);
	return decode_bytes(bytes, MW_MIN(wire_bytes, BIG_BYTES), wire_bytes, MW_LINK_ETHERNET, &DEFAULTS);
}

#define IPV4_OF(length, protocol) "\x45\0" length "\0\1\0\0\x40" protocol "\0\0\xc0\0\2\1\xc6\x33\x64\1"
#define V6_ADDRESSES              "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
#define TCP_HEADER                "\3\xe8\7\xd0\0\0\0\1\0\0\0\2\x50\x18\xff\xff\0\0\0\0"
#define GENEVE_ETHERNET           "\0\0\x65\x58\0\0\1\0" A1 A2 "\x08\0"

static void packets_beyond_64_kib_have_their_length_from_the_frame(void **state)
{
#define BIG(text) decoded_big(text, sizeof(text) - 1, BIG_BYTES)
	const struct mw_packet *packet = BIG(A1 A2 "\x08\0" IPV4_OF("\0\0", "\6") TCP_HEADER);

	(void)state;
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->payload_wire_bytes, BIG_BYTES - 14 - 40);
	packet = BIG(A1 A2 "\x86\xdd\x60\0\0\0\0\0\0\x40" V6_ADDRESSES "\6\0\xc2\4\0\1\x11\x3a" TCP_HEADER); // jumbo option
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->payload_wire_bytes, BIG_BYTES - 14 - 40 - 8 - 20);
	packet = BIG(A1 A2 "\x08\0" IPV4_OF("\0\0", "\x11") "\x75\x30\x17\xc1\0\0\0\0" GENEVE_ETHERNET IPV4_OF("\0\0", "\6")
					 TCP_HEADER);
	assert_int_equal(packet->refusal, MW_REFUSAL_NONE);
	assert_int_equal(packet->tunnel, MW_LAYER_GENEVE);
	assert_int_equal(packet->payload_wire_bytes, BIG_BYTES - 14 - 28 - 22 - 40);
	packet = BIG(A1 A2 "\x86\xdd\x60\0\0\0\0\0\x11\x40" V6_ADDRESSES
					   "\x75\x30\x17\xc1\0\0\0\0" GENEVE_ETHERNET IPV4_OF("\0\0", "\6") TCP_HEADER);
	assert_int_equal(packet->tunnel, MW_LAYER_GENEVE);
	assert_int_equal(packet->kinds & MW_KIND_TCP, MW_KIND_TCP);
	packet = BIG(A1 A2 "\x86\xdd\x60\0\0\0\0\0\4\x40" V6_ADDRESSES IPV4_OF("\0\0", "\6") TCP_HEADER); // 4in6
	assert_int_equal(packet->tunnel, MW_LAYER_IPV4_IN_IPV6);
	assert_int_equal(packet->kinds & MW_KIND_TCP, MW_KIND_TCP);
}

static void length_of_zero_is_wrong_where_the_field_would_do(void **state)
{
#define SMALL(text) decoded_big(text, sizeof(text) - 1, 200)
	(void)state;
	assert_int_equal(SMALL(A1 A2 "\x08\0" IPV4_OF("\0\xba", "\x11") "\x75\x30\x17\xc1\0\0\0\0")->refusal,
					 MW_REFUSAL_UDP_LENGTH);
	assert_int_equal(
		SMALL(A1 A2 "\x08\0" IPV4_OF("\0\xba", "\x11") "\x75\x30\x17\xc1\0\xa6\0\0" GENEVE_ETHERNET IPV4_OF(
				  "\0\0", "\6") TCP_HEADER)
			->tunnel,
		MW_LAYERS);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(addresses_of_802_11_depend_on_its_direction),
	MW_TEST(of_several_frames_in_one_the_first_is_read),
	MW_TEST(vlan_tags_behind_802_11_are_kept),
	MW_TEST(what_802_11_does_not_show_has_its_name),
	MW_TEST(radiotap_says_what_stands_around_the_frame),
	MW_TEST(ppi_carries_several_link_types),
	MW_TEST(nflog_is_read_in_either_byte_order_and_where_the_kernel_cut),
	MW_TEST(either_framing_of_a_serial_line_is_told),
	MW_TEST(frame_relay_is_read_in_its_encapsulations),
	MW_TEST(switch_tags_name_the_vlan),
	MW_TEST(gpe_is_entered_where_its_inside_is_plausible),
	MW_TEST(access_points_frames_are_entered_where_they_are_plausible),
	MW_TEST(packets_beyond_64_kib_have_their_length_from_the_frame),
	MW_TEST(length_of_zero_is_wrong_where_the_field_would_do),
};
MW_TEST_MAIN("decode_links", tests)
