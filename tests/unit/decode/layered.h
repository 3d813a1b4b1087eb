// SPDX-License-Identifier: BSD-3-Clause
// One whole packet of every kind that decode reads: for tests that cut, bend and nest them.
// Neighbours: layered.c, hostile_test.c, tunnel_test.c.
#ifndef LAYERED_H
#define LAYERED_H

#include "packet_builder.h"

struct layered {
	const char *name;
	enum mw_layer tunnel; // the innermost, MW_LAYERS for none
	void (*build)(struct pb *pb); // what stands between link and inner packet, with both; not finished
};
extern const struct layered LAYERED[];
extern const unsigned LAYERED_COUNT;

/** The inner packet of all tunnels that are not opaque. */
#define INNER_SRC   "10.1.1.1"
#define INNER_DST   "203.0.113.80"
#define INNER_SPORT 45000
#define INNER_DPORT 443

#endif
