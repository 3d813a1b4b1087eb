// SPDX-License-Identifier: BSD-3-Clause
// Messages of the link to sorts, a reader each: ARP, ICMPv6, IGMP, DHCP, SSDP, PPPoE.
// Neighbours: near.h. Follows RFC 826, RFC 4861, RFC 3376 4.1, RFC 3810 5.1, RFC 2131, RFC 8415 7.3, RFC 2516 5.1, UPnP
// Device Architecture 2.0 1.2. Every byte through the bounded reader.
#include "near.h"

#include <ctype.h>
#include <string.h>

#include "mw_reader.h"

enum { PROTOCOL_IGMP = 2, PROTOCOL_ICMP6 = 58 };
enum { MLD_QUERY = 130, ROUTER_SOLICIT = 133, ROUTER_ADVERTISE, NEIGHBOUR_SOLICIT, NEIGHBOUR_ADVERTISE, MLD2 = 143 };

typedef bool reader(const struct mw_packet *packet, struct outages_near *near);

static struct mw_reader payload_of(const struct mw_packet *packet)
{
	return mw_reader_of(packet->payload, packet->payload == NULL ? 0 : packet->payload_bytes);
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
	uint8_t any = 0;

	for (size_t i = 0; i < count; i++)
		any |= bytes[i];
	return any == 0;
}

static bool says(struct outages_near *near, enum outages_sort sort)
{
	near->sort = (uint8_t)sort;
	return true;
}

static bool read_arp(const struct mw_packet *packet, struct outages_near *near)
{
	const struct mw_reader in = payload_of(packet);
	const uint8_t *arp = mw_reader_peek(&in, 8);
	const bool requests = arp != NULL && mw_load_u16_be(arp + 6) == 1;

	if ((packet->mac_dst[0] & 1) != 0)
		return says(near, OUTAGES_ASKS);
	return says(near, requests ? OUTAGES_PROBES : OUTAGES_SAYS);
}

// The address that is asked for, or told of, stands first behind the header.
static void read_target(const struct mw_packet *packet, struct mw_address *target)
{
	const struct mw_reader in = payload_of(packet);
	const uint8_t *at = mw_reader_peek(&in, sizeof(target->bytes));

	if (at != NULL)
		memcpy(target->bytes, at, sizeof(target->bytes));
}

static bool read_router(const struct mw_packet *packet, struct outages_near *near)
{
	if (packet->icmp_sequence == 0)
		return says(near, OUTAGES_LEAVES);
	return says(near, packet->dst.bytes[0] == 0xff ? OUTAGES_ADVERTISES : OUTAGES_SAYS);
}

static bool read_mld_query(const struct mw_packet *packet, struct outages_near *near)
{
	const struct mw_reader in = payload_of(packet);
	const uint8_t *group = mw_reader_peek(&in, 16);

	return group != NULL && is_zero(group, 16) && says(near, OUTAGES_QUERIES6);
}

static bool read_icmp6(const struct mw_packet *packet, struct outages_near *near)
{
	switch (packet->icmp_type) {
	case NEIGHBOUR_SOLICIT:
		if (is_zero(packet->src.bytes, sizeof(packet->src.bytes)))
			return says(near, OUTAGES_STARTS);
		read_target(packet, &near->dst);
		return says(near, OUTAGES_ASKS);
	case NEIGHBOUR_ADVERTISE:
		read_target(packet, &near->src);
		return says(near, OUTAGES_SAYS);
	case ROUTER_ADVERTISE:
		return read_router(packet, near);
	case ROUTER_SOLICIT:
	case MLD2:
		return says(near, OUTAGES_STARTS);
	case MLD_QUERY:
		return read_mld_query(packet, near);
	default:
		return false;
	}
}

static bool read_igmp(const struct mw_packet *packet, struct outages_near *near)
{
	enum { QUERY = 0x11 };
	const struct mw_reader in = payload_of(packet);
	const uint8_t *at = mw_reader_peek(&in, 8);

	return at != NULL && at[0] == QUERY && is_zero(at + 4, 4) && says(near, OUTAGES_QUERIES4);
}

static bool read_pppoe(const struct mw_packet *packet, struct outages_near *near)
{
	enum { PADI = 9 };
	const struct mw_reader in = payload_of(packet);
	const uint8_t *at = mw_reader_peek(&in, 2);

	return packet->layers_count > 0 && packet->layers[packet->layers_count - 1] == MW_LAYER_PPPOE_DISCOVERY &&
		   at != NULL && at[1] == PADI && says(near, OUTAGES_DIALS);
}

static bool read_dhcp6(const struct mw_packet *packet, struct outages_near *near)
{
	enum { SOLICIT = 1 };
	struct mw_reader in = payload_of(packet);
	uint8_t type;

	return mw_reader_u8(&in, &type) && type == SOLICIT && says(near, OUTAGES_SOLICITS6);
}

static bool read_dhcp(const struct mw_packet *packet, struct outages_near *near)
{
	enum { FIXED_BYTES = 240, OPTIONS_MAX = 64, PAD = 0, TYPE = 53, END = 255, DISCOVER = 1 };
	struct mw_reader in = payload_of(packet);
	uint8_t option = PAD, length;
	const uint8_t *value;

	if (!mw_reader_skip(&in, FIXED_BYTES))
		return false;
	for (unsigned i = 0; i < OPTIONS_MAX && mw_reader_u8(&in, &option) && option != END; i++) {
		if (option == PAD)
			continue;
		value = mw_reader_u8(&in, &length) ? mw_reader_take(&in, length) : NULL;
		if (value == NULL)
			return false;
		if (option == TYPE)
			return length == 1 && value[0] == DISCOVER && says(near, OUTAGES_SOLICITS4);
	}
	return false;
}

/** A header's value, up to the end of its line; empty without one. */
static struct mw_reader header_of(struct mw_reader message, const char *name)
{
	const size_t name_bytes = strlen(name);

	while (mw_reader_left(&message) > 0) {
		struct mw_reader line = message;
		size_t line_bytes = 0, same = 0;
		uint8_t byte = 0;

		while (byte != '\n' && mw_reader_u8(&message, &byte)) {
			same += same == line_bytes && same < name_bytes && toupper(byte) == name[same];
			line_bytes++;
		}
		mw_reader_limit(&line, line_bytes);
		if (same == name_bytes && mw_reader_skip(&line, name_bytes))
			return line;
	}
	return message;
}

// UDA 1.2.2: a device says NOTIFY of itself with a boot number that only rises with a start. Of several on one host
// each has its own, so that they are told apart by their names (USN, up to "::").
static bool read_ssdp(const struct mw_packet *packet, struct outages_near *near)
{
	enum { MESSAGE_BYTES = 768 };
	static const char method[] = "NOTIFY ";
	struct mw_reader in = payload_of(packet), number, name;
	const uint8_t *at = mw_reader_peek(&in, sizeof(method) - 1);
	uint32_t boot = 0, device = 0, digits = 0;
	uint8_t byte, before = 0;

	if (at == NULL || memcmp(at, method, sizeof(method) - 1) != 0)
		return false;
	mw_reader_limit(&in, MW_MIN(mw_reader_left(&in), (size_t)MESSAGE_BYTES));
	number = header_of(in, "BOOTID.UPNP.ORG:");
	name = header_of(in, "USN:");
	while (mw_reader_u8(&number, &byte) && (isdigit(byte) || byte == ' ') && digits < 10) {
		boot = byte == ' ' ? boot : boot * 10 + (byte - '0');
		digits += byte != ' ';
	}
	for (; mw_reader_u8(&name, &byte) && byte != '\r' && !(byte == ':' && before == ':'); before = byte)
		device = byte == ':' || byte == ' ' ? device : device * 31 + byte;
	near->value = (uint64_t)device << 32 | boot;
	return digits > 0 && says(near, OUTAGES_BOOTS);
}

/** By destination port of UDP to many. */
static const struct {
	uint16_t port;
	reader *read;
} services[] = {{1900, read_ssdp}, {547, read_dhcp6}, {67, read_dhcp}};

bool outages_near_read(const struct mw_packet *packet, struct outages_near *near)
{
	*near = (struct outages_near){.src = packet->src, .dst = packet->dst};
	if ((packet->kinds & MW_KIND_ARP) != 0)
		return read_arp(packet, near);
	if (packet->family == 0)
		return read_pppoe(packet, near);
	if (packet->protocol == PROTOCOL_ICMP6)
		return read_icmp6(packet, near);
	if (packet->protocol == PROTOCOL_IGMP)
		return read_igmp(packet, near);
	for (size_t i = 0; (packet->kinds & MW_KIND_UDP) != 0 && i < MW_ARRAY_SIZE(services); i++) {
		if (packet->dst_port == services[i].port)
			return services[i].read(packet, near);
	}
	return false;
}
