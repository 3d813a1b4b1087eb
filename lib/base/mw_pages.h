// SPDX-License-Identifier: BSD-3-Clause
// Large pages for large tables, what is looked up anywhere in many megabytes waits for the page's address, too; and
// memory that fills with time.
// Neighbours: tables of the detectors' control halves; workers' memory is a block of its own. At start, one thread.
#ifndef MW_PAGES_H
#define MW_PAGES_H

#include "mw_base.h"

/**
 * Whether tables made from now on are in large pages. Not for a short capture: most of a table is never touched then,
 * and a large page is cleared as a whole.
 */
void mw_pages_large(bool on);

/**
 * Asks for them for memory that nobody has touched yet. NULL is allowed; what is small is left alone. @return memory.
 */
void *mw_pages_advise(void *memory, size_t bytes);

/**
 * Whether what mw_pages_take gives from now on is resident at once. For a run of months: that there is memory shows
 * when it starts, and what grows afterwards is a leak.
 */
void mw_pages_resident(bool on);

/**
 * Memory of zeros that a run fills as time passes, whatever it sees; free() takes it back. @return NULL without memory.
 */
void *mw_pages_take(size_t count, size_t each_bytes);

#endif
