// SPDX-License-Identifier: BSD-3-Clause
// Circles of rows.
// Neighbours: recent.h.
#include "recent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_detectors.h"
#include "mw_pages.h"

static const struct mw_column event_columns[] = {
	{.name = "kind", .type = MW_COLUMN_TEXT, MW_MEMBER(struct recent_event, kind), .help = "detector and event"},
	{.name = "text", .type = MW_COLUMN_TEXT, MW_MEMBER(struct recent_event, text), .help = "from whom to whom"},
	{.name = "what", .type = MW_COLUMN_TEXT, MW_MEMBER(struct recent_event, what), .help = "what happened, in words"},
};

const struct mw_record recent_event_record = {
	.name = "events",
	.help = "one row per event of the workers",
	.schema = 1,
	.ts_offset = offsetof(struct recent_event, ts_ns),
	.row_bytes = sizeof(struct recent_event),
	.columns = event_columns,
	.columns_count = MW_ARRAY_SIZE(event_columns),
};

int recent_new(struct recent *recent)
{
	const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX];
	uint32_t count = mw_aggregate_records(&mw_detectors, records);

	*recent = (struct recent){.records_count = count};
	recent->events = mw_pages_take(RECENT_ROWS, sizeof(*recent->events));
	if (recent->events == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		struct recent_rows *rows = &recent->records[i];

		rows->record = records[i];
		rows->rows = mw_pages_take(RECENT_ROWS, rows->record->row_bytes);
		if (rows->rows == NULL) {
			recent_free(recent);
			return -ENOMEM;
		}
	}
	return 0;
}

void recent_free(struct recent *recent)
{
	for (uint32_t i = 0; i < recent->records_count; i++)
		free(recent->records[i].rows);
	free(recent->events);
	*recent = (struct recent){0};
}

static uint8_t *slot(const struct recent_rows *rows, uint64_t n)
{
	return rows->rows + (n % RECENT_ROWS) * rows->record->row_bytes;
}

void recent_add(struct recent *recent, const struct mw_record *record, const void *row)
{
	for (uint32_t i = 0; i < recent->records_count; i++) {
		struct recent_rows *rows = &recent->records[i];

		if (rows->record == record)
			memcpy(slot(rows, rows->total++), row, record->row_bytes);
	}
}

#define OWN_KIND 0xff00 // of no detector

/** The body of an event of midwatch itself. */
struct own {
	char about[sizeof(((struct recent_event *)0)->text)];
	char what[RECENT_WHAT_BYTES];
};
_Static_assert(sizeof(struct own) <= MW_EVENT_BODY_BYTES, "both texts fit");

void recent_make_event(struct mw_event *event, uint64_t time_ns, const char *about, const char *what)
{
	struct own *own = (struct own *)(void *)event->body;
	const size_t len = strlen(about), room = sizeof(own->about) - 1;

	*event = (struct mw_event){.time_ns = time_ns, .kind = OWN_KIND, .body_bytes = sizeof(*own)};
	snprintf(own->about, sizeof(own->about), "%s", about + (len <= room ? 0 : len - room));
	snprintf(own->what, sizeof(own->what), "%s", what);
}

static void own_event_of(const struct mw_event *event, struct recent_event *result)
{
	const struct own *own = (const struct own *)(const void *)event->body;
	struct mw_text text = mw_text_in(result->text, sizeof(result->text));

	snprintf(result->kind, sizeof(result->kind), "midwatch");
	mw_text_add_escaped(&text, (const uint8_t *)own->about, strlen(own->about));
	snprintf(result->what, sizeof(result->what), "%s", own->what);
}

static const struct mw_detector *detector_of(const struct mw_event *event)
{
	return mw_detectors.items[(event->kind >> 8) % mw_detectors.count];
}

bool recent_add_event(struct recent *recent, const struct mw_event *event)
{
	if (event->kind != OWN_KIND && !mw_detector_event_says(detector_of(event), event, NULL))
		return false;
	memcpy(&recent->events[recent->events_total++ % RECENT_ROWS], event, mw_event_used_bytes(event));
	return true;
}

const struct mw_event *recent_event_at(const struct recent *recent, uint64_t n)
{
	if (n >= recent->events_total || n + RECENT_ROWS < recent->events_total)
		return NULL;
	return &recent->events[n % RECENT_ROWS];
}

static void detector_event_of(const struct mw_event *event, struct recent_event *result)
{
	const struct mw_detector *detector = detector_of(event);
	struct mw_text kind = mw_text_in(result->kind, sizeof(result->kind));
	struct mw_text text = mw_text_in(result->text, sizeof(result->text));
	struct mw_text what = mw_text_in(result->what, sizeof(result->what));

	mw_text_add(&kind, "%s.%s", detector->name, mw_detector_event_name(detector, event));
	mw_event_add_ends(&text, event);
	(void)mw_detector_event_says(detector, event, &what);
}

void recent_event_of(const struct mw_event *event, struct recent_event *result)
{
	*result = (struct recent_event){.ts_ns = event->time_ns};
	if (event->kind == OWN_KIND)
		own_event_of(event, result);
	else
		detector_event_of(event, result);
}

const struct recent_rows *recent_find(const struct recent *recent, const struct mw_record *record)
{
	for (uint32_t i = 0; i < recent->records_count; i++) {
		if (recent->records[i].record == record)
			return &recent->records[i];
	}
	return NULL;
}

const void *recent_row(const struct recent_rows *rows, uint64_t n)
{
	if (n >= rows->total || n + RECENT_ROWS < rows->total)
		return NULL;
	return slot(rows, n);
}
