// SPDX-License-Identifier: BSD-3-Clause
// The command line of midwatch.
// Neighbours: main.c; docs: interface in docs/operations.md and midwatch(1).
#ifndef OPTIONS_H
#define OPTIONS_H

#include "mw_base.h"

#define OPTIONS_LIST_MAX 256

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_DOCUMENT, OPTIONS_DOCTOR, OPTIONS_SETUP };

enum options_when { OPTIONS_AUTO, OPTIONS_ALWAYS, OPTIONS_NEVER, OPTIONS_JSON };

struct options {
	const char *files[OPTIONS_LIST_MAX]; // -r
	uint64_t files_ns[OPTIONS_LIST_MAX]; // of each its first packet; 0: without packets, or not known
	uint32_t files_count;
	const char *ports[OPTIONS_LIST_MAX]; // -i
	uint32_t ports_count;
	const char *overrides[OPTIONS_LIST_MAX]; // --set
	uint32_t overrides_count;
	const char *configuration, *directory, *filter, *socket;
	uint32_t workers; // 0: auto
	int cores[OPTIONS_LIST_MAX]; // --cores
	uint32_t cores_count;
	bool check, print_config, json, quiet, no_sandbox;
	bool dry_run, undo; // of setup
	const char *root; // of doctor and setup; "" unless given
	enum options_when progress, color;
	enum options_action action;
	const char *document; // --document KIND: pages generated from the tables
};

/** Reads the command line; on a mistake says so on standard error. @return 0 or -EINVAL. */
int options_read(int argc, char **argv, struct options *options);

/** Prints --help. */
void options_print_help(void);

/** Prints every option, as "-r --read ", on one line. */
void options_print_words(void);

/** Prints the options as a section of a man page. */
void options_print_man(void);

#endif
