// SPDX-License-Identifier: BSD-3-Clause
// Advice on pages changes no memory, wherever it begins and however small it is; what is to be resident is.
// Neighbours: lib/base/pages.c.
#include "mw_pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mw_test.h"

static void memory_is_the_same_with_and_without(void **state)
{
	const size_t sizes[] = {1, 4096, 3 << 20, 9 << 20};

	(void)state;
	for (uint32_t i = 0; i < 2 * MW_ARRAY_SIZE(sizes); i++) {
		size_t bytes = sizes[i / 2];
		uint8_t *memory = calloc(1, bytes);

		assert_non_null(memory);
		mw_pages_large(i % 2 == 1);
		assert_ptr_equal(mw_pages_advise(memory, bytes), memory);
		assert_int_equal(memory[0] | memory[bytes / 2] | memory[bytes - 1], 0);
		memset(memory, 1, bytes);
		free(memory);
	}
	mw_pages_large(true);
	assert_null(mw_pages_advise(NULL, 16 << 20));
}

static uint32_t pages_resident(const uint8_t *memory, size_t bytes)
{
	const uintptr_t from = ((uintptr_t)memory + 4095) / 4096 * 4096;
	unsigned char here[256];
	uint32_t count = 0;

	assert_int_equal(mincore((void *)from, bytes / 4096 * 4096 - 4096, here), 0);
	for (size_t i = 0; i < bytes / 4096 - 1; i++)
		count += here[i] & 1;
	return count;
}

static void what_is_to_be_resident_is(void **state)
{
	const size_t bytes = 250 * 4096;

	(void)state;
	for (int on = 0; on < 2; on++) {
		uint8_t *memory;

		mw_pages_resident(on);
		memory = mw_pages_take(250, 4096);
		assert_non_null(memory);
		if (on)
			assert_int_equal(pages_resident(memory, bytes), bytes / 4096 - 1);
		assert_int_equal(memory[0] | memory[bytes - 1], 0);
		free(memory);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(memory_is_the_same_with_and_without),
	MW_TEST(what_is_to_be_resident_is),
};
MW_TEST_MAIN("pages", tests)
