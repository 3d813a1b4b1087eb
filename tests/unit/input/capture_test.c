// SPDX-License-Identifier: BSD-3-Clause
// Tests of the capture reader: files as they should be.
// Neighbours: lib/input/capture.c; capture_bad_test.c has the others.
#include "mw_capture.h"

#include <fcntl.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture_writer.h"
#include "mw_test.h"

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du

static struct mw_capture *open_path(const char *path)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	struct mw_capture *capture = NULL;
	int error = mw_capture_open(path, &problem, &capture);

	if (error != 0)
		fail_msg("%d: %s", error, chars);
	return capture;
}

static struct mw_capture *open_written(const struct writer *writer, bool compress)
{
	char path[64];
	struct mw_capture *capture;

	writer_save(writer, compress, path);
	capture = open_path(path);
	unlink(path);
	return capture;
}

static int next(struct mw_capture *capture, struct mw_packet *frame)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	int got = mw_capture_next(capture, frame, &problem);

	if (got < 0)
		fail_msg("%d: %s", got, chars);
	return got;
}

static void check_two_packets(const struct writer *writer, bool compress, uint64_t fraction_ns)
{
	struct mw_capture *capture = open_written(writer, compress);
	struct mw_packet frame = {.dlt = 9, .is_marker = 1, .source_cookie = capture};
	uint64_t read_bytes, total_bytes;

	assert_int_equal(mw_capture_dlt(capture), DLT_EN10MB);
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(frame.captured_bytes, 60);
	assert_int_equal(frame.wire_bytes, 1500);
	assert_int_equal(frame.time_ns, 1700000000 * MW_NS_PER_SECOND + fraction_ns);
	assert_int_equal(frame.clock_ns, frame.time_ns);
	assert_int_equal(frame.link, MW_LINK_ETHERNET);
	assert_int_equal(frame.dlt, DLT_EN10MB);
	assert_int_equal(frame.is_marker, 0);
	assert_null(frame.source_cookie);
	assert_int_equal(frame.data[0], 0xaa);
	assert_int_equal(frame.data[59], 0xaa);
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(frame.captured_bytes, 61);
	assert_int_equal(frame.data[60], 0xbb);
	assert_int_equal(next(capture, &frame), 0);
	assert_int_equal(next(capture, &frame), 0);
	mw_capture_progress(capture, &read_bytes, &total_bytes);
	assert_int_equal(read_bytes, total_bytes);
	assert_true(total_bytes != 0);
	mw_capture_close(capture);
}

static void pcap_of_both_resolutions_and_byte_orders_is_read(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		struct writer writer = {.big_endian = i % 2 != 0};
		bool is_ns = (i & 2) != 0;

		writer_pcap(&writer, is_ns ? MAGIC_NS : MAGIC_US, 100, 1);
		writer_record(&writer, 1700000000, is_ns ? 123456789 : 123456, 60, 1500, 0xaa);
		writer_record(&writer, 1700000001, 0, 61, 61, 0xbb);
		check_two_packets(&writer, (i & 4) != 0, is_ns ? 123456789 : 123456000);
	}
}

static void pcapng_of_both_byte_orders_is_read(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct writer writer = {.big_endian = i % 2 != 0};

		writer_section(&writer);
		writer_interface(&writer, 1, 100);
		writer_packet(&writer, 0, UINT64_C(1700000000123456789), 60, 1500, 0xaa);
		writer_packet(&writer, 0, UINT64_C(1700000001000000000), 61, 61, 0xbb);
		check_two_packets(&writer, (i & 2) != 0, 123456789);
	}
}

static void pcapng_interfaces_of_one_link_type_are_read_together(void **state)
{
	struct writer writer = {0};
	struct mw_capture *capture;
	struct mw_packet frame;

	(void)state;
	writer_section(&writer);
	writer_interface(&writer, 1, 100);
	writer_interface(&writer, 1, 100);
	writer_packet(&writer, 1, 5, 14, 14, 1);
	writer_packet(&writer, 0, 6, 14, 14, 2);
	capture = open_written(&writer, false);
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(next(capture, &frame), 0);
	mw_capture_close(capture);
}

static void clock_never_goes_back(void **state)
{
	static const uint32_t seconds[] = {10, 12, 11, 9, 13};
	static const uint64_t clocks[] = {10, 12, 12, 12, 13};
	struct writer writer = {0};
	struct mw_capture *capture;
	struct mw_packet frame;

	(void)state;
	writer_pcap(&writer, MAGIC_US, 100, 1);
	for (size_t i = 0; i < MW_ARRAY_SIZE(seconds); i++)
		writer_record(&writer, seconds[i], 0, 14, 14, 0);
	capture = open_written(&writer, false);
	for (size_t i = 0; i < MW_ARRAY_SIZE(seconds); i++) {
		assert_int_equal(next(capture, &frame), 1);
		assert_int_equal(frame.time_ns, seconds[i] * MW_NS_PER_SECOND);
		assert_int_equal(frame.clock_ns, clocks[i] * MW_NS_PER_SECOND);
	}
	mw_capture_close(capture);
}

static void odd_dates_are_kept_within_64_bits(void **state)
{
	struct writer writer = {0};
	struct mw_capture *capture;
	struct mw_packet frame;

	(void)state;
	writer_pcap(&writer, MAGIC_NS, 100, 1);
	writer_record(&writer, 0, 0, 14, 14, 0);
	writer_record(&writer, 0x80000000, 1, 14, 14, 0); // 2038: libpcap takes it for 1901
	writer_record(&writer, 0xffffffff, 0xffffffff, 14, 14, 0);
	capture = open_written(&writer, false);
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(frame.time_ns, 1); // 0 is no time
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(frame.time_ns, UINT64_C(0x80000000) * MW_NS_PER_SECOND + 1);
	assert_int_equal(next(capture, &frame), 1);
	assert_in_range(frame.time_ns, UINT64_C(0xffffffff) * MW_NS_PER_SECOND, UINT64_C(0x100000005) * MW_NS_PER_SECOND);
	mw_capture_close(capture);
	writer.len_bytes = 0;
	writer_section(&writer);
	writer_interface(&writer, 1, 100);
	writer_packet(&writer, 0, UINT64_MAX, 14, 14, 0);
	capture = open_written(&writer, false);
	assert_int_equal(next(capture, &frame), 1);
	assert_true(frame.time_ns >= UINT64_C(9223372035) * MW_NS_PER_SECOND);
	mw_capture_close(capture);
}

static void wire_length_is_at_least_what_was_captured(void **state)
{
	struct writer writer = {0};
	struct mw_capture *capture;
	struct mw_packet frame;

	(void)state;
	writer_pcap(&writer, MAGIC_US, 100, 1);
	writer_record(&writer, 1, 0, 50, 0, 0);
	capture = open_written(&writer, false);
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(frame.captured_bytes, 50);
	assert_int_equal(frame.wire_bytes, 50);
	mw_capture_close(capture);
}

static void link_types_are_mapped(void **state)
{
	static const struct {
		uint32_t link_type;
		enum mw_link link;
	} cases[] = {
		{0, MW_LINK_NULL},         {1, MW_LINK_ETHERNET},       {9, MW_LINK_PPP},
		{12, MW_LINK_RAW_IP},      {14, MW_LINK_RAW_IP},        {50, MW_LINK_PPP},
		{51, MW_LINK_PPPOE},       {101, MW_LINK_RAW_IP},       {105, MW_LINK_WLAN},
		{108, MW_LINK_LOOP},       {113, MW_LINK_LINUX_SLL},    {147, MW_LINK_UNKNOWN},
		{228, MW_LINK_RAW_IP},     {229, MW_LINK_RAW_IP},       {276, MW_LINK_LINUX_SLL2},
		{104, MW_LINK_CISCO_HDLC}, {107, MW_LINK_FRAME_RELAY},  {127, MW_LINK_RADIOTAP},
		{192, MW_LINK_PPI},        {219, MW_LINK_MPLS},         {239, MW_LINK_NFLOG},
		{281, MW_LINK_BRCM},       {282, MW_LINK_BRCM_PREPEND}, {284, MW_LINK_DSA},
		{285, MW_LINK_EDSA},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct writer writer = {0};
		struct mw_capture *capture;
		struct mw_packet frame;

		writer_pcap(&writer, MAGIC_US, 100, cases[i].link_type);
		writer_record(&writer, 1, 0, 20, 20, 0);
		capture = open_written(&writer, false);
		assert_int_equal(next(capture, &frame), 1);
		assert_int_equal(frame.link, cases[i].link);
		mw_capture_close(capture);
	}
}

// Runs read with standard input from fd.
static void read_standard_input(int fd, uint64_t want_total)
{
	int saved = dup(STDIN_FILENO);
	struct mw_capture *capture;
	struct mw_packet frame;
	uint64_t read_bytes, total_bytes;

	dup2(fd, STDIN_FILENO);
	capture = open_path("-");
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(frame.captured_bytes, 60);
	assert_int_equal(next(capture, &frame), 0);
	mw_capture_progress(capture, &read_bytes, &total_bytes);
	assert_int_equal(total_bytes, want_total);
	assert_true(read_bytes != 0);
	mw_capture_close(capture);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void standard_input_may_be_a_pipe_or_a_file_plain_or_compressed(void **state)
{
	struct writer writer = {0};

	(void)state;
	writer_pcap(&writer, MAGIC_US, 100, 1);
	writer_record(&writer, 1, 0, 60, 60, 0);
	for (int compress = 0; compress < 2; compress++) {
		char path[64];
		uint8_t bytes[512];
		int ends[2], fd;
		ssize_t count;

		writer_save(&writer, compress != 0, path);
		fd = open(path, O_RDONLY);
		unlink(path);
		count = read(fd, bytes, sizeof(bytes));
		assert_true(count > 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		read_standard_input(fd, (uint64_t)count);
		close(fd);
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], bytes, (size_t)count), count);
		close(ends[1]);
		read_standard_input(ends[0], 0);
		close(ends[0]);
	}
}

static uint32_t batch(struct mw_capture *capture, struct mw_packet frames[], uint32_t max)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	uint32_t count;
	int got = mw_capture_batch(capture, frames, max, &count, &problem);

	if (got < 0)
		fail_msg("%d: %s", got, chars);
	assert_int_equal(got, count > 0);
	return count;
}

// compress: libpcap reads; otherwise it is read past.
static void batch_is_of_one_second_and_its_frames_last(void **state)
{
	static const uint32_t seconds[] = {10, 10, 9, 11, 11, 8, 12};
	static const uint32_t counts[] = {2, 1, 3, 1, 0};

	(void)state;
	for (int compress = 0; compress < 2; compress++) {
		struct writer writer = {0};
		struct mw_packet frames[MW_BATCH_PACKETS];
		struct mw_capture *capture;
		uint8_t fill = 0;

		writer_pcap(&writer, MAGIC_US, 100, 1);
		for (size_t i = 0; i < MW_ARRAY_SIZE(seconds); i++)
			writer_record(&writer, seconds[i], 0, 14, 14, (uint8_t)i);
		capture = open_written(&writer, compress != 0);
		for (size_t i = 0; i < MW_ARRAY_SIZE(counts); i++) {
			assert_int_equal(batch(capture, frames, i == 0 ? 2 : MW_BATCH_PACKETS), counts[i]);
			for (uint32_t j = 0; j < counts[i]; j++)
				assert_int_equal(frames[j].data[13], fill++);
		}
		mw_capture_close(capture);
	}
}

static void clock_goes_on_from_where_it_is_set(void **state)
{
	struct writer writer = {0};
	struct mw_packet frames[MW_BATCH_PACKETS];
	struct mw_capture *capture;

	(void)state;
	writer_pcap(&writer, MAGIC_US, 100, 1);
	writer_record(&writer, 10, 0, 14, 14, 0);
	writer_record(&writer, 11, 0, 14, 14, 0);
	writer_record(&writer, 13, 0, 14, 14, 0);
	capture = open_written(&writer, false);
	mw_capture_set_clock(capture, 12 * MW_NS_PER_SECOND);
	assert_int_equal(batch(capture, frames, MW_BATCH_PACKETS), 2); // both count as of second 12
	assert_int_equal(frames[0].time_ns, 10 * MW_NS_PER_SECOND);
	assert_int_equal(frames[1].clock_ns, 12 * MW_NS_PER_SECOND);
	assert_int_equal(batch(capture, frames, MW_BATCH_PACKETS), 1);
	assert_int_equal(frames[0].clock_ns, 13 * MW_NS_PER_SECOND);
	mw_capture_close(capture);
}

static void frame_beyond_the_largest_buffer_is_cut(void **state)
{
	const uint32_t bytes = MW_CAPTURE_FRAME_BYTES_MAX + 1000; // what DLT_DBUS allows
	uint8_t *body = calloc(1, bytes);
	struct writer writer = {0};
	struct mw_capture *capture;
	struct mw_packet frame;
	char path[64];
	FILE *file;

	(void)state;
	assert_non_null(body);
	writer_pcap(&writer, MAGIC_US, 1u << 20, 231);
	writer_u32(&writer, 1);
	writer_u32(&writer, 0);
	writer_u32(&writer, bytes);
	writer_u32(&writer, bytes);
	writer_save(&writer, false, path);
	file = fopen(path, "ab");
	assert_non_null(file);
	assert_int_equal(fwrite(body, 1, bytes, file), bytes);
	fclose(file);
	free(body);
	capture = open_path(path);
	unlink(path);
	assert_int_equal(next(capture, &frame), 1);
	assert_int_equal(frame.captured_bytes, MW_CAPTURE_FRAME_BYTES_MAX);
	assert_int_equal(frame.wire_bytes, bytes);
	mw_capture_close(capture);
}

static void progress_of_a_plain_file_is_what_was_given_out(void **state)
{
	struct writer writer = {0};
	struct mw_capture *capture;
	struct mw_packet frame;
	uint64_t read_bytes, total_bytes;

	(void)state;
	writer_pcap(&writer, MAGIC_US, 100, 1);
	writer_record(&writer, 1, 0, 60, 60, 0);
	writer_record(&writer, 2, 0, 60, 60, 0);
	capture = open_written(&writer, false);
	assert_int_equal(next(capture, &frame), 1);
	mw_capture_progress(capture, &read_bytes, &total_bytes);
	assert_int_equal(read_bytes, 24 + 16 + 60);
	assert_int_equal(total_bytes, 24 + 2 * (16 + 60));
	mw_capture_close(capture);
}

// Somebody cuts the file: no SIGBUS, but the end.
static void file_that_is_cut_while_it_is_read_ends(void **state)
{
	static const off_t cuts[] = {24, 24 + 200 * 1016, 24 + 300 * 1016 + 500};
	static uint8_t record[1016] = {1};
	uint32_t caplen = 1000;

	(void)state;
	memcpy(record + 8, &caplen, sizeof(caplen));
	memcpy(record + 12, &caplen, sizeof(caplen));
	for (size_t i = 0; i < MW_ARRAY_SIZE(cuts); i++) {
		struct writer writer = {0};
		struct mw_capture *capture;
		struct mw_packet frame;
		char path[64], chars[256];
		struct mw_text problem = mw_text_in(chars, sizeof(chars));
		uint32_t packets = 0;
		FILE *file;

		writer_pcap(&writer, MAGIC_US, 1000, 1);
		writer_save(&writer, false, path);
		file = fopen(path, "ab");
		assert_non_null(file);
		for (uint32_t j = 0; j < 1000; j++)
			assert_int_equal(fwrite(record, 1, sizeof(record), file), sizeof(record));
		fclose(file);
		capture = open_path(path);
		while (mw_capture_next(capture, &frame, &problem) == 1) {
			if (++packets == 150)
				assert_int_equal(truncate(path, cuts[i]), 0);
		}
		unlink(path);
		assert_in_range(packets, 150, 400);
		mw_capture_close(capture);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(pcap_of_both_resolutions_and_byte_orders_is_read),
	MW_TEST(pcapng_of_both_byte_orders_is_read),
	MW_TEST(pcapng_interfaces_of_one_link_type_are_read_together),
	MW_TEST(clock_never_goes_back),
	MW_TEST(odd_dates_are_kept_within_64_bits),
	MW_TEST(wire_length_is_at_least_what_was_captured),
	MW_TEST(link_types_are_mapped),
	MW_TEST(standard_input_may_be_a_pipe_or_a_file_plain_or_compressed),
	MW_TEST(batch_is_of_one_second_and_its_frames_last),
	MW_TEST(clock_goes_on_from_where_it_is_set),
	MW_TEST(frame_beyond_the_largest_buffer_is_cut),
	MW_TEST(progress_of_a_plain_file_is_what_was_given_out),
	MW_TEST(file_that_is_cut_while_it_is_read_ends),
};
MW_TEST_MAIN("capture", tests)
