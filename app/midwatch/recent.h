// SPDX-License-Identifier: BSD-3-Clause
// The latest rows of every record, for `show`, and the latest events as text.
// Neighbours: engine.c fills it, commands/commands.c and report/report.c read it. Control thread only.
#ifndef RECENT_H
#define RECENT_H

#include "mw_aggregate.h"
#include "mw_record.h"

#define RECENT_ROWS 1024u

#define RECENT_WHAT_BYTES 96

/** One record's latest rows in a circle. */
struct recent_rows {
	const struct mw_record *record;
	uint8_t *rows;
	uint64_t total; // ever added
};

/** An event as `show events` tells it. */
struct recent_event {
	uint64_t ts_ns;
	char kind[48];
	char text[160];
	char what[RECENT_WHAT_BYTES];
};
extern const struct mw_record recent_event_record;

struct recent {
	struct recent_rows records[MW_AGGREGATE_RECORDS_MAX];
	uint32_t records_count;
	struct mw_event *events; // a circle, as rows
	uint64_t events_total; // ever added
};

/** Room for all records of the program. @return 0 or -ENOMEM. */
int recent_new(struct recent *recent);
void recent_free(struct recent *recent);
void recent_add(struct recent *recent, const struct mw_record *record, const void *row);
/** Keeps an event, unless it is a measurement. @return whether it is kept. */
bool recent_add_event(struct recent *recent, const struct mw_event *event);
/** An event of midwatch itself, of no worker: whom it is about, of which the end is kept, and what happened. */
void recent_make_event(struct mw_event *event, uint64_t time_ns, const char *about, const char *what);
/** Event number n since start; NULL when it is gone or did not happen yet. */
const struct mw_event *recent_event_at(const struct recent *recent, uint64_t n);
/** An event for people. */
void recent_event_of(const struct mw_event *event, struct recent_event *result);

/** The rows of the record; NULL when it is none of those that are remembered. */
const struct recent_rows *recent_find(const struct recent *recent, const struct mw_record *record);

/** Row number n since start: NULL when it is gone or did not happen yet. */
const void *recent_row(const struct recent_rows *rows, uint64_t n);

#endif
