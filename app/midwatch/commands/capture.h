// SPDX-License-Identifier: BSD-3-Clause
// capture start, capture stop, show capture.
// Neighbours: commands/commands.c has the table; live/capture.h does it.
#ifndef COMMANDS_CAPTURE_H
#define COMMANDS_CAPTURE_H

#include "mw_command.h"

#define COMMANDS_CAPTURE_ARGUMENTS 6
extern const struct mw_command_argument commands_capture_arguments[COMMANDS_CAPTURE_ARGUMENTS];

bool commands_capture_start(void *backend, const json_t *arguments, struct mw_reply *reply);
bool commands_capture_stop(void *backend, const json_t *arguments, struct mw_reply *reply);
bool commands_capture_show(void *backend, const json_t *arguments, struct mw_reply *reply);

#endif
