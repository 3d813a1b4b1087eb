// SPDX-License-Identifier: BSD-3-Clause
// A line: what is asked and heard through one next hop, a MAC address in a VLAN, and the outage that is open on it.
// Neighbours: control.c gives signs in order of time, cause.c judges outages. Control thread.
#ifndef OUTAGES_LINE_H
#define OUTAGES_LINE_H

#include "mw_kit_index.h"
#include "mw_kit_list.h"
#include "flap.h"
#include "ledger.h"
#include "marks.h"
#include "odds.h"
#include "silence.h"

#define OUTAGES_LINES_MAX 512
#define OUTAGES_FLOWS_MAX 64
#define OUTAGES_HOSTS     8 // of a class: as many as failures may be asked for
// A host has a network of IPv4 and perhaps two of IPv6: what has more of them behind it is a router.
#define OUTAGES_NETWORKS 4

/** Different flows, as far as there is room. */
struct outages_flows {
	uint32_t ids[OUTAGES_FLOWS_MAX];
	uint32_t count;
};

#define OUTAGES_SAYS_LEAST 2 // times that a next hop answers which was there all the time

/** The latest transmissions of a flow that waits, before anything came of its class. */
struct outages_tries {
	uint64_t last_ns, before_ns;
	uint8_t class;
};

struct outages_outage {
	bool open;
	uint8_t parts_known; // bit per class
	struct outages_silence parts[OUTAGES_CLASSES];
	uint64_t alive_ns[OUTAGES_CLASSES]; // the first packet of a class that was not silent; 0 none
	uint64_t heard_ns[OUTAGES_CLASSES]; // the last one of a class before it was opened
	uint64_t opened_ns;
	struct outages_flows waited, resumed, died, reset, resumed6;
	struct outages_tries tries[OUTAGES_FLOWS_MAX]; // of those that waited
	uint64_t said_ns[OUTAGES_SAYS_LEAST]; // what the next hop said first, before anything came through it; 0 nothing
	uint64_t own_ns, pause_ns; // its last frame until then, and the longest time without one
	uint32_t marks; // bit per enum outages_mark
	uint32_t closed; // answers from the closed network while IPv6 was down
	struct outages_fare before[OUTAGES_CLASSES]; // since the outage before, a minute at most
	bool inside; // hosts asked the internet from addresses of it: inside_ns
};

struct outages_line {
	struct mw_kit_link age;
	uint64_t key;
	struct {
		uint64_t heard_ns, returned_ns; // returned_ns: after its last outage
		uint32_t rtt_us; // about the 95th percentile
		uint64_t site, sites_ns; // IPv6: the /48 that answered last, and when it was another one
		struct {
			uint64_t host, heard_ns;
		} hosts[OUTAGES_HOSTS]; // that had an answer
		struct outages_silence silence;
		struct outages_odds odds;
		struct outages_ledger ledger;
	} classes[OUTAGES_CLASSES];
	struct outages_outage outage;
	struct outages_flap flap;
	struct outages_marks marks;
	uint64_t networks[OUTAGES_NETWORKS]; // that answered through it
	uint8_t networks_count;
	uint64_t served_ns; // when a frame to it passed last
	uint64_t previous_ns; // start of the outage before
	uint64_t inside_ns; // a host asked the internet in vain from an address of the closed network, last
};

struct outages_lines {
	struct mw_kit_index index;
	struct mw_kit_list by_age;
	struct outages_line *lines;
};

/** @return 0 or -ENOMEM; outages_lines_stop is due in both cases. */
int outages_lines_start(struct outages_lines *lines);
void outages_lines_stop(struct outages_lines *lines);

/** The line of this next hop, made when it is new; the one that was silent for longest gives way. */
struct outages_line *outages_lines_get(struct outages_lines *lines, uint64_t key);

/**
 * True when the sign says that something came in a step in which it did already. Each worker tells of the first packet
 * of a step that it sees; of all workers' the first is the one that counts, and all that may be asked is its time.
 */
bool outages_lines_told_again(const struct outages_lines *lines, const struct outages_sign *sign);

void outages_flows_add(struct outages_flows *flows, uint32_t id);

/**
 * A sign of the line, in order of time. proves: LOST, its remote lived. @return true when another outage began while
 * one is open: judge that, then outages_line_open.
 */
bool outages_line_take(struct outages_line *line, const struct outages_sign *sign, bool proves,
					   const struct outages_settings *settings);
void outages_line_open(struct outages_line *line, uint64_t now_ns);

/** A frame of the line's own MAC address, whatever it is. */
void outages_line_heard_own(struct outages_line *line, uint64_t time_ns);

/** True when the line is a router's, so that what it is asked itself matters. */
static inline bool outages_line_routes(const struct outages_line *line)
{
	return line->networks_count == OUTAGES_NETWORKS;
}

/** True when an outage is open, what failed came back, and settle_ns passed since at now_ns. */
bool outages_line_is_settled(const struct outages_line *line, uint64_t now_ns, uint64_t settle_ns);

/** Names a line: the MAC address, and the VLAN where there is one. */
void outages_write_line(uint64_t key, char *name, size_t name_bytes);

/**
 * Ends the outage that is open: its row, and why it was. ends: the input did, so what is down belongs to it.
 * @return false: it was none, for nothing failed, or as much fails on this line before and after it.
 */
bool outages_line_judge(struct outages_line *line, bool ends, const struct outages_settings *settings,
						struct outages_row *row);

#endif
