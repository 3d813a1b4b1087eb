// SPDX-License-Identifier: BSD-3-Clause
// What is counted of one device in the middle.
// Neighbours: device.h; middlebox.c decides whose an episode is.
#include "device.h"

#include <string.h>

#include "template.h"

#define SHARE_GUESSING 2 // one in so many guesses: a box in the path does at times
#define SHARE_SHOWN    4 // one in so many episodes shows where the device stands: most of a listener's are exact

bool middlebox_is_text(const char *chars)
{
	return chars != NULL && chars[0] != '\0';
}

void middlebox_copy_text(char *to, size_t to_bytes, const char *from)
{
	struct mw_text text = mw_text_in(to, to_bytes);

	if (from != NULL)
		mw_text_add_chars(&text, from, strlen(from));
}

bool middlebox_text_is(const char *stored, size_t stored_bytes, const char *chars)
{
	return strncmp(stored, chars != NULL ? chars : "", stored_bytes - 1) == 0;
}

static void range_add(struct middlebox_range *range, uint16_t value)
{
	range->low = range->any ? MW_MIN(range->low, value) : value;
	range->high = range->any ? MW_MAX(range->high, value) : value;
	range->any = true;
}

static void note_address(struct mw_address *list, uint32_t *count, const struct mw_address *address)
{
	if (*count == MIDDLEBOX_ADDRESSES)
		return; // nothing changes any more
	for (uint32_t i = 0; i < *count; i++) {
		if (mw_address_compare(&list[i], address) == 0)
			return;
	}
	list[(*count)++] = *address;
}

/**
 * What stands for a network: IPv4 /16, IPv6 /32. All private addresses are one, and an IPv4 server behind NAT64
 * (64:ff9b::/96, RFC 6052) is in its IPv4 network.
 */
static uint64_t network_of(const struct mw_address *address)
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	const uint8_t *bytes = address->bytes;
	struct mw_address inner;

	if (memcmp(bytes, nat64, sizeof(nat64)) == 0) {
		inner = mw_address_from_v4(&bytes[12]);
		return network_of(&inner);
	}
	if (mw_address_is_private(address))
		return 0;
	if (mw_address_is_v4(address))
		return UINT64_C(4) << 32 | (uint64_t)bytes[12] << 8 | bytes[13];
	return UINT64_C(6) << 32 | (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 | bytes[3];
}

static void note_network(struct middlebox *device, uint64_t network)
{
	if (device->networks_count == MIDDLEBOX_ADDRESSES)
		return;
	for (uint32_t i = 0; i < device->networks_count; i++) {
		if (device->networks[i] == network)
			return;
	}
	device->networks[device->networks_count++] = network;
}

static void note_hosts(struct middlebox *device, const struct middlebox_observation *observation)
{
	const struct mw_address *server = observation->named_is_server ? &observation->named : &observation->receiver;
	const struct mw_address *client = observation->named_is_server ? &observation->receiver : &observation->named;

	device->servers_named += observation->named_is_server;
	note_address(device->servers, &device->servers_count, server);
	note_address(device->clients, &device->clients_count, client);
	note_network(device, network_of(&observation->named));
}

enum mw_middlebox_kind middlebox_kind_of(uint8_t origin)
{
	if (origin == MW_MIDDLEBOX_ORIGIN_IN_PATH)
		return MW_MIDDLEBOX_IN_PATH;
	return origin == MW_MIDDLEBOX_ORIGIN_OFF_PATH ? MW_MIDDLEBOX_OFF_PATH : MW_MIDDLEBOX_UNKNOWN;
}

/** Routers between a sender and this tap: senders start at 32, 64, 128 or 255. */
static uint16_t hops_of(uint8_t ttl)
{
	static const uint8_t starts[] = {32, 64, 128, 255};
	size_t i = 0;

	while (ttl > starts[i])
		i++;
	return (uint16_t)(starts[i] - ttl);
}

static void note_packet(struct middlebox *device, const struct middlebox_observation *observation)
{
	range_add(&device->ttl, observation->ttl);
	range_add(&device->hops, hops_of(observation->ttl));
	range_add(&device->window, observation->window);
	device->ttl_foreign += observation->ttl_foreign;
	if (observation->ip_id_known) {
		range_add(&device->ip_id, observation->ip_id);
		device->ip_ids++;
		device->ip_ids_following += observation->ip_id_follows;
	}
	if (!observation->mac_foreign)
		return;
	if (device->mac_foreign++ == 0)
		memcpy(device->mac, observation->mac, sizeof(device->mac));
	device->macs_differ |= memcmp(device->mac, observation->mac, sizeof(device->mac)) != 0;
}

static void note_texts(struct middlebox *device, const struct middlebox_observation *observation)
{
	if (middlebox_is_text(observation->text_template))
		middlebox_template_add(device->payload_template, sizeof(device->payload_template), observation->text_template);
	if (device->episodes == 0)
		middlebox_copy_text(device->habit, sizeof(device->habit), observation->habit);
	device->habits_differ |= !middlebox_text_is(device->habit, sizeof(device->habit), observation->habit);
}

void middlebox_device_note(struct middlebox *device, const struct middlebox_observation *observation)
{
	note_texts(device, observation);
	note_packet(device, observation);
	note_hosts(device, observation);
	device->first_ns = device->episodes == 0 ? observation->first_ns : MW_MIN(device->first_ns, observation->first_ns);
	device->last_ns = MW_MAX(device->last_ns, observation->last_ns);
	device->origins[middlebox_kind_of(observation->origin)]++;
	device->guessing += observation->guesses;
	device->resets += observation->resets;
	device->episodes++;
}

/** Another way than the connection's, or no way to know how far the connection has come. */
static bool has_sign_of_listener(const struct middlebox *device)
{
	return device->named_by == MIDDLEBOX_KEY_MAC || device->guessing * SHARE_GUESSING >= device->episodes;
}

uint8_t middlebox_origin(const struct middlebox *device)
{
	uint64_t in = device->origins[MW_MIDDLEBOX_IN_PATH], off = device->origins[MW_MIDDLEBOX_OFF_PATH];

	if (device->named_by == MIDDLEBOX_KEY_TEXT && in > 0)
		return MW_MIDDLEBOX_ORIGIN_IN_PATH; // what writes such a text stands there, whatever numbers it uses
	if (in == off || MW_MAX(in, off) * SHARE_SHOWN < device->episodes)
		return MW_MIDDLEBOX_ORIGIN_UNKNOWN;
	if (in > off)
		return MW_MIDDLEBOX_ORIGIN_IN_PATH;
	return has_sign_of_listener(device) ? MW_MIDDLEBOX_ORIGIN_OFF_PATH : MW_MIDDLEBOX_ORIGIN_UNKNOWN;
}

bool middlebox_established(const struct middlebox *device)
{
	return device->networks_count >= MIDDLEBOX_NETWORKS_AT_LEAST; // an episode adds one at most
}

uint64_t middlebox_order(const struct middlebox *device)
{
	return device->order;
}

const char *middlebox_id(const struct middlebox *device)
{
	return device->id;
}
