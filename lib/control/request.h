// SPDX-License-Identifier: BSD-3-Clause
// Commands as the server looks them up: the built-in help, nearest names, arguments held against the table.
// Neighbours: commands.c does it, server.c calls it, answer.c carries the refusals.
#ifndef REQUEST_H
#define REQUEST_H

#include "mw_server.h"
#include "mw_text.h"

/** The table of one server. */
struct command_table {
	const struct mw_command *commands;
	uint32_t count;
};

/** The built-in command `help`; its backend is a struct command_table. */
extern const struct mw_command help_command;

/** The command with these words (any white space between them), or NULL. */
const struct mw_command *command_find(const struct command_table *table, const char *words);

/** Appends up to three names near to words, as "; did you mean 'x' or 'y'?"; nothing when none is near. */
void command_suggest(const struct command_table *table, const char *words, struct mw_text *text);

/**
 * Holds given (an object or NULL) against the command's arguments and makes each a string: numbers as they are, true
 * and false as yes and no; null is "not given".
 * @return the arguments (drop with json_decref); NULL and *problem written when one is missing, unknown or wrong.
 */
json_t *command_arguments(const struct mw_command *command, const json_t *given, struct mw_text *problem);

#endif
