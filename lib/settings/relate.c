// SPDX-License-Identifier: BSD-3-Clause
// Two settings and the one that was given last.
// Neighbours: relate.h.
#include "relate.h"

#include <stdio.h>
#include <string.h>

#include "value.h"

void given_note(struct given *given, const struct mw_setting *setting, struct position at)
{
	if (given->count < given->room)
		given->values[given->count++] = (struct given_value){setting, at};
}

// 1 + where it stands among those that were given, 0 for a default or what ran before.
static uint32_t order_of(const struct given *given, const struct mw_setting *setting)
{
	uint32_t order = given->count;

	while (order > 0 && given->values[order - 1].setting != setting)
		order--;
	return order;
}

static uint64_t number_of(const struct snapshot_section *section, const struct mw_setting *setting)
{
	uint64_t number;

	memcpy(&number, section->values + setting->offset, sizeof(number));
	return number;
}

struct side {
	const struct snapshot_section *section;
	const struct mw_setting *setting;
};

static void add_side(struct mw_text *text, const struct side *side)
{
	const size_t at = side->setting->offset;

	value_add_text(text, side->setting, side->section->values + at, side->section->defaults + at);
}

// sides: the lower, the upper.
static void tell(struct reporter *reporter, const char *file, const struct given *given, const struct side sides[2])
{
	const uint32_t orders[] = {order_of(given, sides[0].setting), order_of(given, sides[1].setting)};
	const uint32_t last = orders[1] > orders[0];
	const struct side *wrong = &sides[last], *other = &sides[!last];
	const struct position at = orders[last] == 0 ? (struct position){0, 0} : given->values[orders[last] - 1].at;
	char key[KEY_PATH_BYTES], wrong_chars[64], other_chars[64];
	struct mw_text wrong_text = mw_text_in(wrong_chars, sizeof(wrong_chars));
	struct mw_text other_text = mw_text_in(other_chars, sizeof(other_chars));

	add_side(&wrong_text, wrong);
	add_side(&other_text, other);
	snprintf(key, sizeof(key), "%s.%s", wrong->section->module->name, wrong->setting->name);
	reporter->file = at.line != 0 ? file : "--set";
	report(reporter, at, key, "%s is %s than %s.%s, which is %s", wrong_chars, last ? "less" : "more",
		   other->section->module->name, other->setting->name, other_chars);
}

void relations_check(const struct mw_settings *settings, struct reporter *reporter, const char *file,
					 const struct given *given)
{
	for (uint32_t s = 0; s < settings->sections_count; s++) {
		const struct snapshot_section *section = &settings->sections[s];

		for (uint32_t i = 0; i < section->module->settings_count; i++) {
			struct side sides[2] = {{section, &section->module->settings[i]}};
			uint64_t most;

			if (sides[0].setting->at_most != NULL)
				sides[1].setting = snapshot_find(settings, sides[0].setting->at_most, &sides[1].section);
			if (sides[1].setting == NULL)
				continue; // a detector without the section that it refers to, in a test
			most = number_of(sides[1].section, sides[1].setting);
			if (most != 0 && number_of(section, sides[0].setting) > most)
				tell(reporter, file, given, sides);
		}
	}
}
