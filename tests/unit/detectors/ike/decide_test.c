// SPDX-License-Identifier: BSD-3-Clause
// What is lost, where, and how sure: each verdict with what makes it surer, and what must not accuse.
// Neighbours: cases.c tells the stories.
#include "cases.h"
#include "mw_test.h"

static const struct ike_ends home = {"192.168.126.133", "210.196.175.219", 0x1111, 0};
static const double five[] = {1, 3, 6, 10.5, 17.2, 0}, three[] = {1, 3, 6, 0}, two[] = {1, 3, 0}, one[] = {1, 0};

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
	assert_non_null(row->reason);
}

static void answer_to_first_request_never_came(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	SAY(world, &home, .at = 2, .exchange = IKE_SA_INIT);
	expect(ike_end(world, 70), MW_IKE_NO_ANSWER_TO_INIT, 80);
	assert_int_equal(world->rows[0].init_requests, 2);
	assert_int_equal(world->rows[0].init_ok, 0);
	assert_int_equal(world->rows[0].auth_requests, 0);
}

static void one_first_request_is_less_sure(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	expect(ike_end(world, 15), MW_IKE_NO_ANSWER_TO_INIT, 60);
}

static void one_request_at_the_end_says_nothing(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	expect(ike_end(world, 1.5), MW_IKE_UNKNOWN, 20);
}

static void request_that_is_not_repeated_accuses_nobody(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void answer_to_auth_never_came(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, five);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 70);
	assert_int_equal(world->rows[0].auth_requests, 5);
	assert_int_equal(world->rows[0].auth_response, MW_IKE_NONE);
	assert_int_equal(world->rows[0].request_bytes, 304);
	assert_true(world->rows[0].response_bytes == MW_UNKNOWN_I64);
	assert_int_equal(world->rows[0].init_ok, 1);
	assert_int_equal(world->rows[0].nat_t, 1);
	assert_int_equal(world->rows[0].fragmented, 0);
}

static void two_requests_without_answer_are_less_sure(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, two);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 60);
}

static void attempt_met_midway_is_less_sure(void **state)
{
	struct ike_world *world = *state;

	ike_ask(world, &home, five);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 50);
	assert_int_equal(world->rows[0].init_ok, 2);
}

static void mirror_of_one_direction_accuses_nobody(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	ike_ask(world, &home, five);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 40);
}

static void pieces_of_the_answer_that_never_pass_are_lost(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; five[i] != 0; i++) {
		SAY(world, &home, .at = five[i], .exchange = IKE_AUTH, .id = 1, .bytes = 304);
		ike_answer_in_pieces(world, &home, five[i] + 0.05, 100 + i, false);
	}
	expect(ike_end(world, 100), MW_IKE_RESPONSE_FRAGMENTS_LOST, 90);
	assert_int_equal(world->rows[0].auth_requests, 5);
	assert_int_equal(world->rows[0].responses, 5);
	assert_int_equal(world->rows[0].auth_response, MW_IKE_PARTIAL);
	assert_int_equal(world->rows[0].response_bytes, 3472);
	assert_int_equal(world->rows[0].missing_total, 3480);
	assert_string_equal(world->rows[0].missing, "1480-3479");
	assert_int_equal(world->rows[0].response_largest_bytes, 1500);
	assert_true(world->rows[0].response_fragmented);
	assert_false(world->rows[0].missing_is_request);
	assert_false(world->rows[0].guessed);
}

static void one_partial_answer_is_less_sure(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	ike_answer_in_pieces(world, &home, 1.05, 100, false);
	SAY(world, &home, .at = 3, .exchange = IKE_AUTH, .id = 1);
	expect(ike_end(world, 100), MW_IKE_RESPONSE_FRAGMENTS_LOST, 75);
}

static void receiver_that_lacks_pieces_makes_it_surer(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	ike_answer_in_pieces(world, &home, 1.05, 100, false);
	ike_complain(world, &home, 31.05, false, 11, 1, 100);
	expect(ike_end(world, 100), MW_IKE_RESPONSE_FRAGMENTS_LOST, 95);
	assert_true(world->rows[0].exceeded);
}

static void piece_that_the_mirror_lost_accuses_nobody(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	ike_answer_in_pieces(world, &home, 1.05, 100, false);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void piece_that_the_mirror_lost_of_an_sa_that_lives_is_no_loss(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	ike_answer_in_pieces(world, &home, 1.05, 100, false);
	ike_data(world, &home, 1.2, true);
	ike_data(world, &home, 1.3, false);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 80);
}

static void piece_lost_once_is_established(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	ike_answer_in_pieces(world, &home, 1.05, 100, false);
	SAY(world, &home, .at = 3, .exchange = IKE_AUTH, .id = 1);
	ike_answer_in_pieces(world, &home, 3.05, 101, true);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_int_equal(world->rows[0].auth_response, MW_IKE_COMPLETE);
}

static void answer_that_was_forgotten_is_not_called_lost(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; five[i] != 0; i++) {
		struct ike_say say = {
			.at = five[i] + 0.05, .exchange = IKE_AUTH, .response = true, .id = 1, .pieces_of = 9 + i};

		SAY(world, &home, .at = five[i], .exchange = IKE_AUTH, .id = 1);
		ike_say(world, &home, say);
		ike_pieces_end(world, &home, say, MW_FRAGMENT_EVICTED);
	}
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void pieces_without_a_first_one_are_guessed(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, three);
	ike_pieces_unknown(world, &home, 1.05);
	ike_pieces_unknown(world, &home, 3.05);
	expect(ike_end(world, 100), MW_IKE_RESPONSE_FRAGMENTS_LOST, 70);
	assert_true(world->rows[0].guessed);
	assert_int_equal(world->rows[0].missing_total, 3480);
	assert_string_equal(world->rows[0].missing, "0-1479");
	assert_int_equal(world->rows[0].auth_response, MW_IKE_PARTIAL);
	assert_true(world->rows[0].response_bytes == MW_UNKNOWN_I64);
}

static void one_guess_is_less_sure(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, three);
	ike_pieces_unknown(world, &home, 1.05);
	expect(ike_end(world, 100), MW_IKE_RESPONSE_FRAGMENTS_LOST, 60);
}

static void pieces_long_after_a_request_are_not_its_answer(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, three);
	ike_pieces_unknown(world, &home, 9.5);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 70);
}

static void whole_answer_and_more_requests_is_lost_behind_the_tap(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; five[i] != 0; i++) {
		SAY(world, &home, .at = five[i], .exchange = IKE_AUTH, .id = 1);
		ike_answer_in_pieces(world, &home, five[i] + 0.05, 100 + i, true);
	}
	expect(ike_end(world, 100), MW_IKE_RESPONSE_LOST_AFTER_TAP, 85);
	assert_int_equal(world->rows[0].auth_response, MW_IKE_COMPLETE);
}

static void answer_that_is_repeated_was_asked_for_again_out_of_view(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .bytes = 500);
	for (uint32_t i = 0; five[i] != 0; i++)
		ike_answer_in_pieces(world, &home, five[i] + 0.05, 100 + i, true);
	expect(ike_end(world, 100), MW_IKE_RESPONSE_LOST_AFTER_TAP, 85);
	assert_int_equal(world->rows[0].auth_requests, 0);
}

static void pieces_that_are_repeated_were_asked_for_again_out_of_view(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .bytes = 500);
	for (uint32_t i = 0; five[i] != 0; i++)
		ike_answer_in_pieces(world, &home, five[i] + 0.05, 100 + i, false);
	expect(ike_end(world, 100), MW_IKE_RESPONSE_FRAGMENTS_LOST, 75);
}

static void pieces_that_are_repeated_until_they_are_whole_accuse_nobody(void **state)
{
	struct ike_world *world = *state;

	ike_answer_in_pieces(world, &home, 1, 100, false);
	ike_answer_in_pieces(world, &home, 3, 101, false);
	ike_answer_in_pieces(world, &home, 6, 102, true);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 60);
}

static void silence_of_an_initiator_out_of_view_says_nothing(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .bytes = 500);
	ike_answer_in_pieces(world, &home, 1.05, 100, true);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 60);
}

static void receiver_that_lacks_pieces_of_a_whole_answer_makes_it_surer(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; five[i] != 0; i++) {
		SAY(world, &home, .at = five[i], .exchange = IKE_AUTH, .id = 1);
		ike_answer_in_pieces(world, &home, five[i] + 0.05, 100 + i, true);
	}
	ike_complain(world, &home, 33, false, 11, 1, 100);
	expect(ike_end(world, 100), MW_IKE_RESPONSE_LOST_AFTER_TAP, 95);
}

static void two_more_requests_are_less_sure(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; three[i] != 0; i++) {
		SAY(world, &home, .at = three[i], .exchange = IKE_AUTH, .id = 1);
		SAY(world, &home, .at = three[i] + 0.05, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	}
	expect(ike_end(world, 100), MW_IKE_RESPONSE_LOST_AFTER_TAP, 70);
}

static void one_more_request_may_have_met_the_answer(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; two[i] != 0; i++) {
		SAY(world, &home, .at = two[i], .exchange = IKE_AUTH, .id = 1);
		SAY(world, &home, .at = two[i] + 0.05, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	}
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 60);
}

static void one_more_request_and_a_new_attempt_is_lost_behind_the_tap(void **state)
{
	const struct ike_ends again = {home.initiator, home.responder, 0x2222, 0};
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; two[i] != 0; i++) {
		SAY(world, &home, .at = two[i], .exchange = IKE_AUTH, .id = 1);
		SAY(world, &home, .at = two[i] + 0.05, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	}
	ike_init(world, &again, 20);
	ike_control_end(&world->control, 0);
	expect(&world->rows[0], MW_IKE_RESPONSE_LOST_AFTER_TAP, 60);
}

/** The request in two pieces, of which the last passes or never does. */
static void ask_in_pieces(struct ike_world *world, const double at[], bool whole)
{
	ike_init(world, &home, 0);
	for (uint32_t i = 0; at[i] != 0; i++) {
		struct ike_say say = {.at = at[i], .exchange = IKE_AUTH, .id = 1, .bytes = 2400, .pieces_of = 50 + i};

		ike_say(world, &home, say);
		ike_pieces_end(world, &home, say, whole ? MW_FRAGMENT_COMPLETE : MW_FRAGMENT_INCOMPLETE);
	}
}

static void request_that_lacks_pieces_is_lost(void **state)
{
	struct ike_world *world = *state;

	ask_in_pieces(world, three, false);
	expect(ike_end(world, 100), MW_IKE_REQUEST_LOST, 85);
	assert_true(world->rows[0].missing_is_request);
	assert_true(world->rows[0].request_fragmented);
	assert_string_equal(world->rows[0].missing, "1480-2407");
}

static void request_that_lacks_a_piece_once_says_nothing(void **state)
{
	struct ike_world *world = *state;

	ask_in_pieces(world, one, false);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void whole_request_in_pieces_may_be_lost_behind_the_tap(void **state)
{
	struct ike_world *world = *state;

	ask_in_pieces(world, three, true);
	expect(ike_end(world, 100), MW_IKE_REQUEST_LOST, 55);
}

static void responder_that_lacks_pieces_proves_it(void **state)
{
	struct ike_world *world = *state;

	ask_in_pieces(world, one, true);
	ike_complain(world, &home, 31, true, 11, 1, 50);
	expect(ike_end(world, 100), MW_IKE_REQUEST_LOST, 95);
}

static void complaint_about_another_datagram_proves_nothing(void **state)
{
	struct ike_world *world = *state;

	ask_in_pieces(world, one, true);
	ike_complain(world, &home, 31, true, 11, 1, 999);
	expect(ike_end(world, 100), MW_IKE_UNKNOWN, 30);
}

static void error_in_clear_text_refuses(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .error = 14, .bytes = 36);
	expect(ike_end(world, 100), MW_IKE_REFUSED, 90);
	assert_string_equal(world->rows[0].notify, "NO_PROPOSAL_CHOSEN");
	assert_int_equal(world->rows[0].init_ok, 1);
}

static void error_without_a_name_has_its_number(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .error = 8192, .bytes = 36);
	ike_end(world, 100);
	assert_string_equal(world->rows[0].notify, "error 8192");
}

static void error_that_did_not_stop_the_initiator_is_forgotten(void **state)
{
	struct ike_world *world = *state;

	SAY(world, &home, .at = 0, .exchange = IKE_SA_INIT);
	SAY(world, &home, .at = 0.1, .exchange = IKE_SA_INIT, .response = true, .error = 14, .bytes = 36);
	SAY(world, &home, .at = 0.2, .exchange = IKE_SA_INIT, .response = true, .bytes = 500);
	SAY(world, &home, .at = 1, .exchange = IKE_AUTH, .id = 1);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 85);
	assert_string_equal(world->rows[0].notify, "");
}

static void closed_port_refuses(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, two);
	ike_complain(world, &home, 3.1, true, 3, 3, 0);
	expect(ike_end(world, 100), MW_IKE_REFUSED, 85);
	assert_true(world->rows[0].unreachable);
}

static void closed_port_of_the_initiator_refuses_nothing(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, two);
	ike_complain(world, &home, 3.1, false, 3, 3, 0);
	expect(ike_end(world, 100), MW_IKE_NO_ANSWER_TO_AUTH, 60);
	assert_false(world->rows[0].unreachable);
}

static void answer_with_room_for_an_error_alone_refuses(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 80);
	expect(ike_end(world, 100), MW_IKE_REFUSED, 60);
}

static void farewell_after_a_small_answer_makes_it_surer(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 80);
	SAY(world, &home, .at = 1.2, .exchange = IKE_INFORMATIONAL, .id = 2, .bytes = 76);
	expect(ike_end(world, 100), MW_IKE_REFUSED, 75);
}

static void small_answer_with_data_behind_it_is_established(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	ike_ask(world, &home, one);
	SAY(world, &home, .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 97);
	ike_data(world, &home, 1.2, true);
	ike_data(world, &home, 1.3, false);
	expect(ike_end(world, 100), MW_IKE_ESTABLISHED, 95);
}

static void mtu_of_an_error_is_told_with_its_reporter(void **state)
{
	struct ike_world *world = *state;

	ask_in_pieces(world, three, true);
	ike_complain(world, &home, 4, true, 3, 4, 0);
	ike_end(world, 100);
	assert_int_equal(world->rows[0].mtu_reported, 1380);
	assert_true(mw_address_is_v4(&world->rows[0].mtu_reporter));
}

static void fragments_of_ike_that_never_pass_are_lost_too(void **state)
{
	struct ike_world *world = *state;

	ike_init(world, &home, 0);
	for (uint32_t i = 0; three[i] != 0; i++) {
		SAY(world, &home, .at = three[i], .exchange = IKE_AUTH, .id = 1);
		SAY(world, &home, .at = three[i] + 0.05, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1236,
			.skf = 1, .skf_total = 3);
		SAY(world, &home, .at = three[i] + 0.05, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1156,
			.skf = 3, .skf_total = 3);
	}
	expect(ike_end(world, 100), MW_IKE_RESPONSE_FRAGMENTS_LOST, 90);
	assert_int_equal(world->rows[0].responses, 3);
	assert_int_equal(world->rows[0].response_bytes, 1236 + 1156);
	assert_int_equal(world->rows[0].fragmented, 0);
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static const struct CMUnitTest tests[] = {
	STORY(answer_to_first_request_never_came),
	STORY(one_first_request_is_less_sure),
	STORY(one_request_at_the_end_says_nothing),
	STORY(request_that_is_not_repeated_accuses_nobody),
	STORY(answer_to_auth_never_came),
	STORY(two_requests_without_answer_are_less_sure),
	STORY(attempt_met_midway_is_less_sure),
	STORY(mirror_of_one_direction_accuses_nobody),
	STORY(pieces_of_the_answer_that_never_pass_are_lost),
	STORY(one_partial_answer_is_less_sure),
	STORY(receiver_that_lacks_pieces_makes_it_surer),
	STORY(piece_that_the_mirror_lost_accuses_nobody),
	STORY(piece_that_the_mirror_lost_of_an_sa_that_lives_is_no_loss),
	STORY(piece_lost_once_is_established),
	STORY(answer_that_was_forgotten_is_not_called_lost),
	STORY(pieces_without_a_first_one_are_guessed),
	STORY(one_guess_is_less_sure),
	STORY(pieces_long_after_a_request_are_not_its_answer),
	STORY(whole_answer_and_more_requests_is_lost_behind_the_tap),
	STORY(answer_that_is_repeated_was_asked_for_again_out_of_view),
	STORY(pieces_that_are_repeated_were_asked_for_again_out_of_view),
	STORY(pieces_that_are_repeated_until_they_are_whole_accuse_nobody),
	STORY(silence_of_an_initiator_out_of_view_says_nothing),
	STORY(receiver_that_lacks_pieces_of_a_whole_answer_makes_it_surer),
	STORY(two_more_requests_are_less_sure),
	STORY(one_more_request_may_have_met_the_answer),
	STORY(one_more_request_and_a_new_attempt_is_lost_behind_the_tap),
	STORY(request_that_lacks_pieces_is_lost),
	STORY(request_that_lacks_a_piece_once_says_nothing),
	STORY(whole_request_in_pieces_may_be_lost_behind_the_tap),
	STORY(responder_that_lacks_pieces_proves_it),
	STORY(complaint_about_another_datagram_proves_nothing),
	STORY(error_in_clear_text_refuses),
	STORY(error_without_a_name_has_its_number),
	STORY(error_that_did_not_stop_the_initiator_is_forgotten),
	STORY(closed_port_refuses),
	STORY(closed_port_of_the_initiator_refuses_nothing),
	STORY(answer_with_room_for_an_error_alone_refuses),
	STORY(farewell_after_a_small_answer_makes_it_surer),
	STORY(small_answer_with_data_behind_it_is_established),
	STORY(mtu_of_an_error_is_told_with_its_reporter),
	STORY(fragments_of_ike_that_never_pass_are_lost_too),
};

MW_TEST_MAIN("detect_ike_decide", tests)
