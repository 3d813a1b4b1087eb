// SPDX-License-Identifier: BSD-3-Clause
// The product's set of detectors: names are there once, what is declared is whole, and all of it has room.
// Neighbours: lib/detectors/mw_detectors.h; lib/detector/mw_detector.h has the bounds.
#include "mw_detectors.h"

#include <string.h>

#include "mw_test.h"

#define NAMES_MAX 256u

/** Names of one sort. */
struct names {
	const char *items[NAMES_MAX];
	uint32_t count;
};

static void add(struct names *names, const char *name)
{
	assert_non_null(name);
	assert_true(name[0] != '\0');
	assert_in_range(names->count, 0, NAMES_MAX - 1);
	for (uint32_t i = 0; i < names->count; i++)
		assert_string_not_equal(names->items[i], name);
	names->items[names->count++] = name;
}

static void detectors_and_their_sections_are_named_once(void **state)
{
	struct names detectors = {.count = 0}, sections = {.count = 0};

	(void)state;
	assert_in_range(mw_detectors.count, 1, MW_DETECTORS_MAX);
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		const struct mw_detector *detector = mw_detectors.items[i];

		add(&detectors, detector->name);
		assert_non_null(detector->summary);
		assert_non_null(detector->source);
		if (detector->settings != NULL)
			add(&sections, detector->settings->name);
	}
}

static void records_and_their_commands_are_named_once_and_have_room(void **state)
{
	struct names records = {.count = 0}, shows = {.count = 0};

	(void)state;
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		for (uint32_t j = 0; j < mw_detectors.items[i]->records_count; j++) {
			const struct mw_detector_record *record = &mw_detectors.items[i]->records[j];

			add(&records, record->record->name);
			if (record->show.words != NULL)
				add(&shows, record->show.words);
			assert_true(record->show.argument == NULL || record->show.detail != NULL);
			assert_true(record->lines.title == NULL || strlen(record->lines.title) <= 9);
			assert_true(record->lines.row == NULL || record->lines.rows_max > 0);
		}
	}
	assert_in_range(records.count, 1, MW_DETECTOR_RECORDS_MAX);
}

static void findings_are_named_once_and_have_room(void **state)
{
	struct names findings = {.count = 0};

	(void)state;
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		for (uint32_t j = 0; j < mw_detectors.items[i]->findings_count; j++) {
			const struct mw_finding_kind *kind = mw_detectors.items[i]->findings[j];

			add(&findings, kind->name);
			assert_non_null(kind->diagnoser);
		}
	}
	assert_in_range(findings.count, 1, MW_DETECTOR_FINDINGS_MAX);
}

static void events_are_named_and_those_that_measure_are_told_nobody(void **state)
{
	static const struct mw_detector_event events[] = {{"said", "says so"}, {"measured", NULL}};
	const struct mw_detector toy = {.events = events, .events_count = MW_ARRAY_SIZE(events)};
	char chars[32] = "";
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	assert_true(mw_detector_event_says(&toy, &(struct mw_event){.kind = 0x500}, &text));
	assert_string_equal(chars, "says so");
	assert_true(mw_detector_event_says(&toy, &(struct mw_event){.kind = 0x500}, NULL));
	assert_false(mw_detector_event_says(&toy, &(struct mw_event){.kind = 0x501}, &text));
	assert_false(mw_detector_event_says(&toy, &(struct mw_event){.kind = 0x502}, &text));
	assert_string_equal(chars, "says so");
	assert_string_equal(mw_detector_event_name(&toy, &(struct mw_event){.kind = 0x501}), "measured");
	assert_string_equal(mw_detector_event_name(&toy, &(struct mw_event){.kind = 0x502}), "?");
	for (uint32_t i = 0; i < mw_detectors.count; i++) {
		for (uint32_t j = 0; j < mw_detectors.items[i]->events_count; j++)
			assert_non_null(mw_detectors.items[i]->events[j].name);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(detectors_and_their_sections_are_named_once),
	MW_TEST(records_and_their_commands_are_named_once_and_have_room),
	MW_TEST(findings_are_named_once_and_have_room),
	MW_TEST(events_are_named_and_those_that_measure_are_told_nobody),
};

MW_TEST_MAIN("detectors_set", tests)
