// SPDX-License-Identifier: BSD-3-Clause
// How a line's translator is modelled: one of the usual behaviours, with what is configured put over it.
// Neighbours: row.c has the settings, model/ the model.
#ifndef NAT_PROFILE_H
#define NAT_PROFILE_H

#include "nat.h"
#include "nat_model.h"
#include "timers.h"

/** The translator as the settings have it. */
void nat_profile_make(const struct mw_nat_settings *settings, struct mw_nat_profile *profile);

/** One timer of a profile, ns. */
uint64_t nat_profile_timer(const struct mw_nat_profile *profile, enum nat_timer timer);
void nat_profile_set_timer(struct mw_nat_profile *profile, enum nat_timer timer, uint64_t timer_ns);
/** Whether the operator has told it: then it is not for midwatch to change. */
bool nat_profile_timer_told(const struct mw_nat_settings *settings, enum nat_timer timer);

/**
 * The same as seen from its outside, where only what it let through is in view: it has no limits there.
 * @return true when one outside port may serve several peers: *ports then counts ports as they are in use, and *entries
 * the entries of its table. Else they are one.
 */
bool nat_profile_outside(const struct mw_nat_settings *settings, struct mw_nat_profile *ports,
						 struct mw_nat_profile *entries);

#endif
