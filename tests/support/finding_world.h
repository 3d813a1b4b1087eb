// SPDX-License-Identifier: BSD-3-Clause
// A diagnosis of a test's own diagnosers, and how tests look at the findings that it makes.
// Neighbours: tests/unit/detectors/*/finding*_test.c. Header only: it is bound to no library.
#ifndef FINDING_WORLD_H
#define FINDING_WORLD_H

#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "mw_address.h"
#include "mw_diagnosis.h"

#define NOON_NS (UINT64_C(1768132800) * MW_NS_PER_SECOND) // 2026-01-11T12:00:00Z

/** Defines start and stop for CASE(): a diagnosis of at most max findings by the diagnosers that follow. */
#define FINDING_WORLD(max, ...)                                                                                        \
	static inline int start(void **state)                                                                              \
	{                                                                                                                  \
		static const struct mw_diagnoser *const mine[] = {__VA_ARGS__};                                                \
		struct mw_diagnosis *diagnosis;                                                                                \
                                                                                                                       \
		assert_int_equal(mw_diagnosis_new(mine, MW_ARRAY_SIZE(mine), max, &diagnosis), 0);                             \
		*state = diagnosis;                                                                                            \
		return 0;                                                                                                      \
	}
#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

static inline int stop(void **state)
{
	mw_diagnosis_free(*state);
	return 0;
}

static inline struct mw_address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return mw_address_from_v4((const uint8_t[]){a, b, c, d});
}

/** An address whose text is as long as text can be. */
static inline struct mw_address longest_address(uint8_t last)
{
	struct mw_address address;

	memset(&address, 0xfe, sizeof(address));
	address.bytes[15] = last;
	return address;
}

static inline uint32_t count_findings(struct mw_diagnosis *diagnosis)
{
	const struct mw_finding *const *findings;

	return mw_diagnosis_findings(diagnosis, &findings);
}

/** How many gave way to others. */
static inline uint64_t count_left_out(const struct mw_diagnosis *diagnosis)
{
	const struct mw_left_out *left_out;
	uint32_t kinds = mw_diagnosis_left_out(diagnosis, &left_out);
	uint64_t count = 0;

	for (uint32_t i = 0; i < kinds; i++)
		count += left_out[i].count;
	return count;
}

/** The only finding. */
static inline const struct mw_finding *only(struct mw_diagnosis *diagnosis)
{
	const struct mw_finding *const *findings;

	assert_int_equal(mw_diagnosis_findings(diagnosis, &findings), 1);
	return findings[0];
}

static inline void assert_holds(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in \"%s\"", part, text);
}

/** Whole sentences and lines, and no number that is "not known". */
static inline void assert_sound(const struct mw_finding *finding)
{
	const char *const texts[] = {finding->summary, finding->evidence, finding->alternatives, finding->advice};

	for (size_t i = 0; i < MW_ARRAY_SIZE(texts); i++) {
		assert_true(strlen(texts[i]) > 20);
		assert_int_equal(texts[i][strlen(texts[i]) - 1], i == 0 ? '.' : '\n');
		assert_lacks(texts[i], "-9223372036854775808");
		assert_lacks(texts[i], "(null)");
		assert_lacks(texts[i], " 0 bytes");
	}
	assert_in_range(finding->confidence, 0, 100);
	assert_true(finding->count > 0);
	assert_true(strlen(finding->subject) > 0);
}

#endif
