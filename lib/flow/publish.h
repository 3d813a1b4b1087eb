// SPDX-License-Identifier: BSD-3-Clause
// The writer's half of the per-entry sequence lock: every store that another thread may see goes through here.
// Neighbours: reader.c is the other half; docs/concurrency.md holds the argument, docs/flow-table.pml the model.
#ifndef FLOW_PUBLISH_H
#define FLOW_PUBLISH_H

#include "table.h"

// Each field is stored with release, so whoever sees a new one also sees the odd version stored before it. That
// replaces a fence, which ThreadSanitizer does not understand; on x86 all of these are plain moves.

static inline void publish_begin(struct flow_entry *flow)
{
	__atomic_store_n(&flow->version, flow->version + 1, __ATOMIC_RELAXED);
}

static inline void publish_end(struct flow_entry *flow)
{
	__atomic_store_n(&flow->version, flow->version + 1, __ATOMIC_RELEASE);
}

/** Stores one field. Between begin and end. */
#define PUBLISH(field, value) __atomic_store_n(&(field), (__typeof__(field))(value), __ATOMIC_RELEASE)

/** Word by word, because readers may look on. bytes: a multiple of 4, as the address. */
static inline void publish_zero(void *at, size_t bytes)
{
	for (uint32_t *word = at; bytes > 0; word++, bytes -= sizeof(*word))
		PUBLISH(*word, 0);
}

/** The same of what begins at a multiple of 8 and is one long: of a known length, so as a row of stores. */
static inline __attribute__((always_inline)) void publish_zero_wide(void *at, size_t bytes)
{
	uint64_t *words = at;

#pragma GCC unroll 8
	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		PUBLISH(words[i], 0);
}

/** Replaces a field of facts. */
#define PUBLISH_FACT(flow, name, value) PUBLISH((flow)->facts, FLOW_WITH((flow)->facts, name, value))

#endif
