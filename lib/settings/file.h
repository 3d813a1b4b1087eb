// SPDX-License-Identifier: BSD-3-Clause
// A configuration file, read into a snapshot.
// Neighbours: load.c has the defaults before and the overrides behind.
#ifndef SETTINGS_FILE_H
#define SETTINGS_FILE_H

#include "relate.h"
#include "report.h"
#include "snapshot.h"

/**
 * Sets the values that len_bytes of YAML have. Reports every unknown or double key, wrong kind, bad value, alias and
 * syntax error; after a report the values are not to be used. Notes in given what it sets.
 * @return 0, also after reports; -ENOMEM.
 */
int file_read(struct mw_settings *settings, struct reporter *reporter, const struct mw_settings_module *const modules[],
			  const char *yaml, size_t len_bytes, struct given *given);

#endif
