// SPDX-License-Identifier: BSD-3-Clause
// Two modules with every type of setting, and a hook that remembers problems.
// Neighbours: the tests in this folder.
#ifndef TEST_SETTINGS_EXAMPLE_H
#define TEST_SETTINGS_EXAMPLE_H

#include "mw_settings.h"

struct flow_values {
	uint64_t flows_max;
	uint64_t timeout_ns;
	bool vlan;
	uint8_t policy;
};

struct capture_values {
	char name[MW_SETTING_TEXT_BYTES];
	struct mw_setting_prefixes inside;
	struct mw_setting_texts ports;
	uint64_t snaplen;
	uint64_t wait_ns;
};

extern const struct mw_settings_module *const example_modules[2];

/** Problems of the last load: how many, and one line each ("FILE:LINE:COLUMN KEY MESSAGE\n"). */
extern unsigned problems_count;
extern char problems[8192];

/** Loads yaml (NULL: nothing) with one override (NULL: none) and collects problems. */
int load_example(const char *yaml, const char *override, struct mw_settings **settings);

/** running with one override more; collects problems as load_example. */
int change_example(const struct mw_settings *running, const char *override, struct mw_settings **changed);

/** Collects what is printed. */
extern const struct mw_settings_out printed_out;
extern char printed[16384];

#endif
