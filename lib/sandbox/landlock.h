// SPDX-License-Identifier: BSD-3-Clause
// Landlock: which paths a thread can open.
// Neighbours: landlock.c, enter.c. Documentation/userspace-api/landlock.rst.
#ifndef MW_SANDBOX_LANDLOCK_H
#define MW_SANDBOX_LANDLOCK_H

#include "mw_sandbox.h"

/** Makes the rules of a plan. @return a descriptor, and *abi; -errno, *abi 0 where the kernel has none. Main thread. */
int landlock_rules(const struct mw_sandbox_plan *plan, int *abi);

/** Puts them in force for the calling thread and those it starts. Safe in a signal handler. @return 0 or -errno. */
int landlock_restrict(int rules_fd);

#endif
