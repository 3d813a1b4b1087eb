// SPDX-License-Identifier: BSD-3-Clause
// Text in a reset that no signature knows.
// Neighbours: text.c; weights.c has its weight. Worker.
#ifndef RESETS_TEXT_H
#define RESETS_TEXT_H

#include "mw_flow.h"

/**
 * True when the payload of a reset that no signature names is text for people: hardly any stack writes one. Not when it
 * may be data of the connection, which stacks and copying devices repeat: as long as the latest segment of either side,
 * or when the other side's packets never passed. flow: as it was before the reset.
 */
bool reset_has_text(const struct mw_packet *packet, const struct mw_flow_view *flow);

#endif
