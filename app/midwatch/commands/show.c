// SPDX-License-Identifier: BSD-3-Clause
// `show` of rows, for any record.
// Neighbours: commands/show.h.
#include "commands/show.h"

#include <string.h>

#include "engine.h"
#include "mw_detectors.h"

/** Rows of one record; with a column, only those whose cell is this text. */
struct wanted {
	const struct mw_record *record;
	const struct mw_column *column; // NULL: all
	const char *text;
	struct mw_reply *reply;
	bool given; // one at least was
};

#define GIVEN (UINT64_C(1) << 63) // of a reply's position: wanted.given, from call to call

static const struct mw_column *column_of(const struct mw_record *record, const char *name)
{
	for (uint16_t i = 0; i < record->columns_count; i++) {
		if (strcmp(record->columns[i].name, name) == 0)
			return &record->columns[i];
	}
	return NULL;
}

static void reply_row(struct wanted *wanted, const void *row)
{
	char cell[256];
	struct mw_text text = mw_text_in(cell, sizeof(cell));

	if (wanted->column != NULL) {
		mw_record_add_cell(&text, wanted->column, row);
		if (strcmp(cell, wanted->text) != 0)
			return;
	}
	wanted->given = true;
	wanted->reply->row(wanted->reply, wanted->record, row);
}

// The rows that are still remembered, oldest first; position is the next row's number since start.
static bool show_latest(const struct engine *engine, struct wanted *wanted)
{
	const struct recent_rows *rows = recent_find(&engine->recent, wanted->record);
	struct mw_reply *reply = wanted->reply;

	if (rows->total > RECENT_ROWS)
		reply->position = MW_MAX(reply->position, rows->total - RECENT_ROWS);
	for (; reply->position < rows->total; reply->position++) {
		if (reply->full(reply))
			return true;
		reply_row(wanted, recent_row(rows, reply->position));
	}
	return false;
}

// In one answer, which rows of one record fit: first what it is about, then what is aside.
static bool show_apart(const struct engine *engine, bool (*aside)(const void *row), struct wanted *wanted)
{
	const struct recent_rows *rows = recent_find(&engine->recent, wanted->record);
	const uint64_t first = rows->total - MW_MIN(rows->total, (uint64_t)RECENT_ROWS);

	for (int turn = 0; turn < 2; turn++) {
		for (uint64_t n = first; n < rows->total; n++) {
			const void *row = recent_row(rows, n);

			if (aside(row) == (turn == 1))
				reply_row(wanted, row);
		}
	}
	return false;
}

static void on_reported(void *context, const struct mw_record *record, const void *row)
{
	struct wanted *wanted = context;

	if (record == wanted->record)
		reply_row(wanted, row);
}

// What is known since start, one row a thing. Some thousand rows at most: they fit one answer.
static bool show_state(struct engine *engine, struct wanted *wanted)
{
	const struct mw_row_sink rows = {.row = on_reported, .context = wanted};

	mw_aggregate_report(engine->aggregate, 0, &rows);
	return false;
}

bool commands_show_recent(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct wanted wanted = {.record = reply->command->rows, .reply = reply};

	(void)arguments;
	return show_latest(backend, &wanted);
}

bool commands_show_events(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const struct engine *engine = backend;
	const uint64_t total = engine->recent.events_total;

	(void)arguments;
	for (uint64_t n = total - MW_MIN(total, (uint64_t)RECENT_ROWS); n < total; n++) {
		struct recent_event row;

		recent_event_of(recent_event_at(&engine->recent, n), &row);
		reply->row(reply, &recent_event_record, &row);
	}
	return false;
}

/** @return true: more. Of a thing that was asked for by name and is not there, that is said. */
static bool show_wanted(struct engine *engine, enum mw_record_keep keep, struct wanted *wanted)
{
	struct mw_reply *reply = wanted->reply;
	bool more;

	wanted->given = (reply->position & GIVEN) != 0;
	reply->position &= ~GIVEN;
	more = keep == MW_RECORD_STATE ? show_state(engine, wanted) : show_latest(engine, wanted);
	if (more)
		reply->position |= wanted->given ? GIVEN : 0;
	else if (wanted->text != NULL && !wanted->given)
		reply->fail(reply, MW_CODE_NOT_FOUND, "nothing known of '%s'; see %s", wanted->text, reply->command->words);
	return more;
}

static bool show_of_detector(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const struct mw_detector_record *kept = reply->command->about;
	const struct mw_detector_show *show = &kept->show;
	struct wanted wanted = {.record = kept->record, .reply = reply};

	if (show->argument != NULL)
		wanted.text = mw_command_text(arguments, show->argument);
	if (wanted.text != NULL) {
		wanted.record = show->detail;
		wanted.column = column_of(show->detail, show->detail_column);
	}
	if (kept->aside != NULL && wanted.text == NULL)
		return show_apart(backend, kept->aside, &wanted);
	return show_wanted(backend, kept->keep, &wanted);
}

static void fill_command(const struct mw_detector_record *record, struct mw_command_argument *argument,
						 struct mw_command *command)
{
	const struct mw_detector_show *show = &record->show;

	*command = (struct mw_command){
		.words = show->words, .about = record, .help = show->help, .rows = record->record, .run = show_of_detector};
	if (show->argument == NULL)
		return;
	*argument = (struct mw_command_argument){.name = show->argument, .help = show->argument_help};
	command->arguments = argument;
	command->arguments_count = 1;
}

uint32_t commands_show_detectors(struct mw_command commands[MW_DETECTOR_RECORDS_MAX])
{
	static struct mw_command_argument arguments[MW_DETECTOR_RECORDS_MAX]; // of each at most one
	uint32_t count = 0;

	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		const struct mw_detector *detector = mw_detectors.items[i];

		for (uint32_t j = 0; j < detector->records_count && count < MW_DETECTOR_RECORDS_MAX; j++) {
			if (detector->records[j].show.words == NULL)
				continue;
			fill_command(&detector->records[j], &arguments[count], &commands[count]);
			count++;
		}
	}
	return count;
}
