// SPDX-License-Identifier: BSD-3-Clause
// The control half's memory: signs that wait for their order, lines, remotes, and the mirror's own silence.
// Neighbours: control.c, mirror.c.
#ifndef OUTAGES_CONTROL_H
#define OUTAGES_CONTROL_H

#include "fetch.h"
#include "lan.h"
#include "line.h"
#include "mw_blind.h"
#include "mw_kit_blind.h"
#include "mw_kit_lives.h"

#define OUTAGES_REMOTES_MAX 16384u

/** Nothing at all was shown from last_ns to back_ns, and flows went on beyond bytes that never passed. */
struct outages_mirror {
	uint64_t latest_ns; // of all signs
	uint64_t last_ns, back_ns; // the last packet before, the first after; back_ns 0: no silence is looked at
	struct outages_flows jumped;
	uint64_t previous_ns;
};

/** A time of blindness that may go on. */
struct outages_blind {
	uint64_t from_ns, to_ns;
	uint8_t whys; // bit per enum mw_blind_why; 0: there is none
};

struct outages_control {
	struct outages_queue queue;
	struct outages_lines lines;
	struct mw_kit_lives remotes;
	struct outages_lan_table lan;
	struct outages_mirror mirror;
	struct outages_flaps flaps;
	struct outages_fetches fetches;
	struct mw_kit_blind times; // in which nothing was seen: our own blindness, the mirror's silence
	struct outages_blind blind;
	uint64_t taken_ns; // signs until then are in their lines
};

/**
 * Any sign, in order of time. blind: of ourselves. @return true: it tells that the mirror was silent, and row says
 * when.
 */
bool outages_mirror_take(struct outages_mirror *mirror, const struct outages_sign *sign,
						 const struct mw_kit_blind *blind, struct outages_row *row);

/** Takes the signs that nothing earlier can come before at control->clock_ns. */
void outages_take_due(struct mw_detector_control *control);

/** Writes the row of a time of blindness that is over at now_ns. */
void outages_blind_flush(struct mw_detector_control *control, uint64_t now_ns);

/**
 * Says in an outage's row how much of it was blind. Where it was half of it or more the row is no outage: what was
 * asked around such a time, while a link or a switch went down, failed for the same reason.
 */
void outages_blind_weigh(const struct outages_control *self, struct outages_row *row);

/** True when an answer to the sign's question, due within deadline_ns, may have come unseen. */
bool outages_blind_hides(const struct outages_control *self, const struct outages_sign *sign, uint64_t deadline_ns);

#endif
