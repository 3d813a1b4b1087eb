// SPDX-License-Identifier: BSD-3-Clause
// Rows of datagrams in pieces to build findings from, and how tests look at the findings.
// Neighbours: fragments_test.c, fragments_attack_test.c, ike_test.c.
#ifndef FRAGMENTS_ROWS_H
#define FRAGMENTS_ROWS_H

#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "mw_detect_fragment.h"
#include "mw_finding.h"

#define NOON_NS      (UINT64_C(1768132800) * MW_NS_PER_SECOND) // 2026-01-11T12:00:00Z
#define FINDINGS_MAX 256
#define HAS(symbol)  (1u << MW_FRAGMENT_##symbol)

static inline struct mw_address v4(uint8_t c, uint8_t d)
{
	const uint8_t bytes[4] = {192, 0, c, d};

	return mw_address_from_v4(bytes);
}

/** An address whose text is as long as text can be. */
static inline struct mw_address longest_address(uint8_t last)
{
	struct mw_address address;

	memset(&address, 0xfe, sizeof(address));
	address.bytes[15] = last;
	return address;
}

/** Of 3480 bytes in three pieces, the first came; the pair's number-th such, number from 1, of complete others. */
static inline struct mw_fragment_row lost_row(uint32_t number, int64_t complete)
{
	return (struct mw_fragment_row){.ts_ns = NOON_NS + number * MW_NS_PER_SECOND / 2,
									.last_ns = NOON_NS + number * MW_NS_PER_SECOND / 2,
									.src = v4(2, 1),
									.dst = v4(2, 9),
									.proto = "udp",
									.sport = 4500,
									.dport = 4500,
									.ip_id = number,
									.fragments_seen = 1,
									.bytes_seen = 1480,
									.bytes_total = 3480,
									.missing = "1480-3479",
									.verdict = MW_FRAGMENTS_INCOMPLETE,
									.protocol = 17,
									.family = 4,
									.first_seen = true,
									.largest_bytes = 1500,
									.pair_complete = complete,
									.pair_incomplete = number,
									.pair_exceeded = 0};
}

/** ... the first is lost. */
static inline struct mw_fragment_row headless_row(uint32_t number, int64_t complete)
{
	struct mw_fragment_row row = lost_row(number, complete);

	row.first_seen = false;
	row.last_seen = true;
	row.fragments_seen = 2;
	row.bytes_seen = 2000;
	row.sport = row.dport = MW_UNKNOWN_I64;
	strcpy(row.missing, "0-1479");
	return row;
}

/** ... the one in the middle is lost. */
static inline struct mw_fragment_row holed_row(uint32_t number, int64_t complete)
{
	struct mw_fragment_row row = lost_row(number, complete);

	row.last_seen = true;
	row.fragments_seen = 2;
	row.bytes_seen = 2000;
	strcpy(row.missing, "1480-2959");
	return row;
}

static inline void give(struct mw_diagnosis *diagnosis, struct mw_fragment_row row)
{
	mw_diagnosis_row(diagnosis, &mw_fragment_record, &row);
}

static inline uint32_t count_findings(struct mw_diagnosis *diagnosis)
{
	const struct mw_finding *const *findings;

	return mw_diagnosis_findings(diagnosis, &findings);
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

static inline int start(void **state)
{
	struct mw_diagnosis *diagnosis;

	assert_int_equal(mw_diagnosis_new(FINDINGS_MAX, &diagnosis), 0);
	*state = diagnosis;
	return 0;
}

static inline int stop(void **state)
{
	mw_diagnosis_free(*state);
	return 0;
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

#endif
