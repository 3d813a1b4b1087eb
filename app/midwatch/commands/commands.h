// SPDX-License-Identifier: BSD-3-Clause
// The commands of the control socket.
// Neighbours: engine.c opens the socket with them; documents/documents.c prints them. backend is the struct engine.
#ifndef COMMANDS_H
#define COMMANDS_H

#include "mw_command.h"

/** All commands, those of the detectors among them. Made at the first call; control thread. */
const struct mw_command *commands_all(uint32_t *count);

#endif
