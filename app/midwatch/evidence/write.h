// SPDX-License-Identifier: BSD-3-Clause
// Evidence files of a replay: for each finding of certain kinds a pcapng in DIR/evidence, each packet with a comment.
// Neighbours: replay/replay.c calls it before findings are written; lib/detector/mw_evidence.h chose what to show.
#ifndef EVIDENCE_WRITE_H
#define EVIDENCE_WRITE_H

#include "evidence/read.h"

struct engine;

#define EVIDENCE_FOLDER "evidence"
#define EVIDENCE_FILES  16u // of the first findings

/** What came of it, for the report. */
struct evidence_account {
	uint32_t files;
	char why_not[160]; // why some or all are missing; "" when none is
};

/**
 * Asks for the rows that tell of the whole run, reads the source again and writes the files; names each in its finding.
 * A failure is logged, with the file.
 * @return 0; the first -errno: of reading or of writing.
 */
int evidence_write(const struct evidence_source *source, struct mw_evidence *evidence,
				   struct evidence_account *account);

/** Says in account, when there are findings that have no evidence for it, why. */
void evidence_refuse(struct engine *engine, const char *why, struct evidence_account *account);

#endif
