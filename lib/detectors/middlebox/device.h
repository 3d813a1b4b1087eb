// SPDX-License-Identifier: BSD-3-Clause
// What is kept of one device in the middle: counted facts, no packet.
// Neighbours: device.c counts, row.c makes the row, middlebox.c has the table of all.
#ifndef MIDDLEBOX_DEVICE_H
#define MIDDLEBOX_DEVICE_H

#include "middlebox.h"

#define MIDDLEBOX_KEYS              8 // what one device is known by: its name and what it was seen with
#define MIDDLEBOX_NETWORKS_AT_LEAST 3 // unrelated ones, so as many episodes, before a device is established

/** What a device is known by, the stronger first. A key's kind is its highest byte; key 0 is none. */
enum middlebox_key { MIDDLEBOX_KEY_TEXT, MIDDLEBOX_KEY_MAC, MIDDLEBOX_KEY_SHAPE, MIDDLEBOX_KEY_KINDS };

/** Lowest and highest value seen. */
struct middlebox_range {
	uint16_t low, high;
	bool any;
};

struct middlebox {
	uint64_t first_ns, last_ns;
	uint64_t order; // of its making, among all devices of the run; from 1
	uint64_t resets, episodes;
	uint64_t origins[MW_MIDDLEBOX_KINDS]; // episodes of each kind of place
	uint64_t ttl_foreign, mac_foreign; // episodes
	uint64_t guessing; // episodes with one sequence number after another
	uint64_t servers_named; // episodes in the name of a server
	uint64_t ip_ids, ip_ids_following; // episodes with an IP-ID, and with one close to its named sender's
	struct middlebox_range ttl, hops, window, ip_id;
	uint8_t named_by; // enum middlebox_key
	bool came_back; // it gave way to others before: it is seen again and again
	uint8_t mac[6]; // the first foreign one
	bool macs_differ, habits_differ;
	char id[MW_MIDDLEBOX_ID_BYTES];
	char text_label[64], build[32]; // of the text that names it
	char habit[48];
	char payload_template[160];
	uint32_t servers_count, clients_count, networks_count;
	// below only so many as counted mean something
	uint64_t networks[MIDDLEBOX_ADDRESSES]; // of whom its resets name as their sender
	struct mw_address servers[MIDDLEBOX_ADDRESSES], clients[MIDDLEBOX_ADDRESSES];
};

/** What a place (enum mw_middlebox_origin) makes of a device. */
enum mw_middlebox_kind middlebox_kind_of(uint8_t origin);

/** Counts an episode of the device. */
void middlebox_device_note(struct middlebox *device, const struct middlebox_observation *observation);

bool middlebox_is_text(const char *chars);

/** Keeps what fits of a text; NULL is "". */
void middlebox_copy_text(char *to, size_t to_bytes, const char *from);

/** Whether a text, or NULL, is what middlebox_copy_text stored: of a longer one, what was kept is compared. */
bool middlebox_text_is(const char *stored, size_t stored_bytes, const char *chars);

#endif
