// SPDX-License-Identifier: BSD-3-Clause
// What a diagnosis consists of, for its own files.
// Neighbours: diagnosis.c has the entries, room.c says which of them give way. Control thread.
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include "mw_detector.h"
#include "mw_diagnosis.h"

#define DIAGNOSIS_GONE 16384u // keys that are remembered of findings that gave way; a power of two

struct mw_diagnosis {
	uint32_t max, count;
	struct diagnosis_entry **entries;
	uint32_t *hashes; // of each entry's key: entries lie far apart, and a storm of rows looks for one each
	const struct mw_finding **sorted;
	const struct mw_diagnoser *const *diagnosers;
	uint32_t diagnosers_count;
	void **memories; // one a diagnoser
	struct mw_left_out left_out[MW_DETECTOR_FINDINGS_MAX]; // one a kind
	uint32_t left_out_count;
	uint32_t gone[DIAGNOSIS_GONE]; // digests of kind and key; 0 none
};

/** Takes an entry out and frees it. */
void diagnosis_remove(struct mw_diagnosis *diagnosis, uint32_t number);

/** Of a full list, gives up the entry that is worth least, of the kind that has most. */
void diagnosis_make_room(struct mw_diagnosis *diagnosis);

/** An entry that is new here: true when it gave way before, and is no longer left out. */
bool diagnosis_comes_back(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind, uint32_t hash);

#endif
