// SPDX-License-Identifier: BSD-3-Clause
// Which subjects of a finding an evidence file shows; the kinds and their rows are toys.
// Neighbours: lib/detector/evidence.c; tests/unit/detectors/*/evidence_test.c try the kinds.
#include <stdio.h>
#include <string.h>

#include "mw_evidence_kind.h"
#include "mw_test.h"

struct toy {
	char key[DIAGNOSIS_KEY_BYTES];
	uint8_t network; // 198.NETWORK.0.1
	uint16_t number;
	int64_t confidence; // less than 0: nothing to show
};

static const struct mw_record toy_record = {.name = "toys"}, other_record = {.name = "others"};

static bool on_row(const void *data, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES])
{
	const struct toy *row = data;
	const uint8_t src[4] = {198, row->network, 0, 1};

	snprintf(key, DIAGNOSIS_KEY_BYTES, "%s", row->key);
	subject->src = mw_address_from_v4(src);
	subject->first_ns = subject->last_ns = row->number;
	subject->dport = row->number;
	subject->confidence = row->confidence;
	return row->confidence >= 0;
}

static const struct mw_evidence_kind toy_kind = {
	.record = &toy_record,
	.row = on_row,
};
static const struct mw_evidence_kind other_kind = {
	.record = &other_record,
	.row = on_row,
};
static const struct mw_finding_kind toy_finding = {.name = "toy", .evidence = &toy_kind};
static const struct mw_finding_kind other_finding = {.name = "other", .evidence = &other_kind};
static const struct mw_finding_kind bare_finding = {.name = "bare"}; // keeps no packets
static const struct mw_finding_kind *const findings[] = {&bare_finding, &toy_finding, &other_finding};
static const struct mw_detector toy_detector = {
	.name = "toy", .findings = findings, .findings_count = MW_ARRAY_SIZE(findings)};
static const struct mw_detector *const detectors[] = {&toy_detector};

static void add(struct mw_evidence *evidence, const char *key, uint8_t network, uint16_t number, int64_t confidence)
{
	struct toy row = {.network = network, .number = number, .confidence = confidence};

	snprintf(row.key, sizeof(row.key), "%s", key);
	mw_evidence_row(evidence, &toy_record, &row);
}

static struct mw_evidence *fresh(void)
{
	struct mw_evidence *evidence = NULL;

	assert_int_equal(mw_evidence_new(&(struct mw_detector_set){detectors, 1}, &evidence), 0);
	return evidence;
}

static uint32_t choose(const struct mw_evidence *evidence, const char *key,
					   struct mw_evidence_subject chosen[MW_EVIDENCE_SUBJECTS])
{
	return mw_evidence_choose(evidence, &toy_kind, key, chosen);
}

static void each_network_is_shown_then_the_surest(void **state)
{
	struct mw_evidence_subject chosen[MW_EVIDENCE_SUBJECTS];
	struct mw_evidence *evidence = fresh();

	(void)state;
	for (uint16_t i = 0; i < 20; i++)
		add(evidence, "mb-1", 1, i, 90 + i % 3);
	add(evidence, "mb-1", 2, 30, 71);
	add(evidence, "mb-1", 3, 31, 70);
	assert_int_equal(choose(evidence, "mb-1", chosen), 8);
	for (uint16_t i = 0; i < 6; i++) {
		assert_int_equal(chosen[i].dport, 3 * i + 2); // 2, 5, 8 ...: the first of confidence 92, each once
		assert_int_equal(chosen[i].confidence, 92);
	}
	assert_int_equal(chosen[6].dport, 30);
	assert_int_equal(chosen[7].dport, 31);
	mw_evidence_free(evidence);
}

static void order_of_rows_does_not_matter(void **state)
{
	struct mw_evidence_subject one[MW_EVIDENCE_SUBJECTS], other[MW_EVIDENCE_SUBJECTS];
	struct mw_evidence *forward = fresh(), *backward = fresh();
	uint32_t count;

	(void)state;
	for (uint16_t i = 0; i < 300; i++) {
		uint16_t j = (uint16_t)(299 - i);

		add(forward, "mb-1", (uint8_t)(i * 7 % 13), i, 70 + i * 11 % 17);
		add(backward, "mb-1", (uint8_t)(j * 7 % 13), j, 70 + j * 11 % 17);
	}
	count = choose(forward, "mb-1", one);
	assert_int_equal(count, 8);
	assert_int_equal(choose(backward, "mb-1", other), count);
	assert_memory_equal(one, other, count * sizeof(one[0]));
	mw_evidence_free(forward);
	mw_evidence_free(backward);
}

static void findings_are_kept_apart(void **state)
{
	struct mw_evidence_subject chosen[MW_EVIDENCE_SUBJECTS];
	struct mw_evidence *evidence = fresh();
	char key[16];

	(void)state;
	add(evidence, "mb-1", 9, 9, -1);
	assert_int_equal(choose(evidence, "mb-1", chosen), 0);
	for (uint16_t i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "mb-%u", i);
		add(evidence, key, 1, i, 80);
	}
	assert_int_equal(choose(evidence, "mb-7", chosen), 1);
	assert_int_equal(chosen[0].dport, 7);
	assert_int_equal(mw_evidence_choose(evidence, &other_kind, "mb-7", chosen), 0);
	mw_evidence_free(evidence);
}

static void those_that_tell_little_do_not_crowd_out_the_others(void **state)
{
	struct mw_evidence_subject chosen[MW_EVIDENCE_SUBJECTS];
	struct mw_evidence *evidence = fresh();
	char key[16];

	(void)state;
	for (uint16_t i = 0; i < 4 * MW_EVIDENCE_GROUPS; i++) {
		snprintf(key, sizeof(key), "once-%u", i);
		add(evidence, key, 1, i, 60);
		if (i % 100 == 50)
			add(evidence, "often", 9, i, 60);
		if (i == 5)
			add(evidence, "surely", 8, i, 90);
	}
	assert_int_equal(choose(evidence, "often", chosen), 8);
	assert_int_equal(choose(evidence, "surely", chosen), 1);
	mw_evidence_free(evidence);
}

static void finding_of_many_hosts_shows_those_without_one_of_their_own(void **state)
{
	struct mw_evidence_subject chosen[MW_EVIDENCE_SUBJECTS];
	struct mw_evidence *evidence = fresh();
	char key[DIAGNOSIS_KEY_BYTES];

	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "192.0.2.1 198.51.0.%u", i);
		add(evidence, key, 1, i, 60);
	}
	add(evidence, "192.0.2.2 198.51.0.7", 1, 7, 60);
	mw_evidence_claim(evidence, &toy_kind, "192.0.2.1 198.51.0.1");
	assert_int_equal(choose(evidence, "192.0.2.1 *", chosen), 3);
	assert_int_equal(chosen[0].dport, 0);
	assert_int_equal(chosen[1].dport, 2);
	assert_int_equal(choose(evidence, "* 198.51.0.7", chosen), 1);
	assert_int_equal(choose(evidence, "* *", chosen), 4);
	assert_int_equal(choose(evidence, "192.0.2.1 198.51.0.1", chosen), 1);
	assert_int_equal(choose(evidence, "192.0.2.1", chosen), 0);
	mw_evidence_free(evidence);
}

static void without_kinds_nothing_is_remembered(void **state)
{
	struct mw_evidence_subject chosen[MW_EVIDENCE_SUBJECTS];
	struct mw_evidence *evidence = NULL;

	(void)state;
	assert_int_equal(mw_evidence_new(&(struct mw_detector_set){NULL, 0}, &evidence), 0);
	add(evidence, "mb-1", 1, 1, 90);
	mw_evidence_claim(evidence, &toy_kind, "mb-1");
	assert_int_equal(choose(evidence, "mb-1", chosen), 0);
	mw_evidence_free(evidence);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(each_network_is_shown_then_the_surest),
	MW_TEST(order_of_rows_does_not_matter),
	MW_TEST(findings_are_kept_apart),
	MW_TEST(those_that_tell_little_do_not_crowd_out_the_others),
	MW_TEST(finding_of_many_hosts_shows_those_without_one_of_their_own),
	MW_TEST(without_kinds_nothing_is_remembered),
};

MW_TEST_MAIN("detector_evidence", tests)
