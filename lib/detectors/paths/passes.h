// SPDX-License-Identifier: BSD-3-Clause
// Hosts that large packets of TCP reach, told when a connection ends: what clears their line of a black hole (hosts.h).
// Neighbours: paths.c tells of ends.
#ifndef PATHS_PASSES_H
#define PATHS_PASSES_H

#include "mw_detector.h"
#include "mw_kit_budget.h"

#define PATH_PASSES_TOLD 1024

/** Of one worker; zeroed is ready. */
struct path_passes {
	struct mw_kit_budget budget, all_budget;
	struct {
		uint32_t mark, second; // of a host and a size, when it was told last; by hash
	} told[PATH_PASSES_TOLD];
};

/** A flow ends. links: what is kept of its directions (pool.h). */
void path_passes_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, const uint16_t links[2]);

#endif
