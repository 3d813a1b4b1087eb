// SPDX-License-Identifier: BSD-3-Clause
// The report as one JSON document: source, summary, classes, tables of the detectors, findings with all their texts.
// Neighbours: report/report.h; rows are made from the same records as the CSV.
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"
#include "live/live.h"
#include "mw_detectors.h"
#include "mw_time.h"
#include "replay/replay.h"
#include "report/report.h"

static json_t *findings_json(struct engine *engine)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(mw_aggregate_diagnosis(engine->aggregate), &findings);
	json_t *list = json_array();

	for (uint32_t i = 0; i < count; i++) {
		json_t *item = mw_json_from_row(&mw_finding_record, findings[i]);

		json_object_set_new(item, "evidence", json_string(findings[i]->evidence));
		json_object_set_new(item, "alternatives", json_string(findings[i]->alternatives));
		json_object_set_new(item, "advice", json_string(findings[i]->advice));
		json_array_append_new(list, item);
	}
	return list;
}

/** Findings that the list had no room for: how many of each kind, and how sure. */
static json_t *left_out_json(struct engine *engine)
{
	const struct mw_left_out *left_out;
	uint32_t count = mw_diagnosis_left_out(mw_aggregate_diagnosis(engine->aggregate), &left_out);
	json_t *list = json_array();

	for (uint32_t i = 0; i < count; i++) {
		if (left_out[i].count > 0)
			json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I}", "kind", left_out[i].kind->name, "count",
												  (json_int_t)left_out[i].count, "confidence_low",
												  (json_int_t)left_out[i].confidence_low, "confidence_high",
												  (json_int_t)left_out[i].confidence_high));
	}
	return list;
}

/** The rows of one record alone. */
struct reported {
	json_t *list;
	const struct mw_record *record;
};

static void add_reported(void *context, const struct mw_record *record, const void *row)
{
	const struct reported *reported = context;

	if (record == reported->record)
		json_array_append_new(reported->list, mw_json_from_row(record, row));
}

static json_t *reported_json(struct engine *engine, const struct mw_record *record)
{
	struct reported reported = {json_array(), record};
	const struct mw_row_sink rows = {.row = add_reported, .context = &reported};

	mw_aggregate_report(engine->aggregate, 0, &rows);
	return reported.list;
}

static json_t *recent_json(const struct engine *engine, const struct mw_record *record)
{
	const struct recent_rows *rows = recent_find(&engine->recent, record);
	json_t *list = json_array();

	for (uint64_t i = rows->total - MW_MIN(rows->total, (uint64_t)RECENT_ROWS); i < rows->total; i++)
		json_array_append_new(list, mw_json_from_row(record, recent_row(rows, i)));
	return list;
}

static void add_sum(struct engine *engine, uint32_t detector, const struct mw_detector_record *kept, json_t *traffic)
{
	char chars[REPORT_LINE_BYTES];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	report_add_sum(engine, detector, kept, &line);
	if (line.len_bytes > 0)
		json_object_set_new(traffic, kept->lines.title, mw_json_text(chars));
}

/** What has lines in the text: things that last, else the latest rows, under the name of their file. */
static void add_tables(struct engine *engine, json_t *document)
{
	json_t *traffic = json_object();

	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		for (uint32_t j = 0; j < mw_detectors.items[i]->records_count; j++) {
			const struct mw_detector_record *kept = &mw_detectors.items[i]->records[j];

			if (kept->keep == MW_RECORD_STATE)
				json_object_set_new(document, kept->record->name, reported_json(engine, kept->record));
			else if (kept->lines.title != NULL)
				json_object_set_new(document, kept->record->name, recent_json(engine, kept->record));
			if (kept->lines.sum != NULL)
				add_sum(engine, i, kept, traffic);
		}
	}
	json_object_set_new(document, "traffic", traffic);
}

static json_t *classes_json(struct engine *engine)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < mw_pipeline_classes_count; i++) {
		struct mw_classes_row row;

		mw_aggregate_class(engine->aggregate, i, &row);
		if (row.packets > 0)
			json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "class", row.name, "dimension",
												  row.dimension, "packets", (json_int_t)row.packets, "bytes",
												  (json_int_t)row.bytes, "flows", (json_int_t)row.flows));
	}
	return list;
}

static const char *problem_of(const struct report_source *source, struct mw_text *gone)
{
	const struct replay_result *replay = source->replay;

	if (replay != NULL)
		return replay->problem[0] != '\0' ? replay->problem : replay->unread.text;
	live_watch_add_gone(source->live, gone);
	return gone->chars;
}

static json_t *source_json(const struct engine *engine, const struct report_source *source)
{
	const struct options *options = engine->options;
	const struct replay_result *replay = source->replay;
	json_t *names = json_array();
	char chars[REPORT_GONE_BYTES] = "";
	struct mw_text gone = mw_text_in(chars, sizeof(chars));
	const char *problem = problem_of(source, &gone);

	for (uint32_t i = 0; i < options->files_count; i++)
		json_array_append_new(names, mw_json_text(options->files[i]));
	for (uint32_t i = 0; i < options->ports_count; i++)
		json_array_append_new(names, mw_json_text(options->ports[i]));
	return json_pack("{s:s, s:o, s:b, s:o}", "kind", engine->live ? "ports" : "files", "names", names, "complete",
					 replay == NULL ? problem[0] == '\0' : replay_is_complete(replay), "problem",
					 mw_json_text(problem));
}

// Memory of the document: whatever it lacks for want of some is not looked for piece by piece.
static bool no_memory;

static void *give_memory(size_t bytes)
{
	void *memory = malloc(bytes);

	no_memory |= memory == NULL;
	return memory;
}

static void print(struct engine *engine, const struct report_source *source)
{
	struct mw_summary_row totals;
	json_t *document, *summary;

	mw_aggregate_totals(engine->aggregate, &totals);
	totals.ts_ns = engine->intervals.first_ns;
	totals.interval_s = (double)(engine->intervals.last_ns - engine->intervals.first_ns) / (double)MW_NS_PER_SECOND;
	summary = mw_json_from_row(&mw_summary_record, &totals);
	document = json_pack("{s:s, s:s, s:o, s:o, s:o}", "app", "midwatch", "version", MW_VERSION, "source",
						 source_json(engine, source), "summary", summary, "classes", classes_json(engine));
	add_tables(engine, document);
	json_object_set_new(document, "findings", findings_json(engine));
	json_object_set_new(document, "left_out", left_out_json(engine));
	json_object_set_new(document, "output", mw_json_text(engine->output.directory));
	json_object_set_new(document, "output_complete", json_boolean(engine->output.error == 0));
	if (!no_memory && json_dumpf(document, stdout, JSON_INDENT(1)) == 0)
		printf("\n");
	json_decref(document);
}

int report_print_json(struct engine *engine, const struct report_source *source)
{
	json_malloc_t give;
	json_free_t take;

	json_get_alloc_funcs(&give, &take);
	json_set_alloc_funcs(give_memory, free);
	print(engine, source);
	json_set_alloc_funcs(give, take);
	return no_memory ? -ENOMEM : 0;
}
