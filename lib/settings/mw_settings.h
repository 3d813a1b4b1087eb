// SPDX-License-Identifier: BSD-3-Clause
// Configuration: one table a module, from which parser, defaults, --print-config and reference docs follow.
// Neighbours: modules declare tables; app/ loads and changes. YAML through libyaml; numbers are read by us.
// Any thread reads a snapshot. Functions that allocate or print are not for workers.
#ifndef MW_SETTINGS_H
#define MW_SETTINGS_H

#include "mw_address.h"
#include "mw_base.h"
#include "mw_text.h"

#define MW_SETTING_TEXT_BYTES           256
#define MW_SETTING_LIST_MAX             64
#define MW_SETTINGS_FILE_BYTES_MAX      (1 << 20)
#define MW_SETTING_OFFSET(type, member) ((uint16_t)offsetof(type, member))

enum mw_setting_type {
	MW_SETTING_BOOL, // bool; yes/no/true/false/on/off
	MW_SETTING_UINT, // uint64_t; suffixes k M G T Ki Mi Gi Ti
	MW_SETTING_DURATION, // uint64_t ns; 900s, 5min
	MW_SETTING_TEXT, // char[MW_SETTING_TEXT_BYTES]
	MW_SETTING_ENUM, // uint8_t, index into names
	MW_SETTING_PREFIXES, // struct mw_setting_prefixes
	MW_SETTING_TEXTS, // struct mw_setting_texts
};

struct mw_setting_prefixes {
	uint32_t count;
	struct mw_prefix items[MW_SETTING_LIST_MAX];
};

struct mw_setting_texts {
	uint32_t count;
	char items[MW_SETTING_LIST_MAX][64];
};

struct mw_setting {
	const char *name; // the YAML key
	enum mw_setting_type type;
	uint16_t offset; // into the module's struct (use MW_SETTING_OFFSET)
	bool needs_restart; // a reload reports the change but does not apply it
	const char *default_text; // as it would stand in the file; lists: "" or items joined by ", "
	uint64_t min, max; // UINT, DURATION (ns): inclusive; 0,0 is no bound
	const char *at_most; // UINT, DURATION: "module.key" of the same type that it may not be above; 0 there is no bound
	const char *const *names; // ENUM
	uint8_t names_count;
	const char *help; // one sentence with the unit
	/** TEXT, and each item of TEXTS: 0, or -EINVAL with what is wrong ("is no ...") appended to why. NULL: any. */
	int (*check)(const char *chars, struct mw_text *why);
	/** Each item of TEXTS that is good by itself: the same, whether it goes with those before it. NULL: any does. */
	int (*check_beside)(const struct mw_setting_texts *before, const char *chars, struct mw_text *why);
};

/** A module's section. values_bytes is sizeof its struct. */
struct mw_settings_module {
	const char *name; // the YAML section
	const char *help;
	const struct mw_setting *settings;
	uint16_t settings_count;
	uint32_t values_bytes;
};

/** All values of all modules at one moment: an immutable snapshot once loaded. */
struct mw_settings;

/**
 * Receives each problem: file (or "--set"), line and column (0 when there is none), the key path, and what is wrong.
 */
struct mw_settings_problem {
	const char *file;
	unsigned line, column;
	const char *key;
	const char *message;
};
typedef void mw_settings_problem_hook(void *context, const struct mw_settings_problem *problem);

/**
 * Loads defaults, then the file at path (NULL: none), then each "a.b=c" of overrides (lists: c is items separated by
 * commas). Reports every problem it finds, a file that cannot be read included; line and column count from 1.
 * @return 0 and *settings (free with mw_settings_free); -EINVAL after problems; -ENOMEM; -errno when path cannot be
 * read (-EISDIR for a directory, -EFBIG beyond MW_SETTINGS_FILE_BYTES_MAX).
 */
int mw_settings_load(const struct mw_settings_module *const modules[], uint32_t modules_count, const char *path,
					 const char *const overrides[], uint32_t overrides_count, mw_settings_problem_hook *hook,
					 void *context, struct mw_settings **settings);

/**
 * As mw_settings_load, for a file that is already in memory: len_bytes of YAML, called name in problems.
 * @return 0 and *settings; -EINVAL after problems; -ENOMEM.
 */
int mw_settings_load_text(const struct mw_settings_module *const modules[], uint32_t modules_count, const char *name,
						  const char *yaml, size_t len_bytes, const char *const overrides[], uint32_t overrides_count,
						  mw_settings_problem_hook *hook, void *context, struct mw_settings **settings);

/**
 * A copy of running with one "a.b=c" more, whatever became of the file that it was loaded from. modules: those of
 * running. @return 0 and *changed (free with mw_settings_free); -EINVAL after a problem; -ENOMEM.
 */
int mw_settings_change(const struct mw_settings *running, const struct mw_settings_module *const modules[],
					   const char *override, mw_settings_problem_hook *hook, void *context,
					   struct mw_settings **changed);

/** Frees a snapshot; NULL is allowed. */
void mw_settings_free(struct mw_settings *settings);

/** The module's values (its own struct), or NULL when no module has this name. */
const void *mw_settings_values(const struct mw_settings *settings, const char *module);

/** Appends one value ("module.key") as it would stand in the file; lists as [a, b]. @return 0 or -ENOENT. */
int mw_settings_add_value(struct mw_text *text, const struct mw_settings *settings, const char *key);

/** Writes the default configuration as commented YAML. */
struct mw_settings_out {
	void (*chars)(void *context, const char *chars, size_t count);
	void *context;
};
void mw_settings_print_defaults(const struct mw_settings_module *const modules[], uint32_t modules_count,
								const struct mw_settings_out *out);

/** Writes the settings reference as a markdown page: a table a module. */
void mw_settings_print_reference(const struct mw_settings_module *const modules[], uint32_t modules_count,
								 const struct mw_settings_out *out);

/** Calls visit for each key whose value differs between a and b. */
typedef void mw_settings_visit(void *context, const char *key, const char *old_value, const char *new_value,
							   bool needs_restart);
void mw_settings_compare(const struct mw_settings *a, const struct mw_settings *b, mw_settings_visit *visit,
						 void *context);

/** Calls visit for every key with its value (old_value) and default (new_value). */
void mw_settings_walk(const struct mw_settings *settings, mw_settings_visit *visit, void *context);

/**
 * A copy of settings in which keys that need a restart keep the values of running. For reload and set.
 * @return 0, -ENOMEM.
 */
int mw_settings_merge_running(const struct mw_settings *running, const struct mw_settings *wanted,
							  struct mw_settings **merged);

#endif
