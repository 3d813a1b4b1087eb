// SPDX-License-Identifier: BSD-3-Clause
// Ways of forging that the literature has a name for. A label, never a proof: the verdict does not look at it.
// Neighbours: control.c; one table with the source of each.
#ifndef RESETS_HABIT_H
#define RESETS_HABIT_H

#include "facts.h"

/** The name of the way of forging that an episode judged forged fits best, or NULL. Static text. */
const char *reset_habit_of(const struct reset_facts *facts);

#endif
