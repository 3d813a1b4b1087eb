// SPDX-License-Identifier: BSD-3-Clause
// All that one run of the analyzer has, live or replay: workers, aggregation, files, what was seen lately.
// Neighbours: memory/worker.h, intervals.h and recent.h are parts of it; replay/replay.c and live/live.c feed it,
// commands/commands.c and report/report.c show it.
#ifndef ENGINE_H
#define ENGINE_H

#include "intervals.h"
#include "mw_aggregate.h"
#include "mw_csv.h"
#include "mw_server.h"
#include "options.h"
#include "recent.h"
#include "memory/worker.h"
#include "writer.h"

#define ENGINE_FINDINGS_MAX 256 // a full list gives up what is worth least

/** Who looks on; functions may be NULL. Control thread. */
struct engine_watcher {
	void (*row)(void *context, const struct mw_record *record, const void *row); // every row, once it is written
	void (*before_findings)(void *context); // at the end: all rows are written but those of findings
	void *context;
};

/** Where rows go. Control thread. */
struct engine_output {
	struct mw_csv_set *csv; // NULL before engine_open_output and after engine_close_output
	struct writer writer; // runs in a replay that has threads, until engine_close_output
	int error; // first -errno of the files, 0 none; after engine_close_output
	char directory[MW_SETTING_TEXT_BYTES];
	uint32_t folders_made; // the last names of directory that were not there before
};

/** Of a file that is kept over restarts: kept.c. */
struct engine_kept {
	uint32_t digest; // of what was written last
	bool off; // it could not be read, and is not replaced
};

/** Control thread, but for workers. */
struct engine {
	const struct options *options;
	bool live;
	struct mw_signatures *signatures;
	struct mw_settings *settings; // the newest
	struct mw_settings *settings_old[8]; // until every worker has gone on
	struct workers workers;
	struct mw_aggregate *aggregate;
	struct engine_output output;
	struct intervals intervals;
	struct recent recent;
	struct mw_server *server;
	uint64_t (*dropped_nic)(struct engine *engine); // NULL: there is no port
	struct engine_watcher watcher;
	struct engine_kept kept[4];
	void *source; // struct live, or NULL
	const char *state; // what it is doing, in a word
};

/**
 * Reads configuration and signatures, draws the key of all hashes. Every problem is reported. @return 0, -EINVAL, -EIO.
 */
int engine_configure(struct engine *engine, const struct options *options);

/** Says how much memory is needed, takes it, builds the workers. @return 0 or -errno, logged. */
int engine_build(struct engine *engine, uint16_t workers_count);

/** Opens the control socket when there is to be one. @return 0 or -errno, logged. */
int engine_open_socket(struct engine *engine);

/** Says in engine->output.directory where the files go. */
void engine_name_output(struct engine *engine);

/**
 * Opens the output directory. After everything else that may fail: what is opened here is published in any case, and an
 * attempt that failed must not take the place of an earlier run's files. @return 0 or -errno, logged.
 */
int engine_open_output(struct engine *engine);

/** Something that midwatch did itself: an event for `show events` and those who follow, and a line in the log. */
void engine_tell(struct engine *engine, const char *about, const char *what);

/** Publishes and closes the files; what went wrong with them is in output_error. Before the report, which tells it. */
void engine_close_output(struct engine *engine);

/** Closes what is open: files are published, the socket goes. @return 0 or the output's -errno. */
int engine_close(struct engine *engine);

/**
 * Puts settings in force and takes them over; frees those that no worker uses any more. Control thread.
 * @return 0; -EBUSY when workers still use the last eight: settings stay the caller's.
 */
int engine_change_settings(struct engine *engine, struct mw_settings *settings);

#endif
