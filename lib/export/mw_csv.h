// SPDX-License-Identifier: BSD-3-Clause
// CSV files that appear whole: temporary name, fsync, rename, fsync of the directory. RFC 4180 quoting, LF, UTF-8.
// Neighbours: app/ hands rows over; any mw_record can be written. One thread uses a set at a time.
//
// A cell that is not a number and would begin with = + - or @, which spreadsheets take for a formula, gets an
// apostrophe in front. Rows wait in a buffer that is written in whole rows, into .NAME.csv.tmp-PID, which holds a
// flock(2) as long as its process lives: a file of that name without a lock is a dead process's and is removed by the
// next open. What cannot be written whole is cut away and counted, so a published file never ends inside a row.
// Memory is fixed by mw_csv_open.
#ifndef MW_CSV_H
#define MW_CSV_H

#include "mw_base.h"
#include "mw_record.h"
#include "mw_settings.h"

enum mw_csv_rotation { MW_CSV_ONE_FILE, MW_CSV_PER_INTERVAL };

/** Bytes of the longest line; a longer row counts as lost. */
#define MW_CSV_LINE_BYTES (32 << 10)

/** Section "output". */
struct mw_output_settings {
	char directory[MW_SETTING_TEXT_BYTES];
	char probe[MW_SETTING_TEXT_BYTES]; // "" is the host's name
	uint64_t interval_ns;
	uint64_t file_bytes_max; // a live file is closed at this size; 0 only at intervals
	uint64_t retain_bytes_max; // of all closed files; the oldest go first; 0 keeps all
	uint64_t capture_buffer_bytes; // a worker's, for packets on their way into a capture that was asked for
	bool evidence; // of capture files: keep the packets that prove findings
};
extern const struct mw_settings_module mw_output_settings_module;

/** Appends one header line: schema,ts,probe and the record's columns. Ends with LF. */
void mw_csv_add_header(struct mw_text *text, const struct mw_record *record);

/** Appends one row: quoted where RFC 4180 asks, and no text cell starts with = + - @. Ends with LF. */
void mw_csv_add_row(struct mw_text *text, const struct mw_record *record, const char *probe, const void *row);

/** Makes a directory and those above it, where they are missing. @return 0 or -errno, logged. */
int mw_csv_make_directory(const char *path);

struct mw_csv_set;

/**
 * Prepares one file for each record in directory (made when missing). Leftover temporary names of ours are removed.
 * @return 0; -errno, logged with the path; -EBUSY when another process (or set) with our id writes there.
 */
int mw_csv_open(const struct mw_output_settings *settings, const char *directory, enum mw_csv_rotation rotation,
				const struct mw_record *const records[], uint32_t records_count, struct mw_csv_set **set);

/**
 * Appends a row to its record's current file. On a full disk the row is counted as lost and the set goes on. A live
 * file that reaches file_bytes_max is published at once, named by the interval of its first row.
 */
void mw_csv_row(struct mw_csv_set *set, const struct mw_record *record, const void *row);

/**
 * Publishes what was written so far and starts new files (live: named by interval_start_ns, NAME-YYYYMMDDTHHMMSSZ.csv,
 * with -2, -3 ... before .csv where the name is taken), then applies retention, which spares what it just published.
 * In one-file mode only mw_csv_close publishes, NAME.csv. @return 0 or the first -errno, logged.
 */
int mw_csv_publish(struct mw_csv_set *set, uint64_t interval_start_ns);

/**
 * Publishes and frees; NULL is allowed. Live files without a row since the last publish are dropped.
 * @return 0 or the first -errno since open: nothing written whole is lost by it.
 */
int mw_csv_close(struct mw_csv_set *set);

/** Rows that could not be written. */
uint64_t mw_csv_lost(const struct mw_csv_set *set);

/** A JSON schema (draft 2020-12) of one row as an object of the CSV's columns; for installation and tests. */
void mw_csv_add_schema(struct mw_text *text, const struct mw_record *record);

#endif
