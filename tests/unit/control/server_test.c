// SPDX-License-Identifier: BSD-3-Clause
// The server's answers and limits over a real socket, with a clock of the test's own.
// Neighbours: lib/control/server.c, commands.c, client.c.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "mw_log.h"
#include "mw_test.h"

static void assert_line(struct harness *harness, int fd, const char *expected)
{
	const char *line = harness_line(harness, fd);

	assert_non_null(line);
	assert_string_equal(line, expected);
}

static void table_is_rows_and_an_end_with_their_count(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	harness->backend.things = 2;
	harness_say(fd, "{\"id\":7,\"command\":\"show things\"}");
	assert_line(harness, fd, "{\"id\":7,\"row\":{\"number\":0,\"name\":\"even\",\"even\":true}}");
	assert_line(harness, fd, "{\"id\":7,\"row\":{\"number\":1,\"name\":\"odd\",\"even\":false}}");
	assert_line(harness, fd, "{\"id\":7,\"end\":true,\"count\":2}");
	harness->backend.things = 0;
	harness_say(fd, "{\"id\":\"x\",\"command\":\"  show   things \",\"arguments\":{}}");
	assert_line(harness, fd, "{\"id\":\"x\",\"end\":true,\"count\":0,\"columns\":[\"number\",\"name\",\"even\"]}");
	close(fd);
}

static void message_is_one_line(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	harness_say(fd, "{\"id\":1,\"command\":\"say\",\"arguments\":{\"mood\":\"sad\",\"text\":12}}");
	assert_line(harness, fd, "{\"id\":1,\"return\":\"OK\",\"message\":\"sad: 12\"}");
	harness_say(fd, "{\"command\":\"say\",\"arguments\":{\"mood\":\"sad\",\"text\":true}}");
	assert_line(harness, fd, "{\"id\":null,\"return\":\"OK\",\"message\":\"sad: yes\"}");
	close(fd);
}

static void unknown_command_is_told_with_the_nearest(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	harness_say(fd, "{\"id\":1,\"command\":\"shw thngs\"}");
	assert_line(
		harness, fd,
		"{\"id\":1,\"return\":\"NOK\",\"code\":\"E_UNKNOWN_COMMAND\",\"message\":\"unknown command 'shw thngs'; "
		"did you mean 'show things'?\"}");
	harness_say(fd, "{\"id\":1,\"command\":\"follow\"}");
	assert_line(
		harness, fd,
		"{\"id\":1,\"return\":\"NOK\",\"code\":\"E_UNKNOWN_COMMAND\",\"message\":\"unknown command 'follow'; did "
		"you mean 'follow events' or 'follow findings'?\"}");
	harness_say(fd, "{\"id\":1,\"command\":\"xyzzy\"}");
	assert_line(harness, fd,
				"{\"id\":1,\"return\":\"NOK\",\"code\":\"E_UNKNOWN_COMMAND\",\"message\":\"unknown command 'xyzzy'\"}");
	close(fd);
}

static void wrong_arguments_are_named(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);
	static const struct {
		const char *arguments, *message;
	} cases[] = {
		{"{}", "'say' needs the argument 'mood': how it is said"},
		{"{\"mood\":null}", "'say' needs the argument 'mood': how it is said"},
		{"{\"mood\":\"angry\"}", "argument 'mood' must be one of: happy sad"},
		{"{\"mood\":\"sad\",\"txt\":\"\"}", "'say' has no argument 'txt'"},
		{"{\"mood\":\"sad\",\"text\":[1]}", "argument 'text' must be a text or a number"},
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		char line[256];

		snprintf(line, sizeof(line), "{\"command\":\"say\",\"arguments\":%s}", cases[i].arguments);
		harness_say(fd, line);
		json_t *answer = harness_json(harness, fd);

		assert_string_equal(json_string_value(json_object_get(answer, "code")), "E_USAGE");
		assert_string_equal(json_string_value(json_object_get(answer, "message")), cases[i].message);
		json_decref(answer);
	}
	close(fd);
}

static void broken_line_is_refused_and_the_connection_stays(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	assert_string_equal(harness_code(harness, fd, "{\"id\":1,"), "E_JSON");
	assert_string_equal(harness_code(harness, fd, "\x01\x02\xff"), "E_JSON");
	assert_string_equal(harness_code(harness, fd, "\n\n  \n{\"command\":\"help\",\"command\":\"help\"}"), "E_JSON");
	assert_string_equal(harness_code(harness, fd, "{\"command\":\"explain\",\"arguments\":{\"id\":\"no\"}}"),
						"E_NOT_FOUND");
	assert_string_equal(harness_code(harness, fd, "{\"command\":\"show status\"}"), "OK");
	close(fd);
}

static void table_that_breaks_off_ends_in_the_refusal(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	harness_say(fd, "{\"id\":1,\"command\":\"break\"}");
	assert_line(harness, fd, "{\"id\":1,\"row\":{\"number\":1}}");
	assert_line(harness, fd, "{\"id\":1,\"return\":\"NOK\",\"code\":\"E_FAILED\",\"message\":\"broken \\\\xff off\"}");
	assert_string_equal(harness_code(harness, fd, "{\"command\":\"show status\"}"), "OK");
	close(fd);
}

static void many_requests_in_one_write_are_answered_in_order(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	for (int i = 0; i < 100; i++) {
		char line[80];

		snprintf(line, sizeof(line), "{\"id\":%d,\"command\":\"say\",\"arguments\":{\"mood\":\"sad\"}}", i);
		harness_say(fd, line);
	}
	for (int i = 0; i < 100; i++) {
		json_t *answer = harness_json(harness, fd);

		assert_int_equal(json_integer_value(json_object_get(answer, "id")), i);
		json_decref(answer);
	}
	close(fd);
}

static void half_closed_client_still_gets_its_answers(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);
	const char *line = "{\"id\":1,\"command\":\"show things\"}"; // and no newline

	harness_send(fd, line, strlen(line));
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 3; i++)
		assert_non_null(strstr(harness_line(harness, fd), "\"row\""));
	assert_line(harness, fd, "{\"id\":1,\"end\":true,\"count\":3}");
	assert_null(harness_line(harness, fd));
	close(fd);
}

static void help_tells_the_whole_table(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	harness_say(fd, "{\"command\":\"help\",\"arguments\":{\"command\":\"say\"}}");
	assert_line(
		harness, fd,
		"{\"id\":null,\"row\":{\"command\":\"say\",\"help\":\"say it\",\"subscribe\":null,\"arguments\":["
		"{\"name\":\"mood\",\"help\":\"how it is said\",\"required\":true,\"rest\":false,\"values\":[\"happy\","
		"\"sad\"]},{\"name\":\"text\",\"help\":\"what is said\",\"required\":false,\"rest\":true,\"values\":null}]"
		"}}");
	assert_line(harness, fd, "{\"id\":null,\"end\":true,\"count\":1}");
	harness_say(fd, "{\"command\":\"help\"}");
	for (int i = 0; i < 12; i++) // eleven of the table and help itself
		assert_non_null(strstr(harness_line(harness, fd), "\"row\""));
	assert_line(harness, fd, "{\"id\":null,\"end\":true,\"count\":12}");
	assert_string_equal(harness_code(harness, fd, "{\"command\":\"help\",\"arguments\":{\"command\":\"zz\"}}"),
						"E_NOT_FOUND");
	close(fd);
}

static void client_33_is_refused_and_32_go_on(void **state)
{
	struct harness *harness = *state;
	int fds[MW_SERVER_CLIENTS_MAX];

	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		fds[i] = harness_client(harness);
	int extra = harness_connect(harness);

	assert_line(harness, extra,
				"{\"id\":null,\"return\":\"NOK\",\"code\":\"E_TOO_MANY\",\"message\":\"32 clients are connected "
				"already\"}");
	assert_null(harness_line(harness, extra));
	close(extra);
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		assert_string_equal(harness_code(harness, fds[i], "{\"command\":\"show status\"}"), "OK");
	close(fds[0]);
	harness_poll(harness, 2);
	fds[0] = harness_client(harness); // its place is free again
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		close(fds[i]);
}

static void idle_clients_give_way_and_those_at_work_stay(void **state)
{
	struct harness *harness = *state;
	int fds[MW_SERVER_CLIENTS_MAX];

	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		fds[i] = harness_client(harness);
	assert_string_equal(harness_code(harness, fds[1], "{\"command\":\"follow events\"}"), "OK");
	for (int i = 2; i < MW_SERVER_CLIENTS_MAX; i++)
		assert_string_equal(harness_code(harness, fds[i], "{\"command\":\"show status\"}"), "OK");
	harness_now_ms += 200;
	assert_string_equal(harness_code(harness, fds[0], "{\"command\":\"show status\"}"), "OK");
	harness_now_ms += 100; // all but the first two are idle for 300 ms
	int newcomer = harness_client(harness);

	assert_string_equal(harness_code(harness, newcomer, "{\"command\":\"show status\"}"), "OK");
	assert_string_equal(harness_code(harness, fds[0], "{\"command\":\"show status\"}"), "OK");
	assert_string_equal(harness_code(harness, fds[1], "{\"command\":\"show status\"}"), "OK");
	close(newcomer);
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		close(fds[i]);
}

static void who_never_asked_gives_way_before_who_did(void **state)
{
	struct harness *harness = *state;
	int fds[MW_SERVER_CLIENTS_MAX];

	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		fds[i] = harness_client(harness);
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX - 1; i++)
		assert_string_equal(harness_code(harness, fds[i], "{\"command\":\"show status\"}"), "OK");
	harness_now_ms += 300;
	int newcomer = harness_client(harness);

	assert_null(harness_line(harness, fds[MW_SERVER_CLIENTS_MAX - 1]));
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX - 1; i++)
		assert_string_equal(harness_code(harness, fds[i], "{\"command\":\"show status\"}"), "OK");
	close(newcomer);
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		close(fds[i]);
}

static void who_has_half_a_request_is_given_time(void **state)
{
	struct harness *harness = *state;
	int fds[MW_SERVER_CLIENTS_MAX];

	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++) {
		fds[i] = harness_client(harness);
		harness_send(fds[i], "{", 1);
	}
	harness_poll(harness, 2);
	harness_now_ms += 4000;
	int extra = harness_connect(harness);

	assert_non_null(strstr(harness_line(harness, extra), "E_TOO_MANY"));
	close(extra);
	for (int i = 0; i < MW_SERVER_CLIENTS_MAX; i++)
		close(fds[i]);
}

static void send_filler(struct harness *harness, int fd, size_t count)
{
	char spaces[1024];

	memset(spaces, 'x', sizeof(spaces));
	for (size_t sent = 0; sent < count; sent += MW_MIN(sizeof(spaces), count - sent)) {
		harness_send(fd, spaces, MW_MIN(sizeof(spaces), count - sent));
		mw_server_poll(harness->server, 0);
	}
}

static void line_of_64_kib_is_read_and_one_more_closes(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	send_filler(harness, fd, MW_SERVER_REQUEST_BYTES_MAX);
	assert_string_equal(harness_code(harness, fd, ""), "E_JSON");
	send_filler(harness, fd, MW_SERVER_REQUEST_BYTES_MAX + 1);
	json_t *answer = harness_json(harness, fd);

	assert_string_equal(json_string_value(json_object_get(answer, "code")), "E_TOO_LARGE");
	json_decref(answer);
	assert_null(harness_line(harness, fd));
	close(fd);
}

static void request_not_complete_in_five_seconds_closes(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	harness_now_ms += 60000; // silence costs nothing
	assert_string_equal(harness_code(harness, fd, "{\"command\":\"show status\"}"), "OK");
	for (int i = 0; i < 4; i++) { // a byte a second does not start the time anew
		harness_send(fd, "{", 1);
		harness_poll(harness, 1);
		harness_now_ms += 1000;
	}
	harness_now_ms += 999;
	harness_poll(harness, 1);
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	harness_now_ms += 1;
	json_t *answer = harness_json(harness, fd);

	assert_string_equal(json_string_value(json_object_get(answer, "code")), "E_TIMEOUT");
	json_decref(answer);
	assert_null(harness_line(harness, fd));
	close(fd);
}

static void second_request_has_its_own_five_seconds(void **state)
{
	struct harness *harness = *state;
	int fd = harness_client(harness);

	const char *rest = "\"show status\"}\n{\"comm";

	harness_send(fd, "{\"command\":", 11);
	harness_poll(harness, 1);
	harness_now_ms += 4900;
	harness_send(fd, rest, strlen(rest));
	assert_non_null(strstr(harness_line(harness, fd), "OK"));
	harness_now_ms += 4900;
	harness_poll(harness, 2);
	assert_string_equal(harness_code(harness, fd, "and\":\"show status\"}"), "OK");
	close(fd);
}

static void ignore_log(enum mw_log_level level, const char *message)
{
	(void)level;
	(void)message;
}

static void slow_reader_is_dropped_at_4_mib(void **state)
{
	struct harness *harness = *state;
	int slow = harness_client(harness);
	int other = harness_client(harness);
	static char bytes[1 << 16];
	size_t total = 0;
	ssize_t count;

	mw_log_set_hook(ignore_log);
	harness_say(slow, "{\"command\":\"show flood\"}");
	assert_string_equal(harness_code(harness, other, "{\"command\":\"show status\"}"), "OK");
	harness_poll(harness, 2);
	while ((count = recv(slow, bytes, sizeof(bytes), 0)) > 0)
		total += (size_t)count;
	assert_int_equal(count, 0); // hung up, not merely empty
	assert_true(total < MW_SERVER_QUEUE_BYTES_MAX);
	mw_log_set_hook(NULL);
	close(slow);
	close(other);
}

static void client_that_hangs_up_in_the_middle_harms_nobody(void **state)
{
	struct harness *harness = *state;

	harness->backend.things = 1000000;
	for (int i = 0; i < 20; i++) {
		int fd = harness_client(harness);

		harness_say(fd, "{\"command\":\"show things\"}");
		if (i % 2 == 0)
			harness_poll(harness, 1);
		close(fd);
	}
	harness_poll(harness, 3);
	int fd = harness_client(harness);

	assert_string_equal(harness_code(harness, fd, "{\"command\":\"show status\"}"), "OK");
	close(fd);
}

static void command_that_never_finishes_blocks_only_its_client(void **state)
{
	struct harness *harness = *state;
	int never = harness_client(harness);
	int fd = harness_client(harness);

	harness_say(never, "{\"command\":\"never\"}");
	harness_poll(harness, 5);
	assert_string_equal(harness_code(harness, fd, "{\"command\":\"show status\"}"), "OK");
	close(never);
	close(fd);
}

static void random_bytes_never_stop_the_server(void **state)
{
	struct harness *harness = *state;
	uint32_t seed = 1;

	for (int i = 0; i < 200; i++) {
		int fd = harness_connect(harness);
		char bytes[300];

		for (size_t j = 0; j < sizeof(bytes); j++) {
			seed = seed * 1664525u + 1013904223u;
			bytes[j] = "{}[]\":,\\\n\"command\"1\0\xff"[(seed >> 24) % 22];
		}
		send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
		harness_poll(harness, 2);
		close(fd);
	}
	int fd = harness_client(harness);

	assert_string_equal(harness_code(harness, fd, "{\"command\":\"show status\"}"), "OK");
	close(fd);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)
static const struct CMUnitTest tests[] = {
	SERVER_TEST(table_is_rows_and_an_end_with_their_count),
	SERVER_TEST(message_is_one_line),
	SERVER_TEST(unknown_command_is_told_with_the_nearest),
	SERVER_TEST(wrong_arguments_are_named),
	SERVER_TEST(broken_line_is_refused_and_the_connection_stays),
	SERVER_TEST(table_that_breaks_off_ends_in_the_refusal),
	SERVER_TEST(many_requests_in_one_write_are_answered_in_order),
	SERVER_TEST(half_closed_client_still_gets_its_answers),
	SERVER_TEST(help_tells_the_whole_table),
	SERVER_TEST(client_33_is_refused_and_32_go_on),
	SERVER_TEST(idle_clients_give_way_and_those_at_work_stay),
	SERVER_TEST(who_never_asked_gives_way_before_who_did),
	SERVER_TEST(who_has_half_a_request_is_given_time),
	SERVER_TEST(line_of_64_kib_is_read_and_one_more_closes),
	SERVER_TEST(request_not_complete_in_five_seconds_closes),
	SERVER_TEST(second_request_has_its_own_five_seconds),
	SERVER_TEST(slow_reader_is_dropped_at_4_mib),
	SERVER_TEST(client_that_hangs_up_in_the_middle_harms_nobody),
	SERVER_TEST(command_that_never_finishes_blocks_only_its_client),
	SERVER_TEST(random_bytes_never_stop_the_server),
};
MW_TEST_MAIN("control_server", tests)
