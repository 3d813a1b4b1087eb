// SPDX-License-Identifier: BSD-3-Clause
// What the link layer says of a reset: who wrote its frame, and whether its named sender is on this very link.
// Neighbours: weights.c asks of each reset, resets.c once its named sender shows itself.
#ifndef RESETS_LINK_H
#define RESETS_LINK_H

#include "facts.h"
#include "weights.h"

/**
 * A link-layer sender that is, or is not, the usual one. A host on this link, whose TTL no router has lowered, has one
 * address; a copy of its packet behind a router has the router's, and a lower TTL. @return outcomes.
 */
uint64_t reset_link_tests(const struct mw_packet *packet, const struct mw_flow_view *flow);

/**
 * The same for a reset that came before its named sender's first packet, which this one is. Only a defence comes of it.
 * facts: of the reset. @return outcomes.
 */
uint64_t reset_link_tests_late(const struct reset_facts *facts, const struct mw_packet *packet,
							   const struct mw_flow_view *flow);

/**
 * True when the router on this link that hands over the named sender's packets sent the reset itself: its MAC address,
 * and a TTL that no router has lowered, though those packets have passed some.
 */
bool reset_is_from_router(const struct mw_packet *packet, const struct mw_flow_view *flow);

#endif
