// SPDX-License-Identifier: BSD-3-Clause
// Known ways of forging get their label; what merely looks a little like them gets none.
// Neighbours: lib/detectors/resets/habit.c.
#include "mw_test.h"

#include <string.h>

#include "weights.h"
#include "habit.h"

/** A forged reset. Zero means: nothing of note, in the middle of a connection whose sender counts its IP-IDs up. */
struct look {
	uint32_t count, seq_step;
	uint64_t outcomes;
	uint16_t ip_id, ip_id_step, window;
	uint8_t flags; // with RST
	bool reserved_bits, after_syn, stage_unknown, id_unknown, sender_unknown;
};

static const char *habit_of(const struct look *look)
{
	const struct reset_facts facts = {
		.count = look->count != 0 ? look->count : 1,
		.seq_step = look->seq_step,
		.outcomes = look->outcomes,
		.stage = look->stage_unknown ? RESET_NOT_KNOWN
				 : look->after_syn   ? MW_RESET_POST_SYN
									 : MW_RESET_LATER,
		.side_known = !look->sender_unknown,
		.ip_id_known = !look->id_unknown,
		.ip_id = look->ip_id != 0 ? look->ip_id : 30000,
		.ip_id_step = look->ip_id_step != 0 ? look->ip_id_step : 9000,
		.window = look->window,
		.reserved_bits = look->reserved_bits,
		.tcp_flags = MW_TCP_RST | look->flags,
	};

	return reset_habit_of(&facts);
}

static void assert_habit_of(const struct look *look, const char *begins)
{
	const char *habit = habit_of(look);

	assert_non_null(habit);
	if (strncmp(habit, begins, strlen(begins)) != 0)
		fail_msg("%s, not %s", habit, begins);
	assert_in_range(strlen(habit), 1, sizeof(((struct mw_reset_row *)0)->habit) - 1);
}

#define assert_habit(begins, ...) assert_habit_of(&(struct look){__VA_ARGS__}, begins)
#define assert_none(...)          assert_null(habit_of(&(struct look){__VA_ARGS__}))

static void most_forged_resets_have_no_label(void **state)
{
	(void)state;
	assert_none(.window = 0);
	assert_none(.count = 3, .seq_step = 1200);
	assert_none(.count = 2, .seq_step = 12502);
	assert_none(.count = 2, .seq_step = 12504);
}

static void a_second_reset_12503_bytes_on_is_sandvine(void **state)
{
	(void)state;
	assert_habit("Sandvine", .count = 2, .seq_step = 12503);
	assert_habit("Sandvine", .count = 2, .seq_step = 12503, .ip_id = 16448, .id_unknown = true);
}

static void with_the_constant_identification_it_is_bezeqint(void **state)
{
	(void)state;
	assert_habit("BezeqInt", .count = 2, .seq_step = 12503, .ip_id = 16448);
	assert_none(.count = 2, .seq_step = 0, .ip_id = 16448);
}

static void a_staircase_beyond_what_was_sent_is_the_gfws(void **state)
{
	(void)state;
	assert_habit("GFW: staircase of 1460", .count = 3, .seq_step = 1460, .outcomes = RESET_BIT(RESET_STAIRCASE));
	assert_habit("GFW: staircase of 4380", .count = 2, .seq_step = 4380, .outcomes = RESET_BIT(RESET_STAIRCASE));
}

static void answers_to_two_segments_are_no_staircase(void **state)
{
	(void)state;
	assert_none(.count = 2, .seq_step = 1460);
	assert_none(.count = 2, .seq_step = 1460, .outcomes = RESET_BIT(RESET_ANSWERS));
	assert_none(.count = 2, .seq_step = 1448, .outcomes = RESET_BIT(RESET_STAIRCASE));
}

static void ecn_bits_in_the_refusal_of_a_syn_are_rae(void **state)
{
	(void)state;
	assert_habit("RAE", .after_syn = true, .flags = MW_TCP_ACK | MW_TCP_ECE);
	assert_habit("RAE", .after_syn = true, .flags = MW_TCP_ACK | MW_TCP_CWR);
	assert_habit("RAE", .after_syn = true, .flags = MW_TCP_ACK, .reserved_bits = true);
	assert_none(.after_syn = true, .flags = MW_TCP_ACK);
	assert_none(.flags = MW_TCP_ACK | MW_TCP_ECE);
	assert_none(.stage_unknown = true, .flags = MW_TCP_ACK | MW_TCP_ECE);
	assert_none(.after_syn = true, .flags = MW_TCP_ECE);
}

static void an_identification_26_below_the_latest_has_a_label(void **state)
{
	(void)state;
	assert_habit("IP-ID 26 below", .ip_id = 29974, .ip_id_step = (uint16_t)-26);
	assert_habit("IP-ID 26 below", .ip_id = 65526, .ip_id_step = (uint16_t)-26); // the count began anew
	assert_none(.ip_id = 30026, .ip_id_step = 26);
	assert_none(.ip_id = 29975, .ip_id_step = (uint16_t)-25);
	assert_none(.ip_id_step = (uint16_t)-26, .sender_unknown = true);
	assert_none(.ip_id_step = (uint16_t)-26, .id_unknown = true);
}

static void single_resets_with_identification_256_or_64_have_a_label(void **state)
{
	(void)state;
	assert_habit("single reset with IP-ID 256", .ip_id = 256, .ip_id_step = 20000);
	assert_habit("single reset with IP-ID 64", .ip_id = 64, .ip_id_step = 20000);
	assert_habit("single reset with IP-ID 64", .ip_id = 64, .sender_unknown = true);
	assert_habit("single reset with IP-ID 64", .ip_id = 64, .ip_id_step = 64); // its sender has none
	assert_none(.ip_id = 256, .ip_id_step = 20000, .count = 2);
	assert_none(.ip_id = 256, .id_unknown = true);
	assert_none(.ip_id = 65, .ip_id_step = 20000);
}

static void a_low_identification_that_its_sender_reached_has_no_label(void **state)
{
	(void)state;
	assert_none(.ip_id = 64, .ip_id_step = 3);
	assert_none(.ip_id = 256, .ip_id_step = 1);
	assert_none(.ip_id = 64, .ip_id_step = 100); // from 65500 on
}

static void a_reset_code_in_the_window_is_netscalers(void **state)
{
	(void)state;
	assert_habit("NetScaler", .window = 9700);
	assert_habit("NetScaler", .window = 9817);
	assert_none(.window = 9699);
	assert_none(.window = 9818);
}

static void a_box_that_writes_its_name_needs_no_label(void **state)
{
	(void)state;
	assert_none(.count = 2, .seq_step = 12503, .outcomes = RESET_BIT(RESET_PAYLOAD));
	assert_none(.window = 9700, .outcomes = RESET_BIT(RESET_PAYLOAD));
}

static void the_most_specific_label_comes_first(void **state)
{
	(void)state;
	assert_habit("BezeqInt", .count = 2, .seq_step = 12503, .ip_id = 16448, .window = 9700);
	assert_habit("GFW", .count = 2, .seq_step = 1460, .outcomes = RESET_BIT(RESET_STAIRCASE),
				 .ip_id_step = (uint16_t)-26);
	assert_habit("single reset with IP-ID 256", .ip_id = 256, .ip_id_step = 20000, .window = 9800);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(most_forged_resets_have_no_label),
	MW_TEST(a_second_reset_12503_bytes_on_is_sandvine),
	MW_TEST(with_the_constant_identification_it_is_bezeqint),
	MW_TEST(a_staircase_beyond_what_was_sent_is_the_gfws),
	MW_TEST(answers_to_two_segments_are_no_staircase),
	MW_TEST(ecn_bits_in_the_refusal_of_a_syn_are_rae),
	MW_TEST(an_identification_26_below_the_latest_has_a_label),
	MW_TEST(single_resets_with_identification_256_or_64_have_a_label),
	MW_TEST(a_low_identification_that_its_sender_reached_has_no_label),
	MW_TEST(a_reset_code_in_the_window_is_netscalers),
	MW_TEST(a_box_that_writes_its_name_needs_no_label),
	MW_TEST(the_most_specific_label_comes_first),
};

MW_TEST_MAIN("detect_reset_habit", tests)
