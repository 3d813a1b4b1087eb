// SPDX-License-Identifier: BSD-3-Clause
// A symptom is told with its cause, where the cause covers it; else it stands alone.
// Neighbours: tests/support/finding_world.h; lib/detector/explain.c.
#include "finding_world.h"

/** A row that makes one finding. */
struct case_row {
	const struct mw_finding_kind *kind;
	uint64_t ts_ns, last_ns;
	uint8_t severity, families, explains_not;
	int64_t confidence;
	struct mw_absence absence;
	double hides;
	uint64_t hides_ns;
	bool exact, stands;
};

static void write_case(struct diagnosis_entry *entry)
{
	const struct case_row *row = (const struct case_row *)(const void *)entry->facts;

	entry->finding.severity = row->severity;
	entry->finding.confidence = row->confidence;
	entry->finding.families = row->families;
	entry->finding.explains_not = row->explains_not;
	entry->finding.absence = row->absence;
	entry->finding.hides = row->hides;
	entry->finding.hides_ns = row->hides_ns;
	entry->finding.exact = row->exact;
	entry->finding.stands = row->stands;
	snprintf(entry->finding.summary, sizeof(entry->finding.summary), "the %s is ill", row->kind->name);
	snprintf(entry->finding.evidence, sizeof(entry->finding.evidence), "- Its own.\n");
}

static void on_case(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct case_row *row = data;
	struct diagnosis_entry *entry =
		diagnosis_entry(diagnosis, row->kind, "it", sizeof(*row), write_case, row->ts_ns, row->last_ns);

	memcpy(entry->facts, row, sizeof(*row));
}

static const struct mw_column columns[] = {
	{.name = "last", .type = MW_COLUMN_TIME, MW_MEMBER(struct case_row, last_ns), .help = "when it ended"},
};
static const struct mw_record case_record = {.name = "cases",
											 .help = "one row per case",
											 .schema = 1,
											 .ts_offset = offsetof(struct case_row, ts_ns),
											 .row_bytes = sizeof(struct case_row),
											 .columns = columns,
											 .columns_count = MW_ARRAY_SIZE(columns)};
static const struct mw_diagnoser diagnoser = {.record = &case_record, .row = on_case};
static const struct mw_finding_kind cause = {
	.name = "cause", .rank = 1, .diagnoser = &diagnoser, .explains = {"other", "symptom"}};
static const struct mw_finding_kind symptom = {.name = "symptom", .rank = 9, .diagnoser = &diagnoser};
static const struct mw_finding_kind lingering = {.name = "other", .rank = 9, .diagnoser = &diagnoser, .lingers = true};
static const struct mw_finding_kind mirror = {.name = "mirror", .rank = 11, .diagnoser = &diagnoser};

FINDING_WORLD(16, &diagnoser)

static void tell(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind, uint64_t from_s, uint64_t to_s,
				 uint8_t severity, uint8_t families)
{
	const struct case_row row = {.kind = kind,
								 .ts_ns = NOON_NS + from_s * MW_NS_PER_SECOND,
								 .last_ns = NOON_NS + to_s * MW_NS_PER_SECOND,
								 .severity = severity,
								 .families = families,
								 .confidence = 80};

	mw_diagnosis_row(diagnosis, &case_record, &row);
}

static void what_a_cause_covers_is_told_there(void **state)
{
	const struct mw_finding *const *findings;

	tell(*state, &cause, 100, 200, MW_SEVERITY_CRITICAL, MW_FINDING_IPV4);
	tell(*state, &symptom, 110, 230, MW_SEVERITY_CRITICAL, MW_FINDING_IPV4);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(mw_diagnosis_findings(*state, &findings), 1);
		assert_string_equal(findings[0]->kind, "cause");
		assert_string_equal(findings[0]->evidence, "- Its own.\n- It explains symptom: the symptom is ill\n");
	}
}

static void what_began_before_it_is_another_thing(void **state)
{
	tell(*state, &cause, 100, 200, MW_SEVERITY_CRITICAL, 0);
	tell(*state, &symptom, 10, 150, MW_SEVERITY_WARNING, 0);
	assert_int_equal(count_findings(*state), 2);
}

static void what_goes_on_behind_it_is_another_thing(void **state)
{
	tell(*state, &cause, 100, 200, MW_SEVERITY_CRITICAL, 0);
	tell(*state, &symptom, 150, 300, MW_SEVERITY_WARNING, 0);
	assert_int_equal(count_findings(*state), 2);
}

/** Of two that are told by their own start and end: the second was seen from so many seconds on, until then. */
static uint32_t told_of(void **state, struct case_row second, uint64_t from_s, uint64_t to_s)
{
	struct case_row row = {.kind = &cause,
						   .ts_ns = NOON_NS + 100 * MW_NS_PER_SECOND,
						   .last_ns = NOON_NS + 102 * MW_NS_PER_SECOND,
						   .severity = MW_SEVERITY_WARNING,
						   .confidence = 80,
						   .exact = true};
	uint32_t told;

	mw_diagnosis_row(*state, &case_record, &row);
	second.severity = row.severity;
	second.confidence = row.confidence;
	second.ts_ns = NOON_NS + from_s * MW_NS_PER_SECOND;
	second.last_ns = NOON_NS + to_s * MW_NS_PER_SECOND;
	mw_diagnosis_row(*state, &case_record, &second);
	told = count_findings(*state);
	assert_int_equal(stop(state), 0);
	assert_int_equal(start(state), 0);
	return told;
}

static void what_is_told_exactly_is_held_against_it_exactly(void **state)
{
	const struct case_row exact = {.kind = &symptom, .exact = true}, vague = {.kind = &symptom};

	assert_int_equal(told_of(state, exact, 96, 111), 1);
	assert_int_equal(told_of(state, exact, 94, 101), 2);
	assert_int_equal(told_of(state, exact, 101, 136), 2);
	assert_int_equal(told_of(state, vague, 94, 136), 1);
}

static void what_lingers_comes_for_a_minute_after_it_and_not_before(void **state)
{
	const struct case_row row = {.kind = &lingering, .exact = true};

	assert_int_equal(told_of(state, row, 101, 160), 1);
	assert_int_equal(told_of(state, row, 101, 170), 2);
	assert_int_equal(told_of(state, row, 40, 60), 2);
	assert_int_equal(told_of(state, row, 94, 101), 2);
}

static void who_is_known_to_have_done_it_is_told(void **state)
{
	const struct case_row row = {.kind = &symptom, .exact = true, .stands = true};

	assert_int_equal(told_of(state, row, 101, 102), 2);
}

static void another_family_is_another_thing(void **state)
{
	tell(*state, &cause, 100, 200, MW_SEVERITY_CRITICAL, MW_FINDING_IPV4 | MW_FINDING_4IN6);
	tell(*state, &symptom, 110, 150, MW_SEVERITY_WARNING, MW_FINDING_IPV6);
	assert_int_equal(count_findings(*state), 2);
}

static void what_does_not_follow_from_this_one_stands_alone(void **state)
{
	struct case_row row = {.kind = &cause,
						   .ts_ns = NOON_NS,
						   .last_ns = NOON_NS + 100 * MW_NS_PER_SECOND,
						   .severity = MW_SEVERITY_CRITICAL,
						   .explains_not = 2, // the second of its list
						   .confidence = 80};

	mw_diagnosis_row(*state, &case_record, &row);
	tell(*state, &symptom, 10, 50, MW_SEVERITY_WARNING, 0);
	assert_int_equal(count_findings(*state), 2);
	row.explains_not = 1;
	mw_diagnosis_row(*state, &case_record, &row);
	assert_int_equal(count_findings(*state), 1);
}

static void a_notice_explains_nothing(void **state)
{
	tell(*state, &cause, 100, 200, MW_SEVERITY_NOTICE, 0);
	tell(*state, &symptom, 110, 150, MW_SEVERITY_WARNING, 0);
	assert_int_equal(count_findings(*state), 2);
}

static void a_symptom_explains_no_cause(void **state)
{
	tell(*state, &symptom, 100, 200, MW_SEVERITY_CRITICAL, 0);
	tell(*state, &cause, 110, 120, MW_SEVERITY_WARNING, 0);
	assert_int_equal(count_findings(*state), 2);
}

static void two_causes_explain_what_came_with_both(void **state)
{
	struct case_row row = {.kind = &cause,
						   .ts_ns = NOON_NS,
						   .last_ns = NOON_NS + 30 * MW_NS_PER_SECOND,
						   .severity = MW_SEVERITY_CRITICAL,
						   .confidence = 80};

	mw_diagnosis_row(*state, &case_record, &row);
	row.ts_ns += 600 * MW_NS_PER_SECOND;
	row.last_ns += 600 * MW_NS_PER_SECOND;
	mw_diagnosis_row(*state, &case_record, &row);
	tell(*state, &symptom, 40, 45, MW_SEVERITY_WARNING, 0);
	tell(*state, &symptom, 605, 690, MW_SEVERITY_WARNING, 0);
	assert_int_equal(count_findings(*state), 1);
	tell(*state, &symptom, 300, 301, MW_SEVERITY_WARNING, 0); // between them all was well
	assert_int_equal(count_findings(*state), 2);
}

// For want of room some lie together: what is between them is not known, so it is no excuse.
static void what_is_mixed_explains_nothing(void **state)
{
	for (uint32_t i = 0; i <= MW_SPANS_MAX; i++)
		tell(*state, &cause, i * 1000 + (i == 1 ? 0 : 100), i * 1000 + 110, MW_SEVERITY_CRITICAL, 0);
	tell(*state, &symptom, 1050, 1060, MW_SEVERITY_WARNING, 0);
	assert_int_equal(count_findings(*state), 2);
}

static void hide(struct mw_diagnosis *diagnosis, uint64_t from_s, uint64_t to_s, double share, uint64_t in_ns)
{
	const struct case_row row = {.kind = &mirror,
								 .ts_ns = NOON_NS + from_s * MW_NS_PER_SECOND,
								 .last_ns = NOON_NS + to_s * MW_NS_PER_SECOND,
								 .severity = MW_SEVERITY_NOTICE,
								 .confidence = 70,
								 .hides = share,
								 .hides_ns = in_ns};

	mw_diagnosis_row(diagnosis, &case_record, &row);
}

/** So many cases of 100 in which one of parts packets was not seen, of each of so many tries. */
static void miss(struct mw_diagnosis *diagnosis, int64_t missing, uint8_t tries, uint8_t parts)
{
	const struct case_row row = {.kind = &symptom,
								 .ts_ns = NOON_NS + 100 * MW_NS_PER_SECOND,
								 .last_ns = NOON_NS + 200 * MW_NS_PER_SECOND,
								 .severity = MW_SEVERITY_WARNING,
								 .confidence = 80,
								 .absence = {.missing = missing, .due = 100, .tries = tries, .parts = parts}};

	mw_diagnosis_row(diagnosis, &case_record, &row);
}

static void what_a_lossy_mirror_makes_by_itself_is_told_there(void **state)
{
	hide(*state, 0, 300, 0.03, 0);
	miss(*state, 8, 1, 1); // 3 by chance, 8.2 hardly ever
	assert_string_equal(only(*state)->kind, "mirror");
	assert_holds(only(*state)->evidence, "- It explains symptom: ");
}

static void what_is_more_than_the_mirror_makes_is_less_sure(void **state)
{
	const struct mw_finding *const *findings;

	hide(*state, 0, 300, 0.03, 0);
	miss(*state, 30, 1, 1);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
		assert_string_equal(findings[0]->kind, "symptom");
		assert_int_equal(findings[0]->confidence, 72); // 3 of 30 are the mirror's
		assert_int_equal(findings[0]->severity, MW_SEVERITY_WARNING);
		assert_holds(findings[0]->evidence, "makes 3.0 of these 30 cases. So this is 72 sure instead of 80.");
	}
}

static void what_is_half_the_mirrors_is_a_notice(void **state)
{
	const struct mw_finding *const *findings;

	hide(*state, 0, 300, 0.2, 0);
	miss(*state, 40, 1, 1);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_int_equal(findings[0]->confidence, 40);
	assert_int_equal(findings[0]->severity, MW_SEVERITY_NOTICE);
}

static void what_needs_several_losses_at_once_stays_sure(void **state)
{
	const struct mw_finding *const *findings;

	hide(*state, 0, 300, 0.03, 0);
	miss(*state, 8, 3, 1);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_int_equal(findings[0]->confidence, 79); // 0.03 cubed of 100
}

static void of_many_parts_one_is_lost_sooner(void **state)
{
	hide(*state, 0, 300, 0.03, 0);
	miss(*state, 30, 1, 10); // 1 - 0.97 ^ 10 = 26 %
	assert_int_equal(count_findings(*state), 1);
}

static void what_the_mirror_hid_at_another_time_is_no_excuse(void **state)
{
	const struct mw_finding *const *findings;

	hide(*state, 0, 90, 1, 0);
	hide(*state, 230, 300, 1, 0);
	miss(*state, 30, 1, 1);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_int_equal(findings[0]->confidence, 80);
}

static void a_mirror_of_one_direction_shows_no_answer(void **state)
{
	hide(*state, 0, 300, 0.95, 0);
	miss(*state, 90, 2, 1);
	assert_int_equal(count_findings(*state), 1);
}

// What is asked in silence is not seen: a second before it, answers are missed.
static void silence_hides_few_answers(void **state)
{
	const struct mw_finding *const *findings;

	hide(*state, 110, 190, 1, MW_NS_PER_SECOND);
	miss(*state, 10, 1, 1); // 1 of 100 by chance
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_int_equal(findings[0]->confidence, 72);
}

static const struct CMUnitTest tests[] = {
	CASE(what_a_cause_covers_is_told_there),
	CASE(what_began_before_it_is_another_thing),
	CASE(what_goes_on_behind_it_is_another_thing),
	CASE(what_is_told_exactly_is_held_against_it_exactly),
	CASE(what_lingers_comes_for_a_minute_after_it_and_not_before),
	CASE(who_is_known_to_have_done_it_is_told),
	CASE(another_family_is_another_thing),
	CASE(what_does_not_follow_from_this_one_stands_alone),
	CASE(a_notice_explains_nothing),
	CASE(a_symptom_explains_no_cause),
	CASE(two_causes_explain_what_came_with_both),
	CASE(what_is_mixed_explains_nothing),
	CASE(what_a_lossy_mirror_makes_by_itself_is_told_there),
	CASE(what_is_more_than_the_mirror_makes_is_less_sure),
	CASE(what_is_half_the_mirrors_is_a_notice),
	CASE(what_needs_several_losses_at_once_stays_sure),
	CASE(of_many_parts_one_is_lost_sooner),
	CASE(what_the_mirror_hid_at_another_time_is_no_excuse),
	CASE(a_mirror_of_one_direction_shows_no_answer),
	CASE(silence_hides_few_answers),
};
MW_TEST_MAIN("detector_explain", tests)
