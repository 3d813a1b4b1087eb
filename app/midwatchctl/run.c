// SPDX-License-Identifier: BSD-3-Clause
// Runs a command: asks, shows the answer as it comes, follows streams.
// Neighbours: words.c (what was meant), link.c (the answer), table.c print.c (its look), top.c.
#include "ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_nearest.h"

#define COLUMNS_MAX    64
#define FINDINGS_WIDTH 200u // with all columns they take more

enum ctl_status run_load_commands(struct ctl *ctl)
{
	enum ctl_status status = CTL_OK;

	if (ctl->commands == NULL)
		ctl->commands = link_collect(ctl, "help", &status);
	return status;
}

struct shown {
	const struct ctl *ctl;
	const char *command;
	struct table *table;
	bool anything; // was said
	json_t *help; // rows of `help`, which has its own look
};

// What a line of a terminal has room for; `explain` and --json have the rest.
static const char *const *columns_for(const struct ctl *ctl, const char *command)
{
	static const char *const of_findings[] = {"severity", "id", "subject", "summary", NULL};

	return ctl->width > 0 && ctl->width < FINDINGS_WIDTH && strcmp(command, "show findings") == 0 ? of_findings : NULL;
}

static void show_row(void *context, json_t *row)
{
	struct shown *shown = context;

	shown->anything = true;
	if (shown->ctl->json)
		print_json(row);
	else if (shown->help != NULL)
		json_array_append(shown->help, row);
	else if (shown->table != NULL ||
			 (shown->table = table_new(shown->ctl, columns_for(shown->ctl, shown->command), 0)) != NULL)
		table_row(shown->table, row);
}

// A table without rows still has its header.
static void show_columns(void *context, const json_t *columns)
{
	struct shown *shown = context;
	const char *names[COLUMNS_MAX + 1];
	size_t count = 0, index;
	json_t *name;

	json_array_foreach(columns, index, name)
	{
		if (json_is_string(name) && count < COLUMNS_MAX)
			names[count++] = json_string_value(name);
	}
	names[count] = NULL;
	if (!shown->ctl->json)
		table_end(table_new(shown->ctl, names, 0));
}

static void show_message(void *context, json_t *message)
{
	struct shown *shown = context;

	shown->anything = true;
	if (shown->ctl->json)
		print_json(message);
	else if (strcmp(shown->command, "explain") == 0 && json_is_object(message))
		print_explanation(shown->ctl, message);
	else if (strcmp(shown->command, "show status") == 0)
		print_status(shown->ctl, message, 0);
	else
		print_message(shown->ctl, message, 0);
}

static enum ctl_status ask_and_show(struct ctl *ctl, const char *command, json_t *arguments)
{
	struct shown shown = {.ctl = ctl, .command = command};
	struct answer_hook hook = {.row = show_row, .message = show_message, .columns = show_columns, .context = &shown};

	if (strcmp(command, "help") == 0)
		shown.help = json_array();
	hook.keeps = shown.help != NULL;
	enum ctl_status status = link_answer(ctl, command, arguments, &hook, false);

	if (shown.table != NULL)
		table_end(shown.table);
	if (shown.help != NULL && !ctl->json)
		print_help(ctl, shown.help);
	json_decref(shown.help);
	if (status == CTL_OK && !shown.anything && !ctl->json)
		puts("none");
	return status;
}

static void show_streamed(const struct ctl *ctl, const json_t *line)
{
	const json_t *item = json_object_get(line, "item");
	const json_t *lost = json_object_get(line, "lost");

	if (ctl->json && (item != NULL || lost != NULL))
		print_json(item != NULL ? item : line);
	else if (item != NULL)
		print_item(ctl, item);
	else if (lost != NULL)
		printf("(%lld more: this terminal was too slow for them)\n", (long long)json_integer_value(lost));
	fflush(stdout);
}

static void hear_nothing(void *context, json_t *value)
{
	(void)context;
	(void)value;
}

// On a connection of its own, so that the stream ends with it.
static enum ctl_status follow(const struct ctl *ctl, const char *command, json_t *arguments)
{
	struct ctl own = *ctl;
	struct answer_hook hook = {.row = hear_nothing, .message = hear_nothing};

	own.link = (struct link){.fd = -1};
	ctl_catch_interrupt(SA_RESTART);
	enum ctl_status status = link_answer(&own, command, arguments, &hook, false);

	while (status == CTL_OK && ctl_interrupted == 0) {
		json_t *line = NULL;

		status = link_next(&own, -1, &line);
		if (line != NULL)
			show_streamed(ctl, line);
		json_decref(line);
	}
	link_close(&own.link);
	return status;
}

static enum ctl_status run_known(struct ctl *ctl, const json_t *command, char **words, int count)
{
	const char *name = json_string_value(json_object_get(command, "command"));
	json_t *arguments = words_arguments(command, words, count);

	if (arguments == NULL)
		return CTL_USAGE;
	if (json_is_string(json_object_get(command, "subscribe")))
		return follow(ctl, name, arguments);
	return ask_and_show(ctl, name, arguments);
}

// The server knows best what was meant: it refuses with the nearest commands.
static enum ctl_status run_unknown(struct ctl *ctl, char **words, int count)
{
	static const char *const own[] = {"top", "quit"};

	for (size_t i = 0; i < MW_ARRAY_SIZE(own); i++) {
		if (mw_nearest_edits(words[0], own[i]) != 1)
			continue;
		ctl_complain("unknown command '%s'; did you mean '%s'?", words[0], own[i]);
		return CTL_USAGE;
	}
	char *joined = words_join(words, count);
	enum ctl_status status = ask_and_show(ctl, joined, json_object());

	free(joined);
	return status;
}

static int take_flags(struct ctl *ctl, char **words, int count)
{
	int kept = 0;

	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "--json") == 0)
			ctl->json = true;
		else if (strcmp(words[i], "--once") == 0)
			ctl->once = true;
		else
			words[kept++] = words[i];
	}
	return kept;
}

static enum ctl_status run_kept(struct ctl *ctl, char **words, int count)
{
	int used;

	if (strcmp(words[0], "top") == 0) {
		if (count == 1)
			return top_run(ctl);
		ctl_complain("'top' takes no more words: '%s' is too many", words[1]);
		return CTL_USAGE;
	}
	enum ctl_status status;

	if (local_run(ctl, words, count, &status))
		return status;
	status = run_load_commands(ctl);
	if (status != CTL_OK)
		return status;
	const json_t *command = words_command(ctl->commands, words, count, &used);

	return command != NULL ? run_known(ctl, command, words + used, count - used) : run_unknown(ctl, words, count);
}

enum ctl_status run_words(struct ctl *ctl, char **words, int count)
{
	bool json = ctl->json, once = ctl->once;
	enum ctl_status status = CTL_OK;

	ctl_interrupted = 0;
	count = take_flags(ctl, words, count);
	if (count > 0)
		status = run_kept(ctl, words, count);
	ctl->json = json; // a flag on one line of many is for that line
	ctl->once = once;
	return status;
}

static enum ctl_status run_line(struct ctl *ctl, char *line, const char *path, unsigned number)
{
	char *words[CTL_WORDS_MAX];
	int count = words_split(line, words, CTL_WORDS_MAX);

	if (count < 0) {
		ctl_complain("%s:%u: a quote is not closed", path, number);
		return CTL_USAGE;
	}
	enum ctl_status status = run_words(ctl, words, count);

	if (status != CTL_OK)
		ctl_complain("%s:%u: failed", path, number);
	return status;
}

enum ctl_status run_file(struct ctl *ctl, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	enum ctl_status first = CTL_OK;
	char *line = NULL;
	size_t size = 0;

	if (file == NULL) {
		ctl_complain("%s: %s", path, strerror(errno));
		return CTL_USAGE;
	}
	for (unsigned number = 1; getline(&line, &size, file) >= 0; number++) {
		enum ctl_status status = run_line(ctl, line, path, number);

		if (first == CTL_OK)
			first = status;
		if (status != CTL_OK && (ctl->stop_on_error || status == CTL_NO_CONNECTION))
			break;
	}
	free(line);
	if (file != stdin)
		fclose(file);
	return first;
}
