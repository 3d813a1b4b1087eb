// SPDX-License-Identifier: BSD-3-Clause
// Writes the machine's own files for a port, shows each change before, keeps what was there, puts it back.
// Neighbours: ../doctor says what is missing; docs/operations.md says why each line. Runs no program: what is to be run
// is printed.
#ifndef SETUP_H
#define SETUP_H

#include <sched.h>

#include "doctor/doctor.h"

struct options;

/** What is to be written down. */
struct setup {
	struct doctor doctor; // the port and its place, the cores of the workers, hugepages
	cpu_set_t isolated; // the cores of the workers and their siblings
};

/** A file of the machine that setup writes. */
struct setup_file {
	const char *path;
	bool (*applies)(const struct setup *setup);
	/** Appends the whole new content to now; before is "" when there is no file. */
	void (*write)(const struct setup *setup, const char *before, struct mw_text *now);
};
extern const struct setup_file setup_files[];
extern const uint32_t setup_files_count;

#define SETUP_FILE_BYTES 65536

/** A file's content; there is false when it is missing, and then chars is "". */
struct setup_content {
	bool there;
	char chars[SETUP_FILE_BYTES];
};

/** @return 0 or -errno, told: not readable, or too large. */
int setup_read(const char *root, const char *path, struct setup_content *content);

/** Replaces a file in one step, folders included, or removes it (content->there false). @return 0 or -errno, told. */
int setup_replace(const char *root, const char *path, const struct setup_content *content);

/** Keeps what is there before the first change; a later call leaves that alone. @return 0 or -errno, told. */
int setup_keep(const char *root, const char *path, const struct setup_content *content);

/** What was kept. @return 0; -ENOENT: nothing was; or -errno, told. */
int setup_kept(const char *root, const char *path, struct setup_content *content);

/** Forgets what was kept. */
void setup_forget(const char *root, const char *path);

/** Prints a unified diff of one hunk on standard output; nothing for equal contents. */
void setup_print_diff(const char *path, const struct setup_content *before, const struct setup_content *now);

/** @return 0: done, or nothing to do; 1: refused or failed, told; 2: usage. */
int setup_run(const struct options *options);

#endif
