// SPDX-License-Identifier: BSD-3-Clause
// All that one run of the analyzer has, live or replay: memory, workers, aggregation, files, what was seen lately.
// Neighbours: replay.c and live.c feed it, commands.c and report.c show it.
#ifndef ENGINE_H
#define ENGINE_H

#include <stdatomic.h>

#include "commands.h"
#include "memory.h"
#include "mw_aggregate.h"
#include "mw_csv.h"
#include "mw_pipeline.h"
#include "mw_ring.h"
#include "mw_server.h"
#include "options.h"
#include "recent.h"

#define ENGINE_EVENTS   16384u // ring of a worker
#define ENGINE_HANDOVER 1024u // packets on the way between two workers

/** One worker's share. Written by its own thread after start, but for what is marked. */
struct engine_worker {
	uint16_t index;
	struct mw_stats_block *stats;
	struct mw_pipeline *pipeline;
	struct mw_ring *events;
	struct mw_ring_sink sink;
	struct mw_ring *inbox[MW_WORKERS_MAX]; // of struct mw_packet *, by the worker that fills it; NULL for itself
	const struct mw_settings *settings; // in the pipeline now
	_Atomic(const struct mw_settings *) settings_seen; // the same, for control: older ones may be freed
};

/** Who looks on; functions may be NULL. Control thread. */
struct engine_watcher {
	void (*row)(void *context, const struct mw_record *record, const void *row); // every row, once it is written
	void (*before_findings)(void *context); // at the end: all rows are written but those of findings
	void *context;
};

struct engine {
	const struct options *options;
	bool live;
	struct mw_settings *settings; // the newest; control thread
	_Atomic(const struct mw_settings *) settings_current;
	struct mw_settings *settings_old[8]; // until every worker has gone on; control thread
	struct mw_signatures *signatures;
	struct mw_stats_names names;
	struct mw_pipeline_counters counters;
	struct mw_hash_key hash_key;
	struct mw_fragment_tunnels tunnels;
	struct memory memory;
	uint16_t workers_count;
	struct engine_worker workers[MW_WORKERS_MAX];
	struct mw_aggregate *aggregate;
	struct mw_csv_set *csv; // NULL before engine_open_output and after engine_close_output
	int output_error; // first -errno of the files, 0 none; after engine_close_output
	char directory[MW_SETTING_TEXT_BYTES];
	uint64_t interval_ns;
	struct recent recent;
	struct mw_server *server;
	bool started; // a first packet was seen
	uint64_t first_ns, last_ns; // packet time seen so far; control thread
	uint64_t interval_start_ns; // of the running interval
	uint64_t interval_from_ns; // from when on it was watched
	uint64_t (*dropped_nic)(struct engine *engine);
	struct engine_watcher watcher;
	void *source; // struct live, or NULL
	const char *state; // what it is doing, in a word
};

/** Reads configuration and signatures. Every problem is reported. @return 0 or -EINVAL. */
int engine_configure(struct engine *engine, const struct options *options);

/** Says how much memory is needed, takes it, builds the workers. @return 0 or -errno, logged. */
int engine_build(struct engine *engine, uint16_t workers_count);

/** Opens the control socket when there is to be one. @return 0 or -errno, logged. */
int engine_open_socket(struct engine *engine);

/**
 * Opens the output directory. After everything else that may fail: what is opened here is published in any case, and an
 * attempt that failed must not take the place of an earlier run's files. @return 0 or -errno, logged.
 */
int engine_open_output(struct engine *engine);

/** Publishes and closes the files; what went wrong with them is in output_error. Before the report, which tells it. */
void engine_close_output(struct engine *engine);

/** Closes what is open: files are published, the socket goes. @return 0 or the output's -errno. */
int engine_close(struct engine *engine);

/** The worker's own check between two batches: newer settings are taken over. */
static inline void engine_worker_refresh(struct engine *engine, struct engine_worker *worker)
{
	const struct mw_settings *newest = atomic_load_explicit(&engine->settings_current, memory_order_acquire);

	if (newest == worker->settings)
		return;
	mw_pipeline_settings(worker->pipeline, newest);
	worker->settings = newest;
	atomic_store_explicit(&worker->settings_seen, newest, memory_order_release);
}

/**
 * Puts settings in force and takes them over; frees those that no worker uses any more. Control thread.
 * @return 0; -EBUSY when workers still use the last eight: settings stay the caller's.
 */
int engine_change_settings(struct engine *engine, struct mw_settings *settings);

/** Packet time goes on to now_ns: rows of every interval that ended. tick is called at each end before its rows. */
void engine_advance(struct engine *engine, uint64_t now_ns, void (*tick)(void *context, uint64_t now_ns),
					void *context);

/** Writes the last, partial interval and the findings. Workers must have finished. */
void engine_finish(struct engine *engine);

#endif
