// SPDX-License-Identifier: BSD-3-Clause
// Pinning worker threads to the cores of --cores.
// Neighbours: replay/worker.c, live/worker.c.
#ifndef AFFINITY_H
#define AFFINITY_H

#include "options.h"

/**
 * Pins the calling thread to the core that --cores gives worker index; does nothing without --cores. @return true when
 * pinned.
 */
bool affinity_pin(const struct options *options, uint16_t index);

#endif
