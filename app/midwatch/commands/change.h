// SPDX-License-Identifier: BSD-3-Clause
// The commands that change something.
// Neighbours: commands/commands.c has the table.
#ifndef COMMANDS_CHANGE_H
#define COMMANDS_CHANGE_H

#include "mw_command.h"

bool commands_set(void *backend, const json_t *arguments, struct mw_reply *reply);
bool commands_reload(void *backend, const json_t *arguments, struct mw_reply *reply);
bool commands_rotate(void *backend, const json_t *arguments, struct mw_reply *reply);
bool commands_clear(void *backend, const json_t *arguments, struct mw_reply *reply);
bool commands_shutdown(void *backend, const json_t *arguments, struct mw_reply *reply);

#endif
