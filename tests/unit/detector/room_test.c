// SPDX-License-Identifier: BSD-3-Clause
// Which findings stay when there are more than the list holds, in which order they stand, and what is said of the rest.
// Neighbours: tests/support/finding_world.h; lib/detector/room.c, worth.c.
#include "finding_world.h"

/** A row that makes one finding, with all that counts for it. */
struct case_row {
	const struct mw_finding_kind *kind;
	char key[32];
	uint64_t ts_ns;
	uint8_t severity;
	bool known;
	int64_t confidence;
	bool gathers;
};

static void write_case(struct diagnosis_entry *entry)
{
	const struct case_row *row = (const struct case_row *)(const void *)entry->facts;

	entry->finding.severity = row->severity;
	entry->finding.confidence = row->confidence;
	entry->finding.known = row->known;
	entry->finding.count = (int64_t)entry->rows;
}

static void on_case(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct case_row *row = data;
	struct diagnosis_entry *entry =
		diagnosis_entry(diagnosis, row->kind, row->key, sizeof(*row), write_case, row->ts_ns, row->ts_ns);

	memcpy(entry->facts, row, sizeof(*row));
	entry->gathers = row->gathers;
}

static void gather(struct mw_diagnosis *diagnosis, const struct diagnosis_entry *entry)
{
	struct case_row row = *(const struct case_row *)(const void *)entry->facts;

	strcpy(row.key, "*");
	row.gathers = true;
	on_case(diagnosis, &row);
}

static const struct mw_column columns[] = {
	{.name = "key", .type = MW_COLUMN_TEXT, MW_MEMBER(struct case_row, key), .help = "what it is about"},
};
static const struct mw_record case_record = {.name = "cases",
											 .help = "one row per case",
											 .schema = 1,
											 .ts_offset = offsetof(struct case_row, ts_ns),
											 .row_bytes = sizeof(struct case_row),
											 .columns = columns,
											 .columns_count = MW_ARRAY_SIZE(columns)};
static const struct mw_diagnoser diagnoser = {.record = &case_record, .row = on_case};
static const struct mw_finding_kind flooded = {.name = "flooded", .rank = 5, .diagnoser = &diagnoser};
static const struct mw_finding_kind gathered = {
	.name = "gathered", .rank = 5, .max = 4, .diagnoser = &diagnoser, .gather = gather};
static const struct mw_finding_kind quiet = {.name = "quiet", .rank = 6, .diagnoser = &diagnoser};

FINDING_WORLD(16, &diagnoser)

static struct case_row case_of(const struct mw_finding_kind *kind, uint32_t number)
{
	struct case_row row = {
		.kind = kind, .ts_ns = NOON_NS + number, .severity = MW_SEVERITY_WARNING, .known = true, .confidence = 80};

	snprintf(row.key, sizeof(row.key), "%u", number);
	return row;
}

static void give(struct mw_diagnosis *diagnosis, const struct case_row *row)
{
	mw_diagnosis_row(diagnosis, &case_record, row);
}

static bool is_there(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind, const char *key)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(diagnosis, &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (mw_finding_kind_of(findings[i]) == kind && strcmp(mw_finding_key(findings[i]), key) == 0)
			return true;
	}
	return false;
}

/** Each is another one, and others than those of a flood from elsewhere in time. */
static void flood(struct mw_diagnosis *diagnosis, uint32_t count, const struct case_row *like)
{
	for (uint32_t i = 0; i < count; i++) {
		struct case_row row = *like;

		row.ts_ns += 1000 + i;
		snprintf(row.key, sizeof(row.key), "flood %llu", (unsigned long long)row.ts_ns);
		give(diagnosis, &row);
	}
}

static void a_flood_of_one_kind_leaves_the_others_alone(void **state)
{
	struct case_row like = case_of(&flooded, 0);

	for (uint32_t i = 1; i <= 7; i++) {
		struct case_row row = case_of(&quiet, i);

		row.severity = MW_SEVERITY_NOTICE;
		row.confidence = 10;
		row.known = false;
		give(*state, &row);
	}
	like.severity = MW_SEVERITY_CRITICAL;
	like.confidence = 99;
	flood(*state, 5000, &like);
	assert_int_equal(count_findings(*state), 16);
	for (uint32_t i = 1; i <= 7; i++)
		assert_true(is_there(*state, &quiet, case_of(&quiet, i).key));
	assert_int_equal(count_left_out(*state), 5000 - 9);
}

static void a_newcomer_of_a_kind_that_has_little_finds_room(void **state)
{
	struct case_row late = case_of(&quiet, 1), like = case_of(&flooded, 0);

	flood(*state, 5000, &like);
	late.confidence = 5;
	give(*state, &late);
	flood(*state, 5000, &like);
	assert_true(is_there(*state, &quiet, "1"));
}

/** A true one before the flood and one after it; like: what each of the flood is. */
static void assert_the_true_ones_stay(struct mw_diagnosis *diagnosis, const struct case_row *true_one,
									  const struct case_row *like)
{
	struct case_row row = *true_one, later = *like;

	snprintf(row.key, sizeof(row.key), "before");
	give(diagnosis, &row);
	give(diagnosis, &row);
	flood(diagnosis, 1000, like);
	snprintf(row.key, sizeof(row.key), "after");
	give(diagnosis, &row);
	give(diagnosis, &row);
	later.ts_ns += MW_NS_PER_SECOND;
	flood(diagnosis, 1000, &later);
	assert_true(is_there(diagnosis, true_one->kind, "before"));
	assert_true(is_there(diagnosis, true_one->kind, "after"));
}

static void the_less_sure_give_way_whenever_they_came(void **state)
{
	struct case_row true_one = case_of(&flooded, 1), like = case_of(&flooded, 0);

	like.confidence = true_one.confidence - 1;
	assert_the_true_ones_stay(*state, &true_one, &like);
}

static void of_equally_sure_ones_those_from_nowhere_give_way(void **state)
{
	struct case_row true_one = case_of(&flooded, 1), like = case_of(&flooded, 0);

	like.known = false;
	assert_the_true_ones_stay(*state, &true_one, &like);
}

static void a_single_case_gives_way_to_what_was_seen_again(void **state)
{
	struct case_row true_one = case_of(&flooded, 1), like = case_of(&flooded, 0);

	true_one.confidence = 60;
	like.confidence = 90;
	assert_the_true_ones_stay(*state, &true_one, &like);
}

/** Every one of the flood is seen twice, too. */
static void flood_twice(struct mw_diagnosis *diagnosis, const struct case_row *like)
{
	for (uint32_t i = 0; i < 500; i++) {
		struct case_row row = *like;

		snprintf(row.key, sizeof(row.key), "twice %u", i);
		give(diagnosis, &row);
		give(diagnosis, &row);
	}
}

static void of_what_was_seen_again_the_more_severe_stays(void **state)
{
	struct case_row true_one = case_of(&flooded, 1), like = case_of(&flooded, 0);

	true_one.severity = MW_SEVERITY_CRITICAL;
	true_one.confidence = 60;
	give(*state, &true_one);
	give(*state, &true_one);
	like.confidence = 90;
	flood_twice(*state, &like);
	assert_true(is_there(*state, &flooded, "1"));
}

/** A single case that is a notice yet, and sure, among surer looking single cases of a flood of warnings. */
static void a_single_case_need_not_be_severe_yet(void **state)
{
	struct case_row true_one = case_of(&flooded, 1), like = case_of(&flooded, 0);

	true_one.severity = MW_SEVERITY_NOTICE;
	true_one.confidence = 99;
	give(*state, &true_one);
	like.confidence = 87;
	flood(*state, 1000, &like);
	assert_true(is_there(*state, &flooded, "1"));
}

static void what_gathers_others_stays(void **state)
{
	struct case_row all = case_of(&flooded, 1), like = case_of(&flooded, 0);

	all.gathers = true;
	all.confidence = 10;
	give(*state, &all);
	flood(*state, 1000, &like);
	assert_true(is_there(*state, &flooded, "1"));
}

static void a_kind_with_a_bound_keeps_to_it_and_tells_the_rest_in_one(void **state)
{
	struct case_row row = case_of(&gathered, 1), like = case_of(&gathered, 0);
	const struct mw_finding *const *findings;

	give(*state, &row);
	give(*state, &row);
	flood(*state, 1000, &like);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 4);
	assert_true(is_there(*state, &gathered, "1"));
	assert_true(is_there(*state, &gathered, "*"));
	assert_int_equal(count_left_out(*state), 0);
}

static void one_that_comes_again_slowly_in_a_flood_is_known_again(void **state)
{
	struct case_row row = case_of(&flooded, 1), like = case_of(&flooded, 0);

	row.confidence = 60; // less than any of the flood: it gives way each time
	like.confidence = 90;
	give(*state, &row);
	flood(*state, 100, &like);
	assert_false(is_there(*state, &flooded, "1"));
	give(*state, &row);
	like.ts_ns += MW_NS_PER_SECOND;
	flood(*state, 100, &like);
	assert_true(is_there(*state, &flooded, "1"));
}

static void the_same_flood_leaves_the_same_findings(void **state)
{
	struct case_row like = case_of(&flooded, 0);
	char kept[2][16][40];

	for (uint32_t round = 0; round < 2; round++) {
		const struct mw_finding *const *findings;

		flood(*state, 500, &like);
		assert_int_equal(mw_diagnosis_findings(*state, &findings), 16);
		for (uint32_t i = 0; i < 16; i++)
			memcpy(kept[round][i], findings[i]->id, sizeof(kept[round][i]));
		mw_diagnosis_clear(*state);
	}
	assert_memory_equal(kept[0], kept[1], sizeof(kept[0]));
}

static void what_gave_way_is_summed_with_its_confidence(void **state)
{
	struct case_row row = case_of(&flooded, 0);
	const struct mw_left_out *left_out;

	for (uint32_t i = 1; i <= 33; i++) {
		row = case_of(&flooded, i);
		row.confidence = i + 50;
		give(*state, &row);
	}
	assert_int_equal(mw_diagnosis_left_out(*state, &left_out), 1);
	assert_ptr_equal(left_out->kind, &flooded);
	assert_int_equal(left_out->count, 17);
	assert_int_equal(left_out->confidence_low, 51);
	assert_int_equal(left_out->confidence_high, 67);
	mw_diagnosis_clear(*state);
	assert_int_equal(mw_diagnosis_left_out(*state, &left_out), 0);
}

/** Rows of one moment in an order, and the keys in the order of findings. */
static void assert_order(struct mw_diagnosis *diagnosis, const struct case_row *rows, uint32_t count,
						 const char *const *keys)
{
	const struct mw_finding *const *findings;

	for (uint32_t i = 0; i < count; i++)
		give(diagnosis, &rows[i]);
	assert_int_equal(mw_diagnosis_findings(diagnosis, &findings), count);
	for (uint32_t i = 0; i < count; i++)
		assert_string_equal(mw_finding_key(findings[i]), keys[i]);
}

static void findings_stand_by_severity_cause_confidence_and_only_then_time(void **state)
{
	const struct case_row rows[] = {
		{&quiet, "symptom", NOON_NS, MW_SEVERITY_WARNING, true, 99, false},
		{&flooded, "notice", NOON_NS, MW_SEVERITY_NOTICE, true, 99, false},
		{&flooded, "first", NOON_NS, MW_SEVERITY_WARNING, true, 70, false},
		{&flooded, "sure", NOON_NS + 9, MW_SEVERITY_WARNING, false, 90, false},
		{&flooded, "known", NOON_NS + 8, MW_SEVERITY_WARNING, true, 90, false},
		{&flooded, "later", NOON_NS + 1, MW_SEVERITY_WARNING, true, 70, false},
		{&quiet, "critical", NOON_NS + 10, MW_SEVERITY_CRITICAL, false, 10, false},
	};
	static const char *const keys[] = {"critical", "known", "sure", "first", "later", "symptom", "notice"};

	assert_order(*state, rows, MW_ARRAY_SIZE(rows), keys);
}

static const struct CMUnitTest tests[] = {
	CASE(a_flood_of_one_kind_leaves_the_others_alone),
	CASE(a_newcomer_of_a_kind_that_has_little_finds_room),
	CASE(the_less_sure_give_way_whenever_they_came),
	CASE(of_equally_sure_ones_those_from_nowhere_give_way),
	CASE(a_single_case_gives_way_to_what_was_seen_again),
	CASE(of_what_was_seen_again_the_more_severe_stays),
	CASE(a_single_case_need_not_be_severe_yet),
	CASE(what_gathers_others_stays),
	CASE(a_kind_with_a_bound_keeps_to_it_and_tells_the_rest_in_one),
	CASE(one_that_comes_again_slowly_in_a_flood_is_known_again),
	CASE(the_same_flood_leaves_the_same_findings),
	CASE(what_gave_way_is_summed_with_its_confidence),
	CASE(findings_stand_by_severity_cause_confidence_and_only_then_time),
};

MW_TEST_MAIN("detector_room", tests)
