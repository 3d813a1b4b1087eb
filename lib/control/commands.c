// SPDX-License-Identifier: BSD-3-Clause
// The command table in use: looking up, suggesting, checking arguments, and the built-in help.
// Neighbours: request.h, mw_command.h; midwatchctl maps words to arguments and completes from what help tells.
#include "request.h"

#include <ctype.h>
#include <string.h>

#include "mw_nearest.h"

#define WORDS_BYTES     64 // longer texts are no command's name
#define SUGGESTIONS_MAX 3
#define NEARNESS_MAX    3u // edits that still look like a slip

const char *mw_command_text(const json_t *arguments, const char *name)
{
	return json_string_value(json_object_get(arguments, name));
}

// One space between words, none around them; false when it does not fit.
static bool squeeze(const char *words, char *out, size_t size_bytes)
{
	size_t len_bytes = 0;

	for (const char *at = words; *at != '\0'; at++) {
		bool space = isspace((unsigned char)*at) != 0;

		if (space && (len_bytes == 0 || out[len_bytes - 1] == ' '))
			continue;
		if (len_bytes + 1 >= size_bytes)
			return false;
		out[len_bytes++] = space ? ' ' : *at;
	}
	if (len_bytes > 0 && out[len_bytes - 1] == ' ')
		len_bytes--;
	out[len_bytes] = '\0';
	return true;
}

static const struct mw_command *command_at(const struct command_table *table, uint32_t index)
{
	return index < table->count ? &table->commands[index] : &help_command;
}

const struct mw_command *command_find(const struct command_table *table, const char *words)
{
	char name[WORDS_BYTES];

	if (!squeeze(words, name, sizeof(name)))
		return NULL;
	for (uint32_t i = 0; i <= table->count; i++)
		if (strcmp(command_at(table, i)->words, name) == 0)
			return command_at(table, i);
	return NULL;
}

// The words as many as the name has: what follows may be its arguments.
static unsigned edits_of_beginning(const char *name, const char *words)
{
	char beginning[WORDS_BYTES];
	size_t len = 0;

	for (const char *at = name; at != NULL; at = strchr(at + 1, ' '))
		len += words[len] == '\0' ? 0 : strcspn(words + len + 1, " ") + 1;
	memcpy(beginning, words, len);
	beginning[len] = '\0';
	return mw_nearest_edits(name, beginning);
}

// A third of the letters may be wrong, at most three. 0: not near.
static unsigned nearness(const char *name, const char *words)
{
	const size_t name_len = strlen(name), words_len = strlen(words);
	unsigned edits;

	if (strncmp(words, name, name_len) == 0 || strncmp(name, words, words_len) == 0)
		return 1; // a beginning of it, or it with too many words
	if (name_len > words_len && name[name_len - words_len - 1] == ' ' &&
		strcmp(name + name_len - words_len, words) == 0)
		return 1; // its end: "show" was left out
	edits = edits_of_beginning(name, words);
	return edits <= MW_MIN(name_len / 3, (size_t)NEARNESS_MAX) ? edits : 0;
}

void command_suggest(const struct command_table *table, const char *words, struct mw_text *text)
{
	char name[WORDS_BYTES];
	unsigned found = 0;

	if (!squeeze(words, name, sizeof(name)) || name[0] == '\0')
		return;
	for (unsigned near = 1; near <= NEARNESS_MAX; near++)
		for (uint32_t i = 0; i <= table->count && found < SUGGESTIONS_MAX; i++) {
			if (nearness(command_at(table, i)->words, name) != near)
				continue;
			mw_text_add(text, "%s'%s'", found == 0 ? "; did you mean " : " or ", command_at(table, i)->words);
			found++;
		}
	if (found > 0)
		mw_text_add(text, "?");
}

static const struct mw_command_argument *argument_find(const struct mw_command *command, const char *name)
{
	for (uint32_t i = 0; i < command->arguments_count; i++)
		if (strcmp(command->arguments[i].name, name) == 0)
			return &command->arguments[i];
	return NULL;
}

static json_t *as_text(const json_t *value)
{
	char number[40];
	struct mw_text text = mw_text_in(number, sizeof(number));

	if (json_is_string(value))
		return json_stringn(json_string_value(value), json_string_length(value));
	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "yes" : "no");
	if (json_is_integer(value))
		mw_text_add(&text, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		mw_text_add(&text, "%.15g", json_real_value(value));
	else
		return NULL;
	return json_string(number);
}

static bool value_allowed(const struct mw_command_argument *argument, const char *value, struct mw_text *problem)
{
	if (argument->values == NULL)
		return true;
	for (const char *const *at = argument->values; *at != NULL; at++)
		if (strcmp(*at, value) == 0)
			return true;
	mw_text_add(problem, "argument '%s' must be one of:", argument->name);
	for (const char *const *at = argument->values; *at != NULL; at++)
		mw_text_add(problem, " %s", *at);
	return false;
}

static bool take_argument(const struct mw_command *command, const char *name, const json_t *value, json_t *taken,
						  struct mw_text *problem)
{
	const struct mw_command_argument *argument = argument_find(command, name);

	if (argument == NULL) {
		mw_text_add(problem, "'%s' has no argument '", command->words);
		mw_text_add_escaped(problem, (const uint8_t *)name, MW_MIN(strlen(name), WORDS_BYTES));
		mw_text_add(problem, "'");
		return false;
	}
	if (json_is_null(value))
		return true;
	json_t *text = as_text(value);

	if (text == NULL) {
		mw_text_add(problem, "argument '%s' must be a text or a number", name);
		return false;
	}
	bool allowed = value_allowed(argument, json_string_value(text), problem);

	return json_object_set_new(taken, name, text) == 0 && allowed;
}

static bool take_all(const struct mw_command *command, const json_t *given, json_t *taken, struct mw_text *problem)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)given, name,
						value) if (!take_argument(command, name, value, taken, problem)) return false;
	for (uint32_t i = 0; i < command->arguments_count; i++) {
		const struct mw_command_argument *argument = &command->arguments[i];

		if (argument->required && json_object_get(taken, argument->name) == NULL) {
			mw_text_add(problem, "'%s' needs the argument '%s': %s", command->words, argument->name, argument->help);
			return false;
		}
	}
	return true;
}

json_t *command_arguments(const struct mw_command *command, const json_t *given, struct mw_text *problem)
{
	json_t *taken = json_object();

	if (taken != NULL && take_all(command, given, taken, problem))
		return taken;
	json_decref(taken);
	return NULL;
}

static json_t *argument_row(const struct mw_command_argument *argument)
{
	json_t *row = json_pack("{s:s, s:s, s:b, s:b}", "name", argument->name, "help", argument->help, "required",
							argument->required, "rest", argument->rest);
	json_t *values = argument->values != NULL ? json_array() : NULL;

	for (const char *const *at = argument->values; values != NULL && *at != NULL; at++)
		json_array_append_new(values, json_string(*at));
	json_object_set_new(row, "values", values != NULL ? values : json_null());
	return row;
}

static json_t *command_row(const struct mw_command *command)
{
	json_t *arguments = json_array();

	for (uint32_t i = 0; i < command->arguments_count; i++)
		json_array_append_new(arguments, argument_row(&command->arguments[i]));
	return json_pack("{s:s, s:s, s:s?, s:o}", "command", command->words, "help", command->help, "subscribe",
					 command->subscribe, "arguments", arguments);
}

static bool run_help(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const struct command_table *table = backend;
	const char *words = mw_command_text(arguments, "command");
	unsigned found = 0;

	for (uint32_t i = 0; i <= table->count; i++) {
		const struct mw_command *command = command_at(table, i);

		if (words != NULL && strncmp(command->words, words, strlen(words)) != 0)
			continue;
		reply->row_json(reply, command_row(command));
		found++;
	}
	if (found == 0) {
		char chars[256];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		command_suggest(table, words, &text);
		reply->fail(reply, MW_CODE_NOT_FOUND, "no command begins with '%s'%s", words, chars);
	}
	return false;
}

static const struct mw_command_argument help_arguments[] = {
	{.name = "command", .help = "the command's beginning; all commands when not given", .rest = true},
};

const struct mw_command help_command = {
	.words = "help",
	.help = "list the commands and their arguments",
	.arguments = help_arguments,
	.arguments_count = MW_ARRAY_SIZE(help_arguments),
	.run = run_help,
};
