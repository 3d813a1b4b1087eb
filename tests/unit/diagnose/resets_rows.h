// SPDX-License-Identifier: BSD-3-Clause
// Rows of forged resets to build findings from, and how tests look at the findings.
// Neighbours: resets_test.c, resets_words_test.c.
#ifndef RESETS_ROWS_H
#define RESETS_ROWS_H

#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "mw_detect_reset.h"
#include "mw_finding.h"
#include "mw_reset_cause.h"

#define E(symbol)      (1u << MW_RESET_EVIDENCE_##symbol)
#define NOON_NS        (UINT64_C(1768132800) * MW_NS_PER_SECOND) // 2026-01-11T12:00:00Z
#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

static inline int start(void **state)
{
	struct mw_diagnosis *diagnosis;

	assert_int_equal(mw_diagnosis_new(8, &diagnosis), 0);
	*state = diagnosis;
	return 0;
}

static inline int stop(void **state)
{
	mw_diagnosis_free(*state);
	return 0;
}

/** In the path, 1 router away, in the name of a server 12 routers away; of no known device. */
static inline struct mw_reset_row forged_row(uint32_t number)
{
	const uint8_t server[4] = {203, 0, 113, (uint8_t)number}, client[4] = {10, 0, 0, 2};
	struct mw_reset_row row = {.ts_ns = NOON_NS + number * MW_NS_PER_SECOND,
							   .sport = 443,
							   .dport = 50000 + number,
							   .count = 1,
							   .verdict = MW_RESET_FORGED,
							   .origin = MW_MIDDLEBOX_ORIGIN_IN_PATH,
							   .confidence = 94,
							   .ttl = 63,
							   .ttl_expected = 52,
							   .hops = 1,
							   .rtt_ms = MW_UNKNOWN_DOUBLE,
							   .rtt_fraction = MW_UNKNOWN_DOUBLE,
							   .ip_id = MW_UNKNOWN_I64,
							   .named = MW_RESET_SIDE_SERVER,
							   .cause_group = 255,
							   .stage = MW_RESET_LATER,
							   .pattern = MW_RESET_PATTERN_LATER_RSTACK,
							   .evidence = E(TTL_SPLIT) | E(IN_WINDOW)};

	row.last_ns = row.ts_ns;
	row.src = mw_address_from_v4(server);
	row.dst = mw_address_from_v4(client);
	snprintf(row.flow, sizeof(row.flow), "1:%u", number);
	return row;
}

static inline struct mw_reset_row of_device(struct mw_reset_row row, const char *cluster)
{
	snprintf(row.cluster, sizeof(row.cluster), "%s", cluster);
	row.device_sure = true;
	row.evidence |= E(CLUSTER);
	return row;
}

/** Seed 000: a BIG-IP five routers away that answers for everybody. */
static inline struct mw_reset_row bigip_row(uint32_t number, const char *cause, uint8_t group)
{
	struct mw_reset_row row = of_device(forged_row(number), "mb-1a2b3c4d");

	row.evidence |= E(PAYLOAD_SIGNATURE);
	row.ttl = 250;
	row.hops = 5;
	strcpy(row.signature, "bigip-reset-cause");
	strcpy(row.label, "F5 BIG-IP");
	strcpy(row.device, "[0x2664c65:2574]");
	strcpy(row.template, "BIG-IP: [0x2664c65:*] *");
	snprintf(row.payload, sizeof(row.payload), "BIG-IP: [0x2664c65:2574] %s", cause);
	snprintf(row.cause, sizeof(row.cause), "%s", cause);
	row.cause_group = group;
	row.cause_meaning = "the box no longer knows it";
	return row;
}

/** An injector beside the path that races the server and guesses. */
static inline struct mw_reset_row racing_row(uint32_t number)
{
	struct mw_reset_row row = of_device(forged_row(number), "mb-0000000f");

	row.origin = MW_MIDDLEBOX_ORIGIN_OFF_PATH;
	row.count = 3;
	row.hops = 7;
	row.ttl = 57;
	row.evidence = E(TTL_SPLIT) | E(SEQ_STAIRCASE) | E(DATA_AFTER_RESET) | E(FASTER_THAN_RTT) | E(CLUSTER);
	row.rtt_ms = 28;
	row.rtt_fraction = number == 2 ? 0.01 : 0.5;
	row.stage = MW_RESET_POST_PSH;
	row.pattern = MW_RESET_PATTERN_PSH_RSTS_DIFFER;
	strcpy(row.habit, "Sandvine: second 12503 bytes on");
	return row;
}

static inline void give(struct mw_diagnosis *diagnosis, struct mw_reset_row row)
{
	mw_diagnosis_row(diagnosis, &mw_reset_record, &row);
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

#endif
