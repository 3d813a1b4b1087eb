// SPDX-License-Identifier: BSD-3-Clause
// Where folders are made: what is there already of a path, and whether anything could be made below it.
// Neighbours: check.c asks before a start; confine.c.
#ifndef PLACE_H
#define PLACE_H

#include <stdint.h>

#include "mw_text.h"

/** Cuts the last name off; what has none lies in the directory where midwatch was started. */
void place_cut_name(char *path);

/** Shortens path to what is there of it. @return how many names were cut off. */
uint32_t place_find_ancestor(char *path);

/** Room for place_can_hold's path. */
#define PLACE_PATH_BYTES 512

/**
 * Whether something can be in this directory, of which at most made_most last names are made when they are missing.
 * Rights are not looked at: who asks is seldom who will run. @return 0, or -EINVAL with what is in the way in why.
 */
int place_can_hold(const char *path, uint32_t made_most, struct mw_text *why);

#endif
