// SPDX-License-Identifier: BSD-3-Clause
// Loading: defaults from the tables, then a file, then overrides; every problem is told, not only the first.
// Neighbours: file.c (the YAML), value.c (parsers), relate.c (bounds of one another), snapshot.c.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mw_file.h"
#include "relate.h"
#include "report.h"
#include "snapshot.h"
#include "value.h"

static const struct position no_place = {0, 0};

// The tables' own defaults go through the same parsers: a wrong one is a problem like any other.
static void load_defaults(struct mw_settings *settings, struct reporter *reporter)
{
	for (uint32_t s = 0; s < settings->sections_count; s++) {
		const struct snapshot_section *section = &settings->sections[s];

		for (uint32_t i = 0; i < section->module->settings_count; i++) {
			const struct mw_setting *setting = &section->module->settings[i];
			char why_chars[MESSAGE_BYTES];
			struct mw_text why = mw_text_in(why_chars, sizeof(why_chars));

			if (value_set(setting, section->defaults + setting->offset, setting->default_text, &why) != 0)
				report(reporter, no_place, setting->name, "built-in default: %s", why_chars);
		}
		memcpy(section->values, section->defaults, section->module->values_bytes);
	}
}

static void report_unknown(struct mw_settings *settings, struct reporter *reporter, const char *key,
						   const struct mw_settings_module *const modules[])
{
	const char *dot = strchr(key, '.');
	char near_chars[KEY_PATH_BYTES], section_chars[KEY_PATH_BYTES];
	struct mw_text near = mw_text_in(near_chars, sizeof(near_chars));
	struct mw_text section = mw_text_in(section_chars, sizeof(section_chars));

	if (dot == NULL) {
		report(reporter, no_place, key, "write SECTION.KEY=VALUE");
		return;
	}
	mw_text_add_chars(&section, key, (size_t)(dot - key));
	for (uint32_t i = 0; i < settings->sections_count; i++) {
		if (strcmp(modules[i]->name, section_chars) == 0) {
			add_near_setting(&near, dot + 1, modules[i], modules, settings->sections_count);
			report(reporter, no_place, key, "unknown key%s", near_chars);
			return;
		}
	}
	add_near_module(&near, section_chars, modules, settings->sections_count);
	report(reporter, no_place, key, "unknown section%s", near_chars);
}

static void load_override(struct mw_settings *settings, struct reporter *reporter, const char *override,
						  const struct mw_settings_module *const modules[], struct given *given)
{
	const char *equal = strchr(override, '=');
	const struct snapshot_section *section;
	const struct mw_setting *setting;
	char key_chars[KEY_PATH_BYTES], why_chars[MESSAGE_BYTES];
	struct mw_text key = mw_text_in(key_chars, sizeof(key_chars));
	struct mw_text why = mw_text_in(why_chars, sizeof(why_chars));

	mw_text_add_escaped(&key, (const uint8_t *) override,
						equal == NULL ? strlen(override) : (size_t)(equal - override));
	if (equal == NULL) {
		report(reporter, no_place, key_chars, "write SECTION.KEY=VALUE");
		return;
	}
	setting = snapshot_find(settings, key_chars, &section);
	if (setting == NULL)
		report_unknown(settings, reporter, key_chars, modules);
	else if (value_set(setting, section->values + setting->offset, equal + 1, &why) != 0)
		report(reporter, no_place, key_chars, "%s", why_chars);
	else
		given_note(given, setting, no_place);
}

// Room for every setting of the file and every override.
static int given_begin(struct given *given, const struct mw_settings *settings, uint32_t overrides_count)
{
	*given = (struct given){.room = overrides_count};
	for (uint32_t i = 0; i < settings->sections_count; i++)
		given->room += settings->sections[i].module->settings_count;
	given->values = calloc(given->room + 1u, sizeof(*given->values));
	return given->values == NULL ? -ENOMEM : 0;
}

int mw_settings_load_text(const struct mw_settings_module *const modules[], uint32_t modules_count, const char *name,
						  const char *yaml, size_t len_bytes, const char *const overrides[], uint32_t overrides_count,
						  mw_settings_problem_hook *hook, void *context, struct mw_settings **settings)
{
	struct reporter reporter = {.file = name, .hook = hook, .context = context};
	struct mw_settings *fresh = snapshot_new(modules, modules_count);
	struct given given = {0};
	int rc = fresh == NULL ? -ENOMEM : given_begin(&given, fresh, overrides_count);

	if (rc == 0)
		load_defaults(fresh, &reporter);
	if (rc == 0 && len_bytes > 0)
		rc = file_read(fresh, &reporter, modules, yaml, len_bytes, &given);
	reporter.file = "--set";
	for (uint32_t i = 0; rc == 0 && i < overrides_count; i++)
		load_override(fresh, &reporter, overrides[i], modules, &given);
	if (rc == 0)
		relations_check(fresh, &reporter, name, &given);
	free(given.values);
	if (rc == 0 && reporter.problems > 0)
		rc = -EINVAL;
	if (rc != 0) {
		mw_settings_free(fresh);
		return rc;
	}
	*settings = fresh;
	return 0;
}

int mw_settings_change(const struct mw_settings *running, const struct mw_settings_module *const modules[],
					   const char *override, mw_settings_problem_hook *hook, void *context,
					   struct mw_settings **changed)
{
	struct reporter reporter = {.file = "--set", .hook = hook, .context = context};
	struct given_value value;
	struct given given = {.room = 1, .values = &value};
	struct mw_settings *copy;
	int rc = mw_settings_merge_running(running, running, &copy);

	if (rc != 0)
		return rc;
	load_override(copy, &reporter, override, modules, &given);
	relations_check(copy, &reporter, "", &given);
	if (reporter.problems > 0) {
		mw_settings_free(copy);
		return -EINVAL;
	}
	*changed = copy;
	return 0;
}

// Reads until the end or until the buffer, one byte larger than allowed, is full. @return bytes or -errno.
static ssize_t read_whole(const char *path, char *chars, size_t size_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = mw_file_read(fd, chars, size_bytes);
	close(fd);
	return len;
}

int mw_settings_load(const struct mw_settings_module *const modules[], uint32_t modules_count, const char *path,
					 const char *const overrides[], uint32_t overrides_count, mw_settings_problem_hook *hook,
					 void *context, struct mw_settings **settings)
{
	struct reporter reporter = {.file = path, .hook = hook, .context = context};
	size_t size_bytes = MW_SETTINGS_FILE_BYTES_MAX + 1;
	char *chars;
	ssize_t len;
	int rc;

	if (path == NULL)
		return mw_settings_load_text(modules, modules_count, "", NULL, 0, overrides, overrides_count, hook, context,
									 settings);
	chars = malloc(size_bytes);
	if (chars == NULL)
		return -ENOMEM;
	len = read_whole(path, chars, size_bytes);
	if (len == (ssize_t)size_bytes)
		len = -EFBIG;
	if (len == -EFBIG)
		report(&reporter, no_place, "", "the file is larger than 1 MiB: not a configuration");
	else if (len < 0)
		report(&reporter, no_place, "", "cannot be read: %s", strerror((int)-len));
	rc = len < 0 ? (int)len
				 : mw_settings_load_text(modules, modules_count, path, chars, (size_t)len, overrides, overrides_count,
										 hook, context, settings);
	free(chars);
	return rc;
}
