// SPDX-License-Identifier: BSD-3-Clause
// Findings of rows: each outage, many of a cause, and the pattern of all.
// Neighbours: lib/detectors/outages/finding.c, pattern.c; finding_world.h.
#include "finding_world.h"
#include "history.h"
#include "outages.h"

FINDING_WORLD(8, &outages_diagnoser, &outages_pattern_diagnoser)

static struct outages_row row_at(uint64_t at_s, uint8_t verdict)
{
	return (struct outages_row){.line = "02:00:00:00:00:01",
								.start_earliest_ns = NOON_NS + at_s * MW_NS_PER_SECOND - MW_NS_PER_MS,
								.start_ns = NOON_NS + at_s * MW_NS_PER_SECOND,
								.end_ns = NOON_NS + (at_s + 30) * MW_NS_PER_SECOND,
								.duration_s = 30,
								.confidence = 90,
								.verdict = verdict,
								.evidence = "old IPv4 connections that go on: 4"};
}

static void an_end_that_is_not_known_well_is_told_so(void **state)
{
	struct outages_row row = row_at(0, OUTAGES_LINE_DOWN);
	const struct mw_finding *const *findings;

	row.end_earliest_ns = row.end_ns - 10 * MW_NS_PER_SECOND;
	mw_diagnosis_row(*state, &outages_record, &row);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 1);
	assert_holds(findings[0]->summary, "for 20.0 to 30.0 s");
	row = row_at(100, OUTAGES_IPV4_ONLY);
	row.end_earliest_ns = row.start_ns;
	mw_diagnosis_row(*state, &outages_record, &row);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_holds(findings[strstr(findings[0]->summary, "IPv4") == NULL]->summary, "for up to 30.0 s");
}

static const struct mw_finding *pattern_of(struct mw_diagnosis *diagnosis, const uint32_t hours[], uint32_t count)
{
	const struct mw_finding *const *findings;
	uint32_t found;

	for (uint32_t i = 0; i < count; i++) {
		const struct outages_row row = row_at(hours[i] * UINT64_C(3600), OUTAGES_LINE_DOWN);

		mw_diagnosis_row(diagnosis, &outages_record, &row);
	}
	found = mw_diagnosis_findings(diagnosis, &findings);
	for (uint32_t i = 0; i < found; i++) {
		if (strcmp(findings[i]->kind, "outage-pattern") == 0)
			return findings[i];
	}
	return NULL;
}

static void a_timer_is_named(void **state)
{
	static const uint32_t hours[] = {0, 72, 144, 216, 289, 360};

	assert_holds(pattern_of(*state, hours, MW_ARRAY_SIZE(hours))->summary, "as by a timer");
}

static void an_hour_of_day_is_named(void **state)
{
	static const uint32_t hours[] = {0, 24, 49, 120, 144, 360, 383, 600};

	assert_holds(pattern_of(*state, hours, MW_ARRAY_SIZE(hours))->summary, "around 12:");
}

static void chance_is_named(void **state)
{
	static const uint32_t hours[] = {0, 31, 57, 103, 121, 386, 651, 692, 927, 1168};

	assert_holds(pattern_of(*state, hours, MW_ARRAY_SIZE(hours))->summary, "at random");
}

static void an_afternoon_has_no_pattern(void **state)
{
	static const uint32_t hours[] = {0, 1, 4, 5, 9};

	assert_null(pattern_of(*state, hours, MW_ARRAY_SIZE(hours)));
}

// What an earlier run kept, given to this one.
static void recall(struct mw_diagnosis *diagnosis, char *lines)
{
	void *memory = diagnosis_memory(diagnosis, &outages_pattern_diagnoser);

	for (char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
		*end = '\0';
		assert_true(outages_pattern_diagnoser.recall(memory, lines));
	}
}

static void a_pattern_goes_over_restarts_of_midwatch(void **state)
{
	static const uint32_t before[] = {0, 72, 144}, after[] = {216, 289};
	const struct mw_diagnoser *const mine[] = {&outages_pattern_diagnoser};
	struct mw_diagnosis *earlier;
	char lines[512];
	struct mw_text text = mw_text_in(lines, sizeof(lines));
	const struct mw_finding *finding;

	assert_int_equal(mw_diagnosis_new(mine, 1, 8, &earlier), 0);
	assert_null(pattern_of(earlier, before, MW_ARRAY_SIZE(before)));
	outages_pattern_diagnoser.keep(diagnosis_memory(earlier, &outages_pattern_diagnoser), &text);
	mw_diagnosis_free(earlier);
	recall(*state, lines);
	mw_diagnosis_clear(*state); // findings, not what they rest on
	finding = pattern_of(*state, after, MW_ARRAY_SIZE(after));
	assert_non_null(finding);
	assert_sound(finding);
	assert_int_equal(finding->count, 5);
	assert_holds(finding->summary, "5 outages of 02:00:00:00:00:01 come every 3 d 0 h, as by a timer");
	assert_holds(finding->evidence, "3 of them began before midwatch was started, the first at 2026-01-11T12:00:00");
}

static void what_is_not_sound_is_not_recalled(void **state)
{
	static const char *const lines[] = {"",
										"02:00:00:00:00:01",
										"02:00:00:00:00:01 ",
										"02:00:00:00:00:01 yesterday",
										"02:00:00:00:00:01 2026-01-11T12:00:00.000000Z again",
										"02:00:00:00:00 2026-01-11T12:00:00.000000Z",
										"02:00:00:00:00:01/ 2026-01-11T12:00:00.000000Z",
										"02:00:00:00:00:01/7x 2026-01-11T12:00:00.000000Z",
										"mirror 2026-01-11T12:00:00.000000Z",
										"0200000000000001000000000000000000000001 2026-01-11T12:00:00.000000Z"};
	void *memory = diagnosis_memory(*state, &outages_pattern_diagnoser);

	for (size_t i = 0; i < MW_ARRAY_SIZE(lines); i++)
		assert_false(outages_pattern_diagnoser.recall(memory, lines[i]));
	assert_true(outages_pattern_diagnoser.recall(memory, "02:00:00:00:00:01/7 2026-01-11T12:00:00.000000Z"));
}

static void history_is_bounded(void **state)
{
	static struct outages_histories histories;
	char line[32];

	(void)state;
	for (uint64_t i = 0; i < 600; i++)
		outages_history_add(&histories, "02:00:00:00:00:00", NOON_NS + i);
	assert_int_equal(histories.lines[0].starts_ns[0], NOON_NS + 88);
	assert_int_equal(histories.lines[0].count, 600);
	outages_history_add(&histories, "02:00:00:00:00:00", NOON_NS + 300); // a clock was set back
	for (uint32_t i = 1; i < OUTAGES_STARTS_MAX; i++)
		assert_true(histories.lines[0].starts_ns[i - 1] <= histories.lines[0].starts_ns[i]);
	for (unsigned i = 1; i <= OUTAGES_HISTORIES_MAX; i++) { // one more than there is room for
		snprintf(line, sizeof(line), "02:00:00:00:00:%02x", i);
		outages_history_add(&histories, line, NOON_NS + 1000 + i);
	}
	assert_string_equal(histories.lines[0].line, line);
	assert_int_equal(histories.lines[0].count, 1);
}

static void an_outage_is_told_with_its_bounds(void **state)
{
	const struct outages_row row = row_at(0, OUTAGES_LINE_DOWN);
	const struct mw_finding *finding;

	mw_diagnosis_row(*state, &outages_record, &row);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_holds(finding->summary, "The line was down at 2026-01-11T12:00:00.000000Z, for 30.0 s");
	assert_holds(finding->evidence, "between 2026-01-11T11:59:59.999000Z and 2026-01-11T12:00:00.000000Z");
	assert_holds(finding->evidence, "connections that go on: 4");
}

static void the_closed_network_alone_is_named(void **state)
{
	struct outages_row row = row_at(0, OUTAGES_UPSTREAM);

	row.closed = true;
	mw_diagnosis_row(*state, &outages_record, &row);
	assert_sound(only(*state));
	assert_holds(only(*state)->summary, "The closed network of the access line was up, the internet was not at 2026");
	assert_holds(only(*state)->advice, "The access line works");
}

static uint32_t told(struct mw_diagnosis *diagnosis, uint32_t count, const struct mw_finding *const **findings)
{
	for (uint32_t i = 0; i < count; i++) {
		struct outages_row row = row_at(i * UINT64_C(1200), OUTAGES_GATEWAY_RESTART);

		row.duration_s = 30 + i;
		mw_diagnosis_row(diagnosis, &outages_record, &row);
	}
	return mw_diagnosis_findings(diagnosis, findings);
}

static void each_outage_is_a_finding(void **state)
{
	const struct mw_finding *const *findings;

	assert_int_equal(told(*state, 3, &findings), 3);
	assert_int_equal(findings[0]->count, 1);
}

static void many_of_a_cause_are_one(void **state)
{
	const struct mw_finding *const *findings;

	assert_int_equal(told(*state, 4, &findings), 1);
	assert_int_equal(findings[0]->count, 4);
	assert_holds(findings[0]->summary, "The gateway restarted 4 times, the last time at 2026-01-11T13:00:00");
	assert_holds(findings[0]->evidence,
				 "4 times: shortest 30.0 s, mean 31.5 s, longest 33.0 s (at 2026-01-11T13:00:00");
}

static void what_the_mirror_hid_is_no_outage(void **state)
{
	const struct mw_finding *const *findings;
	const struct outages_row silent = row_at(0, OUTAGES_MIRROR_SILENT);
	const struct outages_row one_way = row_at(60, OUTAGES_MIRROR_ONE_WAY);

	mw_diagnosis_row(*state, &outages_record, &silent);
	mw_diagnosis_row(*state, &outages_record, &one_way);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 0);
}

static void a_host_that_flapped_is_no_warning(void **state)
{
	const struct outages_row row = row_at(0, OUTAGES_LINK_FLAP);

	mw_diagnosis_row(*state, &outages_record, &row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
}

static const struct CMUnitTest tests[] = {
	CASE(a_timer_is_named),
	CASE(an_hour_of_day_is_named),
	CASE(chance_is_named),
	CASE(an_afternoon_has_no_pattern),
	CASE(a_pattern_goes_over_restarts_of_midwatch),
	CASE(what_is_not_sound_is_not_recalled),
	CASE(history_is_bounded),
	CASE(an_outage_is_told_with_its_bounds),
	CASE(the_closed_network_alone_is_named),
	CASE(each_outage_is_a_finding),
	CASE(many_of_a_cause_are_one),
	CASE(what_the_mirror_hid_is_no_outage),
	CASE(an_end_that_is_not_known_well_is_told_so),
	CASE(a_host_that_flapped_is_no_warning),
};

MW_TEST_MAIN("outages_finding", tests)
