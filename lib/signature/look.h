// SPDX-License-Identifier: BSD-3-Clause
// A look at a few bytes that tells most payloads no expression can match, for less than a scan costs.
// Neighbours: signature.c looks before it scans, prefix.c tells what expressions allow.
#ifndef LOOK_H
#define LOOK_H

#include "mw_base.h"

#define LOOK_POSITIONS 6
#define LOOK_LENGTHS   256 // payloads of more bytes are as the longest of these

/** One expression to look for. */
struct look_expression {
	const char *text;
	uint32_t width_min; // bytes of the shortest match, at least 1
};

/** Each bit of a mask is one way to begin, or several that share it. Never written after look_build. */
struct look {
	uint64_t by_length[LOOK_LENGTHS]; // ways that a payload of so many bytes leaves
	uint64_t by_byte[LOOK_POSITIONS][256]; // ways that this byte at the position leaves
	uint32_t positions[LOOK_POSITIONS];
};

/** Fills look. @return 0, -ENOMEM. */
int look_build(struct look *look, const struct look_expression *expressions, uint32_t count);

/**
 * False: no expression matches this payload. Where the payload has no byte at a position, its first is taken: a way that
 * leads to a match in it has told its last byte by then, and leaves any.
 */
static inline bool look_may_match(const struct look *look, const uint8_t *bytes, uint32_t len_bytes)
{
	uint64_t left = look->by_length[MW_MIN(len_bytes, LOOK_LENGTHS - 1)]; // 0 for an empty payload

	for (uint32_t i = 0; i < LOOK_POSITIONS && left != 0; i++) {
		uint64_t there = 0 - (uint64_t)(look->positions[i] < len_bytes); // all bits or none: no branch to guess wrong

		left &= look->by_byte[i][bytes[look->positions[i] & there]];
	}
	return left != 0;
}

#endif
