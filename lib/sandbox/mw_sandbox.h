// SPDX-License-Identifier: BSD-3-Clause
// What the process can still do once it runs: packets are hostile, and whoever gets in through one finds nothing.
// Neighbours: app/midwatch/confine.c says what is needed; docs/decisions/0055-locked-in-by-itself.md has the price.
#ifndef MW_SANDBOX_H
#define MW_SANDBOX_H

#include "mw_base.h"

/** What may be done beneath a directory, or with one file. */
enum mw_sandbox_access {
	MW_SANDBOX_READ, // files and lists
	MW_SANDBOX_WRITE, // that, and make, write, rename and remove files, make directories
	MW_SANDBOX_REMOVE_FILE, // nothing else
	MW_SANDBOX_REMOVE_FOLDER, // an empty one, nothing else
};

/** A path that stays open to the process; one that is not there is passed over. */
struct mw_sandbox_path {
	const char *path;
	enum mw_sandbox_access access;
};

/** What a run still needs. */
struct mw_sandbox_plan {
	const struct mw_sandbox_path *paths; // nothing else can be opened
	uint32_t paths_count;
	uint64_t capabilities; // bits of <linux/capability.h>; of those that the process has
	bool devices; // network devices are asked and closed
};

/** What came of it. */
struct mw_sandbox_state {
	int landlock; // version of its ABI; 0: none
	bool filtered; // system calls
};

/**
 * Takes from every thread, and from those to come, what the plan does not name: capabilities, paths (Landlock), system
 * calls (seccomp), new programs, memory that is written and run, dumps and debuggers. There is no way back. A refused
 * system call fails with EPERM and is named on standard error once; one that starts or enters another program ends the
 * process with status 1. What this kernel does not have is told in one line, and the rest is done. A build with a
 * sanitizer, which needs more, does nothing. Control thread, once.
 */
void mw_sandbox_enter(const struct mw_sandbox_plan *plan, struct mw_sandbox_state *state);

#endif
