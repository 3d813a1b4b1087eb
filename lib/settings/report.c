// SPDX-License-Identifier: BSD-3-Clause
// Problems in words, with the known name that was probably meant.
// Neighbours: report.h.
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mw_nearest.h"

void report(struct reporter *reporter, struct position at, const char *key, const char *format, ...)
{
	char message[MESSAGE_BYTES];
	va_list args;

	reporter->problems++;
	if (reporter->hook == NULL)
		return;
	va_start(args, format);
	if (vsnprintf(message, sizeof(message), format, args) < 0)
		message[0] = '\0';
	va_end(args);
	reporter->hook(reporter->context,
				   &(struct mw_settings_problem){
					   .file = reporter->file, .line = at.line, .column = at.column, .key = key, .message = message});
}

void add_near_module(struct mw_text *text, const char *wrong, const struct mw_settings_module *const modules[],
					 uint32_t modules_count)
{
	struct mw_nearest best = {0};

	for (uint32_t i = 0; i < modules_count; i++)
		mw_nearest_consider(&best, wrong, modules[i]->name);
	if (best.name != NULL)
		mw_text_add(text, " (did you mean \"%s\"?)", best.name);
}

void add_near_setting(struct mw_text *text, const char *wrong, const struct mw_settings_module *module,
					  const struct mw_settings_module *const modules[], uint32_t modules_count)
{
	struct mw_nearest best = {0};

	for (uint32_t i = 0; i < module->settings_count; i++)
		mw_nearest_consider(&best, wrong, module->settings[i].name);
	if (best.name != NULL) {
		mw_text_add(text, " (did you mean \"%s\"?)", best.name);
		return;
	}
	for (uint32_t m = 0; m < modules_count; m++) {
		for (uint32_t i = 0; i < modules[m]->settings_count; i++) {
			if (strcmp(modules[m]->settings[i].name, wrong) == 0) {
				mw_text_add(text, " (section \"%s\" has it)", modules[m]->name);
				return;
			}
		}
	}
}
