// SPDX-License-Identifier: BSD-3-Clause
// Changing the configuration of a running analyzer, with an account of what changed and what needs a restart.
// Neighbours: live/live.c (SIGHUP), commands/commands.c (reload, set).
#ifndef RELOAD_H
#define RELOAD_H

#include "mw_base.h"

struct engine;

/** One key that differs. */
struct reload_change {
	char key[96], old_value[128], new_value[128];
	bool needs_restart;
};

/** What a reload did, or why it did nothing. */
struct reload_account {
	const char *cause; // "set" or "reload"
	struct reload_change changes[64];
	uint32_t count;
	uint32_t left_out; // changes beyond the room above; they are in force all the same
	char problem[512]; // first problem of the configuration; "" when it is good
};

/**
 * Reads the configuration file again with the overrides of the command line, and extra ("a.b=c") when not NULL. A bad
 * one changes nothing. @return 0, -EINVAL, -EBUSY, -ENOMEM.
 */
int reload_apply(struct engine *engine, const char *extra, struct reload_account *account);

/** reload_apply, told in the log. */
void reload_log(struct engine *engine);

#endif
