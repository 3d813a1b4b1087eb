// SPDX-License-Identifier: BSD-3-Clause
// The kernel's small files under a root, and lists of cores as the kernel writes them.
// Neighbours: doctor.h and ../setup read through this alone, so that a copy of another machine's files answers as well.
#ifndef DOCTOR_FILES_H
#define DOCTOR_FILES_H

#include <sched.h>

#include "mw_base.h"
#include "mw_text.h"

#define FILES_PATH_BYTES 512

/** root + the formatted path; "" is a path too long. */
struct files_path {
	char chars[FILES_PATH_BYTES];
};
struct files_path files_path(const char *root, const char *format, ...) MW_PRINTF(2, 3);

bool files_exist(struct files_path path);

/** Appends the first line of a file. @return false when it cannot be read. */
bool files_line(struct files_path path, struct mw_text *line);

/** The number that the file begins with. @return false when it cannot be read. */
bool files_number(struct files_path path, int64_t *number);

/** Reads "0,2-5" into cores; what is no such list is an empty one. */
void files_read_cores(const char *list, cpu_set_t *cores);

/** The list of cores that a file holds; empty when it holds none. @return false when it cannot be read. */
bool files_cores(struct files_path path, cpu_set_t *cores);

/** Appends "0,2-5"; "none" for an empty set. */
void files_add_cores(struct mw_text *text, const cpu_set_t *cores);

/** Whether every core of some is in all. */
bool files_cores_within(const cpu_set_t *some, const cpu_set_t *all);

#endif
