// SPDX-License-Identifier: BSD-3-Clause
// The final report: findings first, in plain words, then what was read and where the files are.
// Neighbours: main.c prints it; report/json.c is the same as one JSON document.
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#define REPORT_LINE_BYTES 2048u // of a line of the TRAFFIC part

struct engine;
struct live;
struct mw_detector_record;
struct mw_text;
struct replay_result;

#define REPORT_GONE_BYTES 4096 // names of ports, each with a time; cut beyond

/** What a report tells about the source. replay is NULL when live. */
struct report_source {
	const struct replay_result *replay;
	struct live *live;
};

/** Control codes of a terminal, or empty texts. */
struct report_style {
	const char *bold, *red, *yellow, *dim, *end;
};

/** For people, on standard output; coloured when it is a terminal that wants it. */
void report_print(struct engine *engine, const struct report_source *source);

/**
 * What was found: the worst first, each kind within its share of the page. nothing_read: there was nothing to look at.
 */
void report_print_findings(struct engine *engine, bool nothing_read, const struct report_style *style);

/** What the detectors have to say of the traffic. */
void report_print_detectors(struct engine *engine);

/** Appends the sum line of a record that has one (lines.sum); detector counts in mw_detectors. Control thread. */
void report_add_sum(struct engine *engine, uint32_t detector, const struct mw_detector_record *record,
					struct mw_text *line);

/** One JSON document on standard output. @return 0; -ENOMEM, and there is no whole one. */
int report_print_json(struct engine *engine, const struct report_source *source);

#endif
