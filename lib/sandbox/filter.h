// SPDX-License-Identifier: BSD-3-Clause
// The system calls that a running midwatch makes, as a seccomp filter.
// Neighbours: calls.c has the list, filter.c the program, refused.c what becomes of all others.
#ifndef MW_SANDBOX_FILTER_H
#define MW_SANDBOX_FILTER_H

#include "mw_base.h"

#define CALL_ANY    UINT8_MAX
#define CALL_OF_PID UINT32_MAX

/** A call, or a call with an argument: what is left of it after mask must be value. */
struct call {
	uint16_t number;
	uint8_t argument; // 0 to 5; CALL_ANY
	bool devices; // only where a plan has them
	uint32_t mask, value; // of the lower half; value CALL_OF_PID: our own process
};

extern const struct call calls[];
extern const uint32_t calls_count;

/** Refuses all calls but those of the list, on every thread. Main thread. @return 0 or -errno. */
int filter_install(bool devices);

/** Catches what the filter refuses. Main thread, before filter_install. @return 0 or -errno. */
int refused_catch(void);

#endif
