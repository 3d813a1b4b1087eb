// SPDX-License-Identifier: BSD-3-Clause
// What can be asked of loaded settings: values, text, differences, and a copy that a running process can take.
// Neighbours: mw_settings.h; load.c makes them.
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "value.h"

static size_t aligned(size_t bytes)
{
	return (bytes + MW_CACHE_LINE_BYTES - 1) & ~(size_t)(MW_CACHE_LINE_BYTES - 1);
}

struct mw_settings *snapshot_new(const struct mw_settings_module *const modules[], uint32_t modules_count)
{
	size_t head_bytes = aligned(sizeof(struct mw_settings) + modules_count * sizeof(struct snapshot_section));
	size_t bytes = head_bytes;
	struct mw_settings *settings;
	char *at;

	for (uint32_t i = 0; i < modules_count; i++)
		bytes += 2 * aligned(modules[i]->values_bytes);
	settings = aligned_alloc(MW_CACHE_LINE_BYTES, bytes);
	if (settings == NULL)
		return NULL;
	memset(settings, 0, bytes);
	settings->block_bytes = bytes;
	settings->sections_count = modules_count;
	at = (char *)settings + head_bytes;
	for (uint32_t i = 0; i < modules_count; i++) {
		size_t section_bytes = aligned(modules[i]->values_bytes);

		settings->sections[i] = (struct snapshot_section){modules[i], at, at + section_bytes};
		at += 2 * section_bytes;
	}
	return settings;
}

void mw_settings_free(struct mw_settings *settings)
{
	free(settings);
}

static const struct snapshot_section *find_section(const struct mw_settings *settings, const char *name)
{
	for (uint32_t i = 0; i < settings->sections_count; i++) {
		if (strcmp(settings->sections[i].module->name, name) == 0)
			return &settings->sections[i];
	}
	return NULL;
}

const struct mw_setting *snapshot_find(const struct mw_settings *settings, const char *key,
									   const struct snapshot_section **section)
{
	const char *dot = strchr(key, '.');
	char name[KEY_PATH_BYTES];

	if (dot == NULL || (size_t)(dot - key) >= sizeof(name))
		return NULL;
	memcpy(name, key, (size_t)(dot - key));
	name[dot - key] = '\0';
	*section = find_section(settings, name);
	for (uint32_t i = 0; *section != NULL && i < (*section)->module->settings_count; i++) {
		if (strcmp((*section)->module->settings[i].name, dot + 1) == 0)
			return &(*section)->module->settings[i];
	}
	return NULL;
}

const void *mw_settings_values(const struct mw_settings *settings, const char *module)
{
	const struct snapshot_section *section = find_section(settings, module);

	return section == NULL ? NULL : section->values;
}

int mw_settings_add_value(struct mw_text *text, const struct mw_settings *settings, const char *key)
{
	const struct snapshot_section *section;
	const struct mw_setting *setting = snapshot_find(settings, key, &section);

	if (setting == NULL)
		return -ENOENT;
	value_add_text(text, setting, section->values + setting->offset, section->defaults + setting->offset);
	return 0;
}

// Calls visit with one setting and two values of it.
static void visit_setting(const struct snapshot_section *section, const struct mw_setting *setting,
						  const void *old_value, const void *new_value, mw_settings_visit *visit, void *context)
{
	const void *usual = section->defaults + setting->offset;
	char old_chars[VALUE_TEXT_BYTES], new_chars[VALUE_TEXT_BYTES];
	struct mw_text old_text = mw_text_in(old_chars, sizeof(old_chars));
	struct mw_text new_text = mw_text_in(new_chars, sizeof(new_chars));
	char key[KEY_PATH_BYTES];

	snprintf(key, sizeof(key), "%s.%s", section->module->name, setting->name);
	value_add_text(&old_text, setting, old_value, usual);
	value_add_text(&new_text, setting, new_value, usual);
	visit(context, key, old_chars, new_chars, setting->needs_restart);
}

void mw_settings_compare(const struct mw_settings *a, const struct mw_settings *b, mw_settings_visit *visit,
						 void *context)
{
	for (uint32_t s = 0; s < a->sections_count; s++) {
		const struct snapshot_section *section = &a->sections[s];
		const struct snapshot_section *other = find_section(b, section->module->name);

		for (uint32_t i = 0; other != NULL && i < section->module->settings_count; i++) {
			const struct mw_setting *setting = &section->module->settings[i];
			const char *old_value = section->values + setting->offset;
			const char *new_value = other->values + setting->offset;

			if (memcmp(old_value, new_value, value_size(setting->type)) != 0)
				visit_setting(section, setting, old_value, new_value, visit, context);
		}
	}
}

void mw_settings_walk(const struct mw_settings *settings, mw_settings_visit *visit, void *context)
{
	for (uint32_t s = 0; s < settings->sections_count; s++) {
		const struct snapshot_section *section = &settings->sections[s];

		for (uint32_t i = 0; i < section->module->settings_count; i++) {
			const struct mw_setting *setting = &section->module->settings[i];

			visit_setting(section, setting, section->values + setting->offset, section->defaults + setting->offset,
						  visit, context);
		}
	}
}

int mw_settings_merge_running(const struct mw_settings *running, const struct mw_settings *wanted,
							  struct mw_settings **merged)
{
	struct mw_settings *copy = aligned_alloc(MW_CACHE_LINE_BYTES, wanted->block_bytes);

	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, wanted, wanted->block_bytes);
	for (uint32_t s = 0; s < copy->sections_count; s++) {
		struct snapshot_section *section = &copy->sections[s];
		const struct snapshot_section *now = find_section(running, section->module->name);

		section->values = (char *)copy + (section->values - (const char *)wanted);
		section->defaults = (char *)copy + (section->defaults - (const char *)wanted);
		for (uint32_t i = 0; now != NULL && i < section->module->settings_count; i++) {
			const struct mw_setting *setting = &section->module->settings[i];

			if (setting->needs_restart)
				memcpy(section->values + setting->offset, now->values + setting->offset, value_size(setting->type));
		}
	}
	*merged = copy;
	return 0;
}
