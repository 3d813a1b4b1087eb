// SPDX-License-Identifier: BSD-3-Clause
// The capture filter of one file.
// Neighbours: replay_check.c, replay.c.
#ifndef REPLAY_CHECK_H
#define REPLAY_CHECK_H

#include "mw_capture.h"
#include "mw_filter.h"
#include "options.h"

/** True for what can be read once only: standard input, a named pipe, a process substitution of the shell. */
bool replay_is_stream(const char *path);

/**
 * The filter of the command line for the frames of capture; NULL without one. problem says what is wrong with it.
 * @return 0, -EINVAL, -ENOMEM.
 */
int replay_filter(const struct options *options, const struct mw_capture *capture, const char *path,
				  struct mw_text *problem, struct mw_filter **filter);

#endif
