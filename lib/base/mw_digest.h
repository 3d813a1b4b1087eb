// SPDX-License-Identifier: BSD-3-Clause
// A digest without a key: the same on every machine and in every run, as an id must be. Whoever wants can make two
// things with one digest: it finds and names, it proves nothing. What is kept for packets is found by mw_hash.h.
// Follows the FNV-1a of Fowler, Noll and Vo (draft-eastlake-fnv). Any thread.
#ifndef MW_DIGEST_H
#define MW_DIGEST_H

#include <string.h>

#include "mw_base.h"

/** FNV-1a, 32 bits, of count bytes. */
static inline uint32_t mw_digest_32(const void *bytes, size_t count)
{
	const uint8_t *at = bytes;
	uint32_t value = 0x811c9dc5;

	while (count-- > 0)
		value = (value ^ *at++) * 0x01000193;
	return value;
}

/** The same of a text without its terminator. */
static inline uint32_t mw_digest_text(const char *chars)
{
	return mw_digest_32(chars, strlen(chars));
}

#define MW_DIGEST_64 UINT64_C(0xcbf29ce484222325) // of nothing

/** FNV-1a, 64 bits: value is the digest of what comes before, or MW_DIGEST_64. */
static inline uint64_t mw_digest_64(uint64_t value, const void *bytes, size_t count)
{
	const uint8_t *at = bytes;

	while (count-- > 0)
		value = (value ^ *at++) * UINT64_C(0x100000001b3);
	return value;
}

#endif
