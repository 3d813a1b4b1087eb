// SPDX-License-Identifier: BSD-3-Clause
// What a next hop is asked itself: who has your address, are you there? A frame of its own is an answer, whatever it
// says.
// Neighbours: control.c gives signs in order of time, line.c takes the questions that had no answer. Control thread.
#ifndef OUTAGES_LAN_H
#define OUTAGES_LAN_H

#include "mw_hash.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"
#include "queue.h"

#define OUTAGES_NEIGHBOURS_MAX 1024u
#define OUTAGES_QUESTIONS_MAX  64u // that wait; the oldest gives way

struct outages_lan_table {
	struct mw_kit_index index;
	struct mw_kit_list by_age;
	struct outages_neighbour {
		struct mw_kit_link age;
		struct mw_address address;
		uint64_t line; // its MAC address and VLAN
		uint64_t heard_ns; // when it said so last
	} * neighbours; // by number
	struct outages_sign questions[OUTAGES_QUESTIONS_MAX]; // SIGN_LOST, should they be; until_ns: asked last
	uint32_t questions_count;
};

/** @return 0 or -ENOMEM; outages_lan_stop is due in both cases. */
int outages_lan_start(struct outages_lan_table *lan);
void outages_lan_stop(struct outages_lan_table *lan);

/** SIGN_NEIGHBOUR: whose address is whose. */
void outages_lan_learn(struct outages_lan_table *lan, const struct mw_hash_key *key, const struct outages_sign *sign);

/** Whose address SIGN_NEIGHBOUR asks for, as that one said within lives_ns before. @return the line; 0: nobody's. */
uint64_t outages_lan_asked(const struct outages_lan_table *lan, const struct mw_hash_key *key,
						   const struct outages_sign *sign, uint64_t lives_ns);

/** SIGN_NEIGHBOUR asks for the address of a line: it waits, or is asked again. */
void outages_lan_ask(struct outages_lan_table *lan, const struct outages_sign *sign, uint64_t line);

/** A frame of this line's own. */
void outages_lan_heard(struct outages_lan_table *lan, uint64_t line);

/** Takes the earliest question that waits for longer than deadline_ns at now_ns. @return false: there is none. */
bool outages_lan_lost(struct outages_lan_table *lan, uint64_t now_ns, uint64_t deadline_ns, struct outages_sign *lost);

/** True when the line has this address itself, as it said within lives_ns before time_ns. */
bool outages_lan_has(const struct outages_lan_table *lan, const struct mw_hash_key *key,
					 const struct mw_address *address, uint64_t line, uint64_t time_ns, uint64_t lives_ns);

#endif
