// SPDX-License-Identifier: BSD-3-Clause
// Commands that only calculate: run here, so that they answer where no midwatch runs.
// Neighbours: run.c, words.c; ../common/commands_mape.c has the commands, which the server offers too.
#include "commands_mape.h"
#include "ctl.h"

#include <stdarg.h>

static const struct mw_command commands[] = {COMMAND_MAPE_CALC, COMMAND_MAPE_INFER};

/** The reply of a command run here: message and fail only, once. */
struct local_reply {
	struct mw_reply reply; // first, so that a reply is one of these
	const struct ctl *ctl;
	enum ctl_status status;
};

static void show_message(struct mw_reply *reply, json_t *message)
{
	const struct ctl *ctl = ((struct local_reply *)reply)->ctl;

	if (ctl->json)
		print_json(message);
	else
		print_message(ctl, message, 0);
	json_decref(message);
}

static void show_refusal(struct mw_reply *reply, const char *code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	json_t *line = json_pack("{s:s, s:o}", "code", code, "message", json_vsprintf(format, list));

	va_end(list);
	((struct local_reply *)reply)->status = link_refusal(line, false);
	json_decref(line);
}

// As `help` of the server tells them.
static json_t *table(void)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < MW_ARRAY_SIZE(commands); i++) {
		json_t *arguments = json_array();

		for (uint32_t a = 0; a < commands[i].arguments_count; a++) {
			const struct mw_command_argument *argument = &commands[i].arguments[a];

			json_array_append_new(arguments, json_pack("{s:s, s:b}", "name", argument->name, "rest", argument->rest));
		}
		json_array_append_new(rows, json_pack("{s:s, s:o}", "command", commands[i].words, "arguments", arguments));
	}
	return rows;
}

static bool has_required(const struct mw_command *command, const json_t *given)
{
	for (uint32_t a = 0; a < command->arguments_count; a++) {
		const struct mw_command_argument *argument = &command->arguments[a];

		if (!argument->required || json_object_get(given, argument->name) != NULL)
			continue;
		ctl_complain("'%s' needs the argument '%s': %s", command->words, argument->name, argument->help);
		return false;
	}
	return true;
}

static enum ctl_status run(const struct ctl *ctl, const struct mw_command *command, const json_t *given)
{
	struct local_reply reply = {.reply = {.message = show_message, .fail = show_refusal, .command = command},
								.ctl = ctl};

	if (!has_required(command, given))
		return CTL_USAGE;
	command->run(NULL, given, &reply.reply);
	return reply.status;
}

bool local_run(struct ctl *ctl, char *const *words, int count, enum ctl_status *status)
{
	json_t *rows = table();
	int used;
	const json_t *row = words_command(rows, words, count, &used);
	json_t *given = row == NULL ? NULL : words_arguments(row, words + used, count - used);

	*status = CTL_USAGE;
	for (size_t i = 0; given != NULL && i < MW_ARRAY_SIZE(commands); i++)
		if (json_array_get(rows, i) == row)
			*status = run(ctl, &commands[i], given);
	json_decref(given);
	json_decref(rows);
	return used > 0;
}
