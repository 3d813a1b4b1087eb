// SPDX-License-Identifier: BSD-3-Clause
// Attempts that go as the RFCs say, in all their ways; and what does not belong to them.
// Neighbours: cases.c tells the stories; decide_test.c has what goes wrong.
#include "cases.h"
#include "mw_test.h"

static const struct ike_ends home = {"192.168.86.59", "122.72.197.54", 0x1111, 0};
static const double one[] = {1, 0}, three[] = {1, 3, 6, 0};

static int setup(void **state)
{
	static struct ike_world world;

	ike_world_start(&world, NULL);
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	ike_world_stop(*state);
	return 0;
}

static void expect(const struct mw_ike_row *row, enum mw_ike_verdict verdict, int64_t confidence)
{
	assert_string_equal(mw_ike_verdict_names[row->verdict], mw_ike_verdict_names[verdict]);
	assert_int_equal(row->confidence, confidence);
}

static void answer_in_pieces_and_data_is_established_and_fragmented(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	ike_answer_in_pieces(world, &home, 1.05, 7, true);
	ike_data(world, &home, 1.1, true);
	assert_int_equal(world->count, 0);
	ike_data(world, &home, 1.15, false);
	assert_int_equal(world->count, 1);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 95);
	assert_int_equal(world->rows[0].auth_requests, 1);
	assert_int_equal(world->rows[0].response_bytes, 3472);
	assert_int_equal(world->rows[0].fragmented, 1);
	assert_true(world->rows[0].response_fragmented);
	assert_false(world->rows[0].request_fragmented);
	assert_int_equal(world->rows[0].rfc7383, MW_IKE_7383_NO);
	assert_string_equal(world->rows[0].spi_i, "1111000000000000");
	assert_string_equal(world->rows[0].spi_r, "abababababababab");
	assert_true(world->rows[0].ts_ns == IKE_CASES_EPOCH_NS);
}

static void quiet_after_the_answer_is_established(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1, .plain = true);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200, .plain = true);
	expect(ike_end(world, 12), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].nat_t, 0);
}

static void answer_at_the_end_of_input_is_established_and_less_sure(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	expect(ike_end(world, 1.2), MW_IKE_ESTABLISHED, 60);
}

static void child_exchange_of_the_initiator_settles(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 20, .exchange = IKE_CREATE_CHILD_SA, .id = 2);
	assert_int_equal(world->count, 1);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 80);
}

static void initiator_that_speaks_on_is_established(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	SAY(world, &home, .at = 30, .exchange = IKE_INFORMATIONAL, .id = 2, .bytes = 76);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 80);
}

static void farewell_at_once_is_less_sure(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	SAY(world, &home, .at = 1.2, .exchange = IKE_INFORMATIONAL, .id = 2, .bytes = 76);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 60);
}

static void responder_that_believes_in_the_sa_proves_nothing(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, three);
	SAY(world, &home, .at = 20, .exchange = IKE_INFORMATIONAL, .by_responder = true, .bytes = 76);
	SAY(world, &home, .at = 24, .exchange = IKE_INFORMATIONAL, .by_responder = true, .id = 1, .bytes = 76);
	SAY(world, &home, .at = 25, .exchange = IKE_CREATE_CHILD_SA, .by_responder = true, .id = 2);
	ike_data(world, &home, 26, false);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 70);
}

static void farewell_without_an_answer_is_no_proof(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, three);
	SAY(world, &home, .at = 20, .exchange = IKE_INFORMATIONAL, .id = 2, .bytes = 76);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 70);
}

static void data_of_an_older_sa_is_no_proof(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; three[i] != 0; i++) {
		SAY(world, &home, .at = three[i], .exchange = IKE_AUTH, .id = 1);
		ike_data(world, &home, three[i] + 0.1, true);
		ike_data(world, &home, three[i] + 0.2, false);
	}
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 70);
}

static void data_before_auth_is_of_an_older_sa(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_data(world, &home, 0.5, true);
	ike_ask(world, &home, one);
	ike_data(world, &home, 1.5, true);
	ike_data(world, &home, 1.6, false);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void data_on_other_ports_is_of_another_sa(void **state)
{
	const struct ike_ends neighbour = {home.initiator, home.responder, 0, 61000};
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	ike_data(world, &neighbour, 1.5, true);
	ike_data(world, &neighbour, 1.6, false);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void cookie_begins_again(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .digest = 1);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .says = IKE_SAYS_COOKIE, .bytes = 60);
	SAY(world, &home, .at = 0.2, .exchange = IKE_SA_INIT, .digest = 2, .says = IKE_SAYS_COOKIE);
	SAY(world, &home, .at = 0.3, .exchange = IKE_SA_INIT, .response = true);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].init_requests, 1);
	assert_int_equal(world->rows[0].init_ok, 1);
}

static void other_group_begins_again(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .digest = 1);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .says = IKE_SAYS_INVALID_KE, .bytes = 38);
	SAY(world, &home, .at = 0.2, .exchange = IKE_SA_INIT, .digest = 2);
	SAY(world, &home, .at = 0.3, .exchange = IKE_SA_INIT, .response = true);
	ike_end(world, 100);
	assert_int_equal(world->rows[0].init_requests, 1);
	assert_int_equal(world->rows[0].init_ok, 1);
}

static void asked_to_begin_again_and_gone_is_no_failure(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .digest = 1);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .says = IKE_SAYS_REDIRECT, .bytes = 60);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
	assert_int_equal(world->rows[0].init_ok, 1);
	assert_string_equal(world->rows[0].notify, "REDIRECT");
}

static void ask_otherwise(struct ike_world *world, uint8_t says, const char *notify)
{
	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .digest = 1);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .says = says, .bytes = 60);
	expect(ike_end(world, 100), MW_IKE_REFUSED, 75);
	assert_int_equal(world->rows[0].init_ok, 1);
	assert_string_equal(world->rows[0].notify, notify);
}

static void cookie_that_is_not_given_back_is_a_refusal(void **state)
{
	ask_otherwise(*state, IKE_SAYS_COOKIE, "COOKIE");
}

static void other_group_that_is_not_tried_is_a_refusal(void **state)
{
	ask_otherwise(*state, IKE_SAYS_INVALID_KE, "INVALID_KE_PAYLOAD");
}

static void same_request_behind_a_cookie_may_have_lost_it(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .digest = 1);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .says = IKE_SAYS_COOKIE, .bytes = 60);
	SAY(world, &home, .at = 2, .exchange = IKE_SA_INIT, .digest = 1);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
	assert_int_equal(world->rows[0].init_ok, 1);
}

static void records_in_another_order_tell_the_same(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true);
	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].init_ok, 1);
	assert_int_equal(world->rows[0].init_requests, 1);
}

static void request_recorded_behind_its_answer_asks_no_more(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true);
	SAY(world, &home, .at = 9, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	for (uint32_t i = 0; i < 3; i++)
		SAY(world, &home, .at = 1 + 2 * i, .exchange = IKE_AUTH, .id = 1);
	assert_int_equal(ike_end(world, 100)->verdict, MW_IKE_ESTABLISHED);
}

static void request_that_changes_unasked_is_a_retransmission(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .digest = 1);
	SAY(world, &home, .at = 2, .exchange = IKE_SA_INIT, .digest = 2);
	ike_end(world, 100);
	assert_int_equal(world->rows[0].init_requests, 2);
}

static void eap_takes_several_exchanges(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1, .bytes = 304);
	ike_answer_in_pieces(world, &home, 1.1, 7, true);
	for (uint32_t id = 2; id < 5; id++) {
		SAY(world, &home, .at = id, .exchange = IKE_AUTH, .id = id, .bytes = 90);
		SAY(world, &home, .at = id + 0.1, .exchange = IKE_AUTH, .id = id, .response = true, .bytes = id < 4 ? 90 : 220);
	}
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].response_bytes, 3472); // of the exchange that carried the certificates
	assert_int_equal(world->rows[0].request_bytes, 304);
	assert_int_equal(world->rows[0].auth_requests, 1);
	assert_true(world->rows[0].response_fragmented);
	assert_int_equal(world->rows[0].response_largest_bytes, 1500);
}

static void last_exchange_of_eap_may_stay_without_answer(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	ike_answer_in_pieces(world, &home, 1.1, 7, true);
	for (uint32_t i = 0; i < 4; i++)
		SAY(world, &home, .at = 2 + 2 * i, .exchange = IKE_AUTH, .id = 2, .bytes = 90);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 70);
	assert_int_equal(world->rows[0].auth_requests, 4);
	assert_int_equal(world->rows[0].auth_response, MW_IKE_NONE);
	assert_int_equal(world->rows[0].request_bytes, 90);
}

static void loss_that_the_next_exchange_made_up_for_is_over(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; three[i] != 0; i++) {
		SAY(world, &home, .at = three[i], .exchange = IKE_AUTH, .id = 1);
		ike_answer_in_pieces(world, &home, three[i] + 0.05, 100 + i, false);
	}
	SAY(world, &home, .at = 7, .exchange = IKE_AUTH, .id = 2, .bytes = 90);
	SAY(world, &home, .at = 7.1, .exchange = IKE_AUTH, .id = 2, .response = true, .bytes = 220);
	ike_complain(world, &home, 31, false, 11, 1, 100);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_string_equal(world->rows[0].missing, "");
	assert_false(world->rows[0].exceeded);
}

static void intermediate_exchange_is_not_the_end(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_INTERMEDIATE, .id = 1, .bytes = 1200);
	SAY(world, &home, .at = 1.1, .exchange = IKE_INTERMEDIATE, .id = 1, .response = true, .bytes = 1200);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void fragments_of_ike_are_one_message(void **state)
{
	static const uint32_t bytes[] = {1236, 1236, 1156};
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .says = IKE_SAYS_FRAGMENTATION);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .says = IKE_SAYS_FRAGMENTATION);
	ike_ask(world, &home, one);
	for (uint16_t i = 0; i < 3; i++)
		SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = bytes[i],
			.skf = (uint16_t)(i + 1), .skf_total = 3);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].rfc7383, MW_IKE_7383_USED);
	assert_int_equal(world->rows[0].response_bytes, 3628);
	assert_int_equal(world->rows[0].responses, 1);
	assert_int_equal(world->rows[0].fragmented, 0);
	assert_true(world->rows[0].offered_i && world->rows[0].offered_r);
}

static void fragments_of_two_transmissions_make_one_message(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1236, .skf = 1,
		.skf_total = 2);
	SAY(world, &home, .at = 3, .exchange = IKE_AUTH, .id = 1);
	SAY(world, &home, .at = 3.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1236, .skf = 1,
		.skf_total = 2);
	SAY(world, &home, .at = 3.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 800, .skf = 2,
		.skf_total = 2);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].response_bytes, 2036);
	assert_int_equal(world->rows[0].responses, 2);
}

static void larger_total_begins_the_message_anew(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1236, .skf = 1,
		.skf_total = 2);
	for (uint16_t i = 1; i <= 3; i++)
		SAY(world, &home, .at = 1.5, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 500, .skf = i,
			.skf_total = 3);
	ike_end(world, 100);
	assert_int_equal(world->rows[0].auth_response, MW_IKE_COMPLETE);
	assert_int_equal(world->rows[0].response_bytes, 1500);
}

static void offer_of_one_end_is_told(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT, .says = IKE_SAYS_FRAGMENTATION);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true);
	ike_end(world, 100);
	assert_int_equal(world->rows[0].rfc7383, MW_IKE_7383_OFFERED);
	assert_true(world->rows[0].offered_i);
	assert_false(world->rows[0].offered_r);
}

static void attempt_is_followed_across_the_change_of_ports(void **state)
{
	const struct ike_ends behind_nat = {home.initiator, home.responder, home.spi, 61234};
	struct ike_world *world = *state;

	ike_init(world, &behind_nat, 0);
	ike_ask(world, &behind_nat, one);
	SAY(world, &behind_nat, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	ike_data(world, &behind_nat, 1.2, true);
	ike_data(world, &behind_nat, 1.3, false);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 95);
	assert_int_equal(world->rows[0].init_ok, 1);
	assert_int_equal(world->rows[0].nat_t, 1);
	assert_int_equal(world->rows[0].initiator_port, 61234);
}

static void copy_within_a_moment_is_no_retransmission(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	SAY(world, &home, .at = 1.001, .exchange = IKE_AUTH, .id = 1);
	ike_end(world, 100);
	assert_int_equal(world->rows[0].auth_requests, 1);
}

static void pieces_that_were_told_before_their_message_are_one_transmission(void **state)
{
	struct ike_say say = {.at = 1.1, .exchange = IKE_AUTH, .response = true, .id = 1, .bytes = 3472, .pieces_of = 7};
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	ike_pieces_end(world, &home, say, MW_FRAGMENT_COMPLETE);
	say.at = 1.2; // its first piece came last
	ike_say(world, &home, say);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].responses, 1);
}

static void late_copy_of_an_earlier_exchange_is_no_retransmission(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 90);
	SAY(world, &home, .at = 2, .exchange = IKE_AUTH, .id = 2, .bytes = 90);
	SAY(world, &home, .at = 3, .exchange = IKE_AUTH, .id = 1, .bytes = 304);
	ike_end(world, 100);
	assert_int_equal(world->rows[0].auth_requests, 1);
	assert_int_equal(world->rows[0].request_bytes, 90);
}

static void version_one_is_left_alone(void **state)
{
	struct ike_facts facts = {.what = IKE_MESSAGE, .version = 1, .exchange = IKE_AUTH};
	struct mw_event event = {.time_ns = IKE_CASES_EPOCH_NS, .body_bytes = sizeof(facts)};
	struct ike_world *world = *state;

	memcpy(event.body, &facts, sizeof(facts));
	ike_control_event(&world->control, &event);
	ike_control_end(&world->control, IKE_CASES_EPOCH_NS);
	assert_int_equal(world->count, 0);
}

static void exchange_in_an_sa_that_began_earlier_is_no_attempt(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 1, .exchange = IKE_INFORMATIONAL, .id = 9);
	SAY(world, &home, .at = 2, .exchange = IKE_CREATE_CHILD_SA, .id = 10);
	ike_data(world, &home, 2.5, true);
	ike_control_end(&world->control, 0);
	assert_int_equal(world->count, 0);
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static void blind(struct ike_world *world, double from, double to)
{
	const struct mw_blind span = {.from_ns = IKE_CASES_EPOCH_NS + (uint64_t)(int64_t)(from * 1e9),
								  .to_ns = IKE_CASES_EPOCH_NS + (uint64_t)(int64_t)(to * 1e9)};

	ike_control_blind(&world->control, &span);
}

static void answer_may_have_passed_while_midwatch_did_not_see(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	SAY(world, &home, .at = 2, .exchange = IKE_SA_INIT);
	blind(world, 2.05, 2.2);
	expect(ike_end(world, 70), MW_IKE_UNKNOWN, 30);
}

static void blindness_before_the_attempt_hides_nothing(void **state)
{
	struct ike_world *world = *state;

	blind(world, -2, -1);
	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	SAY(world, &home, .at = 2, .exchange = IKE_SA_INIT);
	expect(ike_end(world, 70), MW_IKE_NO_ANSWER_TO_INIT, 80);
}

static const struct CMUnitTest tests[] = {
	STORY(answer_in_pieces_and_data_is_established_and_fragmented),
	STORY(quiet_after_the_answer_is_established),
	STORY(answer_at_the_end_of_input_is_established_and_less_sure),
	STORY(child_exchange_of_the_initiator_settles),
	STORY(initiator_that_speaks_on_is_established),
	STORY(farewell_at_once_is_less_sure),
	STORY(responder_that_believes_in_the_sa_proves_nothing),
	STORY(farewell_without_an_answer_is_no_proof),
	STORY(data_of_an_older_sa_is_no_proof),
	STORY(data_before_auth_is_of_an_older_sa),
	STORY(data_on_other_ports_is_of_another_sa),
	STORY(cookie_begins_again),
	STORY(other_group_begins_again),
	STORY(asked_to_begin_again_and_gone_is_no_failure),
	STORY(cookie_that_is_not_given_back_is_a_refusal),
	STORY(other_group_that_is_not_tried_is_a_refusal),
	STORY(same_request_behind_a_cookie_may_have_lost_it),
	STORY(records_in_another_order_tell_the_same),
	STORY(request_recorded_behind_its_answer_asks_no_more),
	STORY(request_that_changes_unasked_is_a_retransmission),
	STORY(eap_takes_several_exchanges),
	STORY(last_exchange_of_eap_may_stay_without_answer),
	STORY(loss_that_the_next_exchange_made_up_for_is_over),
	STORY(intermediate_exchange_is_not_the_end),
	STORY(fragments_of_ike_are_one_message),
	STORY(fragments_of_two_transmissions_make_one_message),
	STORY(larger_total_begins_the_message_anew),
	STORY(offer_of_one_end_is_told),
	STORY(attempt_is_followed_across_the_change_of_ports),
	STORY(copy_within_a_moment_is_no_retransmission),
	STORY(pieces_that_were_told_before_their_message_are_one_transmission),
	STORY(late_copy_of_an_earlier_exchange_is_no_retransmission),
	STORY(version_one_is_left_alone),
	STORY(exchange_in_an_sa_that_began_earlier_is_no_attempt),
	STORY(answer_may_have_passed_while_midwatch_did_not_see),
	STORY(blindness_before_the_attempt_hides_nothing),
};

MW_TEST_MAIN("detect_ike_control", tests)
