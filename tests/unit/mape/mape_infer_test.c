// SPDX-License-Identifier: BSD-3-Clause
// From ports back to port sets, and ports of no set.
// Neighbours: lib/mape/mape_infer.c.
#include "mw_mape.h"
#include "mw_test.h"

static uint32_t random_state;

static uint16_t random_port(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (uint16_t)(random_state >> 16);
}

static struct mw_mape_judgement judge(const struct mw_mape_seen *seen)
{
	struct mw_mape_judgement judgement;

	mw_mape_seen_judge(seen, &judgement);
	return judgement;
}

static struct mw_mape_seen seen_of(const char *chars)
{
	struct mw_mape_seen seen = {0};
	char why[64];
	struct mw_text text = mw_text_in(why, sizeof(why));

	assert_int_equal(mw_mape_seen_parse(&seen, chars, &text), 0);
	return seen;
}

// The first count ranges of a set, whole.
static struct mw_mape_seen seen_ranges(const struct mw_mape_set *set, uint32_t count)
{
	struct mw_mape_seen seen = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct mw_mape_range range = mw_mape_range_at(set, i);

		for (uint32_t port = range.first; port <= range.last; port++)
			mw_mape_seen_add(&seen, (uint16_t)port);
	}
	return seen;
}

static void whole_sets_are_found_again(void **state)
{
	static const struct mw_mape_layout layouts[] = {{4, 8}, {6, 6}, {4, 6}, {6, 8}, {5, 7}, {8, 5}};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(layouts); i++)
		for (uint32_t psid = 0; psid < mw_mape_ratio(layouts[i]); psid++) {
			const struct mw_mape_set set = {layouts[i], (uint16_t)psid};
			struct mw_mape_seen seen = seen_ranges(&set, mw_mape_ranges(layouts[i]));
			struct mw_mape_judgement judgement = judge(&seen);

			assert_int_equal(judgement.verdict, MW_MAPE_PATTERN);
			assert_int_equal(judgement.set.layout.offset_bits, layouts[i].offset_bits);
			assert_int_equal(judgement.set.layout.psid_bits, layouts[i].psid_bits);
			assert_int_equal(judgement.set.psid, psid);
			assert_int_equal(judgement.usual, i < MW_MAPE_USUAL_LAYOUTS);
		}
}

static void blocks_of_the_router_tell_psid_200(void **state)
{
	struct mw_mape_seen seen = seen_of("7296-7311,11392-11400,15500,64640-64655");
	struct mw_mape_judgement judgement = judge(&seen);

	(void)state;
	assert_int_equal(judgement.verdict, MW_MAPE_PATTERN);
	assert_true(judgement.usual);
	assert_int_equal(judgement.set.psid, 200);
	assert_int_equal(judgement.set.layout.offset_bits, 4);
	assert_int_equal(judgement.set.layout.psid_bits, 8);
	assert_int_equal(judgement.ranges, 4);
	assert_int_equal(mw_mape_ports(judgement.set.layout), 240);
}

// Two of fifteen ranges: 8 bits agree once, and they may stand in 9 places.
static void chance_counts_ranges_and_places(void **state)
{
	struct mw_mape_seen seen = seen_of("7296-7311,11392-11407");
	struct mw_mape_judgement judgement = judge(&seen);

	(void)state;
	assert_int_equal(judgement.verdict, MW_MAPE_TOO_FEW);
	assert_float_equal(judgement.chance, 9.0 / 256, 1e-12);
	mw_mape_seen_add(&seen, 15488);
	judgement = judge(&seen);
	assert_int_equal(judgement.ranges, 3);
	assert_float_equal(judgement.chance, 9.0 / 65536, 1e-12);
	assert_int_equal(judgement.verdict, MW_MAPE_PATTERN);
}

static void ports_within_one_range_are_no_evidence(void **state)
{
	struct mw_mape_seen seen = seen_of("7296-7306");

	(void)state;
	assert_int_equal(judge(&seen).verdict, MW_MAPE_TOO_FEW);
	assert_float_equal(judge(&seen).chance, 1.0, 0.0);
}

static void many_ports_in_one_block_are_said_to_be_that(void **state)
{
	struct mw_mape_seen seen = seen_of("6928-6943");
	struct mw_mape_judgement judgement = judge(&seen);
	struct mw_mape_layout layout;

	(void)state;
	assert_int_equal(judgement.verdict, MW_MAPE_ONE_BLOCK);
	assert_int_equal(judgement.block.first, 6928);
	assert_int_equal(judgement.block.last, 6943);
	assert_int_equal(judgement.ports, 16);
	assert_true(mw_mape_seen_layout(&seen, 177, &layout)); // a PSID known otherwise settles the layout
	assert_int_equal(layout.psid_bits, 8);
	assert_int_equal(mw_mape_seen_ranges(&seen, layout), 1);
	assert_false(mw_mape_seen_layout(&seen, 178, &layout));
	mw_mape_seen_add(&seen, 6928 + 4096);
	assert_int_equal(judge(&seen).verdict, MW_MAPE_TOO_FEW);
	assert_int_equal(mw_mape_seen_ranges(&seen, layout), 2);
}

static void one_port_again_and_again_is_no_block(void **state)
{
	struct mw_mape_seen seen = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		mw_mape_seen_add(&seen, 6928);
	assert_int_equal(judge(&seen).verdict, MW_MAPE_TOO_FEW);
	assert_int_equal(judge(&seen).ports, 1);
	assert_int_equal(seen.adds, 1000);
}

static void nothing_seen_is_too_few(void **state)
{
	const struct mw_mape_seen seen = {0};

	(void)state;
	assert_int_equal(judge(&seen).verdict, MW_MAPE_TOO_FEW);
	assert_int_equal(mw_mape_seen_ports(&seen), 0);
	assert_int_equal(mw_mape_seen_ranges(&seen, (struct mw_mape_layout){4, 8}), 0);
}

// As often as the limit allows, and no oftener; never once there are many.
static void random_ports_are_no_pattern(void **state)
{
	const unsigned hosts = 20000;

	(void)state;
	random_state = 1;
	for (int ports = 2; ports <= 12; ports++) {
		unsigned patterns = 0;

		for (unsigned host = 0; host < hosts; host++) {
			struct mw_mape_seen seen = {0};

			for (int i = 0; i < ports; i++)
				mw_mape_seen_add(&seen, (uint16_t)(random_port() | 0x8000)); // upper half, as hosts choose
			patterns += judge(&seen).verdict == MW_MAPE_PATTERN;
		}
		assert_true(patterns <= hosts * MW_MAPE_CHANCE_MAX);
		assert_true(ports < 8 || patterns == 0);
	}
}

// Linux connects from even ports first; no bits but the last are constant.
static void even_ports_are_no_pattern(void **state)
{
	struct mw_mape_seen seen = {0};

	(void)state;
	random_state = 7;
	for (int i = 0; i < 200; i++)
		mw_mape_seen_add(&seen, (uint16_t)((32768 + random_port() % 28232) & ~1));
	assert_int_equal(judge(&seen).verdict, MW_MAPE_NO_PATTERN);
}

static void ports_in_order_are_no_pattern(void **state)
{
	struct mw_mape_seen seen = {0};

	(void)state;
	for (uint16_t port = 40000; port < 41000; port++) {
		mw_mape_seen_add(&seen, port);
		assert_int_not_equal(judge(&seen).verdict, MW_MAPE_PATTERN);
	}
	assert_int_equal(judge(&seen).verdict, MW_MAPE_NO_PATTERN);
}

// A block of ports of a carrier's NAT: constant bits with nothing that changes before them.
static void one_contiguous_block_is_no_set(void **state)
{
	struct mw_mape_seen seen = seen_of("49152-49663");

	(void)state;
	assert_int_equal(judge(&seen).verdict, MW_MAPE_NO_PATTERN);
}

static void port_below_the_lowest_of_any_line_refutes(void **state)
{
	struct mw_mape_seen seen = seen_of("7296,11392,15488,19584,23680");

	(void)state;
	assert_int_equal(judge(&seen).verdict, MW_MAPE_PATTERN);
	mw_mape_seen_add(&seen, 3200); // A = 0 and the same PSID
	assert_int_equal(judge(&seen).verdict, MW_MAPE_NO_PATTERN);
}

static void one_stray_port_refutes(void **state)
{
	const struct mw_mape_set set = {{4, 8}, 200};
	struct mw_mape_seen seen = seen_ranges(&set, 15);

	(void)state;
	mw_mape_seen_add(&seen, 0xa5a5);
	assert_int_not_equal(judge(&seen).verdict, MW_MAPE_PATTERN);
}

static void shorter_psid_stays_possible_with_its_chance(void **state)
{
	const struct mw_mape_set set = {{4, 8}, 200};
	struct mw_mape_seen seen = seen_ranges(&set, 4);
	struct mw_mape_judgement judgement = judge(&seen);

	(void)state;
	assert_int_equal(judgement.set.layout.psid_bits, 8);
	assert_int_equal(judgement.alternatives_count, 2); // 6 bits behind 6, 6 bits behind 4
	assert_int_equal(judgement.alternatives[0].set.layout.offset_bits, 6);
	assert_int_equal(judgement.alternatives[0].set.psid, 200 & 63);
	assert_float_equal(judgement.alternatives[0].chance, 1.0 / 64, 1e-12); // two bits, three times
}

static void merging_is_adding_all(void **state)
{
	struct mw_mape_seen one = {0}, other = {0}, all = {0};
	const struct mw_mape_seen none = {0};

	(void)state;
	random_state = 3;
	for (int i = 0; i < 100; i++) {
		uint16_t port = random_port();

		mw_mape_seen_add(i % 2 == 0 ? &one : &other, port);
		mw_mape_seen_add(&all, port);
	}
	mw_mape_seen_merge(&one, &none);
	mw_mape_seen_merge(&one, &other);
	assert_memory_equal(&one, &all, sizeof(all));
}

static void seen_is_small(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct mw_mape_seen), 32);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(whole_sets_are_found_again),
	MW_TEST(blocks_of_the_router_tell_psid_200),
	MW_TEST(chance_counts_ranges_and_places),
	MW_TEST(ports_within_one_range_are_no_evidence),
	MW_TEST(many_ports_in_one_block_are_said_to_be_that),
	MW_TEST(one_port_again_and_again_is_no_block),
	MW_TEST(nothing_seen_is_too_few),
	MW_TEST(random_ports_are_no_pattern),
	MW_TEST(even_ports_are_no_pattern),
	MW_TEST(ports_in_order_are_no_pattern),
	MW_TEST(one_contiguous_block_is_no_set),
	MW_TEST(port_below_the_lowest_of_any_line_refutes),
	MW_TEST(one_stray_port_refutes),
	MW_TEST(shorter_psid_stays_possible_with_its_chance),
	MW_TEST(merging_is_adding_all),
	MW_TEST(seen_is_small),
};
MW_TEST_MAIN("nat_mape_infer", tests)
