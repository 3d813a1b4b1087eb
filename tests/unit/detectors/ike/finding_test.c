// SPDX-License-Identifier: BSD-3-Clause
// Lost IKE authentications: which message, which way, what both ends offered, and what is no loss.
// Neighbours: lib/detectors/ike/finding.c, finding_text.c, finding_many.c, advice.c, pairs.c.
#include "finding_world.h"

#include "ike.h"

FINDING_WORLD(256, &diagnose_ike)

/** An attempt that came up; its response needed IP fragments. */
static struct mw_ike_row up_row(uint32_t number)
{
	return (struct mw_ike_row){.ts_ns = NOON_NS + number * MW_NS_PER_SECOND,
							   .last_ns = NOON_NS + number * MW_NS_PER_SECOND,
							   .initiator = v4(192, 0, 2, 1),
							   .responder = v4(192, 0, 2, 9),
							   .spi_i = "0011223344556677",
							   .spi_r = "8899aabbccddeeff",
							   .nat_t = 1,
							   .init_ok = 1,
							   .auth_requests = 1,
							   .auth_response = MW_IKE_COMPLETE,
							   .request_bytes = 304,
							   .response_bytes = 3472,
							   .fragmented = 1,
							   .rfc7383 = MW_IKE_7383_NO,
							   .verdict = MW_IKE_ESTABLISHED,
							   .confidence = 95,
							   .initiator_port = 4500,
							   .responder_port = 4500,
							   .init_requests = 1,
							   .response_fragmented = true,
							   .responses = 1,
							   .response_largest_bytes = 1500,
							   .missing_total = MW_UNKNOWN_I64,
							   .mtu_reported = MW_UNKNOWN_I64,
							   .other_response_bytes = MW_UNKNOWN_I64};
}

/** Of the response only the first piece came, five times. */
static struct mw_ike_row partial_row(uint32_t number)
{
	struct mw_ike_row row = up_row(number);

	row.auth_requests = row.responses = 5;
	row.auth_response = MW_IKE_PARTIAL;
	row.verdict = MW_IKE_RESPONSE_FRAGMENTS_LOST;
	row.reason = "pieces never passed";
	row.confidence = 85;
	row.missing_total = 3480;
	strcpy(row.missing, "1480-3479");
	return row;
}

static struct mw_ike_row silent_row(uint32_t number)
{
	struct mw_ike_row row = up_row(number);

	row.auth_requests = 5;
	row.auth_response = MW_IKE_NONE;
	row.response_fragmented = false;
	row.verdict = MW_IKE_NO_ANSWER_TO_AUTH;
	row.confidence = 60;
	row.fragmented = 0;
	row.response_bytes = row.responses = row.response_largest_bytes = MW_UNKNOWN_I64;
	return row;
}

static void give_ike(struct mw_diagnosis *diagnosis, struct mw_ike_row row)
{
	mw_diagnosis_row(diagnosis, &mw_ike_record, &row);
}

static void a_lost_answer_is_told_with_its_bytes_and_its_way(void **state)
{
	const struct mw_finding *finding;

	give_ike(*state, partial_row(0));
	give_ike(*state, partial_row(60));
	finding = only(*state);
	assert_string_equal(finding->kind, "ike-auth-lost");
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_int_equal(finding->confidence, 85);
	assert_int_equal(finding->count, 2);
	assert_int_equal(finding->first_ns, NOON_NS);
	assert_int_equal(finding->last_ns, NOON_NS + 60 * MW_NS_PER_SECOND);
	assert_string_equal(finding->subject, "IKEv2 192.0.2.1 to 192.0.2.9");
	assert_string_equal(finding->summary,
						"IKEv2 from 192.0.2.1 to 192.0.2.9 fails (2 attempts): the responder's answer of 3472 bytes "
						"comes in IP fragments and never whole: bytes 1480-3479 are lost between the responder and "
						"this tap.");
	assert_holds(finding->evidence, "- Attempts: 2 response-fragments-lost. In those that failed, IKE_AUTH was sent 10 "
									"times.");
	assert_holds(finding->evidence, "- The response, from the responder toward the initiator: 3472 bytes of IKE, a "
									"datagram of 3480, in packets of at most 1500; bytes 1480-3479 never passed.");
	assert_holds(finding->evidence, "initiator does not offer it, the responder does not offer it.");
	assert_holds(finding->evidence, "UDP port 4500 to 4500 (NAT traversal), SPI 0011223344556677 / 8899aabbccddeeff.");
	assert_holds(finding->advice, "RFC 7383) on both ends");
	assert_holds(finding->advice, "the response smaller, on 192.0.2.9: ECDSA");
	assert_holds(finding->advice, "the initiator's MTU does not help.");
	assert_holds(finding->advice, "nearer to the responder");
	assert_sound(finding);
	give_ike(*state, partial_row(120));
	assert_int_equal(only(*state)->severity, MW_SEVERITY_CRITICAL);
	assert_int_equal(only(*state)->confidence, 90);
}

static void attempts_that_came_up_are_no_loss(void **state)
{
	for (uint32_t i = 0; i < 20; i++)
		give_ike(*state, up_row(i));
	assert_int_equal(count_findings(*state), 0);
}

static void no_answer_to_the_first_message_is_no_lost_authentication(void **state)
{
	static const uint8_t others[] = {MW_IKE_NO_ANSWER_TO_INIT, MW_IKE_REFUSED, MW_IKE_UNKNOWN, MW_IKE_VERDICTS, 255};

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(others); i++) {
		struct mw_ike_row row = partial_row(i);

		row.verdict = others[i];
		give_ike(*state, row);
	}
	assert_int_equal(count_findings(*state), 0);
}

static void an_answer_of_which_no_piece_came_is_inferred_from_others(void **state)
{
	struct mw_ike_row row = silent_row(0);
	const struct mw_finding *finding;

	row.verdict = MW_IKE_RESPONSE_FRAGMENTS_LOST;
	row.confidence = 60;
	row.other_response_bytes = 3472;
	give_ike(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "the responder's answer never passes this tap; large as it must be, it comes in IP "
								   "fragments that are dropped.");
	assert_holds(finding->evidence, "largest answer in other attempts: 3472 bytes.");
	assert_sound(finding);
}

/** Those of full size are lost, and the last one, which is small, comes. */
static void an_answer_in_ike_fragments_is_not_blamed_on_ip(void **state)
{
	struct mw_ike_row row = partial_row(0);
	const struct mw_finding *finding;

	row.missing[0] = '\0';
	row.missing_total = MW_UNKNOWN_I64;
	row.rfc7383 = MW_IKE_7383_USED;
	row.offered_i = row.offered_r = true;
	row.response_fragmented = false;
	row.fragmented = 0;
	give_ike(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "the responder's answer comes in IKE fragments (RFC 7383), each in a packet of its "
								   "own, and some of them never pass this tap.");
	assert_holds(finding->advice, "Set a smaller fragment size on 192.0.2.9 (strongSwan: charon.fragment_size=1000)");
}

static void an_answer_lost_behind_the_tap_is_told_so(void **state)
{
	struct mw_ike_row row = up_row(0);
	const struct mw_finding *finding;

	row.verdict = MW_IKE_RESPONSE_LOST_AFTER_TAP;
	row.auth_requests = row.responses = 4;
	give_ike(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "of 3472 bytes passes this tap whole, in IP fragments, but the initiator asks "
								   "again: it is lost "
								   "between here and the initiator.");
	assert_holds(finding->evidence, "It was seen 4 times here");
	assert_holds(finding->advice, "RFC 7383");
	assert_holds(finding->advice, "nearer to the initiator");
	assert_sound(finding);
}

static void an_answer_in_one_packet_is_not_blamed_on_fragments(void **state)
{
	struct mw_ike_row row = up_row(0);
	const struct mw_finding *finding;

	row.verdict = MW_IKE_RESPONSE_LOST_AFTER_TAP;
	row.response_bytes = 1200;
	row.response_fragmented = false;
	row.fragmented = 0;
	give_ike(*state, row);
	finding = only(*state);
	assert_holds(finding->advice, "fits one packet");
	assert_lacks(finding->advice, "RFC 7383");
	assert_sound(finding);
}

static void a_lost_request_is_the_initiators_to_make_smaller(void **state)
{
	struct mw_ike_row row = partial_row(0);
	const struct mw_finding *finding;

	row.verdict = MW_IKE_REQUEST_LOST;
	row.request_bytes = 2800;
	row.request_fragmented = row.missing_is_request = true;
	row.response_bytes = row.responses = row.response_largest_bytes = MW_UNKNOWN_I64;
	row.missing_total = 2812;
	row.exceeded = true;
	row.mtu_reported = 1400;
	row.mtu_reporter = v4(192, 0, 2, 5);
	strcpy(row.missing, "1480-2811");
	give_ike(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "the initiator's request of 2800 bytes comes in IP fragments and never whole: bytes "
								   "1480-2811 are lost between the initiator and this tap.");
	assert_holds(finding->evidence, "from the initiator toward the responder: 2800 bytes of IKE, a datagram of 2812; "
									"bytes 1480-2811 never passed.");
	assert_holds(finding->evidence, "192.0.2.5 said that the next link takes at most 1400 bytes.");
	assert_holds(finding->evidence, "never had all pieces");
	assert_lacks(finding->alternatives, "mirror");
	assert_holds(finding->advice, "the request smaller, on 192.0.2.1: ECDSA");
	assert_holds(finding->advice, "smaller MTU there (1400) helps when");
	assert_holds(finding->advice, "the responder's MTU does not");
	assert_sound(finding);
	row.missing[0] = '\0';
	row.ts_ns++;
	give_ike(*state, row);
	assert_holds(only(*state)->summary, "lost between here and the responder");
}

static void silence_is_a_hint_only(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 0; i < 5; i++)
		give_ike(*state, silent_row(i));
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->confidence, 65);
	assert_holds(finding->summary, "Which way is lost is not known.");
	assert_holds(finding->advice, "responder's log first");
	assert_lacks(finding->evidence, "3472");
	assert_sound(finding);
}

static void the_most_telling_attempt_is_described(void **state)
{
	give_ike(*state, partial_row(0));
	give_ike(*state, silent_row(60));
	assert_holds(only(*state)->summary, "bytes 1480-3479 are lost");
	assert_holds(only(*state)->evidence, "- Attempts: 1 response-fragments-lost, 1 no-answer-to-auth.");
	assert_holds(only(*state)->evidence, "- Judged so because pieces never passed.\n");
}

static void of_equal_attempts_the_surest_is_described(void **state)
{
	struct mw_ike_row less = partial_row(60);

	less.confidence = 70;
	strcpy(less.missing, "0-1479");
	give_ike(*state, partial_row(0));
	give_ike(*state, less);
	assert_int_equal(only(*state)->confidence, 85);
	assert_holds(only(*state)->summary, "bytes 1480-3479 are lost");
}

static void attempts_that_came_up_are_told_beside_a_loss(void **state)
{
	const struct mw_finding *finding;
	struct mw_ike_row small = up_row(2);

	small.response_bytes = 1200;
	small.response_fragmented = false;
	give_ike(*state, up_row(0));
	give_ike(*state, partial_row(1));
	assert_int_equal(only(*state)->severity, MW_SEVERITY_WARNING);
	give_ike(*state, small);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->count, 1);
	assert_int_equal(finding->last_ns, NOON_NS + MW_NS_PER_SECOND);
	assert_holds(finding->summary, "failed 1 time before it came up: ");
	assert_holds(finding->evidence, "When it came up, the response had 1200 to 3472 bytes; 1 of 2 times it needed IP "
									"fragments.");
	assert_sound(finding);
}

static void what_one_end_offers_is_asked_of_the_other(void **state)
{
	struct mw_ike_row row = partial_row(0);

	row.offered_r = true;
	give_ike(*state, row);
	assert_holds(only(*state)->evidence, "initiator does not offer it, the responder offers it.");
	assert_holds(only(*state)->advice, "RFC 7383) on 192.0.2.1; the other end offers it already.");
	row.offered_i = true;
	row.rfc7383 = MW_IKE_7383_OFFERED;
	row.ts_ns++;
	give_ike(*state, row);
	assert_holds(only(*state)->evidence, "yet the message came in IP fragments.");
	assert_holds(only(*state)->advice, "charon.fragment_size=1280");
}

static void pieces_without_a_header_are_called_a_guess(void **state)
{
	struct mw_ike_row row = partial_row(0);

	row.guessed = true;
	row.response_bytes = MW_UNKNOWN_I64;
	strcpy(row.missing, "0-1479");
	give_ike(*state, row);
	assert_holds(only(*state)->evidence, "size not known, a datagram of 3480");
	assert_holds(only(*state)->evidence, "taken for IKE by their time");
	assert_sound(only(*state));
}

static void many_initiators_share_a_finding(void **state)
{
	const struct mw_finding *const *findings;
	uint32_t count, shared = 0;

	for (uint32_t i = 0; i < 500; i++) {
		struct mw_ike_row row = partial_row(i);

		row.initiator = v4(192, 0, (uint8_t)(10 + i / 200), (uint8_t)(i % 200));
		give_ike(*state, row);
	}
	count = mw_diagnosis_findings(*state, &findings);
	assert_int_equal(count, 9);
	for (uint32_t i = 0; i < count; i++) {
		assert_sound(findings[i]);
		if (strcmp(findings[i]->subject, "IKEv2 of more than 256 more senders to 192.0.2.9") == 0)
			shared++;
	}
	assert_int_equal(shared, 1);
}

static void what_is_not_known_is_not_printed(void **state)
{
	static const uint8_t verdicts[] = {MW_IKE_NO_ANSWER_TO_AUTH, MW_IKE_RESPONSE_LOST_AFTER_TAP, MW_IKE_REQUEST_LOST,
									   MW_IKE_RESPONSE_FRAGMENTS_LOST};

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(verdicts); i++) {
		struct mw_ike_row row = silent_row(i);

		row.verdict = verdicts[i];
		row.auth_requests = row.request_bytes = row.init_requests = row.confidence = MW_UNKNOWN_I64;
		row.initiator_port = row.responder_port = 0;
		row.nat_t = row.init_ok = row.fragmented = 255;
		row.spi_i[0] = row.spi_r[0] = '\0';
		give_ike(*state, row);
		assert_int_equal(only(*state)->confidence, 50);
		assert_lacks(only(*state)->evidence, "SPI");
		assert_lacks(only(*state)->evidence, "port 0");
		assert_sound(only(*state));
	}
}

static void the_longest_texts_fit(void **state)
{
	static const uint8_t verdicts[] = {MW_IKE_NO_ANSWER_TO_AUTH, MW_IKE_RESPONSE_LOST_AFTER_TAP, MW_IKE_REQUEST_LOST,
									   MW_IKE_RESPONSE_FRAGMENTS_LOST};

	for (uint32_t i = 0; i < 4 * MW_ARRAY_SIZE(verdicts); i++) {
		struct mw_ike_row row = partial_row(i);

		row.verdict = verdicts[i / 4];
		row.initiator = longest_address(1);
		row.responder = row.mtu_reporter = longest_address(2);
		row.auth_requests = row.responses = row.request_bytes = row.response_bytes = INT64_MAX / 64;
		row.response_largest_bytes = row.missing_total = row.other_response_bytes = INT64_MAX / 64;
		row.mtu_reported = UINT32_MAX;
		row.unreachable = row.guessed = true;
		row.exceeded = i % 2;
		row.offered_i = i % 4 > 1;
		row.missing_is_request = verdicts[i / 4] == MW_IKE_REQUEST_LOST;
		memset(row.missing, '1', sizeof(row.missing) - 1);
		give_ike(*state, row);
		assert_sound(only(*state));
		assert_holds(only(*state)->advice, "where it is seen last is the place.");
	}
}

static const struct CMUnitTest tests[] = {
	CASE(a_lost_answer_is_told_with_its_bytes_and_its_way),
	CASE(attempts_that_came_up_are_no_loss),
	CASE(no_answer_to_the_first_message_is_no_lost_authentication),
	CASE(an_answer_of_which_no_piece_came_is_inferred_from_others),
	CASE(an_answer_in_ike_fragments_is_not_blamed_on_ip),
	CASE(an_answer_lost_behind_the_tap_is_told_so),
	CASE(an_answer_in_one_packet_is_not_blamed_on_fragments),
	CASE(a_lost_request_is_the_initiators_to_make_smaller),
	CASE(silence_is_a_hint_only),
	CASE(the_most_telling_attempt_is_described),
	CASE(of_equal_attempts_the_surest_is_described),
	CASE(attempts_that_came_up_are_told_beside_a_loss),
	CASE(what_one_end_offers_is_asked_of_the_other),
	CASE(pieces_without_a_header_are_called_a_guess),
	CASE(many_initiators_share_a_finding),
	CASE(what_is_not_known_is_not_printed),
	CASE(the_longest_texts_fit),
};

MW_TEST_MAIN("diagnose_ike", tests)
