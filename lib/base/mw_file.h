// SPDX-License-Identifier: BSD-3-Clause
// Small files of the kernel, as under /sys: one number each; which names are of one file; where this program lies.
// Neighbours: input/ and app/ ask how many hugepages there are. Any thread but a worker: it opens a file.
#ifndef MW_FILE_H
#define MW_FILE_H

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

#endif
