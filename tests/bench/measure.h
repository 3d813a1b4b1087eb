// SPDX-License-Identifier: BSD-3-Clause
// Clocks, cores, memory and samples for measuring. A program that cannot measure ends: die().
// Neighbours: every file of the bench program.
#ifndef MEASURE_H
#define MEASURE_H

#include "mw_base.h"

#define RUNS_MAX 32

/** Prints the message and ends the program with status 1. */
void die(const char *format, ...) MW_PRINTF(1, 2) __attribute__((noreturn));

/** Monotonic time. */
uint64_t clock_read_ns(void);
/** What the calling thread has had of a core: what others did meanwhile is not in it. */
uint64_t spent_read_ns(void);

/** A counter that is cheap enough for a batch, and what one tick of it is. */
static inline uint64_t ticks_read(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return clock_read_ns();
#endif
}
double ns_per_tick(void);

/** Binds the calling thread to the nth core that this process was given; false when there are not so many. */
bool pin_to(unsigned nth);
/** Lets the calling thread run on all of them again. */
void unpin(void);
/** Number of that core, or -1. */
int core_of(unsigned nth);

/** Zeroed memory, in hugepages where there are enough. */
struct block {
	uint8_t *base;
	size_t size_bytes;
	const char *pages; // "2 MiB", "transparent", "4 KiB"
};

/** @return false when there is not so much memory. */
bool block_take(struct block *block, size_t size_bytes);
void block_give(struct block *block);
/** Hugepages free, bytes. */
size_t hugepages_free_bytes(void);

/** Samples of one quantity. */
struct samples {
	double values[RUNS_MAX];
	unsigned count;
};
void samples_add(struct samples *samples, double value);
double samples_min(const struct samples *samples);
double samples_median(const struct samples *samples);
double samples_max(const struct samples *samples);

#endif
