// SPDX-License-Identifier: BSD-3-Clause
// A configuration file as text values in a struct, as libcyaml loads it.
// Neighbours: load.c parses the texts.
#ifndef SETTINGS_RAW_H
#define SETTINGS_RAW_H

#include "report.h"

/** One setting's texts; NULL and 0 when the file does not have it. */
struct raw_value {
	char *chars;
	char **items;
	unsigned items_count;
};

struct raw;

/** Loads a file that structure_read found loadable. @return 0, -ENOMEM, or -EINVAL, reported. */
int raw_load(struct reporter *reporter, const struct mw_settings_module *const modules[], uint32_t modules_count,
			 const char *yaml, size_t len_bytes, struct raw **out);

/** The texts of one setting, or NULL when its section is absent. */
const struct raw_value *raw_value_of(const struct raw *raw, uint32_t module, uint32_t setting);

void raw_free(struct raw *raw);

#endif
