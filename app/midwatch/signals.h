// SPDX-License-Identifier: BSD-3-Clause
// What the operating system asks of the process: stop, read the configuration again.
// Neighbours: main.c installs, replay/replay.c and live/live.c look.
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

/**
 * SIGINT and SIGTERM ask to stop, SIGHUP to reload, SIGUSR1 and SIGUSR2 for a line on how far the run is; SIGPIPE and
 * SIGXFSZ become errors of the call.
 */
void signals_install(void);

/** True once a stop was asked for, by a signal or by signals_stop. */
bool signals_stopped(void);
void signals_stop(void);

/** True once for each SIGHUP. */
bool signals_take_reload(void);

/** True once for each SIGUSR1 or SIGUSR2. */
bool signals_take_statistics(void);

#endif
