// SPDX-License-Identifier: BSD-3-Clause
// `show` of live ports.
// Neighbours: commands/commands.c has the table; input/mw_port.h counts. Control thread.
#ifndef COMMANDS_PORTS_H
#define COMMANDS_PORTS_H

#include "mw_command.h"

/** Columns of an empty table. */
extern const char *const commands_ports_columns[], *const commands_xstats_columns[];

/** A row a port: link, and what was received and lost. */
bool commands_ports(void *backend, const json_t *arguments, struct mw_reply *reply);

/** A row for each counter of a port's driver that is not zero. */
bool commands_xstats(void *backend, const json_t *arguments, struct mw_reply *reply);

#endif
