// SPDX-License-Identifier: BSD-3-Clause
// The second reading of the capture files: packets of chosen subjects find their places.
// Neighbours: evidence/write.c asks; lib/detector/mw_evidence_kind.h takes.
#ifndef EVIDENCE_READ_H
#define EVIDENCE_READ_H

#include "mw_evidence_packets.h"

struct engine;

#define EVIDENCE_WANTED_MAX 128

/** What was read the first time. */
struct evidence_source {
	struct engine *engine; // settings, filter and names of the files
	uint32_t files_count; // of the options' files: those that were read
	bool last_is_cut; // the last of them has an unreadable rest, which was told
};

/**
 * Reads the files again, up to the last packet that may be wanted, into wanted (count: up to EVIDENCE_WANTED_MAX).
 * @return 0; -EINTR when the run was asked to stop; -EIO or another -errno: problem then says why, naming the file.
 */
int evidence_read(const struct evidence_source *source, struct mw_evidence_packets wanted[], uint32_t count,
				  struct mw_text *problem);

#endif
