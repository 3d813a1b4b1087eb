// SPDX-License-Identifier: BSD-3-Clause
// A walk over a configuration file's YAML events that knows line and column of everything.
// Neighbours: structure.h. Reports and remembers places only; values are loaded by raw.c.
#include "structure.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "value.h"

#define DEPTH_MAX 16 // a configuration needs 3; libyaml's time grows with the square of the depth

struct walk {
	yaml_parser_t parser;
	yaml_event_t event; // the current one
	bool broken; // after a syntax error there is no more
	struct structure *structure;
	struct reporter *reporter;
	const struct mw_settings_module *const *modules;
	uint32_t modules_count;
};

static struct position event_place(const struct walk *walk)
{
	return (struct position){(unsigned)walk->event.start_mark.line + 1, (unsigned)walk->event.start_mark.column + 1};
}

// A problem that makes loading pointless.
#define refuse(walk, at, key, ...)                                                                                     \
	do {                                                                                                               \
		(walk)->structure->unloadable = true;                                                                          \
		report((walk)->reporter, at, key, __VA_ARGS__);                                                                \
	} while (0)

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
	refuse(walk, at, "", "not valid YAML: %s%s%s", parser->problem == NULL ? "unreadable" : parser->problem,
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
				refuse(walk, event_place(walk), "", "nested too deeply");
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
		refuse(walk, event_place(walk), key, "the value has a NUL character in it");
	return false;
}

static void read_list(struct walk *walk, struct value_place *place, const char *key)
{
	size_t count = 0;

	while (next(walk) && walk->event.type != YAML_SEQUENCE_END_EVENT) {
		if (walk->event.type != YAML_SCALAR_EVENT) {
			refuse(walk, event_place(walk), key, "a list of single values is expected here, this is %s", kind_of(walk));
			skip_node(walk);
		} else if (whole_scalar(walk, key) && count < MW_SETTING_LIST_MAX) {
			place->items[count++] = event_place(walk);
		}
	}
}

static void read_value(struct walk *walk, const struct mw_setting *setting, struct value_place *place, const char *key)
{
	bool list = value_is_list(setting->type);

	place->present = true;
	place->at = event_place(walk);
	if (list && walk->event.type == YAML_SEQUENCE_START_EVENT) {
		read_list(walk, place, key);
	} else if (list && !is_null(walk)) {
		refuse(walk, place->at, key, "a list such as [a, b] is expected here, this is %s", kind_of(walk));
		skip_node(walk);
	} else if (!list && walk->event.type != YAML_SCALAR_EVENT) {
		refuse(walk, place->at, key, "a single value is expected here, this is %s", kind_of(walk));
		skip_node(walk);
	} else {
		whole_scalar(walk, key);
	}
}

// Reads one key into path behind its prefix; on anything but a plain word the pair is skipped and false returned.
static bool read_key(struct walk *walk, struct mw_text *path)
{
	if (walk->event.type == YAML_SCALAR_EVENT) {
		mw_text_add_escaped(path, (const uint8_t *)scalar_of(walk), walk->event.data.scalar.length);
		return true;
	}
	refuse(walk, event_place(walk), path->chars, "a key is expected here, this is %s", kind_of(walk));
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
static void read_setting(struct walk *walk, const struct mw_settings_module *module, struct value_place *places)
{
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
		add_near_setting(&near, name, module, walk->modules, walk->modules_count);
		report(walk->reporter, at, path.chars, "unknown key%s", near.chars);
	} else if (places[index].present) {
		refuse(walk, at, path.chars, "given twice: first in line %u", places[index].at.line);
		setting = NULL;
	}
	if (!next(walk))
		return;
	if (setting == NULL)
		skip_node(walk);
	else
		read_value(walk, setting, &places[index], path.chars);
}

static void read_section(struct walk *walk, const struct mw_settings_module *module, struct value_place *places)
{
	if (is_null(walk))
		return;
	if (walk->event.type != YAML_MAPPING_START_EVENT) {
		refuse(walk, event_place(walk), module->name, "a section with indented keys is expected here, this is %s",
			   kind_of(walk));
		skip_node(walk);
		return;
	}
	while (next(walk) && walk->event.type != YAML_MAPPING_END_EVENT)
		read_setting(walk, module, places);
}

static const struct mw_settings_module *find_module(struct walk *walk, const char *name, uint32_t *index,
													struct value_place **places)
{
	*places = walk->structure->places;
	for (*index = 0; *index < walk->modules_count; ++*index) {
		if (strcmp(walk->modules[*index]->name, name) == 0)
			return walk->modules[*index];
		*places += walk->modules[*index]->settings_count;
	}
	return NULL;
}

// The current event is a key of the file's top level. lines holds where each section was seen, 0 for not yet.
static void read_module(struct walk *walk, unsigned *lines)
{
	char path_chars[KEY_PATH_BYTES], near_chars[KEY_PATH_BYTES];
	struct mw_text path = mw_text_in(path_chars, sizeof(path_chars));
	struct mw_text near = mw_text_in(near_chars, sizeof(near_chars));
	struct position at = event_place(walk);
	const struct mw_settings_module *module;
	struct value_place *places;
	uint32_t index;

	if (!read_key(walk, &path))
		return;
	module = find_module(walk, path.chars, &index, &places);
	if (module == NULL) {
		add_near_module(&near, path.chars, walk->modules, walk->modules_count);
		report(walk->reporter, at, path.chars, "unknown section%s", near.chars);
	} else if (lines[index] != 0) {
		refuse(walk, at, path.chars, "given twice: first in line %u", lines[index]);
		module = NULL;
	}
	if (!next(walk))
		return;
	if (module == NULL) {
		skip_node(walk);
	} else {
		lines[index] = at.line;
		read_section(walk, module, places);
	}
}

static void read_top(struct walk *walk, unsigned *lines)
{
	if (is_null(walk))
		return;
	walk->structure->empty = false;
	if (walk->event.type != YAML_MAPPING_START_EVENT) {
		refuse(walk, event_place(walk), "", "sections such as \"%s:\" are expected here, this is %s",
			   walk->modules_count > 0 ? walk->modules[0]->name : "output", kind_of(walk));
		skip_node(walk);
		return;
	}
	while (next(walk) && walk->event.type != YAML_MAPPING_END_EVENT)
		read_module(walk, lines);
}

// The event count events from here.
static bool advance(struct walk *walk, unsigned count)
{
	while (count > 0 && next(walk))
		count--;
	return count == 0;
}

static void read_stream(struct walk *walk, unsigned *lines)
{
	if (!advance(walk, 2) || walk->event.type == YAML_STREAM_END_EVENT || !advance(walk, 1))
		return;
	read_top(walk, lines);
	if (advance(walk, 2) && walk->event.type != YAML_STREAM_END_EVENT)
		refuse(walk, event_place(walk), "", "a second document begins here: one is allowed");
}

void structure_read(struct structure *structure, struct reporter *reporter,
					const struct mw_settings_module *const modules[], uint32_t modules_count, const char *yaml,
					size_t len_bytes)
{
	struct walk walk = {
		.structure = structure, .reporter = reporter, .modules = modules, .modules_count = modules_count};
	unsigned *lines = calloc(modules_count + 1, sizeof(*lines));

	structure->empty = true;
	if (lines == NULL || !yaml_parser_initialize(&walk.parser)) {
		refuse(&walk, ((struct position){0, 0}), "", "out of memory");
		free(lines);
		return;
	}
	yaml_parser_set_input_string(&walk.parser, (const unsigned char *)yaml, len_bytes);
	read_stream(&walk, lines);
	yaml_event_delete(&walk.event);
	yaml_parser_delete(&walk.parser);
	free(lines);
}
