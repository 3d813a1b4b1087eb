// SPDX-License-Identifier: BSD-3-Clause
// Advice to the kernel.
// Neighbours: mw_pages.h.
#include "mw_pages.h"

#include <sys/mman.h>

#define PAGE_BYTES ((uintptr_t)2 << 20)

static bool large_pages; // written at start alone

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
