// SPDX-License-Identifier: BSD-3-Clause
// JSON values as text for people; nothing the server says can drive the terminal.
// Neighbours: table.c (many rows), run.c, top.c.
#include "ctl.h"

#include <stdlib.h>
#include <string.h>

#define WRAP_WIDTH     80u
#define WRAP_WIDTH_MAX 100u

static bool harmless(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

// Packet text comes escaped already, so backslashes stay: only bytes that do harm are replaced.
static char *escape(const char *chars)
{
	char *safe = malloc(4 * strlen(chars) + 1);
	char *out = safe;

	if (safe == NULL)
		return NULL;
	for (; *chars != '\0'; chars++) {
		if (harmless(*chars))
			*out++ = *chars;
		else
			out += sprintf(out, "\\x%02x", (unsigned char)*chars);
	}
	*out = '\0';
	return safe;
}

static char *number_text(const json_t *value)
{
	char chars[40];

	if (json_is_integer(value))
		snprintf(chars, sizeof(chars), "%lld", (long long)json_integer_value(value));
	else
		snprintf(chars, sizeof(chars), "%.15g", json_real_value(value));
	return strdup(chars);
}

static char *nested_text(const json_t *value)
{
	char *dumped = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15));
	char *safe = dumped != NULL ? escape(dumped) : NULL;

	free(dumped);
	return safe;
}

char *print_cell(const json_t *value)
{
	if (json_is_string(value))
		return escape(json_string_value(value));
	if (json_is_number(value))
		return number_text(value);
	if (json_is_boolean(value))
		return strdup(json_is_true(value) ? "yes" : "no");
	if (value == NULL || json_is_null(value))
		return strdup("-");
	return nested_text(value);
}

void print_safe(const char *chars)
{
	char *safe = escape(chars);

	fputs(safe != NULL ? safe : "?", stdout);
	free(safe);
}

void print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	fputc('\n', stdout);
}

void print_heading(const struct ctl *ctl, const char *heading)
{
	printf(ctl->colour ? "\x1b[1m%s\x1b[0m\n" : "%s\n", heading);
}

static void print_lines(const char *text, unsigned indent)
{
	for (const char *at = text; *at != '\0';) {
		size_t len = strcspn(at, "\n");
		char *line = strndup(at, len);

		printf("%*s", (int)indent, "");
		print_safe(line);
		fputc('\n', stdout);
		free(line);
		at += len + (at[len] == '\n');
	}
}

static bool is_table(const json_t *value)
{
	return json_is_array(value) && json_array_size(value) > 0 && json_is_object(json_array_get(value, 0));
}

static void print_table(const struct ctl *ctl, const json_t *rows, unsigned indent)
{
	struct table *table = table_new(ctl, NULL, indent);
	size_t index;
	json_t *row;

	json_array_foreach(rows, index, row) table_row(table, row);
	table_end(table);
}

static void print_list(const json_t *values)
{
	size_t index;
	json_t *value;

	json_array_foreach(values, index, value)
	{
		char *cell = print_cell(value);

		printf("%s%s", index > 0 ? ", " : "", cell);
		free(cell);
	}
	fputc('\n', stdout);
}

static bool is_block(const json_t *value)
{
	return is_table(value) || json_is_object(value) ||
		   (json_is_string(value) && strchr(json_string_value(value), '\n') != NULL);
}

void print_member(const struct ctl *ctl, const char *name, const json_t *value, unsigned indent, unsigned width)
{
	printf("%*s", (int)indent, "");
	print_safe(name);
	if (is_block(value)) {
		printf(":\n");
		print_message(ctl, value, indent + 2);
		return;
	}
	printf(":%*s ", strlen(name) < width ? (int)(width - strlen(name)) : 0, "");
	if (json_is_array(value)) {
		print_list(value);
		return;
	}
	char *cell = print_cell(value);

	printf("%s\n", cell);
	free(cell);
}

void print_message(const struct ctl *ctl, const json_t *message, unsigned indent)
{
	unsigned width = 0;
	const char *name;
	json_t *value;

	if (json_is_string(message)) {
		print_lines(json_string_value(message), indent);
	} else if (is_table(message)) {
		print_table(ctl, message, indent);
	} else if (json_is_object(message)) {
		json_object_foreach((json_t *)(uintptr_t)message, name, value) width =
			is_block(value) ? width : MW_MAX(width, (unsigned)strlen(name));
		json_object_foreach((json_t *)(uintptr_t)message, name, value) print_member(ctl, name, value, indent, width);
	} else {
		char *cell = print_cell(message);

		printf("%*s%s\n", (int)indent, "", cell);
		free(cell);
	}
}

// first: spaces before the first line; the others have indent. A word after several spaces keeps them.
static void wrap_line(const char *line, unsigned first, unsigned indent, unsigned width)
{
	size_t column = 0;
	size_t gap = first;

	for (const char *at = line + strspn(line, " "); *at != '\0';) {
		size_t len = strcspn(at, " ");

		if (column > 0 && column + gap + len > width) {
			fputc('\n', stdout);
			column = 0;
			gap = indent;
		}
		printf("%*s%.*s", (int)gap, "", (int)len, at);
		column += gap + len;
		at += len;
		gap = strspn(at, " ");
		at += gap;
	}
	fputc('\n', stdout);
}

void print_hanging(const char *text, unsigned indent, unsigned width)
{
	wrap_line(text, 0, indent, width);
}

// On lines of at most width bytes, each after indent spaces.
static void print_wrapped(const char *text, unsigned indent, unsigned width)
{
	for (const char *at = text; *at != '\0';) {
		size_t len = strcspn(at, "\n");
		char *line = strndup(at, len);
		char *safe = line != NULL ? escape(line) : NULL;

		if (safe != NULL)
			wrap_line(safe, indent, indent, width);
		free(line);
		free(safe);
		at += len + (at[len] == '\n');
	}
}

static const struct section {
	const char *key, *heading;
} sections[] = {
	{"summary", "What happened"},
	{"evidence", "Evidence"},
	{"alternatives", "What else it could be"},
	{"advice", "What to do next"},
};

static bool is_section(const char *key)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(sections); i++)
		if (strcmp(sections[i].key, key) == 0)
			return true;
	return false;
}

void print_explanation(const struct ctl *ctl, const json_t *message)
{
	unsigned width = ctl->width == 0 ? WRAP_WIDTH : MW_MIN(ctl->width, WRAP_WIDTH_MAX);
	json_t *facts = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)message, name, value) if (!is_section(name) || !json_is_string(value))
		json_object_set(facts, name, value);
	print_message(ctl, facts, 0);
	json_decref(facts);
	for (size_t i = 0; i < MW_ARRAY_SIZE(sections); i++) {
		const char *text = json_string_value(json_object_get(message, sections[i].key));

		if (text == NULL || text[0] == '\0')
			continue;
		fputc('\n', stdout);
		print_heading(ctl, sections[i].heading);
		print_wrapped(text, 2, width);
	}
}

static char *usage_of(const json_t *command)
{
	const json_t *arguments = json_object_get(command, "arguments");
	char *words[2 + CTL_WORDS_MAX] = {print_cell(json_object_get(command, "command"))};
	int count = 1;
	size_t index;
	json_t *argument;

	json_array_foreach(arguments, index, argument)
	{
		const char *name = json_string_value(json_object_get(argument, "name"));
		const char *dots = json_is_true(json_object_get(argument, "rest")) ? "..." : "";
		const char *format = json_is_true(json_object_get(argument, "required")) ? "<%s>%s" : "[%s%s]";

		if (name == NULL || count > CTL_WORDS_MAX || asprintf(&words[count], format, name, dots) < 0)
			break;
		count++;
	}
	char *joined = words_join(words, count);

	for (int i = 0; i < count; i++)
		free(words[i]);
	return joined;
}

void print_help(const struct ctl *ctl, const json_t *commands)
{
	struct table *table = table_new(ctl, NULL, 0);
	size_t index;
	json_t *command;

	json_array_foreach(commands, index, command)
	{
		char *usage = usage_of(command);
		json_t *row = json_pack("{s:s*, s:O*}", "command", usage, "what it does", json_object_get(command, "help"));

		table_row(table, row);
		json_decref(row);
		free(usage);
	}
	table_end(table);
}
