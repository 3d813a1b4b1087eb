// SPDX-License-Identifier: BSD-3-Clause
// One block of memory for everything that workers touch, taken once at start.
// Neighbours: memory/worker.c. Without a name in any file system: a killed process leaves nothing behind.
#ifndef MEMORY_H
#define MEMORY_H

#include "mw_base.h"

struct memory {
	uint8_t *base;
	size_t size_bytes;
	size_t used_bytes;
	bool hugepages;
};

/** What the memory is for. */
enum memory_use {
	MEMORY_LIVE, // shared, in hugepages when there are enough, every page touched now
	MEMORY_REPLAY_SHORT, // private, in pages that are given when they are touched: most never are
	MEMORY_REPLAY_LONG, // private, in hugepages, reserved ones if plenty are free: much of it will be touched
};

/** Takes size_bytes. @return 0 or -errno. */
int memory_take(struct memory *memory, size_t size_bytes, enum memory_use use);
void memory_give_back(struct memory *memory);

/** The next size_bytes, 64-byte aligned and zeroed; NULL beyond the end. */
void *memory_carve(struct memory *memory, size_t size_bytes);

#endif
