// SPDX-License-Identifier: BSD-3-Clause
// pcapng files: whole or not there, and read back as they were written.
// Neighbours: lib/export/pcapng.c; read by lib/input and, for the comments, block by block here.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "example.h"
#include "mw_capture.h"
#include "mw_pcapng.h"
#include "mw_test.h"

#define TIME_NS  UINT64_C(1768123800123456789)
#define ETHERNET 1
#define RAW_IP   101

static const uint16_t link_types[] = {ETHERNET, RAW_IP};
static struct mw_pcapng_head head = {.link_types = link_types,
									 .link_types_count = 1,
									 .snap_bytes = 2000,
									 .application = "midwatch test",
									 .comment = "what it is about"};

static uint8_t bytes[4000];

static struct mw_pcapng *create(const char *directory, const char *name)
{
	struct mw_pcapng *file = NULL;

	assert_int_equal(mw_pcapng_create(directory, name, &head, &file), 0);
	return file;
}

static void add(struct mw_pcapng *file, uint32_t captured_bytes, uint32_t wire_bytes, const char *comment)
{
	mw_pcapng_add(file, &(struct mw_pcapng_packet){.time_ns = TIME_NS,
												   .data = bytes,
												   .captured_bytes = captured_bytes,
												   .wire_bytes = wire_bytes,
												   .comment = comment});
}

static struct mw_capture *open_capture(const char *directory, const char *name)
{
	struct mw_capture *capture = NULL;
	char path[256], problem[256];
	struct mw_text text = mw_text_in(problem, sizeof(problem));

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mw_capture_open(path, &text, &capture), 0);
	return capture;
}

static void packets_keep_their_link_types(void **state)
{
	static const uint32_t interfaces[] = {1, 0, 1};
	struct mw_pcapng *file;
	struct mw_capture *capture;
	struct mw_packet packet;
	char problem[256];
	struct mw_text text = mw_text_in(problem, sizeof(problem));

	head.link_types_count = 2;
	file = create(*state, "x.pcapng");
	head.link_types_count = 1;
	for (size_t i = 0; i < MW_ARRAY_SIZE(interfaces); i++)
		mw_pcapng_add(
			file,
			&(struct mw_pcapng_packet){
				.time_ns = TIME_NS, .data = bytes, .captured_bytes = 60, .wire_bytes = 60, .interface = interfaces[i]});
	assert_int_equal(mw_pcapng_publish(file), 0);
	capture = open_capture(*state, "x.pcapng");
	for (size_t i = 0; i < MW_ARRAY_SIZE(interfaces); i++) {
		assert_int_equal(mw_capture_next(capture, &packet, &text), 1);
		assert_int_equal(mw_capture_link_type(&packet), link_types[interfaces[i]]);
	}
	assert_int_equal(mw_capture_next(capture, &packet, &text), 0);
	mw_capture_close(capture);
}

static uint32_t word_at(const char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static void packets_are_read_back_as_they_were(void **state)
{
	static const uint32_t captured[] = {60, 61, 62, 63, 1514, 2000};
	struct mw_pcapng *file = create(*state, "x.pcapng");
	struct mw_capture *capture;
	struct mw_packet packet;
	char problem[256];
	struct mw_text text = mw_text_in(problem, sizeof(problem));

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; i < MW_ARRAY_SIZE(captured); i++)
		add(file, captured[i], captured[i] + (uint32_t)i, i % 2 == 0 ? NULL : "a comment");
	assert_int_equal(mw_pcapng_publish(file), 0);
	capture = open_capture(*state, "x.pcapng");
	assert_int_equal(mw_capture_dlt(capture), 1);
	for (size_t i = 0; i < MW_ARRAY_SIZE(captured); i++) {
		assert_int_equal(mw_capture_next(capture, &packet, &text), 1);
		assert_int_equal(packet.time_ns, TIME_NS);
		assert_int_equal(packet.captured_bytes, captured[i]);
		assert_int_equal(packet.wire_bytes, captured[i] + i);
		assert_memory_equal(packet.data, bytes, captured[i]);
	}
	assert_int_equal(mw_capture_next(capture, &packet, &text), 0);
	mw_capture_close(capture);
	assert_string_equal(list_directory(*state), "x.pcapng ");
}

// Section, interface and the packet's block, word by word.
static void comments_stand_where_wireshark_looks(void **state)
{
	struct mw_pcapng *file = create(*state, "x.pcapng");
	const char *at;

	add(file, 61, 61, "five!");
	assert_int_equal(mw_pcapng_publish(file), 0);
	at = read_file(*state, "x.pcapng");
	assert_int_equal(word_at(at), 0x0a0d0d0a);
	assert_int_equal(word_at(at + 8), 0x1a2b3c4d);
	assert_int_equal(word_at(at + 24), 1 | 16 << 16); // opt_comment of 16 bytes
	assert_memory_equal(at + 28, "what it is about", 16);
	at += word_at(at + 4);
	assert_int_equal(word_at(at), 1);
	assert_int_equal(word_at(at + 16), 9 | 1 << 16); // if_tsresol of one byte: 9
	assert_int_equal(at[20], 9);
	at += word_at(at + 4);
	assert_int_equal(word_at(at), 6);
	assert_int_equal(word_at(at + 4), 28 + 64 + 4 + 8 + 4 + 4);
	assert_int_equal(word_at(at + 28 + 64), 1 | 5 << 16);
	assert_memory_equal(at + 28 + 64 + 4, "five!\0\0\0", 8);
	assert_int_equal(word_at(at + 28 + 64 + 4 + 8), 0); // end of options
	assert_int_equal(word_at(at + 28 + 64 + 4 + 8 + 4), word_at(at + 4));
}

static void longer_packets_are_cut_at_the_snap_length(void **state)
{
	struct mw_pcapng *file = create(*state, "x.pcapng");
	struct mw_capture *capture;
	struct mw_packet packet;
	char problem[256];
	struct mw_text text = mw_text_in(problem, sizeof(problem));

	add(file, 3000, 3500, NULL);
	assert_int_equal(mw_pcapng_publish(file), 0);
	capture = open_capture(*state, "x.pcapng");
	assert_int_equal(mw_capture_next(capture, &packet, &text), 1);
	assert_int_equal(packet.captured_bytes, 2000);
	assert_int_equal(packet.wire_bytes, 3500);
	mw_capture_close(capture);
}

static void file_of_an_earlier_run_is_replaced_and_others_stay(void **state)
{
	struct mw_pcapng *file = create(*state, "x.pcapng");

	add(file, 60, 60, "the first");
	assert_int_equal(mw_pcapng_publish(file), 0);
	assert_int_equal(mw_pcapng_publish(create(*state, "y.pcapng")), 0);
	file = create(*state, "x.pcapng");
	assert_string_equal(list_directory(*state), ".x.pcapng.tmp-PID x.pcapng y.pcapng ");
	assert_int_equal(mw_pcapng_publish(file), 0);
	assert_string_equal(list_directory(*state), "x.pcapng y.pcapng ");
	assert_null(memmem(read_file(*state, "x.pcapng"), 500, "the first", 9));
	file = create(*state, "z.pcapng");
	mw_pcapng_drop(file);
	assert_string_equal(list_directory(*state), "x.pcapng y.pcapng ");
	assert_int_equal(log_count, 0);
}

static void limit_files(rlim_t limit_bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit_bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void full_disk_leaves_the_older_file_and_is_told_once(void **state)
{
	struct mw_pcapng *file = create(*state, "x.pcapng");
	int error;

	add(file, 60, 60, "the first");
	assert_int_equal(mw_pcapng_publish(file), 0);
	for (rlim_t limit = 0; limit <= 30000; limit += 10000) { // while flushing at the end, and while adding
		log_count = 0;
		file = create(*state, "x.pcapng");
		limit_files(limit);
		for (int i = 0; i < 20; i++)
			add(file, 2000, 2000, "the second");
		error = mw_pcapng_publish(file);
		limit_files(RLIM_INFINITY);
		assert_int_equal(error, -EFBIG);
		assert_int_equal(log_count, 1);
		assert_non_null(strstr(log_last, *state));
		assert_non_null(strstr(log_last, "x.pcapng: File too large"));
		assert_string_equal(list_directory(*state), "x.pcapng ");
		assert_non_null(memmem(read_file(*state, "x.pcapng"), 500, "the first", 9));
	}
}

static void directory_that_is_not_there_is_told(void **state)
{
	struct mw_pcapng *file = NULL;
	char path[256];

	snprintf(path, sizeof(path), "%s/absent", (char *)*state);
	assert_int_equal(mw_pcapng_create(path, "x.pcapng", &head, &file), -ENOENT);
	assert_non_null(strstr(log_last, "absent/x.pcapng: No such file"));
	assert_null(file);
}

static void name_that_is_a_directory_is_told(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/x.pcapng", (char *)*state);
	mkdir(path, 0755);
	assert_int_equal(mw_pcapng_publish(create(*state, "x.pcapng")), -EISDIR);
	assert_non_null(strstr(log_last, "cannot rename"));
	assert_string_equal(list_directory(*state), "x.pcapng ");
	rmdir(path);
}

static void leftovers_of_the_dead_are_removed_and_of_the_living_not(void **state)
{
	char dead[256], living[256], others[256];
	int fd;

	snprintf(others, sizeof(others), "%s/.notes.tmp-4711", (char *)*state);
	close(open(others, O_CREAT | O_WRONLY, 0644));
	snprintf(dead, sizeof(dead), "%s/.earlier.pcapng.tmp-4711", (char *)*state);
	snprintf(living, sizeof(living), "%s/.x.pcapng.tmp-4712", (char *)*state);
	close(open(dead, O_CREAT | O_WRONLY, 0644));
	fd = open(living, O_CREAT | O_WRONLY, 0644);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(mw_pcapng_publish(create(*state, "x.pcapng")), 0);
	assert_string_equal(list_directory(*state), ".notes.tmp-4711 .x.pcapng.tmp-4712 x.pcapng ");
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, example_set_up, example_tear_down)

static const struct CMUnitTest tests[] = {
	TEST(packets_are_read_back_as_they_were),
	TEST(packets_keep_their_link_types),
	TEST(comments_stand_where_wireshark_looks),
	TEST(longer_packets_are_cut_at_the_snap_length),
	TEST(file_of_an_earlier_run_is_replaced_and_others_stay),
	TEST(full_disk_leaves_the_older_file_and_is_told_once),
	TEST(directory_that_is_not_there_is_told),
	TEST(name_that_is_a_directory_is_told),
	TEST(leftovers_of_the_dead_are_removed_and_of_the_living_not),
};

MW_TEST_MAIN("export_pcapng", tests)
