// SPDX-License-Identifier: BSD-3-Clause
// A walk over a configuration file's YAML events. Each value is taken where it stands, with line and column at hand.
// Neighbours: file.h, value.c. Scalars stay text until value.c reads them; aliases are refused (alias bombs).
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "value.h"

#define DEPTH_MAX 16 // a configuration needs 3; libyaml's time grows with the square of the depth

struct walk {
	yaml_parser_t parser;
	yaml_event_t event; // the current one
	bool broken; // after a syntax error there is no more
	unsigned *lines; // where each was seen, 0 for not yet: a section, then its settings, then the next section
	struct mw_settings *settings;
	struct given *given;
	struct reporter *reporter;
	const struct mw_settings_module *const *modules;
};

static struct position event_place(const struct walk *walk)
{
	return (struct position){(unsigned)walk->event.start_mark.line + 1, (unsigned)walk->event.start_mark.column + 1};
}

static bool next(struct walk *walk)
{
	const yaml_parser_t *parser = &walk->parser;
	struct position at;

	yaml_event_delete(&walk->event); // leaves YAML_NO_EVENT
	if (walk->broken)
		return false;
	if (yaml_parser_parse(&walk->parser, &walk->event) && walk->event.type != YAML_NO_EVENT)
		return true;
	walk->broken = true;
	at = (struct position){(unsigned)parser->problem_mark.line + 1, (unsigned)parser->problem_mark.column + 1};
	report(walk->reporter, at, "", "not valid YAML: %s%s%s", parser->problem == NULL ? "unreadable" : parser->problem,
		   parser->context == NULL ? "" : " ", parser->context == NULL ? "" : parser->context);
	return false;
}

// Moves to the end of the node that begins with the current event.
static void skip_node(struct walk *walk)
{
	size_t depth = 0;

	do {
		switch ((int)walk->event.type) {
		case YAML_SEQUENCE_START_EVENT:
		case YAML_MAPPING_START_EVENT:
			if (++depth > DEPTH_MAX) {
				report(walk->reporter, event_place(walk), "", "nested too deeply");
				walk->broken = true;
			}
			break;
		case YAML_SEQUENCE_END_EVENT:
		case YAML_MAPPING_END_EVENT:
			depth--;
			break;
		}
	} while (depth > 0 && next(walk));
}

static const char *kind_of(const struct walk *walk)
{
	switch ((int)walk->event.type) {
	case YAML_SCALAR_EVENT:
		return "a single value";
	case YAML_SEQUENCE_START_EVENT:
		return "a list";
	case YAML_MAPPING_START_EVENT:
		return "a section";
	case YAML_ALIAS_EVENT:
		return "an alias (aliases are not allowed)";
	}
	return "nothing";
}

static const char *scalar_of(const struct walk *walk)
{
	return (const char *)walk->event.data.scalar.value;
}

static bool is_null(const struct walk *walk)
{
	return walk->event.type == YAML_SCALAR_EVENT &&
		   (scalar_of(walk)[0] == '\0' || strcmp(scalar_of(walk), "~") == 0 || strcmp(scalar_of(walk), "null") == 0);
}

// A scalar with a NUL in it would be read differently by every layer above.
static bool whole_scalar(struct walk *walk, const char *key)
{
	if (walk->event.type == YAML_SCALAR_EVENT && strlen(scalar_of(walk)) == walk->event.data.scalar.length)
		return true;
	if (walk->event.type == YAML_SCALAR_EVENT)
		report(walk->reporter, event_place(walk), key, "the value has a NUL character in it");
	return false;
}

// The current event is a value, or one item of a list.
static void take(struct walk *walk, const struct mw_setting *setting, void *value, const char *key)
{
	char why_chars[MESSAGE_BYTES];
	struct mw_text why = mw_text_in(why_chars, sizeof(why_chars));

	if (whole_scalar(walk, key) && value_take(setting, value, scalar_of(walk), &why) != 0)
		report(walk->reporter, event_place(walk), key, "%s", why_chars);
}

// One item too many is told; those behind it are not read.
static void read_list(struct walk *walk, const struct mw_setting *setting, void *value, const char *key)
{
	size_t count = 0;

	while (next(walk) && walk->event.type != YAML_SEQUENCE_END_EVENT) {
		if (walk->event.type != YAML_SCALAR_EVENT) {
			report(walk->reporter, event_place(walk), key, "a list of single values is expected here, this is %s",
				   kind_of(walk));
			skip_node(walk);
		} else if (count++ <= MW_SETTING_LIST_MAX) {
			take(walk, setting, value, key);
		}
	}
}

static void read_value(struct walk *walk, const struct mw_setting *setting, void *value, const char *key)
{
	bool list = value_is_list(setting->type);

	memset(value, 0, value_size(setting->type));
	if (list && walk->event.type == YAML_SEQUENCE_START_EVENT) {
		read_list(walk, setting, value, key);
	} else if (list && !is_null(walk)) {
		report(walk->reporter, event_place(walk), key, "a list such as [a, b] is expected here, this is %s",
			   kind_of(walk));
		skip_node(walk);
	} else if (!list && walk->event.type != YAML_SCALAR_EVENT) {
		report(walk->reporter, event_place(walk), key, "a single value is expected here, this is %s", kind_of(walk));
		skip_node(walk);
	} else if (!list) {
		take(walk, setting, value, key);
	}
}

// Reads one key into path behind its prefix; on anything but a plain word the pair is skipped and false returned.
static bool read_key(struct walk *walk, struct mw_text *path)
{
	if (walk->event.type == YAML_SCALAR_EVENT) {
		mw_text_add_escaped(path, (const uint8_t *)scalar_of(walk), walk->event.data.scalar.length);
		return true;
	}
	report(walk->reporter, event_place(walk), path->chars, "a key is expected here, this is %s", kind_of(walk));
	skip_node(walk);
	if (next(walk))
		skip_node(walk);
	return false;
}

static const struct mw_setting *find_setting(const struct mw_settings_module *module, const char *name, uint32_t *index)
{
	for (*index = 0; *index < module->settings_count; ++*index) {
		if (strcmp(module->settings[*index].name, name) == 0)
			return &module->settings[*index];
	}
	return NULL;
}

// The current event is a key of the section.
static void read_setting(struct walk *walk, const struct snapshot_section *section, unsigned *lines)
{
	const struct mw_settings_module *module = section->module;
	char path_chars[KEY_PATH_BYTES], near_chars[KEY_PATH_BYTES];
	struct mw_text path = mw_text_in(path_chars, sizeof(path_chars));
	struct mw_text near = mw_text_in(near_chars, sizeof(near_chars));
	struct position at = event_place(walk);
	const struct mw_setting *setting;
	const char *name;
	uint32_t index;

	mw_text_add(&path, "%s.", module->name);
	name = path.chars + path.len_bytes;
	if (!read_key(walk, &path))
		return;
	setting = find_setting(module, name, &index);
	if (setting == NULL) {
		add_near_setting(&near, name, module, walk->modules, walk->settings->sections_count);
		report(walk->reporter, at, path.chars, "unknown key%s", near.chars);
	} else if (lines[index] != 0) {
		report(walk->reporter, at, path.chars, "given twice: first in line %u", lines[index]);
		setting = NULL;
	}
	if (!next(walk))
		return;
	if (setting == NULL) {
		skip_node(walk);
	} else {
		lines[index] = at.line;
		given_note(walk->given, setting, event_place(walk));
		read_value(walk, setting, section->values + setting->offset, path.chars);
	}
}

static void read_section(struct walk *walk, const struct snapshot_section *section, unsigned *lines)
{
	if (is_null(walk))
		return;
	if (walk->event.type != YAML_MAPPING_START_EVENT) {
		report(walk->reporter, event_place(walk), section->module->name,
			   "a section with indented keys is expected here, this is %s", kind_of(walk));
		skip_node(walk);
		return;
	}
	while (next(walk) && walk->event.type != YAML_MAPPING_END_EVENT)
		read_setting(walk, section, lines);
}

static const struct snapshot_section *find_section(struct walk *walk, const char *name, unsigned **lines)
{
	*lines = walk->lines;
	for (uint32_t i = 0; i < walk->settings->sections_count; i++) {
		const struct snapshot_section *section = &walk->settings->sections[i];

		if (strcmp(section->module->name, name) == 0)
			return section;
		*lines += 1 + section->module->settings_count;
	}
	return NULL;
}

// The current event is a key of the file's top level.
static void read_top_key(struct walk *walk)
{
	char path_chars[KEY_PATH_BYTES], near_chars[KEY_PATH_BYTES];
	struct mw_text path = mw_text_in(path_chars, sizeof(path_chars));
	struct mw_text near = mw_text_in(near_chars, sizeof(near_chars));
	struct position at = event_place(walk);
	const struct snapshot_section *section;
	unsigned *lines;

	if (!read_key(walk, &path))
		return;
	section = find_section(walk, path.chars, &lines);
	if (section == NULL) {
		add_near_module(&near, path.chars, walk->modules, walk->settings->sections_count);
		report(walk->reporter, at, path.chars, "unknown section%s", near.chars);
	} else if (*lines != 0) {
		report(walk->reporter, at, path.chars, "given twice: first in line %u", *lines);
		section = NULL;
	}
	if (!next(walk))
		return;
	if (section == NULL) {
		skip_node(walk);
	} else {
		*lines = at.line;
		read_section(walk, section, lines + 1);
	}
}

static void read_top(struct walk *walk)
{
	if (is_null(walk))
		return;
	if (walk->event.type != YAML_MAPPING_START_EVENT) {
		report(walk->reporter, event_place(walk), "", "sections such as \"%s:\" are expected here, this is %s",
			   walk->settings->sections_count > 0 ? walk->modules[0]->name : "output", kind_of(walk));
		skip_node(walk);
		return;
	}
	while (next(walk) && walk->event.type != YAML_MAPPING_END_EVENT)
		read_top_key(walk);
}

// The event count events from here.
static bool advance(struct walk *walk, unsigned count)
{
	while (count > 0 && next(walk))
		count--;
	return count == 0;
}

static void read_stream(struct walk *walk)
{
	if (!advance(walk, 2) || walk->event.type == YAML_STREAM_END_EVENT || !advance(walk, 1))
		return;
	read_top(walk);
	if (advance(walk, 2) && walk->event.type != YAML_STREAM_END_EVENT)
		report(walk->reporter, event_place(walk), "", "a second document begins here: one is allowed");
}

int file_read(struct mw_settings *settings, struct reporter *reporter, const struct mw_settings_module *const modules[],
			  const char *yaml, size_t len_bytes, struct given *given)
{
	struct walk walk = {.settings = settings, .given = given, .reporter = reporter, .modules = modules};
	size_t lines = 1;

	for (uint32_t i = 0; i < settings->sections_count; i++)
		lines += 1u + modules[i]->settings_count;
	walk.lines = calloc(lines, sizeof(*walk.lines));
	if (walk.lines == NULL || !yaml_parser_initialize(&walk.parser)) {
		free(walk.lines);
		return -ENOMEM;
	}
	yaml_parser_set_input_string(&walk.parser, (const unsigned char *)yaml, len_bytes);
	read_stream(&walk);
	yaml_event_delete(&walk.event);
	yaml_parser_delete(&walk.parser);
	free(walk.lines);
	return 0;
}
