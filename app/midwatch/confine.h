// SPDX-License-Identifier: BSD-3-Clause
// The sandbox of a run: which paths and privileges it still needs.
// Neighbours: confine.c; lib/sandbox enforces it. docs/decisions/0055-locked-in-by-itself.md.
#ifndef CONFINE_H
#define CONFINE_H

struct engine;
struct live;

/**
 * Before the first byte of a capture file is read. The control socket is open; the output directory is made here, as
 * there is no way to allow what is not there yet. @return 0 or -errno, logged.
 */
int confine_replay(struct engine *engine);

/** Before --check looks into capture files, last: nothing is written any more. */
void confine_check(const struct engine *engine);

/** A replay that came to nothing leaves no directory behind that confine_replay made. One with files stays. */
void confine_undo_directory(const struct engine *engine);

/** Before the workers start: ports, control socket and output are open. */
void confine_live(struct engine *engine, const struct live *live);

#endif
