// SPDX-License-Identifier: BSD-3-Clause
// What can be known before a port is opened: does this machine have what the configuration asks for?
// Neighbours: main.c, for --check and before every live run; doctor/ shows the answers; the settings' own tables know
// what is no value at all.
#ifndef CHECK_H
#define CHECK_H

#include "engine.h"
#include "mw_text.h"

/**
 * How the ports are spelt, that each is named once, and the filter for them: each mistake is logged.
 * @return 0 or -errno: the command line has to be changed.
 */
int check_command(const struct options *options);

/**
 * Signatures, the control socket's group, cores, memory: each problem is logged with its key. For files the cores
 * alone. After engine_configure.
 * @return 0 or -EINVAL: a start would fail in the same way again, so that no service manager should try it again.
 */
int check_machine(struct engine *engine);

/**
 * Asks one of the questions, counted from 0. error: 0 or -errno, then with its sentence appended to problem.
 * @return what it is about, or NULL past the last one.
 */
const char *check_ask(struct engine *engine, uint32_t which, int *error, struct mw_text *problem);

/** One line on standard output: what --check has looked at, and what not. */
void check_tell(const struct engine *engine);

#endif
