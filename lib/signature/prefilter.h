// SPDX-License-Identifier: BSD-3-Clause
// A few bytes of a payload tell of most that no expression can match, for less than a scan costs.
// Neighbours: signature.c asks before it scans, beginning.c tells what expressions allow.
#ifndef PREFILTER_H
#define PREFILTER_H

#include "mw_base.h"

#define PREFILTER_POSITIONS 6
#define PREFILTER_LENGTHS   256 // payloads of more bytes are as the longest of these

/** One expression to look for. */
struct prefilter_expression {
	const char *text;
	uint32_t width_min; // bytes of the shortest match, at least 1
};

/** Each bit of a mask is one expression, or several that share it. Never written after prefilter_build. */
struct prefilter {
	uint64_t by_length[PREFILTER_LENGTHS]; // expressions that a payload of so many bytes leaves
	uint64_t by_byte[PREFILTER_POSITIONS][256]; // expressions that this byte at the position leaves
	uint32_t positions[PREFILTER_POSITIONS];
};

/** Fills prefilter. @return 0, -ENOMEM. */
int prefilter_build(struct prefilter *prefilter, const struct prefilter_expression *expressions, uint32_t count);

/**
 * False: no expression matches this payload. Where the payload has no byte at a position, its first is taken: an
 * expression that matches it has told its last byte by then, and leaves any.
 */
static inline bool prefilter_passes(const struct prefilter *prefilter, const uint8_t *bytes, uint32_t len_bytes)
{
	uint64_t left = prefilter->by_length[MW_MIN(len_bytes, PREFILTER_LENGTHS - 1)]; // 0 for an empty payload

	for (uint32_t i = 0; i < PREFILTER_POSITIONS && left != 0; i++) {
		uint64_t there = 0 - (uint64_t)(prefilter->positions[i] < len_bytes); // all bits or none: no branch

		left &= prefilter->by_byte[i][bytes[prefilter->positions[i] & there]];
	}
	return left != 0;
}

#endif
