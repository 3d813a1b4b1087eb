// SPDX-License-Identifier: BSD-3-Clause
// Rows into files by a thread of its own: text costs as much as the rest of a row, and a disk may be slow. Rows are
// copied into lots, which are written in the order they came in: the files are those that mw_csv_row alone would make.
// Neighbours: engine.c gives rows; lib/export writes them; replay/replay.c starts and ends the thread.
#ifndef WRITER_H
#define WRITER_H

#include <pthread.h>

#include "mw_csv.h"

#define WRITER_LOTS      4u
#define WRITER_LOT_BYTES ((size_t)256 << 10) // hundreds of rows: worth waking a thread for

/** Rows one behind the other: the record's address, then the row. */
struct writer_lot {
	uint8_t *bytes; // WRITER_LOT_BYTES, touched as far as they are used
	size_t used_bytes;
};

/** lock guards given, done, stop; a lot between done and given is the thread's, any other the giver's. */
struct writer {
	struct mw_csv_set *csv; // the thread's from the first row until writer_settle
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t given_one, done_one;
	uint32_t given, done;
	bool running, stop;
	struct writer_lot lots[WRITER_LOTS];
};

/**
 * Starts the thread, which writes to csv. @return 0; -ENOMEM or another -errno: nothing runs. Control thread, as all.
 */
int writer_start(struct writer *writer, struct mw_csv_set *csv);

/** As mw_csv_row, later. The row is copied. Waits when the thread is behind. */
void writer_row(struct writer *writer, const struct mw_record *record, const void *row);

/** Waits until every row so far is where mw_csv_row would have it: csv is the caller's until the next row. */
void writer_settle(struct writer *writer);

/** Settles, ends the thread and frees; fine for one that does not run. */
void writer_stop(struct writer *writer);

#endif
