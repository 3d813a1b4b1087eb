// SPDX-License-Identifier: BSD-3-Clause
// One CSV file in the making: rows in memory, whole rows under a temporary name, then its real name.
// Neighbours: csv_set.c owns one a record.
#ifndef EXPORT_CSV_FILE_H
#define EXPORT_CSV_FILE_H

#include "mw_csv.h"

#define FILE_BUFFER_BYTES (64 << 10)
#define FILE_ROWS_MAX     2048
#define FILE_NAME_BYTES   128

struct csv_file {
	const struct mw_record *record;
	const char *directory; // for messages
	int directory_fd;
	int fd; // -1: no temporary file at the moment
	char name[FILE_NAME_BYTES]; // temporary
	uint64_t written_bytes; // whole rows behind the header, in the file
	uint64_t written_rows;
	uint64_t first_ts_ns; // of the first row since the last publish; 0 none
	bool told; // a failure was logged since the last success
	bool torn; // the file could not be cut back to whole rows
	uint32_t rows_count; // in the buffer
	uint32_t row_ends[FILE_ROWS_MAX];
	char buffer[FILE_BUFFER_BYTES];
};

/** A file that was published: what it takes on disk, and the number in its name (1 when there is none). */
struct csv_published {
	uint64_t bytes;
	uint32_t number;
};

/** Makes the temporary file with its header. @return 0 or -errno, not logged; -EBUSY when it belongs to the living. */
int csv_file_create(struct csv_file *file);

/**
 * Goes on in another directory: a new temporary file with what the old one had, which is closed. Rows that cannot be
 * taken along are added to lost. @return 0 or -errno, not logged.
 */
int csv_file_move(struct csv_file *file, int directory_fd, uint64_t *lost);

/** Adds one line to the buffer, writing the buffer out first when it is full. Rows that are lost are added to lost. */
int csv_file_add(struct csv_file *file, const char *line, size_t len_bytes, uint64_t *lost);

/** Bytes so far, buffer included. */
uint64_t csv_file_bytes(const struct csv_file *file);

/**
 * Writes out, syncs and renames to NAME.csv, or with a stamp (20260111T093000Z) to NAME-STAMP.csv, never over another
 * file of that name. Whatever happens the file is without a temporary file after it.
 * @return 0 or -errno, logged; published stays as it was when nothing was renamed.
 */
int csv_file_publish(struct csv_file *file, const char *stamp, uint64_t *lost, struct csv_published *published);

/** Removes the temporary file, if any. */
void csv_file_drop(struct csv_file *file);

#endif
