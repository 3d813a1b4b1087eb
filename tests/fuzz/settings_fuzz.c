// SPDX-License-Identifier: BSD-3-Clause
// A configuration file made of anything: a problem or a snapshot whose text loads again, never a crash.
// Neighbours: lib/settings/; corpus/settings/ has seeds.
#include <stdlib.h>
#include <string.h>

#include "mw_settings.h"

struct values {
	uint64_t number, duration_ns;
	bool flag;
	uint8_t choice;
	char text[MW_SETTING_TEXT_BYTES];
	struct mw_setting_prefixes prefixes;
	struct mw_setting_texts texts;
};

#define AT(member) MW_SETTING_OFFSET(struct values, member)

static const char *const names[] = {"one", "two"};
static const struct mw_setting settings[] = {
	{.name = "number", .type = MW_SETTING_UINT, .offset = AT(number), .default_text = "1", .help = "h"},
	{.name = "time", .type = MW_SETTING_DURATION, .offset = AT(duration_ns), .default_text = "1s", .help = "h"},
	{.name = "flag", .type = MW_SETTING_BOOL, .offset = AT(flag), .default_text = "no", .help = "h"},
	{.name = "choice",
	 .type = MW_SETTING_ENUM,
	 .offset = AT(choice),
	 .default_text = "one",
	 .names = names,
	 .names_count = 2,
	 .help = "h"},
	{.name = "text", .type = MW_SETTING_TEXT, .offset = AT(text), .default_text = "", .help = "h"},
	{.name = "prefixes", .type = MW_SETTING_PREFIXES, .offset = AT(prefixes), .default_text = "", .help = "h"},
	{.name = "texts", .type = MW_SETTING_TEXTS, .offset = AT(texts), .default_text = "", .help = "h"},
};
static const struct mw_settings_module module = {"output", "h", settings, MW_ARRAY_SIZE(settings),
												 sizeof(struct values)};
static const struct mw_settings_module *const modules[] = {&module};

static void use_problem(void *context, const struct mw_settings_problem *problem)
{
	*(size_t *)context += strlen(problem->file) + strlen(problem->key) + strlen(problem->message);
}

static char yaml[65536];

static void write_setting(void *context, const char *key, const char *value, const char *usual, bool needs_restart)
{
	(void)usual;
	(void)needs_restart;
	mw_text_add(context, "  %s: %s\n", strchr(key, '.') + 1, value);
}

// What was loaded, written as YAML, loads to the same bytes.
static void check_round_trip(const struct mw_settings *loaded)
{
	struct mw_text text = mw_text_in(yaml, sizeof(yaml));
	struct mw_settings *again = NULL;

	mw_text_add(&text, "output:\n");
	mw_settings_walk(loaded, write_setting, &text);
	if (text.cut ||
		mw_settings_load_text(modules, 1, "again", yaml, text.len_bytes, NULL, 0, NULL, NULL, &again) != 0 ||
		memcmp(mw_settings_values(loaded, "output"), mw_settings_values(again, "output"), sizeof(struct values)) != 0)
		abort();
	mw_settings_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_settings *loaded = NULL;
	size_t told = 0;
	int rc = mw_settings_load_text(modules, 1, "fuzz", (const char *)data, size, NULL, 0, use_problem, &told, &loaded);

	if ((rc == 0) != (loaded != NULL) || (rc == 0) != (told == 0))
		abort();
	if (rc == 0)
		check_round_trip(loaded);
	mw_settings_free(loaded);
	return 0;
}
