// SPDX-License-Identifier: BSD-3-Clause
// What a diagnosis consists of, for its own files.
// Neighbours: diagnosis.c has the entries, room.c says which of them give way. Control thread.
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include "mw_detector.h"
#include "mw_diagnosis.h"
#include "mw_gone.h"

struct mw_diagnosis {
	uint32_t max, count;
	struct diagnosis_entry **entries;
	uint32_t *hashes; // of each entry's key: entries lie far apart, and a storm of rows looks for one each
	const struct mw_finding **sorted;
	const struct mw_diagnoser *const *diagnosers;
	uint32_t diagnosers_count;
	const struct mw_record *heard; // of the last row
	uint64_t hearers; // the diagnosers of such rows: a bit each
	void **memories; // one a diagnoser
	struct mw_left_out left_out[MW_DETECTOR_FINDINGS_MAX]; // one a kind
	uint32_t left_out_count;
	struct mw_gone gone; // kind and key of what gave way
	bool told_no_memory;
};

/** Takes an entry out of the list. @return it, for free(). */
struct diagnosis_entry *diagnosis_remove(struct mw_diagnosis *diagnosis, uint32_t number);

/**
 * While the list is full, or has as many of this kind as it may, gives up the entry that is worth least: of this kind,
 * or of that which has most.
 */
void diagnosis_make_room(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind);

/**
 * True when others explain this one, each of its spans; it is told there. All texts must have been written.
 */
bool diagnosis_is_explained(const struct mw_diagnosis *diagnosis, const struct diagnosis_entry *symptom);

/** Tells symptom in the evidence of its cause. */
void diagnosis_tell(struct diagnosis_entry *cause, const struct diagnosis_entry *symptom);

/**
 * What entry rests on may be what the mirror hid: makes it less sure, and says so, or names the mirror in hidden_by.
 * All texts must have been written.
 */
void diagnosis_doubt(const struct mw_diagnosis *diagnosis, struct diagnosis_entry *entry);

/** An entry that is new here: true when it gave way before, and is no longer left out. */
bool diagnosis_comes_back(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind, uint32_t hash);

#endif
