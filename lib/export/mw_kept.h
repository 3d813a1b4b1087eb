// SPDX-License-Identifier: BSD-3-Clause
// A small file of what one run knows and the next one should: lines of text that a person can read.
// Neighbours: app/midwatch/kept.c; detectors say what is worth it (mw_diagnoser.kept).
//
// DIRECTORY/kept-NAME.txt begins with "midwatch NAME 1", its version; lines that begin with # are remarks. It is
// replaced as a whole: written beside, synced, renamed. A crash leaves the old one or the new one. Control thread: it
// opens files.
#ifndef MW_KEPT_H
#define MW_KEPT_H

#include "mw_base.h"

#define MW_KEPT_BYTES_MAX (256u << 10) // of a file, remarks included

/** One line, terminated, that is no remark. @return false: it is not sound. */
typedef bool mw_kept_line(void *context, const char *line);

/**
 * Gives each line to take. A file that is not sound, or has another version, is named with the line in an error, and
 * renamed to kept-NAME.txt.broken-N: then lines before it were taken, and the caller forgets them.
 * @return 0, also without a file; -EINVAL it was not sound, and is out of the way; else -errno, logged: it is still
 * there and must not be replaced.
 */
int mw_kept_read(const char *directory, const char *name, mw_kept_line *take, void *context);

/** Replaces the file by these lines. @return 0 or -errno, logged: the old one stands. */
int mw_kept_write(const char *directory, const char *name, const char *lines, size_t lines_bytes);

#endif
