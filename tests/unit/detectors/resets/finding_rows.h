// SPDX-License-Identifier: BSD-3-Clause
// Rows of forged resets to build findings from, and how tests look at the findings.
// Neighbours: finding_test.c, words_test.c.
#ifndef RESETS_FINDING_ROWS_H
#define RESETS_FINDING_ROWS_H

#include "finding_world.h"
#include "resets.h"
#include "cause.h"

#define E(symbol) (1u << MW_RESET_EVIDENCE_##symbol)
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

FINDING_WORLD(8, &diagnose_resets)

#endif
