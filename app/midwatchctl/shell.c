// SPDX-License-Identifier: BSD-3-Clause
// The interactive shell: history, and completion from what the server told of its commands.
// Neighbours: run.c (what a line does). Follows editline(3).
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HISTORY_LINES 1000
#define PATH_BYTES    4096
#define LINE_BYTES    4096

static char *prompt(EditLine *edit)
{
	static char text[] = "midwatch> ";

	(void)edit;
	return text;
}

/** Candidates for the word under the cursor. */
struct candidates {
	json_t *set; // an object: each name once
	const char *prefix;
};

static void offer(struct candidates *candidates, const char *name, size_t len)
{
	char *copy = strndup(name, len);

	if (copy != NULL && strncmp(copy, candidates->prefix, strlen(candidates->prefix)) == 0)
		json_object_set_new(candidates->set, copy, json_true());
	free(copy);
}

// The word of a command's name that comes after the words given.
static void offer_next_word(struct candidates *candidates, const char *name, char *const *words, int count)
{
	for (int i = 0; i < count; i++) {
		size_t len = strcspn(name, " ");

		if (strlen(words[i]) != len || strncmp(name, words[i], len) != 0 || name[len] == '\0')
			return;
		name += len + 1;
	}
	offer(candidates, name, strcspn(name, " "));
}

static void offer_values(struct candidates *candidates, const json_t *argument)
{
	size_t index;
	json_t *value;

	json_array_foreach(json_object_get(argument, "values"), index, value)
		offer(candidates, json_string_value(value), json_string_length(value));
}

static void offer_arguments(struct candidates *candidates, const json_t *command, int given)
{
	const json_t *arguments = json_object_get(command, "arguments");

	if (given < (int)json_array_size(arguments))
		offer_values(candidates, json_array_get(arguments, (size_t)given));
	for (size_t i = 0; i < json_array_size(arguments) && candidates->prefix[0] != '\0'; i++) {
		const char *name = json_string_value(json_object_get(json_array_get(arguments, i), "name"));
		char named[128];

		snprintf(named, sizeof(named), "%s=", name != NULL ? name : "");
		offer(candidates, named, strlen(named));
	}
}

static void gather(const struct ctl *ctl, struct candidates *candidates, char *const *words, int count)
{
	static const char *const own[] = {"top", "quit"};
	size_t index;
	json_t *command;
	int used;

	json_array_foreach(ctl->commands, index, command)
	{
		const char *name = json_string_value(json_object_get(command, "command"));

		if (name != NULL)
			offer_next_word(candidates, name, words, count);
	}
	for (size_t i = 0; i < MW_ARRAY_SIZE(own) && count == 0; i++)
		offer(candidates, own[i], strlen(own[i]));
	const json_t *known = words_command(ctl->commands, words, count, &used);

	if (known != NULL)
		offer_arguments(candidates, known, count - used);
}

static size_t common_length(json_t *set)
{
	const char *first = NULL, *name;
	size_t common = 0;
	json_t *value;

	json_object_foreach(set, name, value)
	{
		size_t len = 0;

		while (first != NULL && len < common && name[len] == first[len])
			len++;
		common = first == NULL ? strlen(name) : len;
		first = first == NULL ? name : first;
	}
	return common;
}

static const char *any_name(json_t *set)
{
	return json_object_iter_key(json_object_iter(set));
}

static void list(json_t *set)
{
	const char *name;
	json_t *value;

	fputc('\n', stdout);
	json_object_foreach(set, name, value)
	{
		print_safe(name);
		fputs("  ", stdout);
	}
	fputc('\n', stdout);
	fflush(stdout);
}

static unsigned char insert(EditLine *edit, const struct candidates *candidates)
{
	size_t typed = strlen(candidates->prefix), common = common_length(candidates->set);
	bool only = json_object_size(candidates->set) == 1;
	char text[LINE_BYTES];

	if (json_object_size(candidates->set) == 0)
		return CC_REFRESH_BEEP;
	if (!only && common <= typed) {
		list(candidates->set);
		return CC_REDISPLAY;
	}
	const char *name = any_name(candidates->set);
	bool named = only && common > 0 && name[common - 1] == '=';

	snprintf(text, sizeof(text), "%.*s%s", (int)(common - typed), name + typed, only && !named ? " " : "");
	return el_insertstr(edit, text) == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
}

static unsigned char complete(EditLine *edit, int key)
{
	const LineInfo *info = el_line(edit);
	char line[LINE_BYTES], *words[CTL_WORDS_MAX];
	static char empty[] = "";
	struct ctl *ctl = NULL;

	(void)key;
	el_get(edit, EL_CLIENTDATA, &ctl);
	size_t len = MW_MIN((size_t)(info->cursor - info->buffer), sizeof(line) - 1);

	memcpy(line, info->buffer, len);
	line[len] = '\0';
	bool fresh = len == 0 || line[len - 1] == ' ';
	int count = words_split(line, words, CTL_WORDS_MAX - 1);

	if (count < 0)
		return CC_REFRESH_BEEP;
	if (fresh)
		words[count++] = empty;
	if (count == 0)
		return CC_REFRESH_BEEP;
	struct candidates candidates = {.set = json_object(), .prefix = words[count - 1]};

	gather(ctl, &candidates, words, count - 1);
	unsigned char result = insert(edit, &candidates);

	json_decref(candidates.set);
	return result;
}

// Makes each folder of path, 0700; one that cannot be made shows when the file is written.
static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static bool history_path(char *path, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state != NULL && state[0] == '/')
		return snprintf(path, size, "%s/midwatch/ctl_history", state) < (int)size;
	if (home != NULL && home[0] == '/')
		return snprintf(path, size, "%s/.local/state/midwatch/ctl_history", home) < (int)size;
	return false;
}

static void history_save(History *lines)
{
	char path[PATH_BYTES];
	HistEvent event;

	if (!history_path(path, sizeof(path)))
		return;
	make_folders(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	history(lines, &event, H_SAVE, path);
}

static EditLine *edit_new(struct ctl *ctl, History *lines)
{
	EditLine *edit = el_init("midwatchctl", stdin, stdout, stderr);

	if (edit == NULL)
		return NULL;
	el_set(edit, EL_CLIENTDATA, ctl);
	el_set(edit, EL_PROMPT, prompt);
	el_set(edit, EL_EDITOR, "emacs");
	el_set(edit, EL_SIGNAL, 1);
	el_set(edit, EL_HIST, history, lines);
	el_set(edit, EL_ADDFN, "midwatch-complete", "Complete the word", complete);
	el_set(edit, EL_BIND, "^I", "midwatch-complete", NULL);
	el_set(edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
	el_source(edit, NULL);
	return edit;
}

// @return false to leave.
static bool run_typed(struct ctl *ctl, const char *typed, enum ctl_status *status)
{
	char *words[CTL_WORDS_MAX];
	char *line = strdup(typed);
	int count = line != NULL ? words_split(line, words, CTL_WORDS_MAX) : 0;
	bool leave = count > 0 && (strcmp(words[0], "quit") == 0 || strcmp(words[0], "exit") == 0);

	if (count < 0)
		ctl_complain("a quote is not closed");
	else if (count > 0 && !leave)
		*status = run_words(ctl, words, count);
	free(line);
	return !leave && !(*status != CTL_OK && ctl->stop_on_error);
}

static enum ctl_status converse(struct ctl *ctl, EditLine *edit, History *lines)
{
	enum ctl_status status = CTL_OK;
	HistEvent event;

	for (;;) {
		int count = 0;

		ctl_interrupted = 0;
		const char *line = el_gets(edit, &count);

		if (line == NULL || count <= 0) {
			if (ctl_interrupted == 0)
				break;
			fputs("^C\n", stdout);
			el_reset(edit);
			continue;
		}
		if (strspn(line, " \t\n") < strlen(line))
			history(lines, &event, H_ENTER, line);
		if (!run_typed(ctl, line, &status))
			break;
	}
	return ctl->stop_on_error ? status : CTL_OK;
}

enum ctl_status shell_run(struct ctl *ctl)
{
	char path[PATH_BYTES];
	HistEvent event;
	enum ctl_status status = run_load_commands(ctl);

	if (status != CTL_OK)
		return status;
	History *lines = history_init();
	EditLine *edit = edit_new(ctl, lines);

	if (edit == NULL) {
		history_end(lines);
		ctl_complain("this terminal cannot be used for a shell");
		return CTL_FAILED;
	}
	history(lines, &event, H_SETSIZE, HISTORY_LINES);
	history(lines, &event, H_SETUNIQUE, 1);
	if (history_path(path, sizeof(path)))
		history(lines, &event, H_LOAD, path);
	ctl_catch_interrupt(0);
	printf("midwatchctl " MW_VERSION ", %s: 'help' lists the commands, Tab completes, 'quit' leaves.\n", ctl->socket);
	status = converse(ctl, edit, lines);
	history_save(lines);
	el_end(edit);
	history_end(lines);
	return status;
}
