// SPDX-License-Identifier: BSD-3-Clause
// Port demand behind translators, control half: joins what all workers tell, and has rows written at each interval's
// end.
// Neighbours: nat.c names these functions to the detector; place.c finds the line, rows.c writes.
#ifndef NAT_CONTROL_H
#define NAT_CONTROL_H

#include "nat.h"
#include "nat_model.h"
#include "hints.h"
#include "host.h"
#include "peers.h"
#include "place.h"

struct nat_rows;

/** Steps that come soon, as they were placed when they were told. Rings. */
struct nat_ahead {
	uint32_t told, taken; // steps, since start
	struct nat_ahead_step {
		const struct mw_event *event;
		uint32_t changes; // of places, then
		uint8_t known; // enum nat_place_known
		bool opens;
		uint8_t activities_count; // a line may keep ports and entries
		struct mw_nat_activity activities[2];
	} steps[MW_DETECTOR_SOON_MAX];
	struct nat_place places[MW_DETECTOR_SOON_MAX];
};

/** All but the tables, which are allocated at start. Without them, it is switched off. */
struct nat_control {
	struct mw_nat *model;
	struct nat_places places;
	struct nat_hosts *hosts;
	struct nat_peers *peers;
	struct nat_hints *hints; // NULL: none could be read
	struct nat_rows *rows;
	struct nat_ahead ahead;
	struct nat_sides sides;
	uint64_t no_room_logged; // how many were logged
	uint64_t clock_ns; // latest time told; never goes back
	uint64_t interval_from_ns; // the running interval's first step, or the last one's end
};

/** @return 0, -ENOMEM, -EINVAL (settings), -errno of the model. */
int nat_control_start(struct mw_detector_control *control);
void nat_control_blind(struct mw_detector_control *control, const struct mw_blind *blind);
void nat_control_stop(struct mw_detector_control *control);

/** Takes one step of a connection. */
void nat_control_event(struct mw_detector_control *control, const struct mw_event *event);

/** This step comes soon: places it, and begins to fetch what it will touch. soon.c. */
void nat_control_soon(struct mw_detector_control *control, const struct mw_event *event);

/** Of each event, in turn: what was known of its place ahead, when that still stands. */
enum nat_place_known nat_ahead_take(struct nat_control *self, const struct mw_event *event,
									const struct nat_facts *facts, const struct nat_place **place);

/** Writes the rows of an interval and begins the next. */
void nat_control_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);

/** The line's translator as the settings have it now; opens the line in the model. For rows.c too. */
void nat_control_profile(struct nat_control *self, const struct mw_nat_settings *settings, struct nat_line *line);

/** Ports that are live of the pool that is fullest: of all protocols together, where they share one. */
uint32_t nat_control_pool(const struct mw_nat_profile *profile, const struct mw_nat_counts *counts);

/** Looks who holds the ports of a line that is exhausted now, where they serve several destinations. For rows.c too. */
void nat_control_look(const struct nat_control *self, const struct mw_nat_settings *settings, struct nat_line *line);

/** Decides anew whether a line's translator has run out. For rows.c too. */
void nat_control_advance(struct nat_control *self, const struct mw_nat_settings *settings, struct nat_line *line,
						 uint64_t now_ns);

#endif
