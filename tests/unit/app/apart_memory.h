// SPDX-License-Identifier: BSD-3-Clause
// Memory for a test that watches pages: whatever is taken between apart_memory_begin and _end has pages of its own.
// Neighbours: apart_memory.c stands in for app/midwatch/memory/memory.c and for malloc(3).
#ifndef APART_MEMORY_H
#define APART_MEMORY_H

#include "mw_base.h"

/** Sanitizers bring a malloc of their own, and notes beside every access: neither can be watched. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define APART_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define APART_SANITIZED 1
#endif
#endif
#ifndef APART_SANITIZED
#define APART_SANITIZED 0
#endif

/** What malloc and its kind were asked for. */
struct apart_block {
	const uint8_t *at;
	size_t bytes, alignment; // alignment: asked for, 16 where it was not
};

/** Allocations get pages of their own from now on. Before and after they are ordinary. */
void apart_memory_begin(void);
void apart_memory_end(void);

/** The blocks of that time. */
uint32_t apart_memory_blocks(const struct apart_block **blocks);

/** Calls of malloc, calloc, realloc and the like since the start, by any thread. */
uint64_t apart_memory_calls(void);

#endif
