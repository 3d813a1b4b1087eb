// SPDX-License-Identifier: BSD-3-Clause
// The translators' tables: lines, their hosts, the hosts' sessions (one for each 5-tuple) and what sessions share.
// Neighbours: host.c, group.c, session.c work on them; model.c is the way in. Things are numbers; 0 is none.
#ifndef NAT_MODEL_TABLE_H
#define NAT_MODEL_TABLE_H

#include "nat_model.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"
#include "tally.h"
#include "wheel.h"

/** What a session is found by. Nearly all have their inside port alone: then nobody else asks for it. */
enum nat_file {
	NAT_BY_MAPPING, // the only one of its inside port, where mapping is independent: it stands for the mapping as well
	NAT_BY_ENDS, // one of several, or where ports are used again
	NAT_FILES,
};

struct nat_line {
	struct mw_nat_profile profile;
	struct nat_tally tally;
	struct mw_kit_list hosts; // the oldest first
	struct mw_kit_list silent; // sessions opened at the edge that nothing came back to yet, in the order of opening
	uint32_t filed[MW_NAT_PROTOCOLS][NAT_FILES]; // its sessions, by how they are found
};

/** Two lines. */
struct nat_host {
	uint32_t address; // IPv4, as it lies in a packet
	uint32_t line : 24;
	bool answered : 1; // something came back to it once
	bool shares : 1; // once it had sessions that are found by their ends
	struct mw_kit_link of_line, unanswered;
	struct mw_kit_list sessions;
	struct nat_tally tally;
};
_Static_assert(sizeof(struct nat_host) == 2 * MW_CACHE_LINE_BYTES, "no more than it needs");

/** Of a session's life; which timer runs. */
enum nat_state { NAT_WAITING, NAT_ANSWERED, NAT_CLOSING, NAT_STATES };

enum nat_group_kind {
	NAT_MAPPING, // one inside port of a host, where mapping is independent and it has had several sessions at once
	NAT_HOST_PEER, // one host's sessions to one peer: where ports are used again
	NAT_LINE_PEER, // all hosts' sessions to one peer
};

// A mirror on the inside does not see who gets the last ports: the timers' grain and a packet on its way are enough to
// be wrong by a port or two. So near to the limit an opened session waits for proof. Never more than a share of the
// limit: a line full of what is never answered still counts as full.
#define NAT_EDGE_PORTS 3
#define NAT_EDGE_SHARE 64
#define NAT_SILENT_NS  MW_NS_PER_SECOND // beyond round trips; RFC 6298: TCP's first repetition
#define NAT_GHOST_NS   (2 * MW_NS_PER_SECOND)

/** What several sessions share. */
struct nat_group {
	struct mw_kit_index_node node;
	struct nat_group_key {
		uint32_t peer; // IPv4; of a mapping: zero
		uint32_t owner; // host or line
		uint16_t port; // the peer's; of a mapping the inside one
		uint8_t protocol, kind;
	} key;
	uint32_t sessions;
	union {
		uint32_t bin; // of its owner's histogram
		bool answered; // mapping
	};
};

_Static_assert(sizeof(struct nat_group_key) == 12, "no padding: keys are hashed and compared as bytes");
_Static_assert(MW_CACHE_LINE_BYTES % sizeof(struct nat_group) == 0, "in one line with its place in the index");

/**
 * A 5-tuple that lives, with its places in the index and among the timers: all that is known of it alone. It keeps its
 * kind of mapping when the line's profile changes.
 */
struct nat_session {
	_Alignas(MW_CACHE_LINE_BYTES) struct mw_kit_index_node node;
	uint32_t host_address, peer; // IPv4, as they lie in a packet
	uint16_t port, peer_port;
	uint32_t line : 24;
	uint8_t protocol : 2;
	uint8_t state : 2; // enum nat_state
	bool answered : 1;
	bool edge : 1; // in its line's silent list: opened when the line was about to run out of ports, not proven since
	uint32_t host;
	uint32_t group; // mapping, or host and peer; 0: it is filed by its mapping
	uint32_t line_peer; // 0: independent mapping
	struct nat_wheel_node timer;
};

_Static_assert(sizeof(struct nat_session) == MW_CACHE_LINE_BYTES, "one look, one cache line");

#define NAT_GHOSTS_MAX 1024 // of all lines; more than so many refusals in NAT_GHOST_NS: the oldest are forgotten

/** A session that no port was left for, as this model sees it. */
struct nat_ghost {
	struct mw_nat_activity attempt; // the latest
	struct mw_kit_link of_age;
};

#define NAT_SIZES 8 // hosts of the last one, 64 sessions and more, never give way: that work has a bound

struct mw_nat {
	struct mw_hash_key key;
	uint32_t lines_max, lines_count;
	uint64_t now_ns, no_room;
	struct nat_line *lines;
	struct mw_kit_index host_index, session_index, group_index;
	struct nat_host *hosts;
	struct nat_session *sessions;
	struct nat_group *groups;
	struct mw_kit_link *of_host, *silent; // of sessions: neighbours are touched, so they lie close
	struct mw_kit_index ghost_index;
	struct nat_ghost *ghosts;
	struct mw_kit_list ghosts_by_age; // by their latest attempt
	struct nat_bins bins;
	struct nat_wheel wheel;
	struct mw_kit_list
		unanswered[NAT_SIZES]; // hosts by sessions: 0, 1, 2, 4, 8, ... or more; in each by their last packet
};

#define NAT_LINES_MOST ((1u << 24) - 1)

uint64_t nat_host_hash(const struct mw_nat *nat, uint32_t line, const struct mw_address *address);
/** @return 0: there is none. */
uint32_t nat_host_find(const struct mw_nat *nat, uint32_t line, const struct mw_address *address, uint64_t hash);
/** The host of an activity; it is made when it is new. @return 0: no room. */
uint32_t nat_host_of(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash);
/** It sent a packet while nothing had come back to it yet. */
void nat_host_touch(struct mw_nat *nat, uint32_t number);
/** So many 5-tuples live now. */
void nat_host_uses(struct mw_nat *nat, uint32_t number, uint32_t uses);
void nat_host_answered(struct mw_nat *nat, uint32_t number);
/** With its sessions. */
void nat_host_forget(struct mw_nat *nat, uint32_t number);
/**
 * Makes room: a host gives way that nothing came back to. but: it is not this one, and it has sessions; 0: any.
 * @return whether there was one.
 */
bool nat_host_give_way(struct mw_nat *nat, uint32_t but);

/** @return 0: there is none. */
uint32_t nat_group_find(const struct mw_nat *nat, const struct nat_group_key *key, uint64_t hash);
uint64_t nat_group_hash(const struct mw_nat *nat, const struct nat_group_key *key);
/** One more session in it; the group is made when it is new. There is always room. */
uint32_t nat_group_join(struct mw_nat *nat, const struct nat_group_key *key, uint64_t hash);
/** The mapping that a session had for itself, for several from now on. */
uint32_t nat_group_share(struct mw_nat *nat, const struct nat_group_key *key, uint64_t hash, bool answered);
/** A mapping of one host began or ended. */
void nat_mapping_begins(struct mw_nat *nat, uint32_t host, uint8_t protocol);
void nat_mapping_ends(struct mw_nat *nat, uint32_t host, uint8_t protocol);
/** @return whether that was its last session, and the group is gone. */
bool nat_group_leave(struct mw_nat *nat, uint32_t number);

/** What a session would be one of. */
struct nat_entry {
	struct nat_group_key keys[2]; // the second only where ports are used again
	uint64_t hashes[2]; // of keys; not of a mapping that nobody shares
	uint64_t mapping_hash;
	uint32_t sole; // the session that has the mapping for itself; 0: none
	uint32_t group; // the mapping that several have; 0: none
	bool again;
};

/**
 * The groups of a session of this host, where ports are used again: fills those of the entry, and fetches their heads.
 */
void nat_session_groups(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint32_t host,
						struct nat_entry *entry);
/** Whether a session that opens now may use a port again. */
bool nat_session_again(const struct mw_nat *nat, const struct mw_nat_activity *activity);

/** Of an activity's ends. nat_session_mapping_hash: of its inside end. */
uint64_t nat_session_hash(const struct mw_nat *nat, const struct mw_nat_activity *activity);
uint64_t nat_session_mapping_hash(const struct mw_nat *nat, const struct mw_nat_activity *activity);
/** By the hash of its mapping. @return 0: there is none. */
uint32_t nat_session_find(const struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash);
/** How many live in its mapping, with itself; and whether something ever came back to one of them. */
uint32_t nat_session_mates(const struct mw_nat *nat, const struct nat_session *session);
bool nat_session_is_answered(const struct mw_nat *nat, const struct nat_session *session);
/** By its host's hash. */
enum mw_nat_outcome nat_session_open(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash,
									 uint64_t host_hash);
/** A step of a session that lives. */
void nat_session_step(struct mw_nat *nat, uint32_t number, const struct mw_nat_activity *activity);
/** Opens and steps one that a packet of the other end proves to be held, whatever the limits say. */
enum mw_nat_outcome nat_session_admit(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t mapping_hash,
									  uint64_t host_hash);
/** Its line's profile was another one until now. */
void nat_session_retime(struct mw_nat *nat, uint32_t number, const struct mw_nat_profile *before);
void nat_session_view(const struct mw_nat *nat, uint32_t number, struct mw_nat_session_view *view);
/** These timers are about to run out: fetches what ending the sessions touches. */
void nat_session_due_soon(const struct mw_nat *nat, const uint32_t numbers[], uint32_t count);
/** Its timer ran out: at its end, or while it waited for the answer that it has to get. */
void nat_session_due(struct mw_nat *nat, uint32_t number);
/** ran_out: its timer did, else it had to give way, or never was. */
void nat_session_end(struct mw_nat *nat, uint32_t number, bool ran_out);

/** Of edge.c: a session was opened at the edge; nothing came back to it yet. */
void nat_edge_join(struct mw_nat *nat, uint32_t number);
/** It is proven, or it ends. Nothing happens to one that is not in. */
void nat_edge_leave(struct mw_nat *nat, uint32_t number);
/** Whether an answer is due within NAT_SILENT_NS if the translator let it pass. */
bool nat_edge_expects(const struct nat_session *session);
/** Ends a session that the translator must have refused. */
void nat_edge_take_back(struct mw_nat *nat, uint32_t number);
/** Takes back the youngest silent one of a line that holds a port which a session of this protocol could have. */
void nat_edge_yield(struct mw_nat *nat, uint32_t line, uint8_t protocol);

/** No port was left for it. */
void nat_ghost_add(struct mw_nat *nat, const struct mw_nat_activity *attempt);
/** @return whether it was refused within NAT_GHOST_NS; it is none any longer. */
bool nat_ghost_take(struct mw_nat *nat, const struct mw_nat_activity *activity);

#endif
