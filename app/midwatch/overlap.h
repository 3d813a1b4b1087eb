// SPDX-License-Identifier: BSD-3-Clause
// Inputs that lie where a run would write.
// Neighbours: main.c asks before anything is made.
#ifndef OVERLAP_H
#define OVERLAP_H

#include "mw_base.h"

/**
 * True when one of the inputs is a file that a run into directory would replace: a CSV file of it, or an evidence
 * capture. Each is told. Symbolic links are followed. Main thread.
 */
bool overlap_found(const char *const inputs[], uint32_t inputs_count, const char *directory);

#endif
