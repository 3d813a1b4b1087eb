// SPDX-License-Identifier: BSD-3-Clause
// The reader of capture files, which is worker 0; the other workers are threads fed through the hand-over rings, as by
// a live port with one queue. It waits for a slow worker: a replay loses nothing.
// Neighbours: replay/files.c looks at the files first; replay/worker.c is the other workers; replay/control.c the
// control half; intervals.c the passing of time.
#include "replay/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/buffers.h"
#include "engine.h"
#include "handover.h"
#include "mw_detectors.h"
#include "mw_log.h"
#include "progress.h"
#include "replay/read_ahead.h"
#include "replay/files.h"
#include "replay/control.h"
#include "replay/worker.h"
#include "signals.h"

#define SOCKET_EVERY_BATCHES 64u
#define POINT_EVERY_PACKETS  512u // of one second: what so many bring is still in the cache when control takes it

struct replay {
	struct engine *engine;
	struct replay_result *result;
	struct buffers buffers;
	struct replay_worker workers[MW_WORKERS_MAX];
	struct merge *merge;
	uint32_t file; // of those that were begun, the latest
	uint64_t began_ns; // where the clock was then
	struct read_ahead ahead; // of merge; runs where control has a thread
	struct mw_filter *filter;
	struct mw_evidence *evidence; // NULL: none is to be kept
	struct progress progress;
	struct unread unread;
	struct replay_control control;
	struct intervals intervals; // the reader's: how far it is; the engine's are how far control is
	uint64_t clock_ns; // latest packet time
	uint64_t ticked_s; // second of the last tick
	uint32_t packets; // since the last point
	uint32_t vain; // looks for room, of the batch under way
	struct mw_packet frames[MW_BATCH_PACKETS]; // of the batch under way: always the same lines, so they stay cached
};

// Buffers that the other workers are done with.
static void collect_buffers(struct replay *replay)
{
	struct mw_packet *packets[MW_BATCH_PACKETS];

	for (uint16_t i = 1; i < replay->engine->workers.count; i++) {
		uint32_t count;

		while ((count = mw_ring_pop(replay->workers[i].done, packets, MW_BATCH_PACKETS)) > 0) {
			for (uint32_t j = 0; j < count; j++)
				buffers_put(&replay->buffers, packets[j]);
		}
	}
}

static bool wait_for_room(void *context, struct mw_packet *packet)
{
	struct replay *replay = context;

	(void)packet;
	collect_buffers(replay);
	replay_worker_relax(&replay->vain);
	return true;
}

// A frame lasts as long as its batch: another worker gets a copy, whose place it gives back.
static struct mw_packet *keep(struct mw_packet *packet)
{
	struct replay *replay = packet->source_cookie;
	struct mw_packet *copy;

	while ((copy = buffers_copy(&replay->buffers, packet)) == NULL)
		wait_for_room(replay, NULL);
	return copy;
}

static void process_batch(struct replay *replay, uint32_t count)
{
	struct worker *worker = &replay->engine->workers.each[0];
	const struct handover_source source = {.keep = keep, .full = wait_for_room, .context = replay};
	struct mw_packet *packets[MW_BATCH_PACKETS];
	struct handover_batch own;

	for (uint32_t i = 0; i < count; i++) {
		packets[i] = &replay->frames[i];
		packets[i]->source_cookie = replay;
	}
	replay->vain = 0;
	worker_refresh(&replay->engine->workers, worker);
	mw_pipeline_receive(worker->pipeline, packets, count);
	handover_sort(&replay->engine->workers, worker, packets, count, &own, &source);
	mw_pipeline_process(worker->pipeline, own.packets, own.count);
}

// Sends every worker to the same point of the packet stream.
static void mark_all(struct replay *replay, enum handover_marker marker, uint64_t now_ns, struct replay_order *order)
{
	struct engine *engine = replay->engine;

	for (uint16_t i = 1; i < engine->workers.count; i++)
		replay_worker_mark(&replay->workers[i], marker, now_ns, order);
	replay_worker_meet(&engine->workers.each[0], marker, now_ns);
	if (order != NULL)
		replay_control_reached(&engine->workers.each[0], order);
	replay->packets = 0;
}

// Then nobody else touches what workers have.
static void wait_for_all(struct replay *replay)
{
	for (uint16_t i = 1; i < replay->engine->workers.count; i++) {
		while (!replay_worker_reached(&replay->workers[i]))
			wait_for_room(replay, NULL);
	}
}

// All meet: pieces of a datagram time out at ticks, and what a worker says of them depends on what others have seen
// until then.
static void tick(struct replay *replay, uint64_t now_ns, const struct intervals_ended *ended)
{
	mark_all(replay, HANDOVER_TICK, now_ns, replay_control_open(&replay->control, now_ns, &replay->intervals, ended));
	wait_for_all(replay);
	replay->ticked_s = now_ns / MW_NS_PER_SECOND;
}

static void advance(struct replay *replay, uint64_t now_ns)
{
	uint64_t second = now_ns / MW_NS_PER_SECOND;
	struct intervals_ended ended;

	while (intervals_next(&replay->intervals, now_ns, &ended))
		tick(replay, ended.end_ns, &ended);
	if (second != replay->ticked_s)
		tick(replay, second * MW_NS_PER_SECOND, NULL);
}

// Rings must not fill between two ticks: a storm of events is drained as it comes. Nobody waits for the others.
static void relieve(struct replay *replay, uint32_t packets)
{
	replay->packets += packets;
	if (replay->packets < POINT_EVERY_PACKETS)
		return;
	mark_all(replay, HANDOVER_POINT, replay->clock_ns,
			 replay_control_open(&replay->control, replay->clock_ns, &replay->intervals, NULL));
}

// Of a stream nobody knows beforehand when it begins.
static void tell_older(const struct replay *replay)
{
	const struct options *options = replay->engine->options;

	if (replay->file > 0 && options->files_ns[replay->file] == 0 && replay->clock_ns == replay->began_ns)
		mw_log_warning("%s: its packets are older than those of the file before; they count as of that file's end",
					   options->files[replay->file]);
}

// Of files that are read together progress is that of the one that began last.
static void begin_file(struct replay *replay, uint32_t file)
{
	if (file <= replay->file)
		return;
	tell_older(replay);
	replay->file = file;
	replay->began_ns = replay->clock_ns;
	progress_end(&replay->progress);
	progress_start(&replay->progress, replay->engine->options, replay->engine->options->files[file]);
}

// A batch holds packets of one second: between two seconds there is a tick. @return as mw_capture_batch.
static int read_batch(struct replay *replay, uint32_t *count)
{
	const struct options *options = replay->engine->options;
	struct mw_text problem = mw_text_in(replay->result->problem, sizeof(replay->result->problem));
	uint32_t file;
	int got = replay->ahead.running ? read_ahead_batch(&replay->ahead, replay->frames, count, &file, &problem)
									: merge_batch(replay->merge, replay->frames, count, &file, &problem);

	if (*count == 0)
		return got;
	begin_file(replay, file);
	replay_filter_links(replay->filter, options->files[file], replay->frames, *count);
	unread_note(&replay->unread, file, options->files[file], replay->frames, *count);
	replay->clock_ns = replay->frames[*count - 1].clock_ns;
	advance(replay, replay->frames[0].clock_ns);
	intervals_saw(&replay->intervals, replay->clock_ns);
	if (!replay->control.threaded)
		replay->engine->intervals = replay->intervals;
	return got;
}

static void show_progress(struct replay *replay)
{
	uint64_t read_bytes, total_bytes;

	if (signals_take_statistics())
		mw_log_notice("%s: %" PRIu64 " packets of all files so far", replay->progress.path, replay->result->packets);
	if (!progress_due(&replay->progress))
		return;
	if (replay->ahead.running)
		read_ahead_progress(&replay->ahead, &read_bytes, &total_bytes);
	else
		merge_progress(replay->merge, &read_bytes, &total_bytes);
	progress_show(&replay->progress, read_bytes, total_bytes, replay->result->packets);
}

static void read_all(struct replay *replay)
{
	struct engine *engine = replay->engine;
	uint32_t count;
	int got = 1;

	for (uint64_t batches = 0; got == 1 && !signals_stopped(); batches++) {
		got = read_batch(replay, &count);
		process_batch(replay, count);
		replay->result->packets += count;
		relieve(replay, count);
		show_progress(replay);
		if (engine->server != NULL && !replay->control.threaded && batches % SOCKET_EVERY_BATCHES == 0)
			mw_server_poll(engine->server, 0);
	}
	if (got >= 0)
		replay->result->problem[0] = '\0';
}

static int open_files(struct replay *replay)
{
	const struct options *options = replay->engine->options;
	struct mw_text problem = mw_text_in(replay->result->problem, sizeof(replay->result->problem));
	int error = merge_new(options, options->files_count, &problem, &replay->merge);

	if (error == 0) {
		int dlt = replay_is_stream(options->files[0]) ? merge_dlt(replay->merge) : -1; // files were checked

		error = replay_filter(options, options->files[0], dlt, &problem, &replay->filter);
	}
	if (error != 0 && replay->result->problem[0] == '\0')
		mw_text_add(&problem, "%s: %s", options->files[0], strerror(-error));
	mw_pipeline_filter(replay->engine->workers.each[0].pipeline, replay->filter);
	if (error == 0 && replay->control.threaded)
		read_ahead_start(&replay->ahead, replay->merge,
						 &replay->engine->workers); // without the thread it is read here
	return error;
}

static void close_files(struct replay *replay)
{
	read_ahead_stop(&replay->ahead);
	mw_pipeline_filter(replay->engine->workers.each[0].pipeline, NULL);
	mw_filter_free(replay->filter);
	replay->filter = NULL;
	if (replay->merge != NULL)
		replay->result->files_read = merge_opened(replay->merge);
	merge_free(replay->merge);
	replay->merge = NULL;
}

static void read_files(struct replay *replay)
{
	progress_start(&replay->progress, replay->engine->options, replay->engine->options->files[0]);
	if (open_files(replay) == 0) {
		read_all(replay);
		tell_older(replay);
	}
	close_files(replay);
	progress_end(&replay->progress);
	replay->result->interrupted = signals_stopped();
}

static bool reads_stream(const struct options *options)
{
	for (uint32_t i = 0; i < options->files_count; i++) {
		if (replay_is_stream(options->files[i]))
			return true;
	}
	return false;
}

static void watch_row(void *context, const struct mw_record *record, const void *row)
{
	struct replay *replay = context;

	mw_evidence_row(replay->evidence, record, row);
}

static void keep_evidence(void *context)
{
	struct replay *replay = context;
	struct engine *engine = replay->engine;
	struct replay_result *result = replay->result;
	const struct evidence_source source = {engine, result->files_read, result->problem[0] != '\0'};

	engine->state = "writing evidence";
	if (reads_stream(engine->options))
		evidence_refuse(engine, "a stream can be read only once", &result->evidence);
	else if (result->interrupted)
		evidence_refuse(engine, "the run was asked to stop", &result->evidence);
	else
		engine->output.error = evidence_write(&source, replay->evidence, &result->evidence);
}

static int start_evidence(struct replay *replay)
{
	struct engine *engine = replay->engine;
	const struct mw_output_settings *output = mw_settings_values(engine->settings, "output");
	int error = 0;

	if (output->evidence)
		error = mw_evidence_new(&mw_detectors, &replay->evidence);
	if (replay->evidence != NULL)
		engine->watcher =
			(struct engine_watcher){.row = watch_row, .before_findings = keep_evidence, .context = replay};
	return error;
}

static int start_workers(struct replay *replay)
{
	int error = 0;

	for (uint16_t i = 1; error == 0 && i < replay->engine->workers.count; i++) {
		replay->workers[i].at_order = replay_control_reached;
		error = replay_worker_start(&replay->workers[i], replay->engine, i);
	}
	return error;
}

int replay_run(struct engine *engine, bool threaded, struct replay_result *result)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	int error = replay == NULL ? -ENOMEM : 0;

	if (error == 0 && engine->workers.count > 1) // one keeps no copies
		error = buffers_new(&replay->buffers);
	if (error == 0) {
		replay->engine = engine;
		replay->result = result;
		replay->intervals = engine->intervals;
		engine->state = "analysing";
		error = start_evidence(replay);
	}
	if (error == 0)
		error = start_workers(replay);
	if (error == 0)
		error = replay_control_start(&replay->control, engine, threaded);
	if (error == 0 && threaded)
		error = writer_start(&engine->output.writer, engine->output.csv);
	if (error == 0) {
		read_files(replay);
		mark_all(replay, HANDOVER_FINISH, replay->clock_ns, NULL);
		wait_for_all(replay);
		replay_control_stop(&replay->control);
		engine->intervals = replay->intervals;
		engine_finish(engine);
		unread_judge(&replay->unread, engine, &result->unread);
	}
	for (uint16_t i = 1; replay != NULL && i < engine->workers.count; i++)
		replay_worker_stop(&replay->workers[i]);
	engine->watcher = (struct engine_watcher){0};
	if (replay != NULL) {
		replay_control_stop(&replay->control);
		mw_evidence_free(replay->evidence);
		buffers_free(&replay->buffers);
	}
	free(replay);
	if (error != 0)
		mw_log_error("replay: %s", strerror(-error));
	return error;
}
