// SPDX-License-Identifier: BSD-3-Clause
// What diagnosers know of earlier runs: files of the output directory, read at the start of a live run, written in it.
// Neighbours: live/live.c; lib/export/mw_kept.h has the files. Control thread.
#ifndef KEPT_H
#define KEPT_H

#include "engine.h"

/** Gives diagnosers what earlier runs left. What cannot be read is told, and not kept in this run either. */
void kept_recall(struct engine *engine);

/** Writes what is new since the last time. */
void kept_write(struct engine *engine);

#endif
