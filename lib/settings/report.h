// SPDX-License-Identifier: BSD-3-Clause
// Where the parts of the loader put their problems.
// Neighbours: file.c and load.c report; the caller's hook receives.
#ifndef SETTINGS_REPORT_H
#define SETTINGS_REPORT_H

#include "mw_settings.h"

#define KEY_PATH_BYTES 128
#define MESSAGE_BYTES  512

struct position {
	unsigned line, column; // from 1; 0 is none
};

struct reporter {
	const char *file;
	mw_settings_problem_hook *hook; // may be NULL
	void *context;
	unsigned problems;
};

/** Counts one problem and hands it to the hook. */
void report(struct reporter *reporter, struct position at, const char *key, const char *format, ...) MW_PRINTF(4, 5);

/** Appends ` (did you mean "x"?)` when a known name is near: among names of modules, or of one module's settings. */
void add_near_module(struct mw_text *text, const char *wrong, const struct mw_settings_module *const modules[],
					 uint32_t modules_count);
void add_near_setting(struct mw_text *text, const char *wrong, const struct mw_settings_module *module,
					  const struct mw_settings_module *const modules[], uint32_t modules_count);

#endif
