// SPDX-License-Identifier: BSD-3-Clause
// What is read of the link's own messages, whole and cut anywhere.
// Neighbours: lib/detectors/outages/near.c.
#include "near.h"

#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

enum { NOTHING = 99 };

/** Reads a message of so many bytes, in memory that ends there. */
static struct outages_near read_cut(struct mw_packet packet, const void *message, size_t bytes)
{
	uint8_t *copy = malloc(bytes + 1);
	struct outages_near near;

	assert_non_null(copy);
	memcpy(copy + 1, message, bytes);
	packet.payload = copy + 1;
	packet.payload_bytes = packet.payload_wire_bytes = (uint32_t)bytes;
	if (!outages_near_read(&packet, &near))
		near.sort = NOTHING;
	free(copy);
	return near;
}

/** Cut before its end it is read without harm, and says what it says or nothing. */
static struct outages_near read_of(struct mw_packet packet, const void *message, size_t bytes)
{
	const struct outages_near whole = read_cut(packet, message, bytes);

	for (size_t cut = 0; cut < bytes; cut++)
		read_cut(packet, message, cut);
	return whole;
}

static struct mw_packet to_many(uint32_t kinds, uint8_t family, uint8_t protocol)
{
	return (struct mw_packet){.kinds = kinds, .family = family, .protocol = protocol, .mac_dst = {0xff}};
}

static void requests_and_replies_of_arp_are_told_apart(void **state)
{
	uint8_t arp[28] = {0, 1, 8, 0, 6, 4, 0, 1};
	struct mw_packet packet = to_many(MW_KIND_ARP, 0, 0);

	(void)state;
	assert_int_equal(read_of(packet, arp, sizeof(arp)).sort, OUTAGES_ASKS);
	packet.mac_dst[0] = 2;
	assert_int_equal(read_of(packet, arp, sizeof(arp)).sort, OUTAGES_PROBES);
	arp[7] = 2;
	assert_int_equal(read_of(packet, arp, sizeof(arp)).sort, OUTAGES_SAYS);
}

static void neighbour_discovery_names_the_target(void **state)
{
	const uint8_t target[16] = {0xfe, 0x80, [15] = 7}, all[16] = {0};
	struct mw_packet packet = to_many(MW_KIND_ND | MW_KIND_ICMP, 6, 58);
	struct outages_near near;

	(void)state;
	packet.icmp_type = 135;
	assert_int_equal(read_of(packet, target, sizeof(target)).sort, OUTAGES_STARTS); // from ::
	packet.src.bytes[0] = 0x20;
	near = read_of(packet, target, sizeof(target));
	assert_int_equal(near.sort, OUTAGES_ASKS);
	assert_memory_equal(near.dst.bytes, target, sizeof(target));
	packet.icmp_type = 136;
	near = read_of(packet, target, sizeof(target));
	assert_int_equal(near.sort, OUTAGES_SAYS);
	assert_memory_equal(near.src.bytes, target, sizeof(target));
	packet.icmp_type = 130;
	assert_int_equal(read_of(packet, target, sizeof(target)).sort, NOTHING); // of one group
	assert_int_equal(read_of(packet, all, sizeof(all)).sort, OUTAGES_QUERIES6);
}

static void a_general_query_of_igmp_is_one(void **state)
{
	const struct mw_packet packet = to_many(0, 4, 2);

	(void)state;
	assert_int_equal(read_of(packet, "\x11\x64\0\0\0\0\0\0\2\x7d\0\0", 12).sort, OUTAGES_QUERIES4);
	assert_int_equal(read_of(packet, "\x11\x64\0\0\xe0\0\0\xfb\2\x7d\0\0", 12).sort, NOTHING);
	assert_int_equal(read_of(packet, "\x22\0\0\0\0\0\0\1\4\0\0\0", 12).sort, NOTHING);
}

static void who_seeks_a_dhcp_server_is_told(void **state)
{
	uint8_t message[260] = {1};
	struct mw_packet packet = to_many(MW_KIND_UDP, 4, 17);

	(void)state;
	packet.dst_port = 67;
	memcpy(message + 240, "\0\x0c\3abc\x35\1\1\xff", 10);
	assert_int_equal(read_of(packet, message, sizeof(message)).sort, OUTAGES_SOLICITS4);
	message[248] = 3; // a request
	assert_int_equal(read_of(packet, message, sizeof(message)).sort, NOTHING);
	packet.dst_port = 547;
	assert_int_equal(read_of(packet, "\1abc", 4).sort, OUTAGES_SOLICITS6);
	assert_int_equal(read_of(packet, "\5abc", 4).sort, NOTHING); // a renewal
}

static void who_seeks_a_pppoe_server_is_told(void **state)
{
	struct mw_packet packet = to_many(MW_KIND_LINK, 0, 0);

	(void)state;
	packet.layers[0] = MW_LAYER_ETHERNET;
	packet.layers[1] = MW_LAYER_PPPOE_DISCOVERY;
	packet.layers_count = 2;
	assert_int_equal(read_of(packet, "\x11\x09\0\0\0\4\1\1\0\0", 10).sort, OUTAGES_DIALS);
	assert_int_equal(read_of(packet, "\x11\x07\0\0\0\4\1\1\0\0", 10).sort, NOTHING); // an offer
	packet.layers_count = 1;
	assert_int_equal(read_of(packet, "\x11\x09\0\0\0\4\1\1\0\0", 10).sort, NOTHING);
}

#define NOTIFY "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"

static struct outages_near ssdp(const char *message)
{
	struct mw_packet packet = to_many(MW_KIND_UDP, 4, 17);

	packet.dst_port = 1900;
	return read_of(packet, message, strlen(message));
}

static void a_device_says_its_boot_number(void **state)
{
	struct outages_near near, of_same, of_other;

	(void)state;
	near = ssdp(NOTIFY "USN: uuid:11-22::upnp:rootdevice\r\nBOOTID.UPNP.ORG: 1795979734\r\n\r\n");
	of_same = ssdp(NOTIFY "bootid.upnp.org:7\r\nUSN:uuid:11-22\r\n\r\n");
	of_other = ssdp(NOTIFY "BOOTID.UPNP.ORG: 7\r\nUSN: uuid:11-23::upnp:rootdevice\r\n\r\n");
	assert_int_equal(near.sort, OUTAGES_BOOTS);
	assert_int_equal((uint32_t)near.value, 1795979734);
	assert_int_equal(near.value >> 32, of_same.value >> 32);
	assert_int_equal((uint32_t)of_same.value, 7);
	assert_int_not_equal(near.value >> 32, of_other.value >> 32);
}

static void without_one_it_says_nothing(void **state)
{
	(void)state;
	assert_int_equal(ssdp(NOTIFY "USN: uuid:11-22\r\n\r\n").sort, NOTHING);
	assert_int_equal(ssdp(NOTIFY "NEXTBOOTID.UPNP.ORG: 7\r\nUSN: uuid:11-22\r\n\r\n").sort, NOTHING);
	assert_int_equal(ssdp(NOTIFY "BOOTID.UPNP.ORG: x\r\n\r\n").sort, NOTHING);
	assert_int_equal(ssdp("M-SEARCH * HTTP/1.1\r\nBOOTID.UPNP.ORG: 7\r\n\r\n").sort, NOTHING);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(requests_and_replies_of_arp_are_told_apart),
	cmocka_unit_test(neighbour_discovery_names_the_target),
	cmocka_unit_test(a_general_query_of_igmp_is_one),
	cmocka_unit_test(who_seeks_a_dhcp_server_is_told),
	cmocka_unit_test(who_seeks_a_pppoe_server_is_told),
	cmocka_unit_test(a_device_says_its_boot_number),
	cmocka_unit_test(without_one_it_says_nothing),
};

MW_TEST_MAIN("outages_near", tests)
