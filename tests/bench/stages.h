// SPDX-License-Identifier: BSD-3-Clause
// Where the nanoseconds of a packet go, stage by stage.
// Neighbours: stages.c; bench.c prints it.
#ifndef STAGES_H
#define STAGES_H

#include "rig.h"

enum stage {
	STAGE_DELIVER,
	STAGE_DECODE,
	STAGE_OWNER,
	STAGE_LOOKUP,
	STAGE_UPDATE,
	STAGE_DUPLICATES,
	STAGE_REST,
	STAGE_BETWEEN,
	STAGES,
};
extern const char *const stage_names[STAGES];

/**
 * ns per packet of each stage, for the frames first to last - 1; frames before that warm the table up. Clock reads
 * stand between the stages of a batch; what the public interface does not tell apart comes from differences of runs.
 */
void stages_run(struct rig_shared *shared, const struct trace *trace, const char *const overrides[],
				uint32_t overrides_count, double ns[STAGES]);

#endif
