// SPDX-License-Identifier: BSD-3-Clause
// From words on a line to a command and its arguments, by the table that the server tells.
// Neighbours: run.c, shell.c (completion).
#include "ctl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// Copies one word to *out, moving both; false when a quote stays open.
static bool take_word(const char **at, char **out)
{
	char quote = '\0';

	for (; **at != '\0' && (quote != '\0' || !isspace((unsigned char)**at)); (*at)++) {
		char c = **at;

		if (quote != '\0' && c == quote)
			quote = '\0';
		else if (quote == '\0' && (c == '\'' || c == '"'))
			quote = c;
		else if (c == '\\' && quote != '\'' && (*at)[1] != '\0')
			*(*out)++ = *++*at;
		else
			*(*out)++ = c;
	}
	return quote == '\0';
}

int words_split(char *line, char **words, int words_max)
{
	const char *at = line;
	char *out = line;
	int count = 0;

	for (;;) {
		while (isspace((unsigned char)*at))
			at++;
		if (*at == '\0' || *at == '#' || count == words_max)
			return count;
		words[count++] = out;
		bool closed = take_word(&at, &out);

		if (!closed)
			return -1;
		if (*at != '\0')
			at++;
		*out++ = '\0'; // never beyond at: the word's end or the space after it
	}
}

char *words_join(char *const *words, int count)
{
	char *joined = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&joined, &size);

	if (stream == NULL)
		return NULL;
	for (int i = 0; i < count; i++)
		fprintf(stream, "%s%s", i > 0 ? " " : "", words[i]);
	fclose(stream);
	return joined;
}

// How many of the words the name uses up; 0 when they say something else.
static int words_used(const char *name, char *const *words, int count)
{
	int used = 0;

	while (*name != '\0') {
		size_t len = strcspn(name, " ");

		if (used == count || strlen(words[used]) != len || strncmp(name, words[used], len) != 0)
			return 0;
		used++;
		name += len;
		name += strspn(name, " ");
	}
	return used;
}

const json_t *words_command(const json_t *commands, char *const *words, int count, int *used)
{
	const json_t *best = NULL;
	size_t index;
	json_t *command;

	*used = 0;
	json_array_foreach(commands, index, command)
	{
		const char *name = json_string_value(json_object_get(command, "command"));
		int more = name == NULL ? 0 : words_used(name, words, count);

		if (more > *used) {
			*used = more;
			best = command;
		}
	}
	return best;
}

static const char *argument_name(const json_t *argument)
{
	const char *name = json_string_value(json_object_get(argument, "name"));

	return name != NULL ? name : "";
}

// The argument of "name=value"; NULL when the word is none such.
static const json_t *find_named(const json_t *arguments, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t index;
	json_t *argument;

	if (equals == NULL)
		return NULL;
	json_array_foreach(arguments, index, argument)
	{
		const char *name = argument_name(argument);

		if (strlen(name) == (size_t)(equals - word) && strncmp(name, word, strlen(name)) == 0)
			return argument;
	}
	return NULL;
}

static bool set_named(const json_t *arguments, const char *word, json_t *given)
{
	const json_t *argument = find_named(arguments, word);

	return argument != NULL &&
		   json_object_set_new(given, argument_name(argument), json_string(strchr(word, '=') + 1)) == 0;
}

// All words that are left, up to one that names its argument.
static int count_rest(const json_t *arguments, char *const *words, int count)
{
	int used = 1;

	while (used < count && find_named(arguments, words[used]) == NULL)
		used++;
	return used;
}

// @return how many words were used; 0: there is no argument left.
static int set_next(const json_t *arguments, char *const *words, int count, json_t *given)
{
	size_t index;
	json_t *argument;

	json_array_foreach(arguments, index, argument)
	{
		const char *name = argument_name(argument);
		int used = json_is_true(json_object_get(argument, "rest")) ? count_rest(arguments, words, count) : 1;

		if (json_object_get(given, name) != NULL)
			continue;
		char *value = words_join(words, used);

		json_object_set_new(given, name, json_string(value));
		free(value);
		return used;
	}
	return 0;
}

json_t *words_arguments(const json_t *command, char *const *words, int count)
{
	const json_t *arguments = json_object_get(command, "arguments");
	json_t *given = json_object();

	for (int i = 0; i < count;) {
		int used = set_named(arguments, words[i], given) ? 1 : set_next(arguments, words + i, count - i, given);

		if (used == 0) {
			ctl_complain("'%s' takes no more words: '%s' is too many",
						 json_string_value(json_object_get(command, "command")), words[i]);
			json_decref(given);
			return NULL;
		}
		i += used;
	}
	return given;
}
