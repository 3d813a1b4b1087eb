// SPDX-License-Identifier: BSD-3-Clause
// A reset of the named sender's own beside those of somebody who speaks in its name with another initial TTL; and both
// ends of a connection that began before the capture, reset at once.
// Neighbours: lib/detectors/resets/pair.c; with handshakes, both ends at once are in tests/replay/resets/both_ends.
#include "mw_test.h"

#include "world.h"

#define OTHER_INITIAL (255 - 12) // the server's 12 routers, from another start

static void own_reset(struct world *world, uint64_t at_ms)
{
	world_send(world, SERVER, .at_ms = at_ms, .flags = RA, .seq = 6001, .ack = 1101, .ip_id = 302, .timestamp = true,
			   .ts_value = 9070);
}

static void others_reset(struct world *world, uint64_t at_ms, uint8_t flags)
{
	world_send(world, SERVER, .at_ms = at_ms, .flags = flags, .seq = 6001, .ack = flags & ACK ? 1101 : 0, .ip_id = 9000,
			   .ttl = OTHER_INITIAL);
}

static void its_own_reset_refutes_another_initial_ttl(void **state)
{
	const struct mw_reset_row *row;

	own_reset(*state, 90);
	others_reset(*state, 106, RA);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	world_assert_evidence(row, E(TTL_SPLIT));
	assert_int_equal(row->ttl, OTHER_INITIAL);
	assert_int_equal(row->ttl_expected, 52);
	assert_int_equal(row->count, 2);
}

static void its_own_reset_may_come_later(void **state)
{
	others_reset(*state, 90, RA);
	own_reset(*state, 106);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_FORGED);
}

static void the_clients_name_is_no_different(void **state)
{
	world_send(*state, .at_ms = 90, .flags = RA, .seq = 1101, .ack = 6001, .ip_id = 703, .ttl = 64);
	world_send(*state, .at_ms = 95, .flags = RA, .seq = 1101, .ack = 6001, .ip_id = 703, .ttl = 128, .mac = 7);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_FORGED);
}

static void a_host_without_a_socket_may_answer_with_another_ttl(void **state)
{
	own_reset(*state, 90);
	others_reset(*state, 106, R); // plain, as such an answer is
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

static void two_with_the_same_odd_ttl_refute_nothing(void **state)
{
	others_reset(*state, 90, RA);
	others_reset(*state, 106, RA);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

static void a_reset_with_a_number_of_its_own_is_not_its_own(void **state)
{
	world_send(*state, SERVER, .at_ms = 90, .flags = RA, .seq = 5500, .ack = 1101, .ip_id = 302); // the right TTL alone
	others_reset(*state, 106, RA);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

#define BEHIND_ROUTERS 60

/** Requests and answers of a connection that was there before, a second apart; how long each end takes. */
static void exchange(struct world *world, uint32_t count, uint32_t server_ms, uint32_t client_ms)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t at_ms = 1000 * (uint64_t)i + 1;

		world_send(world, .at_ms = at_ms, .flags = ACK, .seq = 70000 + 100 * i, .ack = 90000 + 200 * i, .bytes = 100,
				   .ttl = BEHIND_ROUTERS);
		world_send(world, SERVER, .at_ms = at_ms + server_ms, .flags = ACK, .seq = 90000 + 200 * i,
				   .ack = 70100 + 100 * i, .bytes = 200);
		world_send(world, .at_ms = at_ms + server_ms + client_ms, .flags = ACK, .seq = 70100 + 100 * i,
				   .ack = 90200 + 200 * i, .ttl = BEHIND_ROUTERS);
	}
}

static void reset_both(struct world *world, uint64_t at_ms, uint32_t count)
{
	world_send(world, SERVER, .at_ms = at_ms, .flags = R, .seq = 90000 + 200 * count);
	world_send(world, .at_ms = at_ms, .flags = R, .seq = 70000 + 100 * count, .ttl = BEHIND_ROUTERS);
	world_finish(world);
}

static void both_ends_at_once_without_a_handshake(void **state)
{
	exchange(*state, 2, 20, 15);
	reset_both(*state, 240000, 2);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 2);
	world_assert_evidence(world_row(*state, 0), E(BOTH_ENDS));
}

static void a_near_end_may_know_of_the_other(void **state)
{
	exchange(*state, 2, 20, 0);
	reset_both(*state, 240000, 2);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 0);
}

static void one_answer_tells_no_distance(void **state)
{
	exchange(*state, 1, 20, 15);
	reset_both(*state, 240000, 1);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 0);
}

static void where_no_handshake_tells_the_silence_is_longer(void **state)
{
	exchange(*state, 2, 20, 15);
	reset_both(*state, 4000, 2); // the server may be 0.9 s away
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 0);
}

static const struct CMUnitTest tests[] = {
	STORY(its_own_reset_refutes_another_initial_ttl),
	STORY(its_own_reset_may_come_later),
	STORY(the_clients_name_is_no_different),
	STORY(a_host_without_a_socket_may_answer_with_another_ttl),
	STORY(two_with_the_same_odd_ttl_refute_nothing),
	STORY(a_reset_with_a_number_of_its_own_is_not_its_own),
	SILENT(both_ends_at_once_without_a_handshake),
	SILENT(a_near_end_may_know_of_the_other),
	SILENT(one_answer_tells_no_distance),
	SILENT(where_no_handshake_tells_the_silence_is_longer),
};

MW_TEST_MAIN("detect_reset_pair", tests)
