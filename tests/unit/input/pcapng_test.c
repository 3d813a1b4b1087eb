// SPDX-License-Identifier: BSD-3-Clause
// pcapng files whose interfaces and sections differ: link types, snap lengths, clocks, byte orders. Plain, compressed,
// and through a pipe.
// Neighbours: lib/input/pcapng.c; capture_pair_test.c has damaged ones.
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture_pair.h"
#include "capture_writer.h"
#include "mw_capture.h"
#include "mw_test.h"
#include "record.h"

#define S MW_NS_PER_SECOND

static char problem_chars[512];

/** A packet that has to come. */
struct wanted {
	uint64_t time_ns;
	uint32_t captured_bytes, wire_bytes;
	int dlt;
	enum mw_link link;
	uint8_t fill;
};

static void check_frames(struct mw_capture *capture, const struct wanted wanted[], uint32_t count)
{
	struct mw_text problem = mw_text_in(problem_chars, sizeof(problem_chars));
	struct mw_packet frame;

	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(mw_capture_next(capture, &frame, &problem), 1);
		assert_int_equal(frame.time_ns, wanted[i].time_ns);
		assert_int_equal(frame.captured_bytes, wanted[i].captured_bytes);
		assert_int_equal(frame.wire_bytes, wanted[i].wire_bytes);
		assert_int_equal(frame.dlt, wanted[i].dlt);
		assert_int_equal(frame.link, wanted[i].link);
		assert_int_equal(frame.data[0], wanted[i].fill);
		assert_int_equal(frame.data[frame.captured_bytes - 1], wanted[i].fill);
	}
	assert_int_equal(mw_capture_next(capture, &frame, &problem), 0);
}

static struct mw_capture *open_path(const char *path)
{
	struct mw_text problem = mw_text_in(problem_chars, sizeof(problem_chars));
	struct mw_capture *capture = NULL;

	if (mw_capture_open(path, &problem, &capture) != 0)
		fail_msg("%s", problem_chars);
	return capture;
}

// As a plain file, as a compressed one, and from a pipe.
static void check(const struct writer *writer, const struct wanted wanted[], uint32_t count)
{
	struct mw_text difference = mw_text_in(problem_chars, sizeof(problem_chars));

	for (int compress = 0; compress < 2; compress++) {
		struct mw_capture *capture;
		char path[64];

		writer_save(writer, compress != 0, path);
		capture = open_path(path);
		unlink(path);
		check_frames(capture, wanted, count);
		mw_capture_close(capture);
	}
	if (capture_pair_compare(writer->bytes, writer->len_bytes, &difference) != (int)count)
		fail_msg("%s", problem_chars);
}

static void snap_lengths_may_differ(void **state)
{
	static const struct wanted wanted[] = {
		{1, 60, 1500, DLT_EN10MB, MW_LINK_ETHERNET, 1},
		{2, 90, 90, DLT_EN10MB, MW_LINK_ETHERNET, 2},
		{3, 200, 200, DLT_EN10MB, MW_LINK_ETHERNET, 3}, // a writer that lied about its snap length
		{1, 64, 1500, DLT_EN10MB, MW_LINK_ETHERNET, 4}, // without a time
	};

	(void)state;
	for (int big = 0; big < 2; big++) {
		struct writer writer = {.big_endian = big != 0};

		writer_section(&writer);
		writer_interface(&writer, 1, 64);
		writer_interface(&writer, 1, 262144);
		writer_interface(&writer, 1, 0); // no limit
		writer_packet(&writer, 0, 1, 60, 1500, 1);
		writer_packet(&writer, 1, 2, 90, 90, 2);
		writer_packet(&writer, 0, 3, 200, 200, 3);
		writer_simple(&writer, 64, 1500, 4); // the first interface's limit counts
		check(&writer, wanted, MW_ARRAY_SIZE(wanted));
	}
}

static void link_types_may_differ_and_each_frame_has_its_own(void **state)
{
	static const struct wanted wanted[] = {
		{1, 60, 60, DLT_EN10MB, MW_LINK_ETHERNET, 1},     {2, 40, 40, DLT_RAW, MW_LINK_RAW_IP, 2},
		{3, 44, 44, DLT_NULL, MW_LINK_NULL, 3},           {4, 60, 60, DLT_EN10MB, MW_LINK_ETHERNET, 4},
		{5, 66, 66, DLT_LINUX_SLL, MW_LINK_LINUX_SLL, 5}, {6, 20, 20, 147, MW_LINK_UNKNOWN, 6},
	};
	struct writer writer = {0};

	(void)state;
	writer_section(&writer);
	writer_interface(&writer, 1, 100);
	writer_interface(&writer, 101, 100);
	writer_interface(&writer, 0, 100);
	writer_packet(&writer, 0, 1, 60, 60, 1);
	writer_packet(&writer, 1, 2, 40, 40, 2);
	writer_packet(&writer, 2, 3, 44, 44, 3);
	writer_packet(&writer, 0, 4, 60, 60, 4);
	writer_interface(&writer, 113, 100); // one that came later
	writer_interface(&writer, 147, 100); // one that nobody reads
	writer_packet(&writer, 3, 5, 66, 66, 5);
	writer_packet(&writer, 4, 6, 20, 20, 6);
	check(&writer, wanted, MW_ARRAY_SIZE(wanted));
}

// 2^-40 s and 2^-63 s are finer than any nanosecond.
static void clocks_may_differ(void **state)
{
	static const struct {
		uint8_t resolution;
		int64_t offset_s;
		uint64_t count, time_ns;
	} clocks[] = {
		{6, 0, 1700000000123456, 1700000000123456000},
		{9, 0, 1700000000123456789, 1700000000123456789},
		{3, 100, 1700000000123, 1700000100123000000},
		{0, -100, 1700000000, 1699999900 * S},
		{12, 0, 5000000000123, 5000000000},
		{19, 1, UINT64_C(15000000000000000000), 2500000000},
		{0x80, 7, 3, 10 * S},
		{0x8a, 0, 1536, 1500000000},
		{0xa8, 0, UINT64_C(3) << 39, 1500000000},
		{0xbf, 5, UINT64_C(3) << 62, 6500000000},
		{9, -5, 1000000000, 1}, // before 1970; 0 is no time
	};

	(void)state;
	for (int big = 0; big < 2; big++) {
		struct writer writer = {.big_endian = big != 0};
		struct wanted wanted[MW_ARRAY_SIZE(clocks)];

		writer_section(&writer);
		for (uint32_t i = 0; i < MW_ARRAY_SIZE(clocks); i++)
			writer_interface_clock(&writer, 1, 100, clocks[i].resolution, clocks[i].offset_s);
		for (uint32_t i = 0; i < MW_ARRAY_SIZE(clocks); i++) {
			writer_packet(&writer, i, clocks[i].count, 20, 20, (uint8_t)i);
			wanted[i] = (struct wanted){clocks[i].time_ns, 20, 20, DLT_EN10MB, MW_LINK_ETHERNET, (uint8_t)i};
		}
		check(&writer, wanted, MW_ARRAY_SIZE(clocks));
	}
}

// Two files behind each other are one, whatever machines wrote them.
static void sections_in_mid_file_may_turn_the_byte_order(void **state)
{
	static const struct wanted wanted[] = {
		{5 * S, 20, 20, DLT_EN10MB, MW_LINK_ETHERNET, 1},
		{6 * S, 20, 30, DLT_RAW, MW_LINK_RAW_IP, 2},
		{7 * S + 1000000, 20, 30, DLT_RAW, MW_LINK_RAW_IP, 3},
		{8 * S, 24, 24, DLT_EN10MB, MW_LINK_ETHERNET, 4},
	};
	struct writer writer = {0};

	(void)state;
	writer_section(&writer);
	writer_interface(&writer, 1, 100);
	writer_packet(&writer, 0, 5 * S, 20, 20, 1);
	writer.big_endian = true;
	writer_section(&writer);
	writer_interface(&writer, 101, 50);
	writer_interface_clock(&writer, 101, 60, 3, 0);
	writer_packet(&writer, 0, 6 * S, 20, 30, 2);
	writer_other(&writer, 5);
	writer_packet(&writer, 1, 7001, 20, 30, 3);
	writer.big_endian = false;
	writer_section(&writer);
	writer_other(&writer, 0x0bad);
	writer_interface(&writer, 1, 200);
	writer_packet(&writer, 0, 8 * S, 24, 24, 4);
	check(&writer, wanted, MW_ARRAY_SIZE(wanted));
}

static void interfaces_end_with_their_section(void **state)
{
	struct mw_text problem = mw_text_in(problem_chars, sizeof(problem_chars));
	struct writer writer = {0};
	struct mw_capture *capture;
	struct mw_packet frame;
	char path[64], where[160];
	size_t at;

	(void)state;
	writer_section(&writer);
	writer_interface(&writer, 1, 100);
	writer_interface(&writer, 1, 50);
	writer_packet(&writer, 1, 1, 20, 20, 1);
	writer_section(&writer);
	writer_interface(&writer, 1, 100);
	at = writer.len_bytes;
	writer_packet(&writer, 1, 2, 20, 20, 2);
	writer_save(&writer, false, path);
	capture = open_path(path);
	assert_int_equal(mw_capture_next(capture, &frame, &problem), 1);
	assert_int_equal(mw_capture_next(capture, &frame, &problem), -EIO);
	snprintf(where, sizeof(where), "%s: unreadable after packet 1, at byte %zu: a packet of interface 1", path, at);
	assert_memory_equal(problem_chars, where, strlen(where));
	mw_capture_close(capture);
	unlink(path);
}

static void many_interfaces_are_read(void **state)
{
	const struct wanted wanted[] = {{9, 20, 20, DLT_EN10MB, MW_LINK_ETHERNET, 7}};
	struct writer writer = {0};

	(void)state;
	writer_section(&writer);
	for (uint32_t i = 0; i < 200; i++)
		writer_interface(&writer, i == 150 ? 1 : 101, i);
	writer_packet(&writer, 150, 9, 20, 20, 7);
	check(&writer, wanted, 1);
}

// What libpcap reads of a file, we read; where it gives up, we may go on.
static void check_against_libpcap(const struct writer *writer)
{
	char message[PCAP_ERRBUF_SIZE], path[64];
	struct mw_text problem = mw_text_in(problem_chars, sizeof(problem_chars));
	struct pcap_pkthdr *header;
	const uint8_t *data;
	struct mw_capture *capture;
	struct mw_packet frame;
	pcap_t *pcap;

	writer_save(writer, false, path);
	pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, message);
	if (pcap == NULL) {
		unlink(path);
		return;
	}
	capture = open_path(path);
	unlink(path);
	while (pcap_next_ex(pcap, &header, &data) == 1) {
		if (mw_capture_next(capture, &frame, &problem) != 1)
			fail_msg("%s", problem_chars);
		assert_int_equal(frame.captured_bytes, header->caplen);
		assert_int_equal(frame.wire_bytes, MW_MAX(header->len, header->caplen));
		assert_memory_equal(frame.data, data, header->caplen);
		assert_int_equal(frame.dlt, pcap_datalink(pcap));
		if (header->ts.tv_sec >= 0 && header->ts.tv_sec < INT64_C(9223372035) && header->ts.tv_usec >= 0)
			assert_int_equal(frame.time_ns,
							 MW_MAX((uint64_t)header->ts.tv_sec * S + (uint64_t)header->ts.tv_usec, UINT64_C(1)));
	}
	mw_capture_close(capture);
	pcap_close(pcap);
}

static void make_seed(struct writer *writer, uint32_t number)
{
	*writer = (struct writer){.big_endian = number % 2 != 0};
	writer_section(writer);
	writer_interface_clock(writer, number % 3 == 0 ? 101 : 1, 100, number % 5 == 0 ? 6 : 9, number % 7);
	writer_interface_clock(writer, number % 3 == 0 ? 101 : 1, 100, 3, 1000);
	writer_packet(writer, 0, UINT64_C(1700000000123456789), 60, 1500, 0xaa);
	writer_other(writer, 5);
	writer_packet(writer, 1, 1699999000124, 61, 61, 0xbb);
	writer_simple(writer, 30, 30, 0xcc);
	writer_old_packet(writer, 1, 1699999001000, 33, 33, 0xdd);
	writer_section(writer);
	writer_interface_clock(writer, number % 3 == 0 ? 101 : 1, 100, 6, -7);
	writer_packet(writer, 0, UINT64_C(1700000003000000), 14, 14, 0xee);
}

static void all_that_libpcap_reads_is_read_as_libpcap_does(void **state)
{
	static const uint8_t values[] = {0, 1, 2, 4, 8, 12, 20, 32, 64, 101, 128, 255};
	struct writer writer;

	(void)state;
	for (uint32_t seed = 0; seed < 12; seed++) {
		make_seed(&writer, seed);
		check_against_libpcap(&writer);
		for (size_t at = seed % 3; at < writer.len_bytes; at += 3) {
			uint8_t was = writer.bytes[at];

			writer.bytes[at] = values[at / 3 % MW_ARRAY_SIZE(values)];
			check_against_libpcap(&writer);
			writer.bytes[at] = was;
		}
	}
}

static void numbers_of_files_and_of_libpcap_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(dlt_of_link_type(101), DLT_RAW);
	assert_int_equal(link_type_of_dlt(DLT_RAW), 101);
	assert_int_equal(link_type_of_dlt(14), 101);
	for (uint16_t i = 104; i < 300; i++) {
		if (i != 106)
			assert_int_equal(link_type_of_dlt(dlt_of_link_type(i)), i);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(snap_lengths_may_differ),
	MW_TEST(link_types_may_differ_and_each_frame_has_its_own),
	MW_TEST(clocks_may_differ),
	MW_TEST(sections_in_mid_file_may_turn_the_byte_order),
	MW_TEST(interfaces_end_with_their_section),
	MW_TEST(many_interfaces_are_read),
	MW_TEST(all_that_libpcap_reads_is_read_as_libpcap_does),
	MW_TEST(numbers_of_files_and_of_libpcap_are_told_apart),
};
MW_TEST_MAIN("input_pcapng", tests)
