// SPDX-License-Identifier: BSD-3-Clause
// Episodes and evidence, told as connections: what an endpoint does, what a forger does, what the mirror does.
// Neighbours: lib/detectors/resets/resets.c, weights.c; world.h tells the stories.
#include "mw_test.h"

#include <string.h>

#include "world.h"

#define BIGIP "BIG-IP: [0x2664c65:2574] No flow found for ACK"

static void endpoint_that_aborts_is_believed(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 90, .flags = RA, .seq = 6001, .ack = 1101, .ip_id = 302, .timestamp = true,
			   .ts_value = 9070);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
	assert_int_equal(row->origin, MW_MIDDLEBOX_ORIGIN_ENDPOINT);
	assert_int_equal(row->evidence, E(IN_WINDOW) | E(ANSWERS_SEGMENT) | E(SAME_TTL) | E(TIMESTAMP_FITS));
	assert_int_equal(row->seq_offset, 0);
	assert_int_equal(row->ttl_expected, 52);
	assert_int_equal(row->stage, MW_RESET_POST_PSH);
}

static void endpoint_that_answers_late_data_is_believed(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 50, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 500, .ip_id = 302);
	world_send(*state, SERVER, .at_ms = 60, .flags = R, .seq = 6001, .ack = 0); // answers the ACK of 6001
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
	world_assert_evidence(row, E(ANSWERS_SEGMENT) | E(SAME_TTL));
	assert_int_equal(row->seq_offset, -500);
}

static void closed_port_is_an_endpoints_answer(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 20, .flags = RA, .seq = 0, .ack = 1001);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
	assert_int_equal(row->evidence, E(CLOSED_PORT));
	assert_int_equal(row->stage, MW_RESET_POST_SYN);
	assert_int_equal(row->ttl_expected, MW_UNKNOWN_I64);
}

static void bigip_text_in_a_perfect_reset_is_forged_in_path(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .text = BIGIP);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	assert_int_equal(row->origin, MW_MIDDLEBOX_ORIGIN_IN_PATH);
	assert_string_equal(row->payload, BIGIP);
	assert_string_equal(row->cause, "No flow found for ACK");
	assert_string_equal(row->signature, "bigip-reset-cause");
	assert_string_equal(row->device, "[0x2664c65:2574]");
	assert_int_equal(row->cause_group, 0);
	world_assert_evidence(row, E(PAYLOAD_SIGNATURE) | E(IN_WINDOW));
}

static void benign_text_is_shown_and_not_accused(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 240, .text = "No listener");
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
	assert_string_equal(row->payload, "No listener");
	assert_string_equal(row->signature, "stack-no-tcp");
}

static void reset_with_another_hop_count_is_forged(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 63);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	world_assert_evidence(row, E(TTL_SPLIT));
	assert_int_equal(row->ttl, 63);
	assert_int_equal(row->ttl_expected, 52);
}

static void route_change_of_a_hop_or_two_accuses_nobody(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 50);
	assert_true(world_only_row(*state)->verdict != MW_RESET_FORGED);
}

static void other_initial_ttl_over_the_same_hops_accuses_nobody(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 255 - 12);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

static void ttl_known_from_one_packet_accuses_nobody(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(*state, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001, .duplicate = true);
	world_send(*state, SERVER, .at_ms = 60, .flags = R, .seq = 5001, .ttl = 200);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

static void staircase_is_forged_off_path(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, .at_ms = 60, .flags = R, .seq = 1101);
	world_send(*state, .at_ms = 60, .flags = R, .seq = 1101 + 1460);
	world_send(*state, .at_ms = 60, .flags = R, .seq = 1101 + 4380);
	row = world_only_row(*state);
	assert_int_equal(row->count, 3);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	assert_int_equal(row->origin, MW_MIDDLEBOX_ORIGIN_OFF_PATH);
	world_assert_evidence(row, E(SEQ_STAIRCASE) | E(SAME_TTL));
}

static void reset_outside_window_is_no_proof_alone(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001 + 70000, .ack = 1101);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
	world_assert_evidence(row, E(SEQ_OUTSIDE_WINDOW));
	assert_int_equal(row->seq_offset, 70000);
}

static void reset_outside_window_of_a_sender_who_goes_on_is_forged(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001 + 70000, .ack = 1101);
	world_send(*state, SERVER, .at_ms = 80, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 1000);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	world_assert_evidence(row, E(SEQ_OUTSIDE_WINDOW) | E(DATA_AFTER_RESET));
}

static void data_after_a_perfect_reset_is_forged(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	world_send(*state, SERVER, .at_ms = 65, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 1000);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	assert_int_equal(row->origin, MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void data_a_moment_after_may_be_out_of_order(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .timestamp = true, .ts_value = 9040);
	world_send(*state, SERVER, .at_ms = 60, .flags = ACK, .seq = 5501, .ack = 1101, .bytes = 500);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_ENDPOINT);
}

static void data_of_another_connection_is_no_proof(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .timestamp = true, .ts_value = 9040);
	world_send(*state, SERVER, .at_ms = 90, .flags = ACK, .seq = 0x80000000, .ack = 77, .bytes = 500);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_ENDPOINT);
}

static void refused_then_accepted_at_once_is_forged(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 5, .flags = RA, .seq = 0, .ack = 1001);
	world_send(*state, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	world_assert_evidence(row, E(DATA_AFTER_RESET));
}

static void second_attempt_that_succeeds_accuses_nobody(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 5, .flags = RA, .seq = 0, .ack = 1001);
	world_send(*state, .at_ms = 500, .flags = MW_TCP_SYN, .seq = 1000); // as Windows repeats it
	world_send(*state, SERVER, .at_ms = 520, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(*state, SERVER, .at_ms = 900, .flags = ACK, .seq = 5001, .ack = 1001, .bytes = 10);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_ENDPOINT);
}

static void receiver_that_goes_on_is_noted(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	world_send(*state, .at_ms = 70, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 10); // still under way
	world_send(*state, .at_ms = 700, .flags = ACK, .seq = 1111, .ack = 6001, .bytes = 10);
	row = world_only_row(*state);
	world_assert_evidence(row, E(IGNORED_BY_RECEIVER));
}

static void step_of_one_is_a_fin_that_was_lost_and_no_staircase(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = R, .seq = 6001);
	world_send(*state, SERVER, .at_ms = 60, .flags = R, .seq = 6002);
	row = world_only_row(*state);
	assert_false(row->evidence & E(SEQ_STAIRCASE));
	assert_true(row->verdict != MW_RESET_FORGED);
}

static void segment_older_than_the_reset_by_its_clock_proves_no_life(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 7001, .ack = 1101, .timestamp = true, .ts_value = 9040);
	world_send(*state, SERVER, .at_ms = 90, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 1000, .timestamp = true,
			   .ts_value = 9039);
	assert_false(world_only_row(*state)->evidence & E(DATA_AFTER_RESET));
}

static void segment_within_ten_milliseconds_may_have_been_overtaken(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 7001, .ack = 1101);
	world_send(*state, SERVER, .at_ms = 65, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 1000);
	assert_false(world_only_row(*state)->evidence & E(DATA_AFTER_RESET));
}

static void exact_reset_with_its_senders_clock_is_not_accused_by_what_follows(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .timestamp = true, .ts_value = 9040);
	world_send(*state, SERVER, .at_ms = 90, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 10, .timestamp = true,
			   .ts_value = 9070);
	row = world_only_row(*state);
	world_assert_evidence(row, E(DATA_AFTER_RESET) | E(TIMESTAMP_FITS));
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
}

static void port_used_again_without_its_syn_in_view_accuses_nobody(void **state)
{
	world_send(*state, .at_ms = 60, .flags = R, .seq = 1101);
	world_send(*state, SERVER, .at_ms = 200, .flags = MW_TCP_SYN | ACK, .seq = 90000000, .ack = 80000001);
	world_send(*state, .at_ms = 201, .flags = ACK, .seq = 80000001, .ack = 90000001, .bytes = 100);
	world_send(*state, .at_ms = 240, .flags = R, .seq = 80000101);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2); // the next connection has its own
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 0);
	assert_false(world_row(*state, 0)->evidence & (E(DATA_AFTER_RESET) | E(IGNORED_BY_RECEIVER)));
}

static void refusal_of_a_syn_that_was_not_seen_has_the_number_zero(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 20, .flags = RA, .seq = 0, .ack = 1001);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
	assert_int_equal(row->evidence, E(CLOSED_PORT));
}

static void closing_connection_excuses_a_ttl_split(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = MW_TCP_FIN | ACK, .seq = 6001, .ack = 1101);
	world_send(*state, SERVER, .at_ms = 90, .flags = RA, .seq = 6002, .ack = 1101, .ttl = 255);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
	world_assert_evidence(row, E(TTL_SPLIT) | E(AFTER_CLOSE));
}

static void late_reset_after_the_others_reset_harms_nobody(void **state)
{
	world_send(*state, .at_ms = 60, .flags = RA, .seq = 1101, .ack = 6001);
	world_send(*state, SERVER, .at_ms = 9000, .flags = RA, .seq = 6001, .ack = 1101, .ttl = 255);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
	assert_int_equal(world_row(*state, 1)->verdict, MW_RESET_UNKNOWN);
}

static void timestamp_far_off_and_mac_change_are_noted(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .mac = 9, .timestamp = true,
			   .ts_value = 90000000, .ip_id = 40000, .window = 65535);
	row = world_only_row(*state);
	world_assert_evidence(row, E(TIMESTAMP_OFF) | E(MAC_CHANGE) | E(IP_ID_BREAK));
}

static void resets_two_seconds_apart_are_one_episode(void **state)
{
	world_send(*state, SERVER, .at_ms = 100, .flags = R, .seq = 6001);
	world_tick(*state, 2000);
	world_send(*state, SERVER, .at_ms = 2100, .flags = R, .seq = 6001);
	world_tick(*state, 4000);
	assert_int_equal(world_rows(*state), 0);
	world_tick(*state, 4101);
	assert_int_equal(world_rows(*state), 1);
	assert_int_equal(world_row(*state, 0)->count, 2);
	world_send(*state, SERVER, .at_ms = 4200, .flags = R, .seq = 6001);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
}

static void episode_ends_by_packets_as_by_ticks(void **state)
{
	world_send(*state, SERVER, .at_ms = 100, .flags = RA, .seq = 6001, .ack = 1101, .timestamp = true,
			   .ts_value = 9080);
	world_send(*state, SERVER, .at_ms = 2200, .flags = ACK, .seq = 6001, .ack = 1101,
			   .bytes = 100); // too late to count
	assert_int_equal(world_rows(*state), 1);
	assert_int_equal(world_row(*state, 0)->verdict, MW_RESET_ENDPOINT);
}

static void each_direction_has_its_own_episode(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .text = BIGIP);
	world_send(*state, .at_ms = 61, .flags = R, .seq = 1101);
	world_tick(*state, 5000);
	assert_int_equal(world_rows(*state), 2);
	assert_int_equal(world_row(*state, 0)->verdict, MW_RESET_FORGED);
	assert_int_equal(world_row(*state, 1)->verdict, MW_RESET_ENDPOINT);
	assert_string_equal(world_row(*state, 0)->flow, world_row(*state, 1)->flow);
}

static void new_syn_ends_the_episode(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	world_send(*state, .at_ms = 100, .flags = MW_TCP_SYN, .seq = 700000);
	assert_int_equal(world_rows(*state), 1);
	world_send(*state, SERVER, .at_ms = 120, .flags = RA, .seq = 0, .ack = 700001);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
	assert_int_equal(world_row(*state, 1)->evidence, E(CLOSED_PORT));
}

static void mirrored_duplicates_do_not_count(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .duplicate = true);
	assert_int_equal(world_only_row(*state)->count, 1);
	assert_int_equal(world_count(*state, "resets"), 1);
}

static void one_way_mirror_withholds_what_it_cannot_see(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(*state, SERVER, .at_ms = 40, .flags = ACK, .seq = 5001, .ack = 1101, .bytes = 1000);
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 5501, .ack = 1101);
	row = world_only_row(*state);
	assert_int_equal(row->evidence, E(SAME_TTL)); // no seq-stale: it may answer an ACK that is not mirrored
	assert_int_equal(row->stage, 255);
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
}

static void reset_of_a_flow_never_seen_is_unknown(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = R, .seq = 1);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
	assert_int_equal(row->evidence, 0);
	assert_int_equal(row->confidence, MW_UNKNOWN_I64);
	assert_int_equal(row->seq_offset, MW_UNKNOWN_I64);
}

static void flood_of_resets_stays_bounded_and_counted(void **state)
{
	for (uint32_t i = 0; i < 5000; i++)
		world_send(*state, SERVER, .at_ms = 60, .flags = R, .seq = 1, .client_port = (uint16_t)(10000 + i));
	assert_int_equal(world_count(*state, "episodes-closed-early"), 5000 - 4096);
	world_finish(*state);
	assert_int_equal(world_count(*state, "episodes"), 5000);
	assert_int_equal(world_verdicts(*state, MW_RESET_UNKNOWN), 5000);
}

static void payload_beyond_128_bytes_is_cut(void **state)
{
	char text[301];
	const struct mw_reset_row *row;

	memset(text, 0x01, sizeof(text));
	text[300] = '\0';
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .text = text);
	row = world_only_row(*state);
	assert_int_equal(strlen(row->payload), 128 * 4);
	assert_memory_equal(row->payload, "\\x01", 4);
}

static void ended_episode_is_not_taken_for_the_other_directions(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	world_tick(*state, 3000);
	assert_int_equal(world_rows(*state), 1);
	world_send(*state, .at_ms = 3100, .flags = RA, .seq = 1101, .ack = 6001); // in the place of the first
	world_send(*state, SERVER, .at_ms = 3110, .flags = RA, .seq = 6001, .ack = 1101);
	world_tick(*state, 9000);
	assert_int_equal(world_rows(*state), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(world_row(*state, i)->count, 1);
	assert_int_equal(world_row(*state, 1)->dport, 443);
	assert_int_equal(world_row(*state, 2)->sport, 443);
}

static void flow_whose_episode_was_closed_early_begins_another(void **state)
{
	for (uint32_t i = 0; i <= 4096; i++)
		world_send(*state, SERVER, .at_ms = 60, .flags = R, .seq = 1, .client_port = (uint16_t)(10000 + i));
	assert_int_equal(world_count(*state, "episodes-closed-early"), 1);
	world_send(*state, SERVER, .at_ms = 61, .flags = R, .seq = 1, .client_port = 10000);
	assert_int_equal(world_count(*state, "episodes-closed-early"), 2);
	world_finish(*state);
	assert_int_equal(world_count(*state, "episodes"), 4098);
}

static void the_flow_keeps_nothing_of_its_episodes(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	assert_false(world_watches(*state));
	world_tick(*state, 3000);
	world_send(*state, .at_ms = 3001, .flags = ACK, .seq = 1101, .ack = 6001);
	assert_false(world_watches(*state));
	assert_int_equal(world_only_row(*state)->count, 1);
}

static void payload_does_not_outlive_its_episode(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101, .text = BIGIP);
	world_tick(*state, 3000);
	world_send(*state, SERVER, .at_ms = 3100, .flags = RA, .seq = 6001, .ack = 1101);
	world_tick(*state, 9000);
	assert_int_equal(world_rows(*state), 2);
	assert_string_equal(world_row(*state, 0)->payload, BIGIP);
	assert_string_equal(world_row(*state, 1)->payload, "");
	assert_string_equal(world_row(*state, 1)->signature, "");
}

static const struct CMUnitTest tests[] = {
	STORY(endpoint_that_aborts_is_believed),
	STORY(endpoint_that_answers_late_data_is_believed),
	SILENT(closed_port_is_an_endpoints_answer),
	STORY(bigip_text_in_a_perfect_reset_is_forged_in_path),
	STORY(benign_text_is_shown_and_not_accused),
	STORY(reset_with_another_hop_count_is_forged),
	STORY(route_change_of_a_hop_or_two_accuses_nobody),
	STORY(other_initial_ttl_over_the_same_hops_accuses_nobody),
	SILENT(ttl_known_from_one_packet_accuses_nobody),
	STORY(staircase_is_forged_off_path),
	STORY(reset_outside_window_is_no_proof_alone),
	STORY(reset_outside_window_of_a_sender_who_goes_on_is_forged),
	STORY(data_after_a_perfect_reset_is_forged),
	STORY(data_a_moment_after_may_be_out_of_order),
	STORY(data_of_another_connection_is_no_proof),
	SILENT(refused_then_accepted_at_once_is_forged),
	SILENT(second_attempt_that_succeeds_accuses_nobody),
	STORY(receiver_that_goes_on_is_noted),
	STORY(step_of_one_is_a_fin_that_was_lost_and_no_staircase),
	STORY(segment_older_than_the_reset_by_its_clock_proves_no_life),
	STORY(segment_within_ten_milliseconds_may_have_been_overtaken),
	STORY(exact_reset_with_its_senders_clock_is_not_accused_by_what_follows),
	STORY(port_used_again_without_its_syn_in_view_accuses_nobody),
	SILENT(refusal_of_a_syn_that_was_not_seen_has_the_number_zero),
	STORY(closing_connection_excuses_a_ttl_split),
	STORY(late_reset_after_the_others_reset_harms_nobody),
	STORY(timestamp_far_off_and_mac_change_are_noted),
	STORY(resets_two_seconds_apart_are_one_episode),
	STORY(episode_ends_by_packets_as_by_ticks),
	STORY(each_direction_has_its_own_episode),
	STORY(new_syn_ends_the_episode),
	STORY(mirrored_duplicates_do_not_count),
	SILENT(one_way_mirror_withholds_what_it_cannot_see),
	SILENT(reset_of_a_flow_never_seen_is_unknown),
	SILENT(flood_of_resets_stays_bounded_and_counted),
	STORY(payload_beyond_128_bytes_is_cut),
	STORY(ended_episode_is_not_taken_for_the_other_directions),
	SILENT(flow_whose_episode_was_closed_early_begins_another),
	STORY(the_flow_keeps_nothing_of_its_episodes),
	STORY(payload_does_not_outlive_its_episode),
};

MW_TEST_MAIN("detect_reset", tests)
