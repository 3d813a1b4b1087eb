// SPDX-License-Identifier: BSD-3-Clause
// Chooses the positions that tell most and fills the masks of a prefilter.
// Neighbours: prefilter.h, beginning.c. What is chosen changes only the cost: any choice is right.
#include "prefilter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "beginning.h"

#define BITS 64 // of a mask

struct bits {
	struct byte_set bytes[BITS][BEGINNING_BYTES]; // what each bit allows
	double left[BITS]; // part of all payloads that the positions chosen so far leave it
};

static void add_expression(struct bits *bits, struct prefilter *prefilter, uint32_t bit,
						   const struct prefilter_expression *expression)
{
	struct beginning beginning;

	beginning_read(&beginning, expression->text);
	for (uint32_t i = 0; i < BEGINNING_BYTES; i++) {
		if (i < beginning.count)
			byte_set_unite(&bits->bytes[bit][i], &beginning.bytes[i]);
		else
			byte_set_add(&bits->bytes[bit][i], 0, UINT8_MAX);
	}
	for (uint32_t i = MW_MIN(expression->width_min, PREFILTER_LENGTHS - 1); i < PREFILTER_LENGTHS; i++)
		prefilter->by_length[i] |= UINT64_C(1) << bit;
}

/** Part of all bytes that are in set, where one byte in four is 0 and the others are alike. */
static double part_of(const struct byte_set *set)
{
	bool has_zero = byte_set_has(set, 0);

	return (has_zero ? 0.25 : 0) + 0.75 / 255 * (byte_set_count(set) - has_zero);
}

/** The position that leaves least of what those chosen before leave. */
static uint32_t choose(const struct bits *bits)
{
	uint32_t best = 0;
	double least = BITS + 1;

	for (uint32_t position = 0; position < BEGINNING_BYTES; position++) {
		double sum = 0;

		for (uint32_t i = 0; i < BITS; i++)
			sum += bits->left[i] * part_of(&bits->bytes[i][position]);
		if (sum < least) {
			least = sum;
			best = position;
		}
	}
	return best;
}

static void fill_position(struct prefilter *prefilter, struct bits *bits, uint32_t at)
{
	uint32_t position = choose(bits);

	prefilter->positions[at] = position;
	for (uint32_t i = 0; i < BITS; i++) {
		struct byte_set *set = &bits->bytes[i][position];

		for (uint32_t byte = 0; byte < 256; byte++)
			prefilter->by_byte[at][byte] |= (uint64_t)byte_set_has(set, (uint8_t)byte) << i;
		bits->left[i] *= part_of(set);
		byte_set_add(set, 0, UINT8_MAX); // it has told what it knows
	}
}

int prefilter_build(struct prefilter *prefilter, const struct prefilter_expression *expressions, uint32_t count)
{
	struct bits *bits = calloc(1, sizeof(*bits));

	if (bits == NULL)
		return -ENOMEM;
	memset(prefilter, 0, sizeof(*prefilter));
	for (uint32_t i = 0; i < count; i++)
		add_expression(bits, prefilter, i % BITS, &expressions[i]);
	for (uint32_t i = 0; i < BITS; i++)
		bits->left[i] = 1;
	for (uint32_t at = 0; at < PREFILTER_POSITIONS; at++)
		fill_position(prefilter, bits, at);
	free(bits);
	return 0;
}
