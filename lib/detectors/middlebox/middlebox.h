// SPDX-License-Identifier: BSD-3-Clause
// Which forged resets come from one device: a bounded table of devices, known by their text, their MAC or the shape of
// their packets.
// Neighbours: detectors/resets/control.c asks; mw_middlebox.h has the row. Control half: one thread, memory fixed.
#ifndef MIDDLEBOX_H
#define MIDDLEBOX_H

#include "mw_address.h"
#include "mw_middlebox.h"

#define MIDDLEBOX_MAX       256 // devices
#define MIDDLEBOX_ADDRESSES 256 // servers, clients and networks of each device; counted exactly up to here

/** What one episode shows of the machine that sent it. Texts may be NULL. */
struct middlebox_observation {
	uint64_t first_ns, last_ns;
	uint32_t resets;
	struct mw_address named, receiver; // whom the resets name as their sender; whom they went to
	bool named_is_server;
	bool ttl_foreign; // its TTL is not one of its named sender's
	bool mac_foreign; // its source MAC is not its named sender's
	uint8_t mac[6];
	uint8_t ttl;
	bool ip_id_known; // IPv4
	bool ip_id_follows; // a small step on from its named sender's latest packet
	uint16_t ip_id;
	uint16_t window;
	uint8_t tcp_flags, tcp_options; // MW_TCP_*, MW_TCP_OPTION_*
	uint8_t origin; // enum mw_middlebox_origin: what this episode itself shows, off-path what stops or knows too little
	bool guesses; // one sequence number after another
	const char *text_label; // "F5 BIG-IP": who writes such a payload; escaped
	const char *build; // "0x2664c65", of the payload; escaped. NULL when the payload was cut within it
	const char *text_template; // "BIG-IP: [0x2664c65:*] *"; escaped
	const char *habit; // label of a known way of forging, as "Sandvine": never what names a device
};

/** All devices; zeroed memory is an empty table. */
struct middlebox_table;
struct middlebox;

size_t middlebox_table_bytes(void);

/**
 * The device that an episode fits, without adding it: by text (label and build), else by a foreign MAC, else by the
 * shape of a foreign TTL {TTL, flags, options, window zero or not, IP-ID zero or not, address family}. A weaker key
 * never joins what a stronger one keeps apart: another build or another MAC is another device. Valid until the next
 * middlebox_add. @return NULL: none, or nothing foreign.
 */
const struct middlebox *middlebox_find(const struct middlebox_table *table,
									   const struct middlebox_observation *observation);

/**
 * Adds an episode judged forged to its device, which is made when it is new. A MAC or a shape is the device's that was
 * seen with it first. @return NULL when nothing of it is foreign (its sender's own TTL and MAC, no text), and when
 * there is no room: a full table gives up the device with the fewest resets, first those that never came back after
 * they had to go, never one that is established.
 */
const struct middlebox *middlebox_add(struct middlebox_table *table, const struct middlebox_observation *observation);

/**
 * True when it speaks for the Internet: at least 3 episodes, naming senders of at least 3 networks that have nothing to
 * do with each other (IPv4 /16, also behind NAT64; IPv6 /32; all private addresses are one). Own servers' load
 * balancers do not get there.
 */
bool middlebox_established(const struct middlebox *device);

/**
 * Where it stands (enum mw_middlebox_origin): a property of the device, so all its episodes share it. In the path when
 * a text of its own names it; else what its episodes show, when a quarter of them or more shows it: of a listener most
 * are exact. As a box in the path may stop nothing, too, and use old numbers, it stands beside the path only when its
 * MAC address is not that of the path, or when half of its episodes guess. MW_MIDDLEBOX_ORIGIN_UNKNOWN when nothing
 * decides.
 */
uint8_t middlebox_origin(const struct middlebox *device);

/** Which device of the run it is, counted from 1: another one that took its place in the table has another number. */
uint64_t middlebox_order(const struct middlebox *device);

/** Its id: "mb-1a2b3c4d". */
const char *middlebox_id(const struct middlebox *device);

/** Fills its row. */
void middlebox_row(const struct middlebox *device, struct mw_middlebox_row *row);

/** Appends the line of a row of mw_middlebox_record in the report. @return true. */
bool middlebox_report_line(const void *row, struct mw_text *line);

/** A row for each device seen last at since_ns or later, in the order of their first_ns. */
void middlebox_report(const struct middlebox_table *table, uint64_t since_ns, const struct mw_row_sink *rows);

#endif
