// SPDX-License-Identifier: BSD-3-Clause
// One way that a payload may begin, byte by byte. Two ways can be made one that allows both, and more besides.
// Neighbours: prefix.c follows expressions along paths, look.c makes its tables of them.
#ifndef PATH_H
#define PATH_H

#include "byte_set.h"

#define PATH_BYTES 32 // positions that are told

struct path {
	struct byte_set bytes[PATH_BYTES]; // by distance from the beginning of the payload
	uint32_t count; // of these that are known
	uint32_t width_min; // bytes of the shortest match
	bool anchored; // the match begins where the payload begins
	bool open; // no later byte is known
};

/** Part of all bytes that are in set, where one byte in four is 0 and the others are alike. */
double path_part(const struct byte_set *set);

/** Adds path to paths, or, where these are max already, to the one that lets least more through with it. */
void path_add(struct path *paths, uint32_t *count, uint32_t max, const struct path *path);

#endif
