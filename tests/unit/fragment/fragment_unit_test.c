// SPDX-License-Identifier: BSD-3-Clause
// Signs of units, one at a time and many: the same by every way, for every count and at every address.
// Neighbours: lib/fragment/unit.c.
#include "mw_test.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define UNITS_MAX 200

static void every_way_gives_the_same_signs(void **state)
{
	uint8_t bytes[UNITS_MAX * UNIT_BYTES + 16], many[UNITS_MAX + 1], portable[UNITS_MAX + 1];
	unsigned seed = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = rand_r(&seed) % 5 == 0 ? 0 : (uint8_t)rand_r(&seed);
	memset(bytes + 400, 0, 300);
	memset(bytes + 900, 0xff, 200);
	for (uint32_t count = 0; count <= UNITS_MAX; count++) {
		const uint8_t *at = bytes + count % 16;

		memset(many, 0xee, sizeof(many));
		memset(portable, 0xee, sizeof(portable));
		unit_signs(at, count, many);
		unit_signs_portable(at, count, portable);
		assert_memory_equal(many, portable, sizeof(many));
		assert_int_equal(many[count], 0xee);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(many[i], unit_sign(at + (size_t)i * UNIT_BYTES));
	}
}

static void a_sign_is_never_zero_and_tells_units_apart(void **state)
{
	uint32_t of[256] = {0};

	(void)state;
	for (uint64_t word = 0; word < 100000; word++) {
		uint8_t unit[UNIT_BYTES] = {0};

		for (size_t i = 0; i < UNIT_BYTES; i++)
			unit[i] = (uint8_t)(word >> 8 * i);
		of[unit_sign(unit)]++;
	}
	assert_int_equal(of[0], 0);
	for (uint32_t sign = 1; sign < 256; sign++)
		assert_in_range(of[sign], 300, 900);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(every_way_gives_the_same_signs),
	MW_TEST(a_sign_is_never_zero_and_tells_units_apart),
};
MW_TEST_MAIN("fragment_unit", tests)
