// SPDX-License-Identifier: BSD-3-Clause
// The default configuration and the reference page, both from the modules' tables alone.
// Neighbours: mw_settings.h; config/ and docs/reference/ hold what this prints, compared by tests.
#include <string.h>

#include "report.h"
#include "snapshot.h"
#include "value.h"

static const char *const type_names[] = {
	[MW_SETTING_BOOL] = "yes or no",      [MW_SETTING_UINT] = "number", [MW_SETTING_DURATION] = "duration",
	[MW_SETTING_TEXT] = "text",           [MW_SETTING_ENUM] = "one of", [MW_SETTING_PREFIXES] = "list of prefixes",
	[MW_SETTING_TEXTS] = "list of texts",
};

static void put(const struct mw_settings_out *out, const char *chars)
{
	out->chars(out->context, chars, strlen(chars));
}

// The default as YAML; read from the table's text so that both spell lists and texts alike.
static void put_default(const struct mw_settings_out *out, const struct snapshot_section *section,
						const struct mw_setting *setting)
{
	char chars[VALUE_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));
	const void *usual = section->defaults + setting->offset;

	value_add_text(&text, setting, usual, usual);
	put(out, chars);
}

static bool has_range(const struct mw_setting *setting)
{
	return setting->type == MW_SETTING_ENUM || setting->max != 0 || setting->at_most != NULL;
}

static void put_range(const struct mw_settings_out *out, const struct mw_setting *setting)
{
	char chars[MESSAGE_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	value_add_range(&text, setting);
	if (setting->at_most != NULL)
		mw_text_add(&text, "%sat most %s", text.len_bytes > 0 ? ", " : "", setting->at_most);
	put(out, chars);
}

static void put_comment(const struct mw_settings_out *out, const struct mw_setting *setting)
{
	bool bounds = has_range(setting);

	put(out, "  # ");
	put(out, setting->help);
	if (bounds || setting->needs_restart) {
		put(out, " (");
		if (setting->type == MW_SETTING_ENUM)
			put(out, "one of ");
		put_range(out, setting);
		if (setting->needs_restart)
			put(out, bounds ? "; needs a restart" : "needs a restart");
		put(out, ")");
	}
	put(out, "\n");
}

// Defaults of tables never fail in a program that passed its tests; without memory nothing is printed.
static struct mw_settings *load_tables(const struct mw_settings_module *const modules[], uint32_t modules_count)
{
	struct mw_settings *settings = NULL;

	return mw_settings_load(modules, modules_count, NULL, NULL, 0, NULL, NULL, &settings) == 0 ? settings : NULL;
}

void mw_settings_print_defaults(const struct mw_settings_module *const modules[], uint32_t modules_count,
								const struct mw_settings_out *out)
{
	struct mw_settings *settings = load_tables(modules, modules_count);

	if (settings == NULL)
		return;
	put(out, "# midwatch configuration: every key with its default. Keys that are left out keep it.\n"
			 "# Numbers may end in k M G T or Ki Mi Gi Ti; durations end in ns us ms s min h d.\n");
	for (uint32_t s = 0; s < settings->sections_count; s++) {
		const struct snapshot_section *section = &settings->sections[s];

		put(out, "\n# ");
		put(out, section->module->help);
		put(out, "\n");
		put(out, section->module->name);
		put(out, ":\n");
		for (uint32_t i = 0; i < section->module->settings_count; i++) {
			const struct mw_setting *setting = &section->module->settings[i];

			put_comment(out, setting);
			put(out, "  ");
			put(out, setting->name);
			put(out, ": ");
			put_default(out, section, setting);
			put(out, "\n");
		}
	}
	mw_settings_free(settings);
}

static void put_row(const struct mw_settings_out *out, const struct snapshot_section *section,
					const struct mw_setting *setting)
{
	put(out, "| `");
	put(out, setting->name);
	put(out, "` | ");
	put(out, type_names[setting->type]);
	if (has_range(setting)) {
		put(out, setting->type == MW_SETTING_ENUM ? " " : ", ");
		put_range(out, setting);
	}
	put(out, " | `");
	put_default(out, section, setting);
	put(out, setting->needs_restart ? "` | restart | " : "` | reload | ");
	for (const char *at = setting->help; *at != '\0'; at++) {
		if (*at == '|')
			put(out, "\\");
		out->chars(out->context, at, 1);
	}
	put(out, " |\n");
}

void mw_settings_print_reference(const struct mw_settings_module *const modules[], uint32_t modules_count,
								 const struct mw_settings_out *out)
{
	struct mw_settings *settings = load_tables(modules, modules_count);

	if (settings == NULL)
		return;
	put(out,
		"# Settings\n\n"
		"Each section stands at the top level of the configuration file, its keys below it. `--set SECTION.KEY=VALUE`\n"
		"overrides one key. Numbers may end in `k M G T` (powers of 1000) or `Ki Mi Gi Ti` (of 1024); durations end\n"
		"in `ns us ms s min h d`. A change is taken by a reload or needs a restart, as the last but one column "
		"says.\n");
	for (uint32_t s = 0; s < settings->sections_count; s++) {
		const struct snapshot_section *section = &settings->sections[s];

		put(out, "\n## `");
		put(out, section->module->name);
		put(out, "`\n\n");
		put(out, section->module->help);
		put(out, "\n\n| key | value | default | change | meaning |\n|---|---|---|---|---|\n");
		for (uint32_t i = 0; i < section->module->settings_count; i++)
			put_row(out, section, &section->module->settings[i]);
	}
	mw_settings_free(settings);
}
