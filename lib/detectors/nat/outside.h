// SPDX-License-Identifier: BSD-3-Clause
// A line seen from outside its translator, with its port set known: what its ports teach about the translator, how many
// are in use, and whether none is left.
// Neighbours: control.c feeds it; ledger.c has the ports, rows.c tells of it. Control half.
#ifndef NAT_OUTSIDE_H
#define NAT_OUTSIDE_H

#include "line.h"
#include "place.h"

/** A packet at an outside port. Nothing happens to lines seen from inside, or whose set is not known. */
void nat_outside_use(struct nat_line *line, const struct mw_nat *model, const struct nat_place *place,
					 const struct nat_facts *facts, uint64_t now_ns);

/**
 * Puts what was learned over a profile: what nobody told of timers, of mappings, and whether protocols share a pool.
 */
void nat_outside_learn(const struct nat_line *line, const struct mw_nat_settings *settings,
					   struct mw_nat_profile *profile);

/** True when ports of the line are counted one by one. */
bool nat_outside_counts(const struct nat_line *line);

/** Whether that would change the line's profile by something worth it. */
bool nat_outside_learns(const struct nat_line *line, const struct mw_nat_settings *settings);

/** The UDP timer as the ports show it, or 0: not known. */
uint64_t nat_outside_measured_udp_ns(const struct nat_line *line, const struct mw_nat_settings *settings);

/**
 * A look, about once a second: counts after the line's profile, and decides anew. From outside no refused connection is
 * in view. But all ports in use at once is what running out means; where one port serves several peers, all in use
 * towards one of them. busiest: so many are, where entries are counted.
 */
void nat_outside_look(struct nat_line *line, const struct mw_nat_settings *settings, uint32_t busiest, uint64_t now_ns);

#endif
