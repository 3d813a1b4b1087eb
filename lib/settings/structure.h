// SPDX-License-Identifier: BSD-3-Clause
// The shape of a configuration file: which keys stand where, and whether they may.
// Neighbours: load.c; libyaml knows the positions that libcyaml does not hand out.
#ifndef SETTINGS_STRUCTURE_H
#define SETTINGS_STRUCTURE_H

#include "report.h"

/** Where one setting's value stands in the file. */
struct value_place {
	bool present;
	struct position at;
	struct position items[MW_SETTING_LIST_MAX]; // lists
};

/** What a walk over the file found. places has one entry a setting, modules in order. */
struct structure {
	struct value_place *places;
	bool empty; // no section at all
	bool unloadable; // a problem worse than an unknown key: do not load
};

/** Reports every unknown or double key, wrong kind, alias and syntax error of len_bytes of YAML. */
void structure_read(struct structure *structure, struct reporter *reporter,
					const struct mw_settings_module *const modules[], uint32_t modules_count, const char *yaml,
					size_t len_bytes);

#endif
