// SPDX-License-Identifier: BSD-3-Clause
// The files of a run as one capture, in the order of time: those that overlap, as of two taps, are read together.
// Neighbours: replay/replay.c and evidence/read.c read it; lib/input reads each file. One thread at a time.
#ifndef MERGE_H
#define MERGE_H

#include "mw_capture.h"
#include "options.h"

struct merge;

/**
 * Begins with the first files_count of the options' files, in their order, and opens the first. Others are opened when
 * their first packet is due (options.files_ns); where that is not known, when all before are read. @return 0; -ENOMEM;
 * as mw_capture_open. On failure *merge is NULL.
 */
int merge_new(const struct options *options, uint32_t files_count, struct mw_text *problem, struct merge **merge);
/** Closes what is open and frees; NULL is allowed. */
void merge_free(struct merge *merge);

/**
 * The next frames, MW_BATCH_PACKETS at most, as mw_capture_batch: of one second, and all of one file, whose number is
 * in *file. A file that cannot be opened ends it. Of one that cannot be read further the others go on; it is told at
 * the end. @return as mw_capture_batch.
 */
int merge_batch(struct merge *merge, struct mw_packet frames[], uint32_t *count, uint32_t *file,
				struct mw_text *problem);

/** Files that were opened so far. */
uint32_t merge_opened(const struct merge *merge);

/** Of the first file: as mw_capture_dlt. Before the first batch. */
int merge_dlt(const struct merge *merge);

/** As mw_capture_progress, of the file of the latest batch. */
void merge_progress(const struct merge *merge, uint64_t *read_bytes, uint64_t *total_bytes);

#endif
