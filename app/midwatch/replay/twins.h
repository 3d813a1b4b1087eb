// SPDX-License-Identifier: BSD-3-Clause
// Capture files that are given twice: by another name, as a copy, or cut short.
// Neighbours: replay/files.c asks before anything is read.
#ifndef TWINS_H
#define TWINS_H

#include "mw_base.h"

enum twins {
	TWINS_NONE,
	TWINS_ONE_FILE, // two names of one file
	TWINS_FIRST_WITHIN, // its packets are those that the second begins with: the same bytes, the same times; or all
	TWINS_SECOND_WITHIN, // so the other way round
};

/**
 * Compares two files, packet by packet until they differ, so in a format or compression of its own each. What cannot be
 * read ends a file. Main thread.
 */
enum twins twins_compare(const char *first, const char *second);

#endif
