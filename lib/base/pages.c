// SPDX-License-Identifier: BSD-3-Clause
// Advice to the kernel; the first touch.
// Neighbours: mw_pages.h.
#include "mw_pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BYTES       ((uintptr_t)2 << 20)
#define SMALL_PAGE_BYTES 4096u

static bool large_pages, resident; // written at start alone

void mw_pages_large(bool on)
{
	large_pages = on;
}

void *mw_pages_advise(void *memory, size_t bytes)
{
	uintptr_t from = ((uintptr_t)memory + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	uintptr_t to = ((uintptr_t)memory + bytes) / PAGE_BYTES * PAGE_BYTES;

	if (large_pages && memory != NULL && to > from)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE); // without, it is slower and no less right
	return memory;
}

void mw_pages_resident(bool on)
{
	resident = on;
}

void *mw_pages_take(size_t count, size_t each_bytes)
{
	void *memory = calloc(count, each_bytes);

	if (!resident || memory == NULL)
		return memory;
	for (size_t at = 0; at < count * each_bytes; at += SMALL_PAGE_BYTES)
		((volatile uint8_t *)memory)[at] = 0;
	return memory;
}
