// SPDX-License-Identifier: BSD-3-Clause
// Captures with workers of the test's own: merged by time, within their bounds, every packet in the file or counted;
// what a worker may still read is not freed. Also run under ThreadSanitizer.
// Neighbours: app/midwatch/live/capture.c, live/tap.c; tests/system/capture_test.py has the commands.
#include "live/capture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "../export/example.h"
#include "mw_capture.h"
#include "mw_test.h"

#define WORKERS      2u
#define BUFFER_BYTES (256u << 10)
#define FRAME_BYTES  1000u
#define PACKETS      2000u // of a worker that runs by itself: several times its ring
#define BATCH        10u

static struct live_clock clock_of_test;
static struct capture capture;
static uint8_t frame[FRAME_BYTES];
static atomic_bool workers_end;

static void open_capture(void)
{
	capture = (struct capture){.started_ns = 0};
	live_clock_start(&clock_of_test, live_clock_steady_ns(), live_clock_read(CLOCK_REALTIME));
	assert_int_equal(capture_open(&capture, &clock_of_test, WORKERS, BUFFER_BYTES + 1), 0); // down to a power of two
	frame[12] = 0x08; // IPv4
	frame[14] = 0x45;
}

static struct capture_wanted wanted_in(const char *directory)
{
	return (struct capture_wanted){.directory = directory,
								   .name = "x",
								   .limits = {.packets = 1u << 20, .bytes = 64 << 20, .seconds = 60, .snap_bytes = 64}};
}

static void start(const struct capture_wanted *wanted)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));

	assert_int_equal(capture_start(&capture, wanted, &problem), 0);
}

static void refuse(const struct capture_wanted *wanted, int error, const char *said)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));

	assert_int_equal(capture_start(&capture, wanted, &problem), error);
	assert_non_null(strstr(chars, said));
}

static void receive(uint32_t worker, uint64_t time_ns)
{
	struct mw_packet packet = {.data = frame,
							   .captured_bytes = FRAME_BYTES,
							   .wire_bytes = FRAME_BYTES,
							   .time_ns = time_ns,
							   .dlt = MW_DLT_ETHERNET};
	struct mw_packet *const packets[] = {&packet};

	tap_take(&capture.taps.each[worker], packets, 1);
}

static void refresh(uint32_t worker)
{
	tap_refresh(&capture.taps, &capture.taps.each[worker]);
}

// The test's thread is both workers.
static void begin(void)
{
	for (uint32_t i = 0; i < WORKERS; i++) {
		while (capture.taps.each[i].plan == NULL) {
			refresh(i);
			sched_yield();
		}
	}
}

static void wait_for_end(void)
{
	while (!capture_look(&capture)) {
		refresh(0);
		refresh(1);
		sched_yield();
	}
}

/** Times of the packets in the file. @return how many. */
static uint32_t read_times(const char *directory, uint64_t times_ns[], uint32_t room)
{
	struct mw_capture *file = NULL;
	struct mw_packet packet;
	char path[256], chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	uint32_t count = 0;

	snprintf(path, sizeof(path), "%s/x.pcapng", directory);
	assert_int_equal(mw_capture_open(path, &problem, &file), 0);
	while (mw_capture_next(file, &packet, &problem) > 0) {
		assert_true(count < room);
		assert_int_equal(packet.captured_bytes, 64);
		assert_int_equal(packet.wire_bytes, FRAME_BYTES);
		times_ns[count++] = packet.time_ns;
	}
	mw_capture_close(file);
	return count;
}

static void packets_of_workers_are_merged_by_time(void **state)
{
	const struct capture_wanted wanted = wanted_in(*state);
	uint64_t times_ns[100], now_ns;

	open_capture();
	start(&wanted);
	begin();
	now_ns = live_clock_now(&clock_of_test) + 3600 * MW_NS_PER_SECOND; // nothing is written before it is asked to end
	for (uint64_t i = 0; i < 30; i++)
		receive(0, now_ns + 2 * i);
	for (uint64_t i = 0; i < 30; i++)
		receive(1, now_ns + 2 * i + 1);
	capture_stop(&capture);
	wait_for_end();
	assert_int_equal(read_times(*state, times_ns, 100), 60);
	for (uint64_t i = 0; i < 60; i++)
		assert_int_equal(times_ns[i], now_ns + i);
	assert_int_equal(capture.end, CAPTURE_STOPPED);
	assert_int_equal(capture_dropped(&capture), 0);
	capture_close(&capture);
}

static void end_by(struct capture_wanted wanted, enum capture_end end)
{
	struct stat status;
	char path[256];

	open_capture();
	start(&wanted);
	begin();
	for (uint32_t i = 0; i < 500; i++)
		receive(i % 2, i);
	wait_for_end();
	snprintf(path, sizeof(path), "%s/x.pcapng", wanted.directory);
	assert_int_equal(capture.end, end);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, capture.bytes);
	assert_true(capture.packets <= wanted.limits.packets && capture.bytes <= wanted.limits.bytes);
	remove(path);
	capture_close(&capture);
}

static void bounds_end_it(void **state)
{
	struct capture_wanted wanted = wanted_in(*state);

	wanted.limits.packets = 7;
	end_by(wanted, CAPTURE_PACKETS);
	assert_int_equal(capture.packets, 7);
	wanted = wanted_in(*state);
	wanted.limits.bytes = 4096;
	end_by(wanted, CAPTURE_BYTES);
	assert_true(capture.packets > 20);
}

static void time_ends_it_without_a_packet(void **state)
{
	struct capture_wanted wanted = wanted_in(*state);

	open_capture();
	wanted.limits.seconds = 0;
	start(&wanted);
	wait_for_end();
	assert_int_equal(capture.end, CAPTURE_SECONDS);
	assert_string_equal(list_directory(*state), "x.pcapng ");
	capture_close(&capture);
}

static void *work(void *context)
{
	struct tap *tap = context;
	struct mw_packet packets[BATCH], *batch[BATCH];
	uint32_t sent = 0;

	while (!atomic_load(&workers_end)) {
		tap_refresh(&capture.taps, tap);
		if (tap->plan == NULL || sent == PACKETS)
			continue;
		for (uint32_t i = 0; i < BATCH; i++) {
			packets[i] = (struct mw_packet){.data = frame,
											.captured_bytes = FRAME_BYTES,
											.wire_bytes = FRAME_BYTES,
											.time_ns = live_clock_now(&clock_of_test),
											.dlt = MW_DLT_ETHERNET};
			batch[i] = &packets[i];
		}
		tap_take(tap, batch, BATCH);
		sent += BATCH;
		sched_yield();
	}
	tap_leave(tap);
	return NULL;
}

// With a filter that each capture frees.
static void every_packet_is_in_the_file_or_counted(void **state)
{
	static uint64_t times_ns[WORKERS * PACKETS];
	struct capture_wanted wanted = wanted_in(*state);
	pthread_t threads[WORKERS];
	uint32_t count;

	wanted.filter = "ip";
	open_capture();
	atomic_store(&workers_end, false);
	start(&wanted);
	for (uint32_t i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &capture.taps.each[i]), 0);
	while (atomic_load(&capture.packets) + capture_dropped(&capture) < WORKERS * PACKETS)
		sched_yield();
	refuse(&wanted, -EBUSY, "x.pcapng");
	capture_stop(&capture);
	while (!capture_look(&capture))
		sched_yield();
	count = read_times(*state, times_ns, WORKERS * PACKETS);
	assert_int_equal(count, capture.packets);
	assert_int_equal(count + capture_dropped(&capture), WORKERS * PACKETS);
	wanted.name = NULL; // while the workers go on
	start(&wanted);
	atomic_store(&workers_end, true);
	for (uint32_t i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	assert_true(capture_finish(&capture));
	assert_false(capture_finish(&capture));
	capture_close(&capture);
}

static void what_finds_no_room_is_counted(void **state)
{
	const struct capture_wanted wanted = wanted_in(*state);
	const uint64_t later_ns = live_clock_read(CLOCK_REALTIME) + 3600 * MW_NS_PER_SECOND;

	open_capture();
	start(&wanted);
	begin();
	for (uint32_t i = 0; i < 10 * BUFFER_BYTES / 80; i++) // a head of 16 bytes, and 64
		receive(0, later_ns);
	capture_stop(&capture);
	wait_for_end();
	assert_int_equal(capture.packets + capture_dropped(&capture), 10 * BUFFER_BYTES / 80);
	assert_true(capture.packets >= BUFFER_BYTES / 80);
	capture_close(&capture);
}

static void limit_files(rlim_t limit_bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit_bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void full_disk_ends_it_and_leaves_nothing(void **state)
{
	const struct capture_wanted wanted = wanted_in(*state);

	open_capture();
	limit_files(10000);
	start(&wanted);
	begin();
	for (uint32_t i = 0; i < 500; i++)
		receive(0, i);
	wait_for_end(); // by itself
	limit_files(RLIM_INFINITY);
	assert_int_equal(capture.end, CAPTURE_FAILED);
	assert_string_equal(list_directory(*state), "");
	assert_non_null(strstr(log_last, "x.pcapng: File too large"));
	start(&wanted); // room was made
	capture_stop(&capture);
	wait_for_end();
	assert_string_equal(list_directory(*state), "x.pcapng ");
	capture_close(&capture);
}

static void what_cannot_be_is_refused(void **state)
{
	static const char *const names[] = {"", ".x", "a/b", "a\nb", "..", "/etc/x"};
	struct capture_wanted wanted = wanted_in(*state);
	char path[256];

	open_capture();
	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++) {
		wanted.name = names[i];
		refuse(&wanted, -EINVAL, "file: ");
	}
	wanted = wanted_in(*state);
	wanted.filter = "port http";
	refuse(&wanted, -EINVAL, "'http'");
	wanted.filter = "port 99999";
	refuse(&wanted, -EINVAL, "filter: ");
	wanted.filter = NULL;
	snprintf(path, sizeof(path), "%s/x.pcapng", (char *)*state);
	mkdir(path, 0755);
	refuse(&wanted, -EEXIST, "there already");
	rmdir(path);
	assert_string_equal(list_directory(*state), "");
	capture_close(&capture);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, example_set_up, example_tear_down)

static const struct CMUnitTest tests[] = {
	TEST(packets_of_workers_are_merged_by_time),
	TEST(bounds_end_it),
	TEST(time_ends_it_without_a_packet),
	TEST(every_packet_is_in_the_file_or_counted),
	TEST(what_finds_no_room_is_counted),
	TEST(full_disk_ends_it_and_leaves_nothing),
	TEST(what_cannot_be_is_refused),
};

MW_TEST_MAIN("app_capture", tests)
