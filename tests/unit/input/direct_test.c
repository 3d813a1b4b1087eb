// SPDX-License-Identifier: BSD-3-Clause
// What is read past libpcap, and what is left to it; and the memory it is read into.
// Neighbours: lib/input/direct.c, window.c; capture_pair_test.c holds the results against libpcap's.
#include "direct.h"

#include <string.h>
#include <unistd.h>

#include "capture_writer.h"
#include "mw_test.h"

#define MAGIC_US 0xa1b2c3d4u

/** A file that libpcap has opened and direct may read. */
struct opened {
	pcap_t *pcap;
	struct stream stream;
	struct direct direct;
};

static void open_written(const struct writer *writer, struct opened *opened)
{
	char path[64], problem[PCAP_ERRBUF_SIZE];
	FILE *file;

	writer_save(writer, false, path);
	assert_int_equal(stream_open(&opened->stream, path, &file), 0);
	unlink(path);
	opened->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, problem);
	assert_non_null(opened->pcap);
	direct_start(&opened->direct, &opened->stream, opened->pcap, (uint64_t)ftello(file));
}

static void close_opened(struct opened *opened)
{
	direct_stop(&opened->direct);
	pcap_close(opened->pcap);
}

// Takes packets until one is left to libpcap. @return how many; *offset: where that one is.
static uint32_t take_all(const struct writer *writer, uint64_t *offset)
{
	struct opened opened;
	struct record record;
	uint32_t packets = 0;

	open_written(writer, &opened);
	assert_true(opened.direct.usable);
	while (direct_peek(&opened.direct, &record)) {
		direct_take(&opened.direct);
		packets++;
	}
	*offset = direct_tell(&opened.direct);
	close_opened(&opened);
	return packets;
}

static void ordinary_packets_need_no_libpcap(void **state)
{
	uint64_t offset;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct writer writer = {.big_endian = i != 0};

		writer_pcap(&writer, MAGIC_US, 100, 1);
		for (uint32_t packet = 0; packet < 10; packet++)
			writer_record(&writer, 1, 999999, packet * 10, 1500, 1);
		assert_int_equal(take_all(&writer, &offset), 10);
		assert_int_equal(offset, writer.len_bytes);
	}
}

static void odd_record_is_left_where_it_is(void **state)
{
	static const struct {
		uint32_t fraction, caplen;
	} odd[] = {{1000000, 20}, {0, 101}, {0, 0x7fffffff}, {0xffffffff, 20}};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(odd); i++) {
		struct writer writer = {0};
		uint64_t offset;

		writer_pcap(&writer, MAGIC_US, 100, 1);
		writer_record(&writer, 1, 0, 20, 20, 1);
		writer_u32(&writer, 1);
		writer_u32(&writer, odd[i].fraction);
		writer_u32(&writer, odd[i].caplen);
		writer_u32(&writer, 20);
		writer_record(&writer, 1, 0, 90, 90, 1); // the odd one's bytes
		assert_int_equal(take_all(&writer, &offset), 1);
		assert_int_equal(offset, 24 + 16 + 20);
	}
}

static void old_versions_are_libpcaps(void **state)
{
	struct writer writer = {0};
	struct opened opened;

	(void)state;
	writer_pcap(&writer, 0xa1b2cd34, 100, 1); // with longer records
	open_written(&writer, &opened);
	assert_false(opened.direct.usable);
	close_opened(&opened);
	writer.len_bytes = 0;
	writer_pcap(&writer, MAGIC_US, 100, 1);
	writer.bytes[6] = 3; // version 2.3: lengths may be exchanged
	open_written(&writer, &opened);
	assert_false(opened.direct.usable);
	close_opened(&opened);
}

static void frames_stay_where_they_are_until_they_are_released(void **state)
{
	struct window window;
	struct stream stream;
	const uint8_t *taken[8];
	uint8_t bytes[1 << 16];
	char path[64];
	FILE *file, *reading;

	(void)state;
	writer_save(&(struct writer){.len_bytes = 0}, false, path);
	file = fopen(path, "wb");
	assert_non_null(file);
	for (uint32_t i = 0; i < 8; i++) {
		memset(bytes, (int)i + 1, sizeof(bytes));
		assert_int_equal(fwrite(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	}
	fclose(file);
	assert_int_equal(stream_open(&stream, path, &reading), 0);
	unlink(path);
	assert_int_equal(window_new(&window, &stream), 0);
	for (uint32_t i = 0; i < 8; i++) {
		taken[i] = window_peek(&window, sizeof(bytes));
		assert_non_null(taken[i]);
		window_take(&window, sizeof(bytes));
		assert_int_equal(window_tell(&window), (i + 1) * sizeof(bytes));
	}
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(taken[i][sizeof(bytes) - 1], i + 1);
	assert_null(window_peek(&window, 1));
	assert_false(window.is_full);
	window_release(&window);
	window_seek(&window, 3 * sizeof(bytes) - 1);
	assert_int_equal(window_peek(&window, 2)[0], 3);
	assert_int_equal(window_peek(&window, 2)[1], 4);
	assert_null(window_peek(&window, WINDOW_BYTES + 1));
	assert_true(window.is_full);
	window_free(&window);
	fclose(reading);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ordinary_packets_need_no_libpcap),
	MW_TEST(odd_record_is_left_where_it_is),
	MW_TEST(old_versions_are_libpcaps),
	MW_TEST(frames_stay_where_they_are_until_they_are_released),
};
MW_TEST_MAIN("direct", tests)
