// SPDX-License-Identifier: BSD-3-Clause
// Rules as text, made into tables: the grammar of *.sig files, with limits that no file can exceed.
// Neighbours: signature.c compiles what this reads. Grammar: docs in config/signatures/middlebox.sig.
#ifndef RULES_H
#define RULES_H

#include "mw_signature.h"

#define RULES_MAX           1024 // in all files together
#define RULES_PATTERNS_MAX  4096 // match lines in all files together
#define RULES_PATTERN_BYTES 512
#define RULES_LINE_BYTES    1024
#define RULES_FILE_BYTES    (256 * 1024)

/** One match line. */
struct rules_pattern {
	char regex[RULES_PATTERN_BYTES];
	uint32_t rule; // index
	uint32_t width_min; // bytes of the shortest match; signature.c finds it
	unsigned line;
	const char *file; // of rules_set.files
};

/** What was read so far; zero it before the first rules_parse. */
struct rules_set {
	struct mw_signature_rule *rules;
	struct rules_pattern *patterns;
	char **files; // names, kept for messages
	uint32_t rules_count, patterns_count, files_count;
	uint32_t problems; // reported
};

/**
 * Reads one file's text and adds its rules. Every problem goes to hook and is counted in set; a rule with a problem is
 * left out or incomplete, so a set with problems must not be compiled. @return 0, -ENOMEM.
 */
int rules_parse(struct rules_set *set, const char *file, const char *chars, size_t count,
				mw_signature_problem_hook *hook, void *context);

/** Frees all that rules_parse took. */
void rules_free(struct rules_set *set);

#endif
