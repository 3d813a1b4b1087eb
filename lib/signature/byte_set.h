// SPDX-License-Identifier: BSD-3-Clause
// Sets of byte values, and how expressions write them: classes in brackets, and escapes.
// Neighbours: beginning.c reads expressions with this, prefilter.c tests members.
#ifndef BYTE_SET_H
#define BYTE_SET_H

#include "mw_base.h"

struct byte_set {
	uint64_t words[4];
};

static inline void byte_set_add(struct byte_set *set, uint32_t first, uint32_t last)
{
	for (uint32_t byte = first; byte <= last; byte++)
		set->words[byte / 64] |= UINT64_C(1) << byte % 64;
}

static inline bool byte_set_has(const struct byte_set *set, uint8_t byte)
{
	return set->words[byte / 64] >> byte % 64 & 1;
}

static inline uint32_t byte_set_count(const struct byte_set *set)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(set->words); i++)
		count += (uint32_t)__builtin_popcountll(set->words[i]);
	return count;
}

static inline void byte_set_unite(struct byte_set *into, const struct byte_set *from)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(into->words); i++)
		into->words[i] |= from->words[i];
}

/**
 * Adds what an escape stands for; *at is after its backslash and moves behind it. *single is the byte, or -1 for a set
 * such as \d. @return false where the escape is none of the plain ones, with *at and *set undefined.
 */
bool byte_set_escape(const char **at, struct byte_set *set, int *single);

/** Adds what a class allows; *at is after its opening bracket and moves behind the closing one. @return as above. */
bool byte_set_class(const char **at, struct byte_set *set);

#endif
