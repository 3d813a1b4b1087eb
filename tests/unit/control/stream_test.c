// SPDX-License-Identifier: BSD-3-Clause
// Long tables and followers: the fast get everything, the slow are told what they lost.
// Neighbours: lib/control/server.c, client.c.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "mw_test.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) ||               \
	__has_feature(thread_sanitizer)
#define MANY 100000 // a sanitizer makes each row ten times as dear
#else
#define MANY 1000000
#endif

// Reads all there is; counts newlines; keeps the last 64 bytes.
static size_t drain(int fd, char last[65])
{
	static char bytes[1 << 18];
	size_t lines = 0;
	ssize_t count;

	while ((count = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(bytes + count - at))) != NULL; at++)
			lines++;
		size_t keep = MW_MIN((size_t)count, (size_t)64);

		memcpy(last, bytes + count - keep, keep);
		last[keep] = '\0';
	}
	return lines;
}

static void million_rows_reach_a_fast_reader(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);
	char last[65] = "";
	size_t lines = 0;

	harness->backend.things = MANY;
	harness_say(fd, "{\"id\":1,\"command\":\"show things\"}");
	for (int i = 0; i < MANY && lines < MANY + 1; i++) {
		mw_server_poll(harness->server, 0);
		lines += drain(fd, last);
	}
	assert_int_equal(lines, MANY + 1);
	assert_non_null(
		strstr(last, MANY == 1000000 ? "\"end\":true,\"count\":1000000}\n" : "\"end\":true,\"count\":100000}\n"));
	assert_true(harness->backend.runs > MANY / 10000); // in parts: others had their turn between
	close(fd);
}

static void paused_reader_pauses_its_table(void **state)
{
	struct harness *harness = *state;
	int paused = harness_client(harness);
	int other = harness_client(harness);
	char last[65];
	size_t lines = 0;

	harness->backend.things = 50000;
	harness_say(paused, "{\"id\":1,\"command\":\"show things\"}");
	harness_poll(harness, 50);
	uint64_t runs = harness->backend.runs;

	harness_poll(harness, 50);
	assert_int_equal(harness->backend.runs, runs); // nothing is made that nobody reads
	assert_string_equal(harness_code(harness, other, "{\"command\":\"show status\"}"), "OK");
	for (int i = 0; i < 50000 && lines < 50001; i++) {
		lines += drain(paused, last);
		mw_server_poll(harness->server, 0);
	}
	assert_int_equal(lines, 50001);
	close(paused);
	close(other);
}

static int follower(struct harness *harness, const char *stream)
{
	int fd = harness_client(harness);
	json_t *request = json_pack("{s:i, s:o}", "id", 1, "command", json_sprintf("follow %s", stream));
	char *line = json_dumps(request, 0);

	assert_string_equal(harness_code(harness, fd, line), "OK");
	free(line);
	json_decref(request);
	return fd;
}

static void followers_get_the_items_of_their_stream(void **state)
{
	struct harness *harness = *state;

	assert_false(mw_server_followed(harness->server, "events"));
	int events = follower(harness, "events");

	assert_true(mw_server_followed(harness->server, "events"));
	assert_false(mw_server_followed(harness->server, "findings"));
	int findings = follower(harness, "findings");

	mw_server_publish(harness->server, "events", json_pack("{s:i}", "n", 1));
	mw_server_publish(harness->server, "findings", json_pack("{s:i}", "n", 2));
	mw_server_publish(harness->server, "unheard-of", json_pack("{s:i}", "n", 3));
	assert_string_equal(harness_line(harness, events), "{\"stream\":\"events\",\"item\":{\"n\":1}}");
	assert_string_equal(harness_line(harness, findings), "{\"stream\":\"findings\",\"item\":{\"n\":2}}");
	assert_string_equal(harness_code(harness, events, "{\"command\":\"show status\"}"), "OK");
	close(events);
	harness_poll(harness, 2);
	assert_false(mw_server_followed(harness->server, "events"));
	close(findings);
}

static void slow_follower_is_told_what_it_lost(void **state)
{
	struct harness *harness = *state;
	int fd = follower(harness, "events");
	static char filler[1024];
	size_t items = 0, lost = 0;

	memset(filler, 'y', sizeof(filler) - 1);
	for (int i = 0; i < 5000; i++) {
		mw_server_publish(harness->server, "events", json_pack("{s:i, s:s}", "n", i, "text", filler));
		if (i % 100 == 0)
			harness_poll(harness, 1);
	}
	while (items + lost < 5000) {
		json_t *line = harness_json(harness, fd);

		if (json_object_get(line, "item") != NULL) {
			items++;
			assert_int_equal(lost, 0); // the gap is told after what came before it
		}
		lost += (size_t)json_integer_value(json_object_get(line, "lost"));
		json_decref(line);
	}
	assert_int_equal(items + lost, 5000);
	assert_true(lost > 0);
	mw_server_publish(harness->server, "events", json_pack("{s:s}", "n", "after"));
	assert_string_equal(harness_line(harness, fd), "{\"stream\":\"events\",\"item\":{\"n\":\"after\"}}");
	close(fd);
}

static void half_closed_follower_goes_on_until_it_hangs_up(void **state)
{
	struct harness *harness = *state;
	int fd = follower(harness, "events");

	shutdown(fd, SHUT_WR);
	harness_poll(harness, 3);
	mw_server_publish(harness->server, "events", json_pack("{s:i}", "n", 1));
	assert_string_equal(harness_line(harness, fd), "{\"stream\":\"events\",\"item\":{\"n\":1}}");
	close(fd);
	harness_poll(harness, 2);
	assert_false(mw_server_followed(harness->server, "events"));
}

#define STREAM_TEST(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)
static const struct CMUnitTest tests[] = {
	STREAM_TEST(million_rows_reach_a_fast_reader),
	STREAM_TEST(paused_reader_pauses_its_table),
	STREAM_TEST(followers_get_the_items_of_their_stream),
	STREAM_TEST(slow_follower_is_told_what_it_lost),
	STREAM_TEST(half_closed_follower_goes_on_until_it_hangs_up),
};
MW_TEST_MAIN("control_stream", tests)
