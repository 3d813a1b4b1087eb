// SPDX-License-Identifier: BSD-3-Clause
// A device in the middle, as its resets or its handshakes give it away: the row of middleboxes.csv.
// Neighbours: middlebox.c clusters resets; the detector proxy finds cloned handshakes.
#ifndef MW_MIDDLEBOX_H
#define MW_MIDDLEBOX_H

#include "mw_record.h"

/** Where a reset came from. In-path: a box that the connection runs through. Off-path: one that listens and races. */
enum mw_middlebox_origin {
	MW_MIDDLEBOX_ORIGIN_ENDPOINT,
	MW_MIDDLEBOX_ORIGIN_IN_PATH,
	MW_MIDDLEBOX_ORIGIN_OFF_PATH,
	MW_MIDDLEBOX_ORIGIN_UNKNOWN,
	MW_MIDDLEBOX_ORIGINS,
};
extern const char *const mw_middlebox_origin_names[MW_MIDDLEBOX_ORIGINS];

/** Where a device stands. A proxy ends connections itself and need not send a reset. */
enum mw_middlebox_kind {
	MW_MIDDLEBOX_IN_PATH,
	MW_MIDDLEBOX_OFF_PATH,
	MW_MIDDLEBOX_UNKNOWN,
	MW_MIDDLEBOX_PROXY,
	MW_MIDDLEBOX_KINDS,
};
extern const char *const mw_middlebox_kind_names[MW_MIDDLEBOX_KINDS]; // in-path off-path unknown transparent-proxy

#define MW_MIDDLEBOX_ID_BYTES 32 // "mb-1a2b3c4d": of what names the device, the same in every run

/** One device. */
struct mw_middlebox_row {
	uint64_t first_ns, last_ns; // ts is first_ns
	char cluster[MW_MIDDLEBOX_ID_BYTES];
	uint8_t kind; // enum mw_middlebox_kind
	char label[96]; // "F5 BIG-IP [0x2664c65]", "device with MAC 02:ac:17:78:3e:c5"; escaped
	int64_t resets, servers, clients; // different ones; counted up to a bound that the column's help states
	int64_t ttl; // of its packets at this tap; unknown when they vary
	char ip_id[32]; // "0", "16448", "follows the sender", "varies"; "" when it never had one (IPv6)
	char window[32]; // "0", "8192", "varies"
	char payload_template[160]; // what is alike in its texts, * for the rest; escaped
	int64_t hops_estimate; // routers between the device and this tap; unknown when it varies
	// beyond the columns, for diagnosis
	int64_t confidence; // that it is one device, 0 to 100
	char proof[480]; // what shows it: lines for people, each "- ...\n"; escaped
};

extern const struct mw_record mw_middlebox_record; // middleboxes.csv

#endif
