// SPDX-License-Identifier: BSD-3-Clause
// The NAT lines in view: who they are, what kind, and the port set that a line's ports betray.
// Neighbours: place.c finds the line of a connection, control.c feeds it, rows.c tells of it. Fixed memory.
#ifndef NAT_LINE_H
#define NAT_LINE_H

#include "nat.h"
#include "mw_hash.h"
#include "mw_mape.h"
#include "nat_model.h"
#include "health.h"
#include "ledger.h"
#include "scarce.h"
#include "shortage.h"
#include "sides.h"

#define NAT_LINE_NONE UINT32_MAX

/** From where a line is seen, and how it is told apart from others. */
enum nat_line_side {
	NAT_LINE_INSIDE, // LAN side: address is the number of a configured name, or 0, or 1 for 100.64/10
	NAT_LINE_DS_LITE, // 4in6 with private inner sources: ce
	NAT_LINE_TUNNEL, // 4in6 with a public inner source: address and ce
	NAT_LINE_OUTSIDE, // a public address: address
};

struct nat_line_key {
	struct mw_address address, ce;
	uint64_t side; // enum nat_line_side
};

/** What the outside ports of a line betray. */
struct nat_line_ports {
	struct mw_mape_seen seen; // without those outside a set that is sure
	struct mw_mape_set set; // with set_known
	bool set_known;
	bool psid_known; // by the CE's address
	uint16_t psid;
	double chance; // that unrelated ports look so
	uint32_t within, outside; // of a known set, since it is known
};

/** Sessions opened and how long that took: to tell a lasting rate from a burst. */
struct nat_line_rate {
	uint64_t from_ns;
	uint64_t entries; // that the model opened for them
	uint32_t opened; // connections of all protocols
	uint32_t udp, udp_answered, dns; // of them; udp without DNS, which has its own timer
};

struct nat_line {
	struct nat_line_key key;
	bool used;
	bool modelled; // it is open in the model
	bool saves_udp; // one UDP port serves several peers
	bool limit_each_peer; // its limit has shown to count for each destination
	bool counts_entries; // by a second number in the model: entries are not ports
	char name[MW_NAT_LINE_BYTES];
	struct mw_address outside;
	struct mw_nat_profile profile; // of model; what was learned is in it
	uint32_t model, entries; // its numbers in the model; NAT_LINE_NONE: none yet
	struct nat_line_ports ports;
	struct nat_line_rate before, now;
	struct nat_health *health;
	struct nat_ledger *ledger; // of a set that is known, seen from outside
	struct nat_shortage shortage; // its limit, seen from inside
	uint32_t limit_outside; // that of the same line seen from outside; 0 not known
	struct mw_nat_scarce scarce; // of this interval
	struct nat_side side; // which line inside it is, seen from outside
	uint64_t first_ns, last_ns;
	uint64_t advanced_s; // its health, in seconds
	uint32_t pool_peak; // ports of the fullest pool in this interval, by looks a second apart
	uint32_t numbers_peak, numbers_most; // different port numbers of all pools: in this interval, and of all
	uint64_t opened; // sessions, since it is known
	struct nat_outside_state {
		uint32_t used; // ports of the fullest pool, at the latest look
		uint32_t numbers; // different ones of all pools
		uint32_t taken; // of those that a session may need: where ports serve several peers, towards the busiest one
		uint32_t signs; // of the latest looks, that nothing is left
		uint64_t full_ns, full_opened; // since when so, and sessions until then; 0 it is not
		uint64_t rate_from_ns, rate_ns, rate_opened; // since when, when per_s was made, and of how many sessions
		double per_s; // sessions opened a second before
		bool exhausted; // no port is left
	} seen; // from outside
	uint64_t exhausted_from_ns, exhausted_to_ns; // so seen in this interval; 0 none
	struct nat_turns_refusal refusal; // of this interval: ranges that were full in their turn; to_ns 0 none
	uint32_t pool_before; // live at the last interval's end
	uint32_t pool_most; // of all intervals
};

struct nat_lines;
struct mw_kit_index;

/** As mw_setting.check, of one item of nat.lines. */
int nat_lines_check(const char *item, struct mw_text *why);

/** As mw_setting.check_beside: a line within another one that stands before it would never be named. */
int nat_lines_check_beside(const struct mw_setting_texts *before, const char *item, struct mw_text *why);

/** Copies the key. @return 0, -ENOMEM. */
int nat_lines_new(const struct mw_nat_settings *settings, const struct mw_hash_key *hash_key, struct nat_lines **lines);
void nat_lines_free(struct nat_lines *lines);

/** What the lines are found by. For tests. */
const struct mw_kit_index *nat_lines_index(const struct nat_lines *lines);

/** The number of the configured name for an address, or NAT_LINE_NONE. */
uint32_t nat_lines_named(const struct nat_lines *lines, const struct mw_address *address);

/** NULL when there is none. */
struct nat_line *nat_lines_find(struct nat_lines *lines, const struct nat_line_key *key);

/**
 * A new line; the caller opens it in the model when model is NAT_LINE_NONE: a line that was released leaves its number
 * behind. @return NULL when there is no room, which is counted.
 */
struct nat_line *nat_lines_open(struct nat_lines *lines, const struct nat_line_key *key, uint64_t now_ns);

/** Gives up a line that has no session any more. */
void nat_lines_release(struct nat_lines *lines, struct nat_line *line);

/** How often a line was opened or given up. */
uint32_t nat_lines_changes(const struct nat_lines *lines);

/** The line at a place of the table, below nat_lines_top; used is false when there is none. */
struct nat_line *nat_lines_at(struct nat_lines *lines, uint32_t place);
uint32_t nat_lines_top(const struct nat_lines *lines);
/** Where it is in the table: a number that no other line has. */
uint32_t nat_lines_place(const struct nat_lines *lines, const struct nat_line *line);
uint32_t nat_lines_count(const struct nat_lines *lines);
/** How many found no room so far. */
uint64_t nat_lines_no_room(const struct nat_lines *lines);

/** True for lines seen from the LAN side of their translator, DS-Lite included: its translator is the provider's. */
bool nat_line_is_inside(const struct nat_line *line);

/** A session opened at an outside port of the line: learns. */
void nat_line_learn(struct nat_line *line, uint16_t port);

/**
 * Outside ports the line has, 0 when no limit is known; inferred: by its port set, or from inside by what was refused.
 */
uint32_t nat_line_limit(const struct nat_line *line, const struct mw_nat_settings *settings, bool *inferred);

/** The kind of a line, as far as is known by now. */
enum mw_nat_line_kind nat_line_kind(const struct nat_line *line);

#endif
