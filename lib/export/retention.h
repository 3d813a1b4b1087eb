// SPDX-License-Identifier: BSD-3-Clause
// Published live files in a directory: their bytes, and the removal of the oldest.
// Neighbours: csv_set.c. Only names that csv_file.c makes, of the given records, are ever touched.
#ifndef EXPORT_RETENTION_H
#define EXPORT_RETENTION_H

#include "mw_csv.h"

#define STAMP_BYTES      17 // 20260111T093000Z and its end
#define RETENTION_OLDEST 1024

/** One published file by the parts of its name. */
struct published {
	char stamp[STAMP_BYTES];
	uint32_t number; // 1 when the name has none
	uint32_t record;
};

struct retention_before;

struct retention {
	const struct mw_record *const *records;
	uint32_t records_count;
	int directory_fd;
	const char *directory;
	uint64_t limit_bytes; // 0: keep all
	uint64_t total_bytes;
	struct retention_before *before; // while it is looked for
	uint32_t oldest_count, oldest_next;
	struct published oldest[2 * RETENTION_OLDEST]; // one half is kept between scans
};

/** Files of runs before this one. */
struct retention_before {
	uint32_t files;
	struct published newest;
};

/** Looks for files of runs before, before this one has published any. before->files 0: none. @return 0 or -errno. */
int retention_look(struct retention *retention, struct retention_before *before);

/** Adds up what is there. @return 0 or -errno. */
int retention_start(struct retention *retention);

/** Counts bytes that were just published and deletes older files than newest until the total fits. */
void retention_apply(struct retention *retention, uint64_t published_bytes, const struct published *newest);

/** Removes temporary files of the records that no living process has locked. */
void retention_remove_leftovers(struct retention *retention);

#endif
