// SPDX-License-Identifier: BSD-3-Clause
// Chooses the positions that tell most and fills the masks of a look.
// Neighbours: look.h, prefix.c. What is chosen changes only the cost: any choice is right.
#include "look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prefix.h"

#define WAYS_MAX 64 // bits of a mask

struct ways {
	struct path paths[WAYS_MAX]; // one a bit
	uint32_t count;
};

static void add_expression(struct ways *ways, const struct look_expression *expression)
{
	struct prefix prefix;

	prefix_parse(expression->text, expression->width_min, &prefix);
	for (uint32_t i = 0; i < prefix.count; i++)
		path_add(ways->paths, &ways->count, WAYS_MAX, &prefix.paths[i]);
}

/** Of the positions not taken, the one that leaves least of what those leave (one part a way). */
static uint32_t choose(const struct ways *ways, const double *left, uint64_t taken)
{
	uint32_t best = 0;
	double least = WAYS_MAX + 1;

	for (uint32_t position = 0; position < PATH_BYTES; position++) {
		double sum = 0;

		for (uint32_t i = 0; i < ways->count; i++)
			sum += left[i] * path_part(&ways->paths[i].bytes[position]);
		if (sum < least && (taken >> position & 1) == 0) {
			least = sum;
			best = position;
		}
	}
	return best;
}

static void fill_lengths(struct look *look, const struct ways *ways)
{
	for (uint32_t i = 0; i < ways->count; i++) {
		uint32_t width_min = ways->paths[i].width_min;

		for (uint32_t length = MW_MIN(width_min, LOOK_LENGTHS - 1); length < LOOK_LENGTHS; length++)
			look->by_length[length] |= UINT64_C(1) << i;
	}
}

static void fill_position(struct look *look, const struct ways *ways, uint32_t at, uint32_t position)
{
	look->positions[at] = position;
	for (uint32_t i = 0; i < ways->count; i++) {
		const struct byte_set *set = &ways->paths[i].bytes[position];

		for (uint32_t byte = 0; byte < 256; byte++)
			look->by_byte[at][byte] |= (uint64_t)byte_set_has(set, (uint8_t)byte) << i;
	}
}

int look_build(struct look *look, const struct look_expression *expressions, uint32_t count)
{
	struct ways *ways = calloc(1, sizeof(*ways));
	uint64_t taken = 0;
	double left[WAYS_MAX];

	if (ways == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		add_expression(ways, &expressions[i]);
	memset(look, 0, sizeof(*look));
	fill_lengths(look, ways);
	for (uint32_t i = 0; i < WAYS_MAX; i++)
		left[i] = 1;
	for (uint32_t at = 0; at < LOOK_POSITIONS; at++) {
		uint32_t position = choose(ways, left, taken);

		taken |= UINT64_C(1) << position;
		fill_position(look, ways, at, position);
		for (uint32_t i = 0; i < ways->count; i++)
			left[i] *= path_part(&ways->paths[i].bytes[position]);
	}
	free(ways);
	return 0;
}
