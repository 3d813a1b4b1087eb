// SPDX-License-Identifier: BSD-3-Clause
// The command table of the control socket; what changes something is in commands/change.c.
// Neighbours: engine.h is the backend; the server adds `help`.
#include "commands/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "commands/capture.h"
#include "commands/change.h"
#include "commands/show.h"
#include "commands_mape.h"
#include "commands/ports.h"
#include "engine.h"
#include "flow_row.h"
#include "live/live.h"
#include "mw_detectors.h"
#include "mw_time.h"

static json_t *json_time(uint64_t time_ns)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	if (time_ns == 0)
		return json_null();
	mw_time_add_rfc3339(&text, time_ns);
	return json_string(chars);
}

/** The ledger of all that is watched; whole milliseconds, so that the sum is what its parts are. */
static json_t *json_watched(struct mw_aggregate *aggregate)
{
	struct mw_detector_watched watched;
	json_int_t seen_ms, blind_ms, unasked_ms;

	mw_aggregate_watched(aggregate, &watched);
	seen_ms = (json_int_t)(watched.seen_ns / MW_NS_PER_MS);
	blind_ms = (json_int_t)(watched.blind_ns / MW_NS_PER_MS);
	unasked_ms = (json_int_t)(watched.unasked_ns / MW_NS_PER_MS);
	return json_pack("{s:f, s:f, s:f, s:f, s:o}", "lines_s", (double)(seen_ms + blind_ms + unasked_ms) / 1e3,
					 "lines_seen_s", (double)seen_ms / 1e3, "lines_blind_s", (double)blind_ms / 1e3, "lines_unasked_s",
					 (double)unasked_ms / 1e3, "lines_until", json_time(watched.until_ns));
}

/** What a live run does not see now, in words; null when it sees all. */
static json_t *json_unseen(const struct live *live)
{
	char chars[512];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	if (live != NULL)
		live_sight_add_unseen(live, &text);
	return text.len_bytes == 0 ? json_null() : mw_json_text(chars);
}

static bool show_status(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	struct mw_summary_row totals;
	json_t *status;

	(void)arguments;
	mw_aggregate_totals(engine->aggregate, &totals);
	writer_settle(&engine->output.writer);
	status = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:I, s:I, s:I, s:I, s:b, s:o, s:I, s:o, s:f}", "app", "midwatch",
		"version", MW_VERSION, "source", engine->live ? "ports" : "files", "state", engine->state, "since",
		json_time(engine->intervals.first_ns), "now", json_time(engine->intervals.last_ns), "workers",
		engine->workers.count, "packets", (json_int_t)totals.packets, "flows", (json_int_t)totals.flows_active,
		"findings", (json_int_t)totals.findings, "memory_bytes", (json_int_t)engine->workers.memory.size_bytes,
		"hugepages", engine->workers.memory.hugepages, "output", mw_json_text(engine->output.directory), "rows_lost",
		(json_int_t)mw_csv_lost(engine->output.csv), "mirror_unseen_pct",
		isnan(totals.mirror_unseen_pct) ? json_null() : json_real(totals.mirror_unseen_pct), "blind_s", totals.blind_s);
	if (json_object_update_new(status, json_watched(engine->aggregate)) != 0 ||
		json_object_set_new(status, "unseen", json_unseen(engine->source)) != 0) {
		json_decref(status);
		status = NULL;
	}
	reply->message(reply, status);
	return false;
}

static uint64_t events_lost(const struct mw_stats_block *stats, const struct mw_pipeline_counters *counters)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++)
		lost += mw_stats_read(stats, counters->events_lost[i]);
	return lost;
}

static bool show_workers(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	const struct mw_pipeline_counters *c = &engine->workers.counters;

	(void)arguments;
	for (uint16_t i = 0; i < engine->workers.count; i++) {
		const struct worker *worker = &engine->workers.each[i];
		const struct mw_stats_block *stats = worker->stats;

		reply->row_json(reply, json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}", "worker", i, "packets",
										 (json_int_t)mw_stats_read(stats, c->packets), "bytes",
										 (json_int_t)mw_stats_read(stats, c->bytes), "analysed",
										 (json_int_t)mw_stats_read(stats, c->fates + MW_FATE_ANALYSED), "handed_over",
										 (json_int_t)mw_stats_read(stats, c->handed_over), "handover_full",
										 (json_int_t)mw_stats_read(stats, c->handover_full), "events_sent",
										 (json_int_t)mw_stats_read(stats, c->events_sent), "events_lost",
										 (json_int_t)events_lost(stats, c), "flows",
										 (int)mw_flow_count(mw_pipeline_flows(worker->pipeline))));
	}
	return false;
}

static bool show_classes(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	struct mw_summary_row totals;

	(void)arguments;
	mw_aggregate_totals(engine->aggregate, &totals);
	for (uint32_t i = 0; i < mw_pipeline_classes_count; i++) {
		struct mw_classes_row row;

		mw_aggregate_class(engine->aggregate, i, &row);
		row.ts_ns = engine->intervals.first_ns;
		if (row.packets > 0)
			reply->row(reply, &mw_classes_record, &row);
	}
	return false;
}

#define FLOWS_A_CALL 4096u // slots looked at before others have their turn

static bool flow_wanted(const struct flow_row *row, const struct mw_prefix *of)
{
	return mw_prefix_holds(of, &row->client) || mw_prefix_holds(of, &row->server);
}

// position: worker in the upper half, slot in the lower one.
static bool show_flows(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	const char *address = mw_command_text(arguments, "address");
	struct mw_prefix of = {.len_bits = 0}; // all

	if (address != NULL && (mw_prefix_parse(address, &of) != 0 || of.len_bits != 128)) {
		reply->fail(reply, MW_CODE_USAGE, "'%s' is no IP address", address);
		return false;
	}
	for (uint32_t steps = 0; reply->position >> 32 < engine->workers.count; reply->position++, steps++) {
		uint16_t worker = (uint16_t)(reply->position >> 32);
		const struct mw_flow_table *table = mw_pipeline_flows(engine->workers.each[worker].pipeline);
		struct mw_flow_view flow;
		struct flow_row row;

		if ((uint32_t)reply->position >= mw_flow_slots(table)) {
			reply->position = ((uint64_t)worker + 1) << 32;
			reply->position--;
			continue;
		}
		if (steps == FLOWS_A_CALL || reply->full(reply))
			return true;
		if (mw_flow_snapshot(table, (uint32_t)reply->position, &flow) != 1)
			continue;
		flow_row_of(&flow, worker, &row);
		if (flow_wanted(&row, &of))
			reply->row(reply, &flow_row_record, &row);
	}
	return false;
}

static bool show_findings(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(mw_aggregate_diagnosis(engine->aggregate), &findings);

	(void)arguments;
	for (uint32_t i = 0; i < count; i++)
		reply->row(reply, &mw_finding_record, findings[i]);
	return false;
}

static json_t *explain_json(const struct mw_finding *finding)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:s, s:s, s:s, s:s}", "id", finding->id, "kind",
					 finding->kind, "severity", mw_severity_names[finding->severity], "confidence",
					 (json_int_t)finding->confidence, "subject", finding->subject, "first",
					 json_time(finding->first_ns), "last", json_time(finding->last_ns), "summary", finding->summary,
					 "evidence", finding->evidence, "alternatives", finding->alternatives, "advice", finding->advice);
}

/** Rows of the findings whose ids begin so. @return how many. */
static uint32_t list_beginning(const struct mw_finding *const *findings, uint32_t count, const char *id,
							   struct mw_reply *reply)
{
	uint32_t listed = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (strncmp(findings[i]->id, id, strlen(id)) != 0)
			continue;
		reply->row(reply, &mw_finding_record, findings[i]);
		listed++;
	}
	return listed;
}

static bool explain(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	const char *id = mw_command_text(arguments, "finding");
	struct mw_diagnosis *diagnosis = mw_aggregate_diagnosis(engine->aggregate);
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(diagnosis, &findings);
	const struct mw_finding *finding = mw_diagnosis_find(diagnosis, id);

	if (finding != NULL)
		reply->message(reply, explain_json(finding));
	else if (id[0] == '\0' || list_beginning(findings, count, id, reply) == 0)
		reply->fail(reply, MW_CODE_NOT_FOUND, "no finding '%s'; see show findings", id);
	return false;
}

static bool show_detectors(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const struct engine *engine = backend;

	(void)arguments;
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		const struct mw_detector *detector = mw_detectors.items[i];
		json_t *row = json_pack("{s:s, s:s, s:s, s:i}", "detector", detector->name, "summary", detector->summary,
								"source", detector->source, "flow_bytes", detector->flow_bytes);

		for (uint32_t c = 0; c < detector->counters_count; c++) {
			uint64_t value = workers_sum(&engine->workers, engine->workers.counters.detectors[i] + c);

			json_object_set_new(row, detector->counters[c].name, json_integer((json_int_t)value));
		}
		reply->row_json(reply, row);
	}
	return false;
}

/** Which keys `show settings` tells. */
struct settings_wanted {
	struct mw_reply *reply;
	const char *beginning;
};

static void settings_row(void *context, const char *key, const char *value, const char *default_value,
						 bool needs_restart)
{
	const struct settings_wanted *wanted = context;
	struct mw_reply *reply = wanted->reply;

	if (strncmp(key, wanted->beginning, strlen(wanted->beginning)) != 0)
		return;
	reply->row_json(reply, json_pack("{s:s, s:s, s:s, s:b}", "key", key, "value", value, "default", default_value,
									 "needs_restart", needs_restart));
}

static bool show_settings(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const struct engine *engine = backend;
	const char *beginning = mw_command_text(arguments, "beginning");
	struct settings_wanted wanted = {.reply = reply, .beginning = beginning == NULL ? "" : beginning};

	mw_settings_walk(engine->settings, settings_row, &wanted);
	return false;
}

static bool show_counters(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const struct engine *engine = backend;
	const struct mw_stats_names *names = &engine->workers.names;
	bool all = mw_command_text(arguments, "which") != NULL;

	for (uint32_t i = 0; i < names->count; i++) {
		uint64_t value = workers_sum(&engine->workers, i);

		if (value > 0 || all)
			reply->row_json(reply, json_pack("{s:s, s:s, s:I, s:s}", "module", names->entries[i].module, "counter",
											 names->entries[i].counter.name, "value", (json_int_t)value, "help",
											 names->entries[i].counter.help));
	}
	return false;
}

static const char *const all_values[] = {"all", NULL};
static const char *const settings_columns[] = {"key", "value", "default", "needs_restart", NULL};
static const char *const counters_columns[] = {"module", "counter", "value", "help", NULL};

static const struct mw_command_argument flows_arguments[] = {
	{.name = "address", .help = "only flows of this address"},
};
static const struct mw_command_argument counters_arguments[] = {
	{.name = "which", .help = "all: those that are zero too", .values = all_values},
};
static const struct mw_command_argument settings_arguments[] = {
	{.name = "beginning", .help = "only keys that begin with this, as output"},
};
static const struct mw_command_argument explain_arguments[] = {
	{.name = "finding",
	 .help = "id of a finding, or its beginning: several that begin so are listed",
	 .required = true},
};
static const struct mw_command_argument set_arguments[] = {
	{.name = "key", .help = "as output.interval", .required = true},
	{.name = "value", .help = "as it would stand in the file", .required = true, .rest = true},
};

#define ARGUMENTS(list) .arguments = list, .arguments_count = MW_ARRAY_SIZE(list)

// Between these two stands what the detectors have to show.
static const struct mw_command of_traffic[] = {
	{.words = "show status", .help = "what it is doing", .run = show_status},
	{.words = "show workers", .help = "packets, flows and losses of each worker", .run = show_workers},
	{.words = "show ports",
	 .help = "counters of each live port, and of its XDP program",
	 .columns = commands_ports_columns,
	 .run = commands_ports},
	{.words = "show xstats",
	 .help = "what the drivers of the ports count besides: those that are not zero",
	 .columns = commands_xstats_columns,
	 .run = commands_xstats},
	{.words = "show summary", .rows = &mw_summary_record, .help = "the latest intervals", .run = commands_show_recent},
	{.words = "show classes", .help = "traffic classes since start", .rows = &mw_classes_record, .run = show_classes},
	{.words = "show flows",
	 .help = "live flows",
	 ARGUMENTS(flows_arguments),
	 .rows = &flow_row_record,
	 .run = show_flows},
};
static const struct mw_command of_the_rest[] = {
	{.words = "show findings",
	 .help = "findings, the most severe first",
	 .rows = &mw_finding_record,
	 .run = show_findings},
	{.words = "show detectors", .help = "detectors and their counters", .run = show_detectors},
	{.words = "show settings",
	 .help = "configuration in force",
	 ARGUMENTS(settings_arguments),
	 .columns = settings_columns,
	 .run = show_settings},
	{.words = "show counters",
	 .help = "counters of all modules",
	 ARGUMENTS(counters_arguments),
	 .columns = counters_columns,
	 .run = show_counters},
	{.words = "show capture",
	 .help = "the capture of live packets that runs or ran last: what it has written, what found no room",
	 .run = commands_capture_show},
	{.words = "show events", .rows = &recent_event_record, .help = "the latest events", .run = commands_show_events},
	{.words = "explain",
	 .help = "evidence, what else it could be, what to do next",
	 ARGUMENTS(explain_arguments),
	 .run = explain},
	{.words = "follow events", .help = "events as they come", .subscribe = "events"},
	{.words = "follow findings", .help = "findings as they are updated, once an interval", .subscribe = "findings"},
	COMMAND_MAPE_CALC,
	COMMAND_MAPE_INFER,
	{.words = "set", .help = "change one key until the next start", ARGUMENTS(set_arguments), .run = commands_set},
	{.words = "reload", .help = "read the configuration file again", .run = commands_reload},
	{.words = "rotate", .help = "publish the CSV files now", .run = commands_rotate},
	{.words = "capture start",
	 .help = "write live packets into a pcapng until one of the bounds is met; one at a time",
	 .arguments = commands_capture_arguments,
	 .arguments_count = COMMANDS_CAPTURE_ARGUMENTS,
	 .run = commands_capture_start},
	{.words = "capture stop", .help = "end the capture now; its file is whole", .run = commands_capture_stop},
	{.words = "clear", .help = "forget the findings", .run = commands_clear},
	{.words = "shutdown", .help = "drain, write the last interval and end", .run = commands_shutdown},
};

const struct mw_command *commands_all(uint32_t *count)
{
	static struct mw_command all[MW_ARRAY_SIZE(of_traffic) + MW_DETECTOR_RECORDS_MAX + MW_ARRAY_SIZE(of_the_rest)];
	static uint32_t all_count;

	if (all_count == 0) {
		memcpy(all, of_traffic, sizeof(of_traffic));
		all_count = MW_ARRAY_SIZE(of_traffic);
		all_count += commands_show_detectors(&all[all_count]);
		memcpy(&all[all_count], of_the_rest, sizeof(of_the_rest));
		all_count += MW_ARRAY_SIZE(of_the_rest);
	}
	*count = all_count;
	return all;
}
