// SPDX-License-Identifier: BSD-3-Clause
// What the detectors say in the report's TRAFFIC part: sums, and lines of the rows that are kept.
// Neighbours: report/report.h; mw_detector_record.h.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "mw_detectors.h"
#include "report/longest.h"
#include "report/report.h"

#define ASIDE_MAX 3 // longest rows of what is aside

/** The lines of one record. */
struct lines {
	const struct mw_detector_record *record;
	uint64_t rows; // with something to tell
	bool begun; // the title stands
};

static void print_line(struct lines *lines, const char *line)
{
	printf("  %-10s%s\n", lines->begun ? "" : lines->record->lines.title, line);
	lines->begun = true;
}

static void print_row(struct lines *lines, const void *row)
{
	char chars[REPORT_LINE_BYTES];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	if (lines->record->lines.row(row, &line) && lines->rows++ < lines->record->lines.rows_max)
		print_line(lines, chars);
}

static void on_reported(void *context, const struct mw_record *record, const void *row)
{
	struct lines *lines = context;

	if (record == lines->record->record)
		print_row(lines, row);
}

static void print_left_out(const struct lines *lines, uint64_t left_out, const char *where)
{
	if (left_out > 0)
		printf("            ... and %" PRIu64 " %s: %s.csv has all\n", left_out, where, lines->record->record->name);
}

static void print_state(struct engine *engine, struct lines *lines)
{
	const struct mw_row_sink rows = {.row = on_reported, .context = lines};

	mw_aggregate_report(engine->aggregate, 0, &rows);
	print_left_out(lines, lines->rows - MW_MIN(lines->rows, (uint64_t)lines->record->lines.rows_max), "more");
}

static void print_last_interval(const struct recent_rows *rows, struct lines *lines)
{
	uint64_t number = rows->total > RECENT_ROWS ? rows->total - RECENT_ROWS : 0;
	uint64_t last_ns = rows->total == 0 ? 0 : mw_record_ts(rows->record, recent_row(rows, rows->total - 1));

	for (; number < rows->total; number++) {
		const void *row = recent_row(rows, number);

		if (mw_record_ts(rows->record, row) == last_ns)
			print_row(lines, row);
	}
	print_left_out(lines, lines->rows - MW_MIN(lines->rows, (uint64_t)lines->record->lines.rows_max), "more");
}

static bool is_aside(const struct lines *lines, const void *row)
{
	return lines->record->aside != NULL && lines->record->aside(row);
}

// The latest of those that are not aside. @return how many were not printed.
static uint64_t print_latest_of(const struct recent_rows *rows, uint64_t most, struct lines *lines)
{
	const uint64_t first = rows->total - MW_MIN(rows->total, (uint64_t)RECENT_ROWS);
	uint64_t count = 0, before;

	for (uint64_t i = first; i < rows->total; i++)
		count += !is_aside(lines, recent_row(rows, i));
	before = count - MW_MIN(count, most);
	for (uint64_t i = first, nth = 0; i < rows->total; i++) {
		const void *row = recent_row(rows, i);

		if (!is_aside(lines, row) && nth++ >= before)
			print_row(lines, row);
	}
	return before;
}

// What is aside has its own share, so that outages and blindness do not hide each other.
static void print_longest(const struct recent_rows *rows, struct lines *lines)
{
	struct longest longest;

	longest_pick(rows, lines->record->aside, lines->record->aside_s, ASIDE_MAX, &longest);
	lines->rows = 0;
	for (uint32_t i = 0; i < longest.count; i++)
		print_row(lines, longest.rows[i]);
	if (longest.others > 0)
		printf("            ... and %" PRIu64 " shorter one%s, %.1f s in all: %s.csv has all\n", longest.others,
			   longest.others == 1 ? "" : "s", longest.others_s, lines->record->record->name);
}

static void print_latest(const struct recent_rows *rows, struct lines *lines)
{
	const uint64_t forgotten = rows->total - MW_MIN(rows->total, (uint64_t)RECENT_ROWS);
	const uint64_t before = print_latest_of(rows, lines->record->lines.rows_max, lines);

	print_left_out(lines, before + forgotten, "before");
	if (lines->record->aside != NULL)
		print_longest(rows, lines);
}

static uint64_t counted(void *context, const char *module, const char *name)
{
	const struct engine *engine = context;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < engine->workers.names.count; i++) {
		if (strcmp(engine->workers.names.entries[i].module, module) != 0 ||
			strcmp(engine->workers.names.entries[i].counter.name, name) != 0)
			continue;
		sum += workers_sum(&engine->workers, i);
	}
	return sum;
}

void report_add_sum(struct engine *engine, uint32_t detector, const struct mw_detector_record *record,
					struct mw_text *line)
{
	const struct mw_detector_counts counts = {.counter = counted, .context = engine};

	record->lines.sum(mw_aggregate_control(engine->aggregate, detector), &counts, line);
}

static void print_sum(struct engine *engine, uint32_t detector, struct lines *lines)
{
	char chars[REPORT_LINE_BYTES];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	report_add_sum(engine, detector, lines->record, &line);
	if (line.len_bytes > 0)
		print_line(lines, chars);
}

static void print_record(struct engine *engine, uint32_t detector, const struct mw_detector_record *record)
{
	struct lines lines = {.record = record};

	if (record->lines.sum != NULL)
		print_sum(engine, detector, &lines);
	if (record->lines.row == NULL)
		return;
	if (record->keep == MW_RECORD_STATE)
		print_state(engine, &lines);
	else if (record->keep == MW_RECORD_INTERVALS)
		print_last_interval(recent_find(&engine->recent, record->record), &lines);
	else
		print_latest(recent_find(&engine->recent, record->record), &lines);
}

void report_print_detectors(struct engine *engine)
{
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		const struct mw_detector *detector = mw_detectors.items[i];

		for (uint32_t j = 0; j < detector->records_count; j++) {
			if (detector->records[j].lines.title != NULL)
				print_record(engine, i, &detector->records[j]);
		}
	}
}
