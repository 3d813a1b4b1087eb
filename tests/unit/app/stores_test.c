// SPDX-License-Identifier: BSD-3-Clause
// The stores of a run: packet buffers, latest rows, the workers' memory.
// Neighbours: app/midwatch/memory/buffers.c, recent.c, memory/memory.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_detectors.h"
#include "memory/buffers.h"
#include "memory/memory.h"
#include "mw_test.h"
#include "recent.h"

static uint8_t bytes[BUFFERS_LARGE_BYTES + 10];

static void buffer_is_a_copy_of_its_own(void **state)
{
	static struct buffers buffers;
	struct mw_packet frame = {.data = bytes, .captured_bytes = 100, .wire_bytes = 1500, .time_ns = 7}, *copy;

	(void)state;
	assert_int_equal(buffers_new(&buffers), 0);
	bytes[99] = 42;
	frame.payload = &bytes[90];
	frame.payload_bytes = 10;
	frame.src_port = 443;
	frame.source_cookie = &frame;
	copy = buffers_copy(&buffers, &frame);
	assert_non_null(copy);
	bytes[99] = 0;
	assert_int_equal(copy->data[99], 42);
	assert_ptr_equal(copy->payload, copy->data + 90);
	assert_int_equal(copy->payload_bytes, 10);
	assert_int_equal(copy->src_port, 443);
	buffers_put(&buffers, copy);
	assert_int_equal(buffers.free_small_count, BUFFERS_SMALL);
	frame.payload = NULL;
	assert_null(buffers_copy(&buffers, &frame)->payload);
	assert_int_equal(copy->wire_bytes, 1500);
	assert_int_equal(copy->time_ns, 7);
	buffers_free(&buffers);
}

static void exhaust(struct buffers *buffers, uint32_t captured_bytes, uint32_t expected)
{
	struct mw_packet frame = {.data = bytes, .captured_bytes = captured_bytes, .wire_bytes = captured_bytes};
	struct mw_packet *taken[BUFFERS_SMALL] = {NULL}, *again;
	uint32_t count = 0;

	while (count < BUFFERS_SMALL && (taken[count] = buffers_copy(buffers, &frame)) != NULL)
		count++;
	assert_int_equal(count, expected);
	assert_null(buffers_copy(buffers, &frame));
	buffers_put(buffers, taken[5]);
	again = buffers_copy(buffers, &frame);
	assert_ptr_equal(again, taken[5]);
	for (uint32_t i = 0; i < count; i++)
		buffers_put(buffers, taken[i]);
}

static void buffers_are_fixed_in_number_and_come_back(void **state)
{
	static struct buffers buffers;

	(void)state;
	assert_int_equal(buffers_new(&buffers), 0);
	exhaust(&buffers, 60, BUFFERS_SMALL);
	exhaust(&buffers, BUFFERS_SMALL_BYTES, BUFFERS_SMALL);
	exhaust(&buffers, BUFFERS_SMALL_BYTES + 1, BUFFERS_LARGE);
	exhaust(&buffers, 0, BUFFERS_SMALL);
	buffers_free(&buffers);
}

static void frame_longer_than_any_buffer_is_cut(void **state)
{
	static struct buffers buffers;
	struct mw_packet frame = {.data = bytes, .captured_bytes = sizeof(bytes), .wire_bytes = sizeof(bytes)}, *copy;

	(void)state;
	assert_int_equal(buffers_new(&buffers), 0);
	copy = buffers_copy(&buffers, &frame);
	assert_non_null(copy);
	assert_int_equal(copy->captured_bytes, BUFFERS_LARGE_BYTES);
	assert_int_equal(copy->wire_bytes, sizeof(bytes));
	buffers_free(&buffers);
}

static void recent_keeps_the_latest_rows(void **state)
{
	static struct recent recent;
	const struct recent_rows *summary;
	struct mw_summary_row row = {0};

	(void)state;
	assert_int_equal(recent_new(&recent), 0);
	summary = recent_find(&recent, &mw_summary_record);
	assert_non_null(summary);
	assert_null(recent_find(&recent, &(struct mw_record){.name = "summary"}));
	assert_null(recent_row(summary, 0));
	for (row.packets = 0; row.packets < RECENT_ROWS + 10; row.packets++)
		recent_add(&recent, &mw_summary_record, &row);
	assert_int_equal(summary->total, RECENT_ROWS + 10);
	assert_null(recent_row(summary, 9));
	assert_int_equal(((const struct mw_summary_row *)recent_row(summary, 10))->packets, 10);
	assert_int_equal(((const struct mw_summary_row *)recent_row(summary, RECENT_ROWS + 9))->packets, RECENT_ROWS + 9);
	assert_null(recent_row(summary, RECENT_ROWS + 10));
	recent_free(&recent);
}

static void recent_event_is_told_in_words(void **state)
{
	static struct recent recent;
	struct mw_event event = {.time_ns = 1, .kind = 0, .flow = {.protocol = 6, .src_port = 443}};
	struct recent_event row;

	(void)state;
	assert_int_equal(recent_new(&recent), 0);
	assert_true(recent_add_event(&recent, &event));
	recent_event_of(recent_event_at(&recent, 0), &row);
	assert_memory_equal(row.kind, mw_detectors.items[0]->name, strlen(mw_detectors.items[0]->name));
	assert_non_null(strstr(row.text, "443"));
	assert_non_null(strchr(row.what, ' '));
	event.kind = 0xff; // a number without a name
	recent_event_of(&event, &row);
	assert_non_null(strchr(row.kind, '?'));
	assert_null(recent_event_at(&recent, 1));
	recent_free(&recent);
}

static void what_midwatch_did_is_an_event(void **state)
{
	static struct recent recent;
	struct mw_event event;
	struct recent_event row;
	char path[400];

	(void)state;
	assert_int_equal(recent_new(&recent), 0);
	memset(path, 'x', sizeof(path));
	strcpy(path + sizeof(path) - 20, "/captures/a.pcapng");
	recent_make_event(&event, 7, path, "capture started");
	assert_true(recent_add_event(&recent, &event));
	recent_event_of(recent_event_at(&recent, 0), &row);
	assert_int_equal(row.ts_ns, 7);
	assert_string_equal(row.kind, "midwatch");
	assert_string_equal(row.what, "capture started");
	assert_non_null(strstr(row.text, "x/captures/a.pcapng")); // its end
	recent_free(&recent);
}

static void what_detectors_measure_is_no_event(void **state)
{
	static struct recent recent;
	struct mw_event event = {.time_ns = 1};
	uint32_t mirror = 0;

	(void)state;
	while (strcmp(mw_detectors.items[mirror]->name, "mirror") != 0)
		mirror++;
	event.kind = (uint16_t)(mirror << 8); // a moment
	assert_int_equal(recent_new(&recent), 0);
	assert_false(recent_add_event(&recent, &event));
	event.kind++;
	for (uint32_t i = 0; i < RECENT_ROWS + 3; i++)
		assert_true(recent_add_event(&recent, &event));
	assert_null(recent_event_at(&recent, 2));
	assert_non_null(recent_event_at(&recent, 3));
	recent_free(&recent);
}

static void memory_is_zeroed_aligned_and_ends(void **state)
{
	struct memory memory;
	uint8_t *first, *second;

	(void)state;
	assert_int_equal(memory_take(&memory, 5000, MEMORY_REPLAY_SHORT), 0);
	assert_int_equal(memory.size_bytes % 4096, 0);
	first = memory_carve(&memory, 100);
	second = memory_carve(&memory, 1);
	assert_non_null(first);
	assert_int_equal((uintptr_t)second % 64, 0);
	assert_int_equal(second - first, 128);
	for (int i = 0; i < 100; i++)
		assert_int_equal(first[i], 0);
	assert_null(memory_carve(&memory, memory.size_bytes));
	assert_null(memory_carve(&memory, SIZE_MAX - 100));
	assert_non_null(memory_carve(&memory, memory.size_bytes - memory.used_bytes));
	assert_null(memory_carve(&memory, 1));
	memory_give_back(&memory);
	assert_null(memory.base);
	memory_give_back(&memory);
}

static void hugepages_are_a_wish_not_a_need(void **state)
{
	static const enum memory_use uses[] = {MEMORY_LIVE, MEMORY_REPLAY_SHORT, MEMORY_REPLAY_LONG};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(uses); i++) {
		struct memory memory;
		uint8_t *at;

		assert_int_equal(memory_take(&memory, 4096, uses[i]), 0);
		at = memory_carve(&memory, 64);
		assert_non_null(at);
		assert_int_equal(at[63], 0);
		at[63] = 1;
		memory_give_back(&memory);
	}
}

static unsigned long read_number(const char *path, const char *format)
{
	char line[256];
	unsigned long value = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL && sscanf(line, format, &value) != 1)
		;
	fclose(file);
	return value;
}

// What the kernel says about the mapping that begins at base.
static unsigned long page_kib(const uint8_t *base)
{
	char line[256], start[32];
	unsigned long kib = 0;
	bool here = false;
	FILE *file = fopen("/proc/self/smaps", "re");

	assert_non_null(file);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)(uintptr_t)base);
	while (kib == 0 && fgets(line, sizeof(line), file) != NULL) {
		here |= strncmp(line, start, strlen(start)) == 0;
		if (here)
			sscanf(line, "KernelPageSize: %lu", &kib);
	}
	fclose(file);
	return kib;
}

static void long_replay_takes_reserved_hugepages_but_not_most_of_them(void **state)
{
	unsigned long free_pages = read_number("/proc/meminfo", "HugePages_Free: %lu");
	unsigned long promised = read_number("/proc/meminfo", "HugePages_Rsvd: %lu");
	struct memory memory;

	(void)state;
	if (free_pages < promised + 8 || read_number("/proc/meminfo", "Hugepagesize: %lu") != 2048)
		mw_test_skip("no reserved hugepages of 2 MiB are free");
	assert_int_equal(memory_take(&memory, 4096, MEMORY_REPLAY_LONG), 0);
	assert_true(memory.hugepages);
	assert_int_equal(page_kib(memory.base), 2048);
	memory_give_back(&memory);
	assert_int_equal(memory_take(&memory, 4096, MEMORY_REPLAY_SHORT), 0);
	assert_int_not_equal(page_kib(memory.base), 2048);
	memory_give_back(&memory);
	assert_int_equal(memory_take(&memory, ((free_pages - promised) / 2 + 4) << 21, MEMORY_REPLAY_LONG), 0);
	assert_int_not_equal(page_kib(memory.base), 2048);
	memory_give_back(&memory);
}

static void memory_that_nobody_has_is_an_error(void **state)
{
	struct memory memory = {0};

	(void)state;
	assert_true(memory_take(&memory, (size_t)1 << 62, MEMORY_LIVE) < 0);
	assert_true(memory_take(&memory, (size_t)1 << 62, MEMORY_REPLAY_SHORT) < 0);
	assert_null(memory.base);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(buffer_is_a_copy_of_its_own),         MW_TEST(buffers_are_fixed_in_number_and_come_back),
	MW_TEST(frame_longer_than_any_buffer_is_cut), MW_TEST(recent_keeps_the_latest_rows),
	MW_TEST(what_midwatch_did_is_an_event),       MW_TEST(what_detectors_measure_is_no_event),
	MW_TEST(recent_event_is_told_in_words),       MW_TEST(memory_is_zeroed_aligned_and_ends),
	MW_TEST(hugepages_are_a_wish_not_a_need),     MW_TEST(long_replay_takes_reserved_hugepages_but_not_most_of_them),
	MW_TEST(memory_that_nobody_has_is_an_error),
};

MW_TEST_MAIN("app_stores", tests)
