// SPDX-License-Identifier: BSD-3-Clause
// `map-e calc` and `map-e infer`: arithmetic only, so they need no running program.
// Neighbours: app/midwatch/commands/commands.c has them in the socket's table, app/midwatchctl/local.c runs them
// itself.
#ifndef COMMANDS_MAPE_H
#define COMMANDS_MAPE_H

#include "mw_command.h"

#define COMMANDS_MAPE_CALC_ARGUMENTS  7
#define COMMANDS_MAPE_INFER_ARGUMENTS 2

extern const struct mw_command_argument commands_mape_calc_arguments[COMMANDS_MAPE_CALC_ARGUMENTS];
extern const struct mw_command_argument commands_mape_infer_arguments[COMMANDS_MAPE_INFER_ARGUMENTS];

/** One message or one refusal each; backend is not used. */
bool commands_mape_calc(void *backend, const json_t *arguments, struct mw_reply *reply);
bool commands_mape_infer(void *backend, const json_t *arguments, struct mw_reply *reply);

#define COMMAND_MAPE_CALC                                                                                              \
	{                                                                                                                  \
		.words = "map-e calc", .help = "IPv4 address, PSID, ports and CE address of a MAP-E line",                     \
		.arguments = commands_mape_calc_arguments, .arguments_count = COMMANDS_MAPE_CALC_ARGUMENTS,                    \
		.run = commands_mape_calc                                                                                      \
	}
#define COMMAND_MAPE_INFER                                                                                             \
	{                                                                                                                  \
		.words = "map-e infer", .help = "the MAP-E port set behind a list of ports",                                   \
		.arguments = commands_mape_infer_arguments, .arguments_count = COMMANDS_MAPE_INFER_ARGUMENTS,                  \
		.run = commands_mape_infer                                                                                     \
	}

#endif
