// SPDX-License-Identifier: BSD-3-Clause
// When outages of a line began: those of this run, and live those that were kept over restarts.
// Neighbours: pattern.c asks what they have in common; app/midwatch/kept.c has the file. Control thread.
#ifndef OUTAGES_HISTORY_H
#define OUTAGES_HISTORY_H

#include "mw_text.h"

#define OUTAGES_STARTS_MAX    512 // of a line, the latest
#define OUTAGES_HISTORIES_MAX 8 // lines; the one whose last outage is the longest ago gives way

struct outages_history {
	char line[32];
	uint32_t count; // may be more than are kept
	uint32_t recalled; // of these, from before this run
	uint64_t starts_ns[OUTAGES_STARTS_MAX]; // ascending
};

/** Zeroed: there was none. */
struct outages_histories {
	struct outages_history lines[OUTAGES_HISTORIES_MAX];
};

/** An outage of this line. @return its history. */
struct outages_history *outages_history_add(struct outages_histories *histories, const char *line, uint64_t start_ns);

/**
 * As mw_diagnoser.recall and mw_diagnoser.keep: a text line has the line and the time, "02:00:00:00:00:01 2026-...Z".
 */
bool outages_history_recall(void *histories, const char *text);
void outages_history_keep(const void *histories, struct mw_text *text);

#endif
