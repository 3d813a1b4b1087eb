// SPDX-License-Identifier: BSD-3-Clause
// One translator's two lines, where both of its sides are in view.
// Neighbours: sides.h finds out by their sessions; control.c and rows.c ask.
#ifndef NAT_PAIR_H
#define NAT_PAIR_H

#include "line.h"

/**
 * The line inside of one that is seen from outside, or the other way round. Where several outside addresses are those
 * of one line inside, hosts of several networks may be taken together there, so there is none. @return NULL: none.
 */
const struct nat_line *nat_pair_of(struct nat_lines *lines, const struct nat_line *line);

#endif
