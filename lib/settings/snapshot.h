// SPDX-License-Identifier: BSD-3-Clause
// The snapshot's memory: one block with the modules' list, their values and their defaults.
// Neighbours: load.c fills a fresh one; snapshot.c reads and compares.
#ifndef SETTINGS_SNAPSHOT_H
#define SETTINGS_SNAPSHOT_H

#include "mw_settings.h"

struct snapshot_section {
	const struct mw_settings_module *module;
	char *values; // both within the block, aligned to a cache line
	char *defaults;
};

struct mw_settings {
	size_t block_bytes;
	uint32_t sections_count;
	struct snapshot_section sections[];
};

/** An all-zero snapshot for these modules, or NULL. */
struct mw_settings *snapshot_new(const struct mw_settings_module *const modules[], uint32_t modules_count);

/** The setting called "module.key" and its section, or NULL. */
const struct mw_setting *snapshot_find(const struct mw_settings *settings, const char *key,
									   const struct snapshot_section **section);

#endif
