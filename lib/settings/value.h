// SPDX-License-Identifier: BSD-3-Clause
// One value of one setting: from text, to text, and its size.
// Neighbours: load.c and snapshot.c; print.c writes ranges with it.
#ifndef SETTINGS_VALUE_H
#define SETTINGS_VALUE_H

#include "mw_settings.h"

/** Bytes of text that any value fits in: a list of 64 items of 63 bytes, each escaped and quoted. */
#define VALUE_TEXT_BYTES (MW_SETTING_LIST_MAX * 132)

size_t value_size(enum mw_setting_type type);
bool value_is_list(enum mw_setting_type type);

/**
 * Sets a scalar, or adds one item to a list. The value must be zero before; an error leaves it as it was.
 * @return 0, or -EINVAL with the reason appended to why.
 */
int value_take(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why);

/**
 * Sets any value from one text; lists are items separated by commas, "" is the empty list. @return as value_take;
 * an error leaves the value valid but partly set.
 */
int value_set(const struct mw_setting *setting, void *value, const char *chars, struct mw_text *why);

/** Appends the value as YAML; usual (may be NULL) is the default value, shown as the table spells it. */
void value_add_text(struct mw_text *text, const struct mw_setting *setting, const void *value, const void *usual);

/** Appends "1 to 64k" for a setting with bounds or the names of an enum, else nothing. */
void value_add_range(struct mw_text *text, const struct mw_setting *setting);

#endif
