// SPDX-License-Identifier: BSD-3-Clause
// Small files of the kernel, as under /sys: one number each; all of a file at once; which names are of one file, and
// where this program lies.
// Neighbours: input/ and app/ ask how many hugepages there are. Any thread but a worker: the kernel is asked.
#ifndef MW_FILE_H
#define MW_FILE_H

#include <sys/types.h>

#include "mw_base.h"

/** The decimal number that the file begins with; 0 without a file or a number. */
uint64_t mw_file_number(const char *path);

/** True when both paths lead to one file or folder, by device and inode. False when one cannot be looked at. */
bool mw_file_is_one(const char *first, const char *second);

/**
 * Whether this program lies in the folder that it was built in. Then it reads the files beside it, whatever is
 * installed. False for every program of a package.
 */
bool mw_file_in_place(void);

/**
 * Writes all of it, however little is taken at a time. @return bytes; fewer than count: errno says why, if it is known.
 */
size_t mw_file_write(int fd, const void *bytes, size_t count);

/** Reads until there are count bytes, or to the end. @return bytes or -errno. */
ssize_t mw_file_read(int fd, void *bytes, size_t count);

#endif
