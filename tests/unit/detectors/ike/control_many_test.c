// SPDX-License-Identifier: BSD-3-Clause
// Many attempts: each gets one row, early ones give way, and nothing that arrives breaks that.
// Neighbours: cases.c tells the stories.
#include "cases.h"
#include "mw_test.h"

static const struct ike_ends home = {"192.168.126.133", "210.196.175.219", 0x1111, 0};
static const double five[] = {1, 3, 6, 10.5, 17.2, 0};

static void attempts_at_once_get_a_row_each(void **state)
{
	const struct ike_ends ends[] = {
		{"192.0.2.1", "198.51.100.1", 1, 0},
		{"192.0.2.1", "198.51.100.1", 2, 0},
		{"192.0.2.2", "198.51.100.1", 1, 0}, // the same SPI seen on both sides of a translator
	};
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, NULL);
	for (uint32_t i = 0; i < 3; i++)
		ike_init(&world, &ends[i], 0);
	for (uint32_t i = 0; i < 3; i++)
		SAY(&world, &ends[i], .at = 1, .exchange = IKE_AUTH, .id = 1);
	SAY(&world, &ends[1], .at = 1.1, .exchange = IKE_AUTH, .id = 1, .response = true, .bytes = 1200);
	ike_control_end(&world.control, IKE_CASES_EPOCH_NS + 100 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(world.rows[i].verdict,
						 world.rows[i].auth_response == MW_IKE_COMPLETE ? MW_IKE_ESTABLISHED : MW_IKE_UNKNOWN);
	ike_world_stop(&world);
}

static void attempt_after_a_failed_one_has_its_own_row(void **state)
{
	const struct ike_ends again = {home.initiator, home.responder, 0x2222, 0};
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, NULL);
	for (uint32_t i = 0; i < 2; i++) {
		const struct ike_ends *ends = i == 0 ? &home : &again;
		double start = 28.0 * i;

		ike_init(&world, ends, start);
		for (uint32_t j = 0; five[j] != 0; j++) {
			SAY(&world, ends, .at = start + five[j], .exchange = IKE_AUTH, .id = 1, .bytes = 304);
			if (i == 1 && j == 0) // the receiver tells of the first attempt's pieces while the second one is on
				ike_complain(&world, &home, start + 3.5, false, 11, 1, 100);
			ike_answer_in_pieces(&world, ends, start + five[j] + 0.05, 100 + 10 * i + j, i == 0);
		}
	}
	ike_control_end(&world.control, IKE_CASES_EPOCH_NS + 60 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 2);
	assert_int_equal(world.rows[0].verdict, MW_IKE_RESPONSE_LOST_AFTER_TAP);
	assert_int_equal(world.rows[0].confidence, 95);
	assert_true(world.rows[0].exceeded);
	assert_int_equal(world.rows[1].verdict, MW_IKE_RESPONSE_FRAGMENTS_LOST);
	assert_int_equal(world.rows[1].confidence, 90);
	assert_false(world.rows[1].exceeded);
	ike_world_stop(&world);
}

static void responder_is_known_by_its_answers_to_others(void **state)
{
	const struct ike_ends other = {"192.0.2.77", home.responder, 5, 0};
	static const double one[] = {1, 0};
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, NULL);
	ike_init(&world, &other, 0);
	ike_ask(&world, &other, one);
	ike_answer_in_pieces(&world, &other, 1.1, 7, true);
	ike_data(&world, &other, 1.2, true);
	ike_data(&world, &other, 1.3, false);
	ike_init(&world, &home, 30);
	for (uint32_t i = 0; i < 4; i++)
		SAY(&world, &home, .at = 31 + 2 * i, .exchange = IKE_AUTH, .id = 1);
	ike_control_end(&world.control, IKE_CASES_EPOCH_NS + 100 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 2);
	assert_true(world.rows[0].other_response_bytes == MW_UNKNOWN_I64);
	assert_int_equal(world.rows[1].verdict, MW_IKE_NO_ANSWER_TO_AUTH);
	assert_int_equal(world.rows[1].other_response_bytes, 3472);
	ike_world_stop(&world);
}

static void silent_attempt_ends_when_its_time_is_over(void **state)
{
	static const char *const overrides[] = {"ike.give-up=30s", NULL};
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, overrides);
	ike_init(&world, &home, 0);
	ike_control_interval(&world.control, 0, IKE_CASES_EPOCH_NS + 30 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 0);
	ike_control_interval(&world.control, 0, IKE_CASES_EPOCH_NS + 31 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 1);
	ike_world_stop(&world);
}

static void other_traffic_ends_silent_attempts(void **state)
{
	const struct ike_ends other = {"192.0.2.77", home.responder, 5, 0};
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, NULL);
	ike_init(&world, &home, 0);
	ike_data(&world, &other, 61, true);
	assert_int_equal(world.count, 1);
	ike_world_stop(&world);
}

static void late_copies_make_no_second_row(void **state)
{
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, NULL);
	ike_init(&world, &home, 0);
	ike_ask(&world, &home, five);
	ike_control_interval(&world.control, 0, IKE_CASES_EPOCH_NS + 90 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 1);
	SAY(&world, &home, .at = 95, .exchange = IKE_AUTH, .id = 1);
	ike_answer_in_pieces(&world, &home, 96, 7, false);
	ike_complain(&world, &home, 97, false, 11, 1, 7);
	ike_control_end(&world.control, IKE_CASES_EPOCH_NS + 200 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 1);
	ike_world_stop(&world);
}

static void attempt_that_is_silent_for_longest_gives_way(void **state)
{
	static const char *const overrides[] = {"ike.attempts-max=16", NULL};
	struct ike_ends ends = {"192.0.2.1", "198.51.100.1", 0, 0};
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, overrides);
	for (ends.spi = 1; ends.spi <= 16; ends.spi++)
		ike_init(&world, &ends, (double)ends.spi);
	ends.spi = 1;
	SAY(&world, &ends, .at = 17.5, .exchange = IKE_AUTH, .id = 1);
	assert_int_equal(world.count, 0);
	ends.spi = 17;
	ike_init(&world, &ends, 18);
	assert_int_equal(world.count, 1);
	assert_string_equal(world.rows[0].spi_i, "0200000000000000");
	assert_int_equal(world.state->early, 1);
	ike_control_end(&world.control, 0);
	assert_int_equal(world.count, 17);
	ike_world_stop(&world);
}

static void flood_of_first_requests_does_not_push_out_answered_attempts(void **state)
{
	static const char *const overrides[] = {"ike.attempts-max=16", NULL};
	struct ike_ends flood = {"203.0.113.66", "210.196.175.219", 0, 0};
	static struct ike_world world;

	(void)state;
	ike_world_start(&world, overrides);
	ike_init(&world, &home, 0);
	for (uint32_t i = 0; five[i] != 0; i++) {
		SAY(&world, &home, .at = five[i], .exchange = IKE_AUTH, .id = 1);
		for (uint32_t j = 0; j < 100; j++) {
			flood.spi++;
			SAY(&world, &flood, .at = five[i] + 0.001 * (j + 1), .exchange = IKE_SA_INIT);
		}
	}
	ike_control_end(&world.control, IKE_CASES_EPOCH_NS + 70 * MW_NS_PER_SECOND);
	assert_int_equal(world.count, 501);
	ike_world_stop(&world);
}

/** A small generator: the same numbers everywhere. */
static uint32_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static void storm_of_events(struct ike_world *world, uint64_t seed)
{
	static const uint8_t exchanges[] = {IKE_SA_INIT,         IKE_AUTH,          IKE_INTERMEDIATE,
										IKE_CREATE_CHILD_SA, IKE_INFORMATIONAL, 9};
	double at = 0;

	for (uint32_t i = 0; i < 20000; i++) {
		struct ike_ends ends = {"192.0.2.1", next(&seed) % 2 ? "198.51.100.1" : "198.51.100.2", next(&seed) % 40, 0};
		struct ike_say say = {.at = at,
							  .exchange = exchanges[next(&seed) % MW_ARRAY_SIZE(exchanges)],
							  .response = next(&seed) % 2,
							  .by_responder = next(&seed) % 8 == 0,
							  .says = (uint8_t)(next(&seed) % 32),
							  .error = next(&seed) % 16 == 0 ? 14 : 0,
							  .id = next(&seed) % 4 == 0 ? next(&seed) : next(&seed) % 4,
							  .bytes = next(&seed) % 5000,
							  .pieces_of = next(&seed) % 3 == 0 ? next(&seed) % 20 : 0,
							  .skf = (uint16_t)(next(&seed) % 70),
							  .skf_total = (uint16_t)(next(&seed) % 3 == 0 ? next(&seed) % 70 : 0),
							  .digest = next(&seed) % 3};

		switch (next(&seed) % 6) {
		case 0:
			ike_pieces_end(world, &ends, say, next(&seed) % (MW_FRAGMENT_ENDS + 2));
			break;
		case 1:
			ike_pieces_unknown(world, &ends, at);
			break;
		case 2:
			ike_complain(world, &ends, at, next(&seed) % 2, (uint8_t)(next(&seed) % 13), (uint8_t)(next(&seed) % 5),
						 next(&seed) % 20);
			break;
		case 3:
			ike_data(world, &ends, at, next(&seed) % 2);
			break;
		default:
			ike_say(world, &ends, say);
			break;
		}
		at += next(&seed) % 50 == 0 ? next(&seed) % 90 : 0.02 * (next(&seed) % 10);
	}
	ike_control_interval(&world->control, 0, IKE_CASES_EPOCH_NS + (uint64_t)(at * 1e9));
	ike_control_end(&world->control, IKE_CASES_EPOCH_NS + (uint64_t)(at * 1e9));
}

static void storm_keeps_rows_in_bounds_and_tells_the_same_twice(void **state)
{
	static const char *const overrides[] = {"ike.attempts-max=16", NULL};
	static struct ike_world first, second;

	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		ike_world_start(&first, overrides);
		ike_world_start(&second, overrides);
		storm_of_events(&first, seed);
		storm_of_events(&second, seed);
		assert_true(first.count > IKE_CASES_ROWS);
		assert_int_equal(first.count, second.count);
		assert_memory_equal(first.rows, second.rows, sizeof(first.rows));
		for (uint32_t i = 0; i < IKE_CASES_ROWS; i++) {
			assert_in_range(first.rows[i].verdict, 0, MW_IKE_VERDICTS - 1);
			assert_in_range(first.rows[i].confidence, 1, 100);
			assert_true(first.rows[i].ts_ns >= IKE_CASES_EPOCH_NS && first.rows[i].ts_ns <= first.rows[i].last_ns);
		}
		ike_world_stop(&first);
		ike_world_stop(&second);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(attempts_at_once_get_a_row_each),
	MW_TEST(attempt_after_a_failed_one_has_its_own_row),
	MW_TEST(responder_is_known_by_its_answers_to_others),
	MW_TEST(silent_attempt_ends_when_its_time_is_over),
	MW_TEST(other_traffic_ends_silent_attempts),
	MW_TEST(late_copies_make_no_second_row),
	MW_TEST(attempt_that_is_silent_for_longest_gives_way),
	MW_TEST(flood_of_first_requests_does_not_push_out_answered_attempts),
	MW_TEST(storm_keeps_rows_in_bounds_and_tells_the_same_twice),
};

MW_TEST_MAIN("detect_ike_control_many", tests)
