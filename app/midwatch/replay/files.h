// SPDX-License-Identifier: BSD-3-Clause
// The capture filter of one file.
// Neighbours: replay/files.c, replay/replay.c.
#ifndef REPLAY_CHECK_H
#define REPLAY_CHECK_H

#include "mw_capture.h"
#include "mw_filter.h"
#include "options.h"

/** True for what can be read once only: standard input, a named pipe, a process substitution of the shell. */
bool replay_is_stream(const char *path);

/**
 * The filter of the command line; NULL without one. It is compiled for link type dlt (a DLT_ value), or for none with
 * -1: replay_filter_links does it later. problem says what is wrong with it on path. @return 0, -EINVAL, -ENOMEM.
 */
int replay_filter(const struct options *options, const char *path, int dlt, struct mw_text *problem,
				  struct mw_filter **filter);

/**
 * Before the filter sees frames of path: compiles it for their link types. Where that fails, a warning says so, and
 * none with path NULL.
 */
void replay_filter_links(struct mw_filter *filter, const char *path, const struct mw_packet frames[], uint32_t count);

#endif
