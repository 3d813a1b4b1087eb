// SPDX-License-Identifier: BSD-3-Clause
// Numbers by age.
// Neighbours: lib/kit/mw_kit_list.h.
#include "mw_kit_list.h"
#include "mw_test.h"

/** A thing with its link inside; number 0 is none. */
struct thing {
	uint64_t value;
	struct mw_kit_link age;
};

static struct thing things[5];

static void append(struct mw_kit_list *list, uint32_t number)
{
	mw_kit_list_append(list, &things->age, sizeof(things[0]), number);
}

static void take_out(struct mw_kit_list *list, uint32_t number)
{
	mw_kit_list_remove(list, &things->age, sizeof(things[0]), number);
}

static void expect(const struct mw_kit_list *list, const uint32_t *numbers, uint32_t count)
{
	uint32_t at = list->oldest, last = 0;

	for (uint32_t i = 0; i < count; i++, at = things[at].age.newer) {
		assert_int_equal(at, numbers[i]);
		assert_int_equal(things[at].age.older, last);
		last = at;
	}
	assert_int_equal(at, 0);
	assert_int_equal(list->newest, last);
}

#define EXPECT(list, ...)                                                                                              \
	expect(list, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void order_is_that_of_appending_whatever_is_taken_out(void **state)
{
	struct mw_kit_list list = {0};

	(void)state;
	for (uint32_t number = 1; number <= 4; number++)
		append(&list, number);
	EXPECT(&list, 1, 2, 3, 4);
	take_out(&list, 2);
	EXPECT(&list, 1, 3, 4);
	take_out(&list, 1);
	EXPECT(&list, 3, 4);
	append(&list, 2);
	take_out(&list, 2);
	take_out(&list, 4);
	EXPECT(&list, 3);
	take_out(&list, 3);
	assert_int_equal(list.oldest | list.newest, 0);
}

static void lists_share_the_links(void **state)
{
	struct mw_kit_list one = {0}, other = {0};

	(void)state;
	append(&one, 1);
	append(&other, 2);
	append(&one, 3);
	take_out(&one, 1);
	append(&other, 1);
	EXPECT(&one, 3);
	EXPECT(&other, 2, 1);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(order_is_that_of_appending_whatever_is_taken_out),
	MW_TEST(lists_share_the_links),
};

MW_TEST_MAIN("detector_kit_list", tests)
