// SPDX-License-Identifier: BSD-3-Clause
// The commands of the control socket.
// Neighbours: engine.c opens the socket with them; documents.c prints them. backend is the struct engine.
#ifndef COMMANDS_H
#define COMMANDS_H

#include "mw_command.h"

extern const struct mw_command commands[];
extern const uint32_t commands_count;

#endif
