// SPDX-License-Identifier: BSD-3-Clause
// What is told in words: the status with the meaning of its numbers, events and findings of a stream.
// Neighbours: print.c has the general look of JSON; names and values are the server's (app/midwatch/commands).
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define VALUE_WIDTH 27 // of a time

static const struct note {
	const char *key, *text;
} notes[] = {
	{"memory_bytes", "of the workers"},
	{"hugepages", "whether the flow tables lie in them"},
	{"rows_lost", "rows that could not be written"},
	{"mirror_unseen_pct", "of what was acknowledged, and the mirror never showed"},
	{"blind_s", "s in which midwatch itself did not see: no link, losses, a worker without its core"},
	{"lines_s", "s of all lines and classes, each with its own time: the sum of the next three"},
	{"lines_seen_s", "of these: something came, or was asked"},
	{"lines_blind_s", "of these: the mirror or midwatch did not see"},
	{"lines_unasked_s", "of these: nobody asked, so nothing is known"},
	{"lines_until", "so far the time of lines is decided"},
};

static const char *note_of(const char *key, const json_t *message)
{
	if (strcmp(key, "state") == 0)
		return json_string_value(json_object_get(message, "unseen"));
	for (size_t i = 0; i < MW_ARRAY_SIZE(notes); i++)
		if (strcmp(notes[i].key, key) == 0)
			return notes[i].text;
	return NULL;
}

static void print_noted(const char *name, const json_t *value, const char *note, unsigned indent, unsigned width)
{
	char *cell = print_cell(value);

	printf("%*s%s:%*s %-*s  ", (int)indent, "", name, (int)(width - strlen(name)), "", VALUE_WIDTH,
		   cell != NULL ? cell : "");
	print_safe(note);
	fputc('\n', stdout);
	free(cell);
}

void print_status(const struct ctl *ctl, const json_t *message, unsigned indent)
{
	unsigned width = 0;
	const char *name;
	json_t *value;

	if (!json_is_object(message)) {
		print_message(ctl, message, indent);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)message, name, value) if (!json_is_object(value) && !json_is_array(value))
		width = MW_MAX(width, (unsigned)strlen(name));
	json_object_foreach((json_t *)(uintptr_t)message, name, value)
	{
		const char *note = note_of(name, message);

		if (note != NULL && !json_is_object(value) && !json_is_array(value))
			print_noted(name, value, note, indent, width);
		else if (strcmp(name, "unseen") != 0) // beside the state
			print_member(ctl, name, value, indent, width);
	}
}

static void print_members(const json_t *item)
{
	const char *name;
	json_t *value;
	bool first = true;

	json_object_foreach((json_t *)(uintptr_t)item, name, value)
	{
		if (json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0))
			continue;
		char *cell = print_cell(value);

		fputs(first ? "" : " ", stdout);
		if (strcmp(name, "ts") != 0 && strcmp(name, "text") != 0) {
			print_safe(name);
			fputc('=', stdout);
		}
		fputs(cell, stdout);
		free(cell);
		first = false;
	}
	fputc('\n', stdout);
}

// Of "2026-11-30T18:49:29.226499Z" what somebody wants who looks on: 18:49:29.226
static char *clock_of(const json_t *ts)
{
	char *chars = print_cell(ts);
	const char *clock = chars == NULL ? NULL : strchr(chars, 'T');

	if (clock != NULL && strlen(clock) >= 13) {
		memmove(chars, clock + 1, 12);
		chars[12] = '\0';
	}
	return chars;
}

static void add_words(FILE *stream, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_t *word = words[i] == NULL || words[i][0] == '\0' ? NULL : json_string(words[i]);
		char *safe = word == NULL ? NULL : print_cell(word);

		if (safe != NULL)
			fprintf(stream, "  %s", safe);
		free(safe);
		json_decref(word);
	}
}

static void print_words(const struct ctl *ctl, const char *clock, const char *const words[], size_t count)
{
	char *line = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&line, &size);

	if (stream == NULL)
		return;
	fputs(clock, stream);
	add_words(stream, words, count);
	fclose(stream);
	if (line != NULL && ctl->width > 0)
		print_hanging(line, (unsigned)strlen(clock) + 2, ctl->width);
	else if (line != NULL)
		puts(line);
	free(line);
}

static const char *text_of(const json_t *item, const char *key)
{
	return json_string_value(json_object_get(item, key));
}

void print_item(const struct ctl *ctl, const json_t *item)
{
	const char *const event[] = {text_of(item, "text"), text_of(item, "what")};
	const char *const finding[] = {text_of(item, "severity"), text_of(item, "id"), text_of(item, "summary")};
	char *clock;

	if (text_of(item, "ts") == NULL || (event[1] == NULL && finding[2] == NULL)) {
		print_members(item);
		return;
	}
	clock = clock_of(json_object_get(item, "ts"));
	if (clock == NULL)
		return;
	if (event[1] != NULL)
		print_words(ctl, clock, event, MW_ARRAY_SIZE(event));
	else
		print_words(ctl, clock, finding, MW_ARRAY_SIZE(finding));
	free(clock);
}
