// SPDX-License-Identifier: BSD-3-Clause
// Forged resets, control half: judges the episodes of all workers, finds the device behind each, and writes the rows.
// Neighbours: resets.c names these functions to the detector; detectors/middlebox/middlebox.c keeps the devices, row.c
// the columns.
#ifndef RESETS_CONTROL_H
#define RESETS_CONTROL_H

#include "claims.h"
#include "origin.h"

#define RESET_WAITING_MAX 1024 // episodes that wait for what the rest of the interval shows

/** An episode that waits. */
struct reset_waiting {
	struct reset_case reset;
	bool forged; // judged already: only its origin is open
	struct reset_judgement judgement; // when forged
	struct reset_sender sender; // when forged
};

/**
 * An undecided reset that does not look like its named sender may look like a device that the same interval still
 * convicts, and of a forged one the same interval may still show where it came from. Both wait for the interval's end,
 * or until the room is needed: oldest first.
 */
struct reset_control {
	struct middlebox_table *devices;
	uint64_t episodes[MW_RESET_VERDICTS]; // since start
	uint32_t waiting_first, waiting_count;
	struct reset_waiting waiting[RESET_WAITING_MAX];
	struct reset_twins twins;
	struct reset_claims claims;
};

/** @return 0 or -ENOMEM. */
int reset_control_start(struct mw_detector_control *control);
void reset_control_stop(struct mw_detector_control *control);

/** Takes a claim: the address as the flow's source, the MAC address in the brief. */
void reset_control_claim(struct mw_detector_control *control, const struct mw_event *event);

/** Takes one episode. */
void reset_control_episode(struct mw_detector_control *control, const struct mw_event *event);

/** Decides all that waits: the end of an interval. */
void reset_control_settle(struct mw_detector_control *control);

/** Rows of the devices seen last at since_ns or later. */
void reset_control_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows);

#endif
