// SPDX-License-Identifier: BSD-3-Clause
// What can be known before a port is opened: does this machine have what the configuration asks for?
// Neighbours: main.c, for --check and before every live run; the settings' own tables know what is no value at all.
#ifndef CHECK_H
#define CHECK_H

#include "engine.h"

/**
 * Signatures, the control socket's group, cores, memory: each problem is logged with its key. After engine_configure.
 * @return 0 or -EINVAL: a start would fail in the same way again, so that no service manager should try it again.
 */
int check_machine(struct engine *engine);

#endif
