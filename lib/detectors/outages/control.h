// SPDX-License-Identifier: BSD-3-Clause
// The control half's memory: signs that wait for their order, lines, remotes, and the mirror's own silence.
// Neighbours: control.c, mirror.c.
#ifndef OUTAGES_CONTROL_H
#define OUTAGES_CONTROL_H

#include "line.h"
#include "remotes.h"

/** Nothing at all was shown from last_ns to back_ns, and flows went on beyond bytes that never passed. */
struct outages_mirror {
	uint64_t latest_ns; // of all signs
	uint64_t last_ns, back_ns; // the last packet before, the first after; back_ns 0: no silence is looked at
	struct outages_flows jumped;
	uint64_t previous_ns;
};

struct outages_control {
	struct outages_queue queue;
	struct outages_lines lines;
	struct outages_remotes remotes;
	struct outages_mirror mirror;
	struct outages_flaps flaps;
};

/** Any sign, in order of time. @return true: it tells that the mirror was silent, and row says when. */
bool outages_mirror_take(struct outages_mirror *mirror, const struct outages_sign *sign, struct outages_row *row);

#endif
