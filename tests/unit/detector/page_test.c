// SPDX-License-Identifier: BSD-3-Clause
// Shares of the page, and what is not said twice.
// Neighbours: lib/detector/page.c.
#include "mw_page.h"

#include <stdio.h>
#include <string.h>

#include "mw_diagnosis.h"
#include "mw_test.h"

#define ENTRIES 200

static struct diagnosis_entry entries[ENTRIES];
static const struct mw_finding *findings[ENTRIES];
static uint8_t places[ENTRIES];

/** A sorted list of entries_count findings of this kind, known and seen often, behind those that are there. */
static uint32_t add(uint32_t at, uint32_t count, const char *kind, int64_t confidence)
{
	for (uint32_t i = at; i < at + count; i++) {
		memset(&entries[i], 0, sizeof(entries[i]));
		entries[i].finding.kind = kind;
		entries[i].finding.severity = MW_SEVERITY_WARNING;
		entries[i].finding.known = true;
		entries[i].finding.confidence = confidence;
		entries[i].finding.cases = 5;
		findings[i] = &entries[i].finding;
	}
	return at + count;
}

static uint32_t count_places(uint32_t from, uint32_t to, enum mw_page_place place)
{
	uint32_t count = 0;

	for (uint32_t i = from; i < to; i++)
		count += places[i] == place;
	return count;
}

static void few_findings_are_all_told_at_length(void **state)
{
	uint32_t count = add(0, 2, "forged-resets", 90);

	(void)state;
	count = add(count, 1, "nat-risk", 70);
	mw_page_arrange(findings, count, places);
	assert_int_equal(count_places(0, count, MW_PAGE_LONG_TEXT), 3);
}

static void a_kind_has_its_share_and_no_more(void **state)
{
	uint32_t count = add(0, 150, "forged-resets", 90);

	(void)state;
	count = add(count, 1, "nat-risk", 30);
	mw_page_arrange(findings, count, places);
	assert_int_equal(count_places(0, 150, MW_PAGE_LONG_TEXT), MW_PAGE_EVIDENCE);
	assert_int_equal(count_places(0, 150, MW_PAGE_LINE), MW_PAGE_OF_KIND - MW_PAGE_EVIDENCE);
	assert_int_equal(places[150], MW_PAGE_LONG_TEXT);
}

static void a_single_case_leaves_the_page_to_what_was_seen_again(void **state)
{
	uint32_t count = add(0, 100, "forged-resets", 90);

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		entries[i].finding.cases = 1;
	count = add(count, 3, "forged-resets", 60); // less sure: behind all of the others
	mw_page_arrange(findings, count, places);
	assert_int_equal(count_places(100, count, MW_PAGE_LONG_TEXT), 3);
	assert_int_equal(count_places(0, 100, MW_PAGE_OUT), 100 + 3 - MW_PAGE_OF_KIND);
}

static void the_first_of_each_kind_is_told_at_length_however_many_kinds(void **state)
{
	static char names[30][16];
	uint32_t count = 0;

	(void)state;
	for (uint32_t i = 0; i < 30; i++) {
		snprintf(names[i], sizeof(names[i]), "kind %u", i);
		count = add(count, 5, names[i], 90);
	}
	mw_page_arrange(findings, count, places);
	for (uint32_t i = 0; i < 30; i++)
		assert_int_equal(places[i * 5], MW_PAGE_LONG_TEXT);
	assert_in_range(count_places(0, count, MW_PAGE_LONG_TEXT), 30, 30 + MW_PAGE_LONG);
}

static void assert_new(struct mw_page_said *said, const char *kind, const char *lines, const char *expected)
{
	char chars[512];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_page_add_new(said, kind, lines, &text);
	assert_string_equal(chars, expected);
}

static void advice_is_given_once_whatever_address_it_names(void **state)
{
	static const char first[] = "- On 192.0.2.1: send less.\n- Ask the carrier.\n";
	struct mw_page_said said = {0};

	(void)state;
	assert_new(&said, "a", first, first);
	assert_new(&said, "a", "- On 2001:db8::1: send less.\n- Ask the carrier.\n", "");
	assert_new(&said, "a", "- On fe80::: send less.\n- Ask the vendor.\n", "- Ask the vendor.\n");
	assert_new(&said, "b", "- Ask the carrier.\n", "- Ask the carrier.\n"); // another kind: said anew
	assert_new(&said, "a", "", "");
}

static void advice_with_another_number_is_other_advice(void **state)
{
	struct mw_page_said said = {0};

	(void)state;
	assert_new(&said, "a", "- Clamp to 1240 on 192.0.2.1.\n", "- Clamp to 1240 on 192.0.2.1.\n");
	assert_new(&said, "a", "- Clamp to 1220 on 192.0.2.1.\n", "- Clamp to 1220 on 192.0.2.1.\n");
	assert_new(&said, "a", "- Clamp to 1220 on 192.0.2.7.\n", "");
}

static void an_item_of_several_lines_stays_whole(void **state)
{
	struct mw_page_said said = {0};

	(void)state;
	assert_new(&said, "a", "- One.\n", "- One.\n");
	assert_new(&said, "a", "- One.\n- Two:\n  more of it.\n", "- Two:\n  more of it.\n");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(few_findings_are_all_told_at_length),
	MW_TEST(a_kind_has_its_share_and_no_more),
	MW_TEST(a_single_case_leaves_the_page_to_what_was_seen_again),
	MW_TEST(the_first_of_each_kind_is_told_at_length_however_many_kinds),
	MW_TEST(advice_is_given_once_whatever_address_it_names),
	MW_TEST(advice_with_another_number_is_other_advice),
	MW_TEST(an_item_of_several_lines_stays_whole),
};

MW_TEST_MAIN("detector_page", tests)
