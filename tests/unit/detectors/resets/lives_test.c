// SPDX-License-Identifier: BSD-3-Clause
// A host that resets a segment, or seems to, and keeps its connection: when that accuses somebody and when it does not.
// Neighbours: lib/detectors/resets/judge.c, weights.c; world.h tells the stories.
#include "mw_test.h"

#include "world.h"

#define SYN MW_TCP_SYN

/** The named sender's data, 500 ms after the resets that came at 1000 ms. */
static void server_goes_on(struct world *world)
{
	world_send(world, SERVER, .at_ms = 1500, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 500, .timestamp = true,
			   .ts_value = 10480);
}

static void client_goes_on(struct world *world)
{
	world_send(world, .at_ms = 1500, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 500, .timestamp = true,
			   .ts_value = 1600);
}

static uint8_t verdict_of_only_row(struct world *world, uint32_t evidence)
{
	const struct mw_reset_row *row = world_only_row(world);

	world_assert_evidence(row, evidence);
	return row->verdict;
}

static void answer_to_one_segment_leaves_the_connection_alone(void **state)
{
	world_send(*state, .at_ms = 999, .flags = ACK, .seq = 1101u - 90000u, .ack = 5501, .bytes = 7);
	world_send(*state, SERVER, .at_ms = 1000, .flags = R, .seq = 5501);
	server_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(ANSWERS_SEGMENT)), MW_RESET_UNKNOWN);
}

static void answer_from_the_host_around_the_translator_has_other_hops_and_packet_numbers(void **state)
{
	world_send(*state, SERVER, .at_ms = 1000, .flags = R, .seq = 6001, .ttl = 53, .ip_id = 40000);
	server_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(IP_ID_BREAK)), MW_RESET_UNKNOWN);
}

static void kernel_beside_another_stack_has_another_initial_ttl(void **state)
{
	world_send(*state, SERVER, .at_ms = 1000, .flags = R, .seq = 6001, .ttl = 255 - 12);
	server_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(TTL_SPLIT)), MW_RESET_UNKNOWN);
}

static void answer_over_another_number_of_hops_is_forged(void **state)
{
	world_send(*state, SERVER, .at_ms = 1000, .flags = R, .seq = 6001, .ttl = 58);
	server_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(TTL_SPLIT)), MW_RESET_FORGED);
}

static void abort_without_the_options_of_a_live_connection_is_forged(void **state)
{
	world_send(*state, SERVER, .at_ms = 1000, .flags = RA, .seq = 6001, .ack = 1101);
	server_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(OPTIONS_MISSING)), MW_RESET_FORGED);
}

static void number_that_nobody_named_is_forged_when_its_sender_lives(void **state)
{
	world_send(*state, SERVER, .at_ms = 1000, .flags = RA, .seq = 5400, .ack = 1101);
	server_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(SEQ_STALE)), MW_RESET_FORGED);
}

/** RFC 9293 section 3.10.7.3: an old connection's ACK answers the SYN; it is reset, and the attempt goes on. */
static void unacceptable_ack_in_syn_sent_is_reset_by_the_client(void **state)
{
	world_send(*state, .at_ms = 0, .flags = SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 20, .flags = ACK, .seq = 70000, .ack = 90001);
	world_send(*state, .at_ms = 21, .flags = R, .seq = 90001, .ttl = 64);
	world_send(*state, .at_ms = 1000, .flags = SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 1020, .flags = SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(*state, .at_ms = 1021, .flags = ACK, .seq = 1001, .ack = 5001);
	world_send(*state, .at_ms = 1022, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	assert_true(world_only_row(*state)->verdict != MW_RESET_FORGED);
}

/** Section 3.10.7.4: an ACK of another number than the SYN-ACK's is reset, and the right one is taken. */
static void unacceptable_ack_in_syn_received_is_reset_by_the_server(void **state)
{
	world_send(*state, .at_ms = 0, .flags = SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 20, .flags = SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(*state, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 4242);
	world_send(*state, SERVER, .at_ms = 41, .flags = R, .seq = 4242);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(*state, SERVER, .at_ms = 81, .flags = ACK, .seq = 5001, .ack = 1101, .bytes = 500);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(ANSWERS_SEGMENT)), MW_RESET_UNKNOWN);
}

static void neighbours_own_tool_sends_what_does_not_reach_the_server(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = RA, .seq = 1101, .ack = 6001, .ttl = 5, .ip_id = 40000);
	client_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(TTL_SPLIT) | E(SAME_MAC)), MW_RESET_UNKNOWN);
}

static void neighbours_own_tool_may_use_a_number_that_nobody_takes(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = R, .seq = 1101u - 10000u, .ttl = 4);
	client_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(SAME_MAC)), MW_RESET_UNKNOWN);
}

static void another_device_with_a_low_ttl_is_forged(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = RA, .seq = 1101, .ack = 6001, .ttl = 5, .mac = 9);
	client_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(MAC_CHANGE)), MW_RESET_FORGED);
}

static void host_behind_a_router_is_not_known_by_the_routers_address(void **state)
{
	world_send(*state, SERVER, .at_ms = 1000, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 64);
	server_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(TTL_SPLIT)), MW_RESET_FORGED);
}

static void copied_address_with_a_ttl_of_no_stack_is_forged(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = R, .seq = 1101, .ttl = 197);
	client_goes_on(*state);
	assert_int_equal(verdict_of_only_row(*state, E(DATA_AFTER_RESET) | E(TTL_SPLIT)), MW_RESET_FORGED);
}

/**
 * A request that a translator near the tap acknowledges after 1 ms, for a server 20 ms away; then the client aborts.
 */
static void near_translator_acknowledges(struct world *world)
{
	world_send(world, .at_ms = 1000, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 100);
	world_send(world, SERVER, .at_ms = 1001, .flags = ACK, .seq = 6001, .ack = 1201);
}

static void translator_may_answer_a_reset_with_any_number(void **state)
{
	near_translator_acknowledges(*state);
	world_send(*state, .at_ms = 1100, .flags = R, .seq = 1201);
	world_send(*state, SERVER, .at_ms = 1101, .flags = RA, .seq = 957744570, .ack = 1201, .ttl = 255);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 0);
	assert_int_equal(world_verdicts(*state, MW_RESET_ENDPOINT), 1);
}

static void reset_sooner_than_an_answer_to_the_others_reset_is_judged(void **state)
{
	world_send(*state, .at_ms = 1100, .flags = R, .seq = 1101);
	world_send(*state, SERVER, .at_ms = 1101, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 200);
	world_finish(*state);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 1);
}

static void answer_to_a_forged_reset_is_judged(void **state)
{
	world_send(*state, .at_ms = 1100, .flags = R, .seq = 1101, .ttl = 197, .mac = 9);
	world_send(*state, SERVER, .at_ms = 1130, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 200);
	world_finish(*state);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 2);
}

static void what_its_sender_has_acknowledged_itself_is_not_too_soon(void **state)
{
	near_translator_acknowledges(*state);
	world_send(*state, SERVER, .at_ms = 1002, .flags = RA, .seq = 6001, .ack = 1201);
	assert_false(world_only_row(*state)->evidence & E(FASTER_THAN_RTT));
}

/** The client aborts with one number and, after the other side's FIN or a second of nothing, with the next. */
static uint32_t evidence_of_two_aborts(struct world *world, bool closed)
{
	world_send(world, .at_ms = 1000, .flags = RA, .seq = 1101, .ack = 6001);
	if (closed)
		world_send(world, SERVER, .at_ms = 1010, .flags = ACK | MW_TCP_FIN, .seq = 6001, .ack = 1101);
	world_send(world, .at_ms = 1020, .flags = RA, .seq = 1101, .ack = 6002);
	return world_only_row(world)->evidence;
}

static void resets_of_an_open_connection_agree_in_what_they_acknowledge(void **state)
{
	assert_true(evidence_of_two_aborts(*state, false) & E(ACK_CHANGE));
}

static void closing_reset_does_not_contradict_an_earlier_one(void **state)
{
	assert_false(evidence_of_two_aborts(*state, true) & E(ACK_CHANGE));
}

static const struct CMUnitTest tests[] = {
	STORY(answer_to_one_segment_leaves_the_connection_alone),
	STORY(answer_from_the_host_around_the_translator_has_other_hops_and_packet_numbers),
	STORY(kernel_beside_another_stack_has_another_initial_ttl),
	STORY(answer_over_another_number_of_hops_is_forged),
	STORY(abort_without_the_options_of_a_live_connection_is_forged),
	STORY(number_that_nobody_named_is_forged_when_its_sender_lives),
	SILENT(unacceptable_ack_in_syn_sent_is_reset_by_the_client),
	SILENT(unacceptable_ack_in_syn_received_is_reset_by_the_server),
	STORY(neighbours_own_tool_sends_what_does_not_reach_the_server),
	STORY(neighbours_own_tool_may_use_a_number_that_nobody_takes),
	STORY(another_device_with_a_low_ttl_is_forged),
	STORY(host_behind_a_router_is_not_known_by_the_routers_address),
	STORY(copied_address_with_a_ttl_of_no_stack_is_forged),
	STORY(translator_may_answer_a_reset_with_any_number),
	STORY(reset_sooner_than_an_answer_to_the_others_reset_is_judged),
	STORY(answer_to_a_forged_reset_is_judged),
	STORY(what_its_sender_has_acknowledged_itself_is_not_too_soon),
	STORY(resets_of_an_open_connection_agree_in_what_they_acknowledge),
	STORY(closing_reset_does_not_contradict_an_earlier_one),
};

MW_TEST_MAIN("detect_reset_lives", tests)
