// SPDX-License-Identifier: BSD-3-Clause
// Who touches which page of this process, as the memory protection of the CPU sees it: no write or read can hide.
// Neighbours: page_watch.c; apart_test.c.
//
// Threads take turns. While thread W is watched, pages that nobody has written yet are read-only, and pages that
// another watched thread has written are not accessible at all. W's first write to a page makes the page W's own; its
// first touch of another's page is noted. Two turns of each thread find every overlap, whoever came first.
#ifndef PAGE_WATCH_H
#define PAGE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_WATCH_BYTES       4096u
#define PAGE_WATCH_WHO_MAX     8u
#define PAGE_WATCH_TOUCHES_MAX 64u

/** One touch of a page that another has written. */
struct page_watch_touch {
	const uint8_t *address;
	uint8_t who; // touched it
	uint8_t owners; // bit per thread that has written the page
};

/** NULL, or why pages cannot be watched in this build or on this machine. */
const char *page_watch_why_not(void);

/** Takes stock of all memory that can be written now; what is mapped later is not watched. Forgets what was found. */
void page_watch_new(void);
/** Back to ordinary memory. */
void page_watch_free(void);

/**
 * The calling thread is `who`, and watched until page_watch_end; all other threads must wait. Its stack is its own, but
 * the main thread cannot be watched: what the kernel writes for it (restartable sequences) does not lie in its stack.
 */
void page_watch_begin(unsigned who);
void page_watch_end(void);

/** Touches of others' pages so far, at most the first PAGE_WATCH_TOUCHES_MAX. */
uint32_t page_watch_touches(const struct page_watch_touch **touches);
/** Bit per thread that wrote to the page of address. */
uint8_t page_watch_owners(const void *address);
/** Pages that were written under watch, stacks not counted. */
uint32_t page_watch_written(void);

#endif
