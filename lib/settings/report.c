// SPDX-License-Identifier: BSD-3-Clause
// Problems in words, with the known name that was probably meant.
// Neighbours: report.h.
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_COMPARED 40

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

// Levenshtein's distance; two rows are enough.
static unsigned distance(const char *a, const char *b)
{
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);
	unsigned row[NAME_MAX_COMPARED + 1];

	if (a_len > NAME_MAX_COMPARED || b_len > NAME_MAX_COMPARED)
		return NAME_MAX_COMPARED;
	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned above = row[j];
			unsigned changed = diagonal + (a[i - 1] != b[j - 1]);

			row[j] = MW_MIN(changed, MW_MIN(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[b_len];
}

// The best name so far; a third of the letters may be wrong, at most three.
struct nearest {
	const char *name;
	unsigned distance;
};

static void consider(struct nearest *best, const char *wrong, const char *known)
{
	unsigned found = distance(wrong, known);
	unsigned allowed = (unsigned)MW_MIN(strlen(known) / 3 + 1, (size_t)3);

	if (found <= allowed && found < best->distance)
		*best = (struct nearest){known, found};
}

void add_near_module(struct mw_text *text, const char *wrong, const struct mw_settings_module *const modules[],
					 uint32_t modules_count)
{
	struct nearest best = {NULL, NAME_MAX_COMPARED};

	for (uint32_t i = 0; i < modules_count; i++)
		consider(&best, wrong, modules[i]->name);
	if (best.name != NULL)
		mw_text_add(text, " (did you mean \"%s\"?)", best.name);
}

void add_near_setting(struct mw_text *text, const char *wrong, const struct mw_settings_module *module,
					  const struct mw_settings_module *const modules[], uint32_t modules_count)
{
	struct nearest best = {NULL, NAME_MAX_COMPARED};

	for (uint32_t i = 0; i < module->settings_count; i++)
		consider(&best, wrong, module->settings[i].name);
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
