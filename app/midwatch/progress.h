// SPDX-License-Identifier: BSD-3-Clause
// How far a long replay is: a line on a terminal that rewrites itself, or JSON lines, on standard error.
// Neighbours: replay/replay.c.
#ifndef PROGRESS_H
#define PROGRESS_H

#include "options.h"

struct progress {
	enum options_when when; // OPTIONS_NEVER, OPTIONS_ALWAYS (a terminal) or OPTIONS_JSON
	const char *path;
	uint64_t next_ms; // monotonic time of the next line
	uint32_t calls;
	bool shown;
};

void progress_start(struct progress *progress, const struct options *options, const char *path);
/** To be asked once a batch. @return true: it is time for progress_show. */
bool progress_due(struct progress *progress);
/** total_bytes 0: not known. */
void progress_show(struct progress *progress, uint64_t read_bytes, uint64_t total_bytes, uint64_t packets);
void progress_end(struct progress *progress);

#endif
