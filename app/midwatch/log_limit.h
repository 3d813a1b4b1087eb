// SPDX-License-Identifier: BSD-3-Clause
// The log cannot be flooded: what is told too often is counted instead.
// Neighbours: lib/base/mw_log.h; main.c installs, live/watch.c tells what was left out.
#ifndef LOG_LIMIT_H
#define LOG_LIMIT_H

#define LOG_LIMIT_LINES    50u // of one kind at once
#define LOG_LIMIT_EVERY_NS UINT64_C(1000000000) // then one more

/**
 * Lines go to standard error, but of one kind (the words up to the first colon) no more than LOG_LIMIT_LINES at once
 * and one a LOG_LIMIT_EVERY_NS. The next one that is told says how many were left out. Main thread, before others.
 */
void log_limit_install(void);

/** Says how many lines of each kind were left out since it was said. Any thread that may log. */
void log_limit_tell(void);

#endif
