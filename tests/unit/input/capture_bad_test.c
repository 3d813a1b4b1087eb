// SPDX-License-Identifier: BSD-3-Clause
// Tests of the capture reader: files that are missing, cut, damaged, or something else.
// Neighbours: lib/input/capture.c.
#include "mw_capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_writer.h"
#include "mw_test.h"

static char problem_chars[512];

static int open_path(const char *path, struct mw_capture **capture)
{
	struct mw_text problem = mw_text_in(problem_chars, sizeof(problem_chars));

	*capture = NULL;
	return mw_capture_open(path, &problem, capture);
}

static int open_bytes(const struct writer *writer, bool compress)
{
	char path[64];
	struct mw_capture *capture;
	int error;

	writer_save(writer, compress, path);
	error = open_path(path, &capture);
	unlink(path);
	if (error == 0)
		mw_capture_close(capture);
	else
		assert_non_null(strstr(problem_chars, path)); // names the file
	return error;
}

// Reads to the end. Returns what ended it; *packets: how many came before.
static int read_all(const struct writer *writer, bool compress, uint32_t cut_stored, uint32_t *packets)
{
	char path[64];
	struct mw_capture *capture;
	struct mw_packet frame;
	struct mw_text problem;
	struct stat status;
	int got;

	writer_save(writer, compress, path);
	assert_int_equal(stat(path, &status), 0);
	if (cut_stored != 0)
		assert_int_equal(truncate(path, status.st_size - (off_t)cut_stored), 0);
	*packets = 0;
	got = open_path(path, &capture);
	unlink(path);
	if (got != 0)
		return got;
	problem = mw_text_in(problem_chars, sizeof(problem_chars));
	while ((got = mw_capture_next(capture, &frame, &problem)) == 1)
		++*packets;
	if (got < 0) { // and stays so
		assert_non_null(strstr(problem_chars, path));
		assert_int_equal(mw_capture_next(capture, &frame, &problem), got);
	}
	mw_capture_close(capture);
	return got;
}

static void what_is_no_file_has_its_own_error(void **state)
{
	struct mw_capture *capture;

	(void)state;
	assert_int_equal(open_path("/nowhere/at.pcap", &capture), -ENOENT);
	assert_string_equal(problem_chars, "/nowhere/at.pcap: No such file or directory");
	assert_int_equal(open_path("/tmp", &capture), -EISDIR);
	assert_string_equal(problem_chars, "/tmp: Is a directory");
	mw_capture_close(NULL);
}

static void file_without_permission_is_told(void **state)
{
	char path[] = "/tmp/midwatch-test-XXXXXX";
	int fd = mkstemp(path);
	struct mw_capture *capture;
	int error;

	(void)state;
	if (geteuid() == 0) {
		unlink(path);
		close(fd);
		mw_test_skip("root may read everything");
	}
	fchmod(fd, 0);
	close(fd);
	error = open_path(path, &capture);
	unlink(path);
	assert_int_equal(error, -EACCES);
}

static void empty_file_is_told(void **state)
{
	const struct writer writer = {0};

	(void)state;
	assert_int_equal(open_bytes(&writer, false), -ENODATA);
	assert_int_equal(open_bytes(&writer, true), -ENODATA);
	assert_non_null(strstr(problem_chars, "empty"));
}

static void other_files_are_no_captures(void **state)
{
	static const char *const contents[] = {"x", "hello, this is a text\n", "\x1f\x8b\x08 not really gzip", "\177ELF"};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(contents); i++) {
		struct writer writer = {.len_bytes = strlen(contents[i])};

		memcpy(writer.bytes, contents[i], writer.len_bytes);
		assert_int_equal(open_bytes(&writer, false), -EINVAL);
		assert_non_null(strstr(problem_chars, "no capture file"));
	}
}

static void make_three(struct writer *writer, bool is_pcapng)
{
	if (is_pcapng) {
		writer_section(writer);
		writer_interface(writer, 1, 100);
	} else {
		writer_pcap(writer, 0xa1b2c3d4, 100, 1);
	}
	for (uint32_t i = 0; i < 3; i++) {
		if (is_pcapng)
			writer_packet(writer, 0, i, 20, 20, 1);
		else
			writer_record(writer, i, 0, 20, 20, 1);
	}
}

// Bytes of the file before its first packet, and of each packet.
static void check_every_cut(bool is_pcapng, uint32_t header_bytes, uint32_t record_bytes)
{
	struct writer writer = {0};
	uint32_t whole_bytes;

	make_three(&writer, is_pcapng);
	whole_bytes = (uint32_t)writer.len_bytes;
	assert_int_equal(whole_bytes, header_bytes + 3 * record_bytes);
	for (uint32_t len = 1; len <= whole_bytes; len++) {
		uint32_t packets, rest = len < header_bytes ? 1 : (len - header_bytes) % record_bytes;
		char where[64];
		int got;

		writer.len_bytes = len;
		got = read_all(&writer, false, 0, &packets);
		if (len < header_bytes) {
			assert_true(got == -EINVAL || (is_pcapng && got == -EIO));
			continue;
		}
		assert_int_equal(packets, (len - header_bytes) / record_bytes);
		assert_int_equal(got, rest == 0 ? 0 : -EIO);
		if (got == 0)
			continue;
		// of pcapng, where the block begins
		snprintf(where, sizeof(where), "after packet %u, at byte %u", packets, is_pcapng ? len - rest : len);
		assert_non_null(strstr(problem_chars, where));
	}
}

static void cut_pcap_gives_every_whole_packet_and_then_says_where(void **state)
{
	(void)state;
	check_every_cut(false, 24, 16 + 20);
}

static void cut_pcapng_gives_every_whole_packet_and_then_says_where(void **state)
{
	(void)state;
	check_every_cut(true, 28 + 32, 32 + 20);
}

static void cut_gzip_is_told_even_between_two_packets(void **state)
{
	struct writer writer = {0};
	uint32_t packets;

	(void)state;
	make_three(&writer, false);
	assert_int_equal(read_all(&writer, true, 0, &packets), 0);
	assert_int_equal(packets, 3);
	for (uint32_t cut = 1; cut <= 8; cut++) { // only of gzip's trailer: checksum and length
		assert_int_equal(read_all(&writer, true, cut, &packets), -EIO);
		assert_int_equal(packets, 3);
		assert_null(strstr(problem_chars, "<fd")); // zlib's name for it, beside the file's own
	}
	assert_true(read_all(&writer, true, 20, &packets) < 0);
	assert_true(packets < 3);
}

static void record_longer_than_any_frame_ends_the_file(void **state)
{
	struct writer writer = {0};
	uint32_t packets;

	(void)state;
	make_three(&writer, false);
	writer_u32(&writer, 9);
	writer_u32(&writer, 0);
	writer_u32(&writer, 0x7fffffff);
	writer_u32(&writer, 0x7fffffff);
	assert_int_equal(read_all(&writer, false, 0, &packets), -EIO);
	assert_int_equal(packets, 3);
}

static void any_byte_may_be_wrong(void **state)
{
	(void)state;
	for (int is_pcapng = 0; is_pcapng < 2; is_pcapng++) {
		struct writer whole = {0};

		make_three(&whole, is_pcapng != 0);
		for (size_t at = 0; at < whole.len_bytes; at++) {
			struct writer writer = whole;
			uint32_t packets;

			writer.bytes[at] ^= 0xff;
			assert_true(read_all(&writer, false, 0, &packets) <= 0);
			assert_true(packets <= 3);
		}
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_is_no_file_has_its_own_error),
	MW_TEST(file_without_permission_is_told),
	MW_TEST(empty_file_is_told),
	MW_TEST(other_files_are_no_captures),
	MW_TEST(cut_pcap_gives_every_whole_packet_and_then_says_where),
	MW_TEST(cut_pcapng_gives_every_whole_packet_and_then_says_where),
	MW_TEST(cut_gzip_is_told_even_between_two_packets),
	MW_TEST(record_longer_than_any_frame_ends_the_file),
	MW_TEST(any_byte_may_be_wrong),
};
MW_TEST_MAIN("capture_bad", tests)
