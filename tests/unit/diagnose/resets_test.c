// SPDX-License-Identifier: BSD-3-Clause
// Forged resets in plain words: grouping, numbers, what to do; and the bounds of the list.
// Neighbours: lib/diagnose/resets.c, resets_text.c, diagnosis.c.
#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "mw_finding.h"
#include "mw_detect_reset.h"
#include "mw_reset_cause.h"

#define E(symbol) (1u << MW_RESET_EVIDENCE_##symbol)
#define NOON_NS   (UINT64_C(1768132800) * MW_NS_PER_SECOND) // 2026-01-11T12:00:00Z

static int start(void **state)
{
	struct mw_diagnosis *diagnosis;

	assert_int_equal(mw_diagnosis_new(8, &diagnosis), 0);
	*state = diagnosis;
	return 0;
}

static int stop(void **state)
{
	mw_diagnosis_free(*state);
	return 0;
}

static struct mw_reset_row forged_row(uint32_t number)
{
	const uint8_t server[4] = {203, 0, 113, (uint8_t)number}, client[4] = {10, 0, 0, 2};
	struct mw_reset_row row = {.ts_ns = NOON_NS + number * MW_NS_PER_SECOND,
							   .sport = 443,
							   .dport = 50000 + number,
							   .count = 1,
							   .verdict = MW_RESET_FORGED,
							   .origin = MW_RESET_ORIGIN_IN_PATH,
							   .confidence = 94,
							   .ttl = 63,
							   .ttl_expected = 52,
							   .cause_group = 255,
							   .stage = MW_RESET_LATER,
							   .evidence = E(TTL_SPLIT) | E(IN_WINDOW)};

	row.last_ns = row.ts_ns;
	row.src = mw_address_from_v4(server);
	row.dst = mw_address_from_v4(client);
	snprintf(row.flow, sizeof(row.flow), "1:%u", number);
	return row;
}

static struct mw_reset_row bigip_row(uint32_t number, const char *cause, uint8_t group)
{
	struct mw_reset_row row = forged_row(number);

	row.evidence |= E(PAYLOAD_SIGNATURE);
	strcpy(row.signature, "bigip-reset-cause");
	strcpy(row.label, "F5 BIG-IP");
	strcpy(row.device, "[0x2664c65:2574]");
	snprintf(row.payload, sizeof(row.payload), "BIG-IP: [0x2664c65:2574] %s", cause);
	snprintf(row.cause, sizeof(row.cause), "%s", cause);
	row.cause_group = group;
	row.cause_meaning = "the box no longer knows it";
	return row;
}

static void give(struct mw_diagnosis *diagnosis, struct mw_reset_row row)
{
	mw_diagnosis_row(diagnosis, &mw_reset_record, &row);
}

static void assert_holds(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void one_box_with_one_text_is_one_finding(void **state)
{
	const struct mw_finding *const *findings;
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 12; i++)
		give(*state, bigip_row(i, i <= 10 ? "No flow found for ACK" : "Policy action",
							   i <= 10 ? MW_CAUSE_STATE_LOST : MW_CAUSE_POLICY));
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 1);
	finding = findings[0];
	assert_string_equal(mw_finding_kind_names[finding->kind], "forged-resets");
	assert_string_equal(finding->subject, "F5 BIG-IP [0x2664c65:2574]");
	assert_int_equal(finding->severity, MW_SEVERITY_CRITICAL);
	assert_int_equal(finding->confidence, 94);
	assert_int_equal(finding->count, 12);
	assert_int_equal(finding->first_ns, NOON_NS + MW_NS_PER_SECOND);
	assert_int_equal(finding->last_ns, NOON_NS + 12 * MW_NS_PER_SECOND);
	assert_holds(finding->summary, "in the name of 12 addresses that did not send them");
	assert_holds(finding->summary, "12 connections between 1 client and 12 servers.");
	assert_holds(finding->evidence, "BIG-IP: [0x2664c65:2574] No flow found for ACK");
	assert_holds(finding->evidence, "on 10 of 12: \"No flow found for ACK\". That means: the box no longer knows it.");
	assert_holds(finding->evidence, "on 2 of 12: \"Policy action\"");
	assert_holds(finding->evidence, "TTL of the resets: 63; of the real senders' packets: 52.");
	assert_holds(finding->evidence, "since 2026-01-11T12:00:01.000000Z");
	assert_holds(finding->advice, "WireGuard");
	assert_holds(finding->advice, "quote [0x2664c65:2574]");
	assert_holds(finding->advice, "refuses on purpose");
}

static void several_places_in_one_build_are_one_box(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_reset_row other = bigip_row(2, "No flow found for ACK", MW_CAUSE_STATE_LOST);
	struct mw_reset_row another_box = bigip_row(3, "No flow found for ACK", MW_CAUSE_STATE_LOST);

	strcpy(other.device, "[0x2664c65:99]");
	strcpy(another_box.device, "[0x31ae141:4666]");
	give(*state, bigip_row(1, "No flow found for ACK", MW_CAUSE_STATE_LOST));
	give(*state, other);
	give(*state, another_box);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_string_equal(findings[0]->subject, "F5 BIG-IP [0x2664c65]");
	assert_string_equal(findings[1]->subject, "F5 BIG-IP [0x31ae141:4666]");
}

static void without_a_text_origin_decides(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_reset_row off_path = forged_row(3);

	off_path.origin = MW_RESET_ORIGIN_OFF_PATH;
	off_path.evidence = E(SEQ_STAIRCASE) | E(MAC_CHANGE);
	give(*state, forged_row(1));
	give(*state, forged_row(2));
	give(*state, off_path);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_string_equal(findings[0]->subject, "resets forged in the path");
	assert_int_equal(findings[0]->severity, MW_SEVERITY_WARNING);
	assert_string_equal(findings[1]->subject, "resets forged from beside the path");
	assert_int_equal(findings[1]->severity, MW_SEVERITY_NOTICE);
	assert_holds(findings[1]->evidence, "ever higher sequence numbers");
	assert_holds(findings[1]->advice, "MAC address");
	assert_holds(findings[1]->alternatives, "All name one server");
}

static void undecremented_ttl_points_at_the_own_gateway(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_reset_row row = forged_row(1);

	row.ttl = 64;
	give(*state, row);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 1);
	assert_holds(findings[0]->alternatives, "Your own gateway");
	assert_holds(findings[0]->evidence, "start on this very link");
	assert_holds(findings[0]->advice, "your own gateway first");
	assert_null(strstr(findings[0]->advice, "carrier"));
}

static void peer_means_the_far_side(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_reset_row row = bigip_row(1, "TCP RST from remote system", MW_CAUSE_BACK_END);

	row.cause_peer = true;
	give(*state, row);
	mw_diagnosis_findings(*state, &findings);
	assert_holds(findings[0]->evidence, "\"{peer} TCP RST from remote system\"");
	assert_holds(findings[0]->evidence, "on the far side of the box");
}

static void endpoints_and_doubts_are_no_finding(void **state)
{
	const struct mw_finding *const *findings;
	struct mw_reset_row row = forged_row(1);

	row.verdict = MW_RESET_ENDPOINT;
	give(*state, row);
	row.verdict = MW_RESET_UNKNOWN;
	give(*state, row);
	mw_diagnosis_row(*state, &mw_finding_record, &row); // of no concern
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 0);
}

static void ids_are_the_same_in_every_run_and_found_by_their_beginning(void **state)
{
	const struct mw_finding *const *findings;
	char id[40];

	give(*state, bigip_row(1, "Policy action", MW_CAUSE_POLICY));
	give(*state, forged_row(2));
	mw_diagnosis_findings(*state, &findings);
	memcpy(id, findings[0]->id, sizeof(id));
	assert_string_equal(id, "forged-resets-825246e5");
	assert_ptr_equal(mw_diagnosis_find(*state, id), findings[0]);
	assert_ptr_equal(mw_diagnosis_find(*state, "forged-resets-82"), findings[0]);
	assert_null(mw_diagnosis_find(*state, "forged-resets-")); // two begin so
	assert_null(mw_diagnosis_find(*state, ""));
	mw_diagnosis_clear(*state);
	give(*state, forged_row(2));
	give(*state, bigip_row(1, "Policy action", MW_CAUSE_POLICY));
	mw_diagnosis_findings(*state, &findings);
	assert_non_null(mw_diagnosis_find(*state, id));
}

static void the_list_is_bounded_and_counts_what_it_drops(void **state)
{
	const struct mw_finding *const *findings;

	for (uint32_t i = 0; i < 10; i++) {
		struct mw_reset_row row = bigip_row(1, "Policy action", MW_CAUSE_POLICY);

		snprintf(row.device, sizeof(row.device), "[0x%x:1]", i);
		give(*state, row);
	}
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 8);
	assert_int_equal(mw_diagnosis_dropped(*state), 2);
	mw_diagnosis_clear(*state);
	assert_int_equal(mw_diagnosis_dropped(*state), 0);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 0);
}

static void many_causes_and_long_texts_stay_in_bounds(void **state)
{
	const struct mw_finding *const *findings;
	char cause[500];

	for (uint32_t i = 0; i < 20; i++) {
		memset(cause, 'a' + (int)i, sizeof(cause) - 1);
		cause[sizeof(cause) - 1] = '\0';
		give(*state, bigip_row(i, cause, MW_CAUSE_OTHER));
	}
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 1);
	assert_true(strlen(findings[0]->evidence) < sizeof(findings[0]->evidence));
	assert_holds(findings[0]->evidence, "BIG-IP: [0x2664c65:2574] aaa");
}

static void more_servers_than_are_remembered_are_said_so(void **state)
{
	const struct mw_finding *const *findings;

	for (uint32_t i = 0; i < 300; i++) {
		struct mw_reset_row row = forged_row(1);

		row.src.bytes[14] = (uint8_t)(i >> 8);
		row.src.bytes[15] = (uint8_t)i;
		snprintf(row.flow, sizeof(row.flow), "1:%u", i);
		give(*state, row);
	}
	mw_diagnosis_findings(*state, &findings);
	assert_holds(findings[0]->summary, "more than 256 servers");
	assert_int_equal(findings[0]->count, 300);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

static const struct CMUnitTest tests[] = {
	CASE(one_box_with_one_text_is_one_finding),
	CASE(several_places_in_one_build_are_one_box),
	CASE(without_a_text_origin_decides),
	CASE(undecremented_ttl_points_at_the_own_gateway),
	CASE(peer_means_the_far_side),
	CASE(endpoints_and_doubts_are_no_finding),
	CASE(ids_are_the_same_in_every_run_and_found_by_their_beginning),
	CASE(the_list_is_bounded_and_counts_what_it_drops),
	CASE(many_causes_and_long_texts_stay_in_bounds),
	CASE(more_servers_than_are_remembered_are_said_so),
};

MW_TEST_MAIN("diagnose_resets", tests)
