// SPDX-License-Identifier: BSD-3-Clause
// Building and ending a run; settings in force.
// Neighbours: engine.h; intervals.c has the passing of time.
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands/commands.h"
#include "modules.h"
#include "mw_detectors.h"
#include "mw_log.h"
#include "mw_pages.h"
#include "store_place.h"

static void report_setting(void *context, const struct mw_settings_problem *problem)
{
	bool key = problem->key != NULL && problem->key[0] != '\0';
	char place[32] = "";
	struct mw_text text = mw_text_in(place, sizeof(place));

	(void)context;
	if (problem->line > 0)
		mw_text_add(&text, ":%u:%u", problem->line, problem->column);
	mw_log_error("%s%s: %s%s%s", problem->file, place, key ? problem->key : "", key ? ": " : "", problem->message);
}

static void report_signature(void *context, const char *file, unsigned line, const char *message)
{
	(void)context;
	if (line > 0)
		mw_log_error("%s:%u: %s", file, line, message);
	else
		mw_log_error("%s: %s", file, message);
}

static int load_signatures(struct engine *engine)
{
	const struct mw_signature_settings *settings = mw_settings_values(engine->settings, "signatures");
	const char *directory = settings->directory[0] != '\0' ? settings->directory : mw_signatures_default_dir();
	int store = settings->store ? store_place_open() : -1;
	int error = mw_signatures_load(directory, store, report_signature, NULL, &engine->signatures);

	if (store >= 0)
		close(store);
	if (error == -ENOMEM)
		mw_log_error("signatures: %s", strerror(ENOMEM));
	if (error != 0)
		return -EINVAL;
	engine->workers.signatures = engine->signatures;
	return 0;
}

// A replay has to give the same bytes every time; on a live port the key is a secret.
static int make_key(struct engine *engine)
{
	int error = 0;

	if (engine->live)
		error = mw_hash_key_random(&engine->workers.hash_key);
	else
		mw_hash_key_from_seed(&engine->workers.hash_key, 1);
	if (error != 0)
		mw_log_error("no random numbers for the hash key: %s", strerror(-error));
	return error;
}

int engine_configure(struct engine *engine, const struct options *options)
{
	const struct mw_settings_module *modules[MODULES_MAX];
	uint32_t count = modules_all(modules);
	int error = mw_settings_load(modules, count, options->configuration, options->overrides, options->overrides_count,
								 report_setting, NULL, &engine->settings);

	if (error == -ENOMEM)
		mw_log_error("settings: %s", strerror(ENOMEM));
	if (error != 0)
		return -EINVAL; // told by report_setting
	engine->options = options;
	engine->live = options->ports_count > 0;
	engine->state = "starting";
	atomic_store(&engine->workers.settings, engine->settings);
	engine->intervals.length_ns =
		((const struct mw_output_settings *)mw_settings_values(engine->settings, "output"))->interval_ns;
	return make_key(engine) != 0 ? -EIO : load_signatures(engine);
}

#define LONG_INPUT_BYTES ((off_t)1 << 20)

// A short capture touches little of the table: giving it hugepages would cost more than they save.
static enum memory_use memory_use(const struct engine *engine)
{
	const struct options *options = engine->options;
	off_t bytes = 0;

	if (engine->live)
		return MEMORY_LIVE;
	for (uint32_t i = 0; i < options->files_count; i++) {
		struct stat status;

		if (stat(options->files[i], &status) == 0)
			bytes += status.st_size;
	}
	return bytes > LONG_INPUT_BYTES ? MEMORY_REPLAY_LONG : MEMORY_REPLAY_SHORT;
}

static void on_row(void *context, const struct mw_record *record, const void *row)
{
	struct engine *engine = context;

	if (record->unwritten == NULL || !record->unwritten(row)) {
		if (engine->output.writer.running)
			writer_row(&engine->output.writer, record, row);
		else
			mw_csv_row(engine->output.csv, record, row);
		recent_add(&engine->recent, record, row);
	}
	if (engine->watcher.row != NULL)
		engine->watcher.row(engine->watcher.context, record, row);
}

static void on_event(void *context, const struct mw_event *event)
{
	struct engine *engine = context;
	struct recent_event row;

	if (engine->server == NULL) // nobody can ask
		return;
	if (!recent_add_event(&engine->recent, event) || !mw_server_followed(engine->server, "events"))
		return;
	recent_event_of(event, &row);
	mw_server_publish(engine->server, "events", mw_json_from_row(&recent_event_record, &row));
}

void engine_tell(struct engine *engine, const char *about, const char *what)
{
	struct mw_event event;

	recent_make_event(&event, engine->intervals.last_ns, about, what);
	on_event(engine, &event);
	mw_log_notice("%s: %s", about, what);
}

static uint64_t dropped_nic(void *context)
{
	struct engine *engine = context;

	return engine->dropped_nic == NULL ? 0 : engine->dropped_nic(engine);
}

static int build_aggregate(struct engine *engine)
{
	const struct mw_stats_block *blocks[MW_WORKERS_MAX];
	const struct mw_flow_table *flows[MW_WORKERS_MAX];
	struct mw_event_ring *rings[MW_WORKERS_MAX];
	struct mw_aggregate_config config = {
		.detectors = mw_detectors,
		.blocks = blocks,
		.flows = flows,
		.rings = rings,
		.workers_count = engine->workers.count,
		.counters = &engine->workers.counters,
		.settings = engine->settings,
		.signatures = engine->signatures,
		.hash_key = engine->workers.hash_key,
		.findings_max = ENGINE_FINDINGS_MAX,
		.rows = {.row = on_row, .context = engine},
		.on_event = on_event,
		.dropped_nic = dropped_nic,
		.context = engine,
	};

	for (uint16_t i = 0; i < engine->workers.count; i++) {
		blocks[i] = engine->workers.each[i].stats;
		flows[i] = mw_pipeline_flows(engine->workers.each[i].pipeline);
		rings[i] = engine->workers.each[i].events;
	}
	return mw_aggregate_new(&config, &engine->aggregate);
}

void engine_name_output(struct engine *engine)
{
	const struct mw_output_settings *output = mw_settings_values(engine->settings, "output");
	const char *directory = engine->options->directory;

	if (directory == NULL)
		directory = engine->live ? output->directory : "./midwatch-out";
	snprintf(engine->output.directory, sizeof(engine->output.directory), "%s", directory);
}

int engine_open_output(struct engine *engine)
{
	const struct mw_output_settings *output = mw_settings_values(engine->settings, "output");
	const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX];

	engine_name_output(engine);
	return mw_csv_open(output, engine->output.directory, engine->live ? MW_CSV_PER_INTERVAL : MW_CSV_ONE_FILE, records,
					   mw_aggregate_records(&mw_detectors, records), &engine->output.csv);
}

int engine_build(struct engine *engine, uint16_t workers_count)
{
	int error = mw_pipeline_register(&engine->workers.names, &mw_detectors, &engine->workers.counters);

	mw_pages_resident(engine->live);
	if (error == 0)
		error = recent_new(&engine->recent);
	if (error == 0)
		error = workers_build(&engine->workers, workers_count, memory_use(engine));
	mw_pages_large(memory_use(engine) != MEMORY_REPLAY_SHORT);
	if (error == 0)
		error = build_aggregate(engine);
	if (error != 0)
		mw_log_error("the analysis cannot start: %s", strerror(-error));
	return error;
}

static uint64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / MW_NS_PER_MS;
}

int engine_open_socket(struct engine *engine)
{
	const struct mw_server_settings *control = mw_settings_values(engine->settings, "control");
	struct mw_server_config config = {
		.path = engine->options->socket,
		.group = control->group,
		.backend = engine,
		.version = MW_VERSION,
		.now_ms = monotonic_ms,
	};

	config.commands = commands_all(&config.commands_count);

	if (config.path == NULL && engine->live)
		config.path = control->socket;
	return config.path == NULL || config.path[0] == '\0' ? 0 : mw_server_open(&config, &engine->server);
}

static void free_settings(struct engine *engine)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(engine->settings_old); i++)
		mw_settings_free(engine->settings_old[i]);
	mw_settings_free(engine->settings);
}

void engine_close_output(struct engine *engine)
{
	int error;

	writer_stop(&engine->output.writer);
	error = engine->output.csv == NULL ? 0 : mw_csv_close(engine->output.csv);
	engine->output.csv = NULL;
	if (engine->output.error == 0)
		engine->output.error = error;
}

int engine_close(struct engine *engine)
{
	engine_close_output(engine);
	mw_server_close(engine->server);
	mw_aggregate_free(engine->aggregate);
	workers_free(&engine->workers);
	recent_free(&engine->recent);
	mw_signatures_free(engine->signatures);
	free_settings(engine);
	return engine->output.error;
}

// A place for one more old snapshot: one that no worker uses is freed for it.
static struct mw_settings **old_place(struct engine *engine)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(engine->settings_old); i++) {
		struct mw_settings **old = &engine->settings_old[i];

		if (*old != NULL && workers_use(&engine->workers, *old))
			continue;
		mw_settings_free(*old);
		*old = NULL;
		return old;
	}
	return NULL;
}

int engine_change_settings(struct engine *engine, struct mw_settings *settings)
{
	struct mw_settings **old = old_place(engine);

	if (old == NULL)
		return -EBUSY;
	*old = engine->settings;
	engine->settings = settings;
	mw_aggregate_settings(engine->aggregate, settings);
	atomic_store_explicit(&engine->workers.settings, settings, memory_order_release);
	return 0;
}
