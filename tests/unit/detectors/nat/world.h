// SPDX-License-Identifier: BSD-3-Clause
// Steps of connections made by hand, for the NAT detector's control half.
// Neighbours: control_test.c, line_test.c.
#ifndef NAT_WORLD_H
#define NAT_WORLD_H

#include "nat.h"
#include "mw_event.h"
#include "facts.h"

#define NAT_WORLD_EPOCH_NS (UINT64_C(1768000020) * MW_NS_PER_SECOND) // begins a minute

/** A connection as a story tells it. Outer addresses NULL: native. */
struct nat_story {
	const char *src, *dst;
	uint16_t sport, dport;
	uint8_t protocol; // IPPROTO_
	const char *near, *far; // outer addresses of a 4in6 tunnel: on the opener's side and beyond
	const char *back; // the reply's outer source where it is another; NULL: far
};

struct mw_address nat_world_address(const char *chars);

/** A step of the story, seconds after the epoch. */
struct mw_event nat_world_event(const struct nat_story *story, double at_s, enum nat_what what, bool from_opener,
								double opened_s);

/** Defaults of section "nat" with overrides such as "nat.profile=rtx", NULL at the end. Free the snapshot. */
struct mw_settings *nat_world_settings(const char *const overrides[], const struct mw_nat_settings **settings);

#endif
