// SPDX-License-Identifier: BSD-3-Clause
// The server around the test commands, and clients that never block.
// Neighbours: harness.h, commands.c.
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mw_test.h"

#define LINE_BYTES (1 << 20)
#define TRIES_MAX  200000

uint64_t harness_now_ms = 1000;

static uint64_t now_ms(void)
{
	return harness_now_ms;
}

struct mw_server_config harness_config(struct harness *harness)
{
	return (struct mw_server_config){.path = harness->path,
									 .commands = harness_commands,
									 .commands_count = harness_commands_count,
									 .backend = &harness->backend,
									 .version = "0.0.1",
									 .now_ms = now_ms};
}

int harness_setup(void **state)
{
	struct harness *harness = calloc(1, sizeof(*harness));

	snprintf(harness->dir, sizeof(harness->dir), "/tmp/mw-control-XXXXXX");
	if (mkdtemp(harness->dir) == NULL)
		return -1;
	snprintf(harness->path, sizeof(harness->path), "%s/s", harness->dir);
	harness->backend.things = 3;
	struct mw_server_config config = harness_config(harness);

	*state = harness;
	return mw_server_open(&config, &harness->server);
}

int harness_teardown(void **state)
{
	struct harness *harness = *state;

	mw_server_close(harness->server);
	unlink(harness->path);
	rmdir(harness->dir);
	free(harness);
	return 0;
}

int harness_connect(struct harness *harness)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, harness->path, strlen(harness->path) + 1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	mw_server_poll(harness->server, 0);
	return fd;
}

int harness_client(struct harness *harness)
{
	int fd = harness_connect(harness);

	assert_string_equal(harness_line(harness, fd), "{\"app\":\"midwatch\",\"proto\":1,\"version\":\"0.0.1\"}");
	return fd;
}

void harness_send(int fd, const char *chars, size_t count)
{
	assert_int_equal(send(fd, chars, count, MSG_NOSIGNAL), (ssize_t)count);
}

void harness_say(int fd, const char *line)
{
	harness_send(fd, line, strlen(line));
	harness_send(fd, "\n", 1);
}

const char *harness_line(struct harness *harness, int fd)
{
	static char line[LINE_BYTES];
	size_t len = 0;

	for (unsigned tries = 0; tries < TRIES_MAX && len + 1 < sizeof(line);) {
		ssize_t peeked = recv(fd, line + len, sizeof(line) - 1 - len, MSG_PEEK);

		if (peeked == 0 || (peeked < 0 && errno != EAGAIN))
			return NULL;
		if (peeked < 0) {
			mw_server_poll(harness->server, 0);
			tries++;
			continue;
		}
		const char *newline = memchr(line + len, '\n', (size_t)peeked);
		size_t take = newline != NULL ? (size_t)(newline - line) - len + 1 : (size_t)peeked;

		len += (size_t)recv(fd, line + len, take, 0);
		if (newline != NULL) {
			line[len - 1] = '\0';
			return line;
		}
	}
	fail_msg("no line came");
	return NULL;
}

json_t *harness_json(struct harness *harness, int fd)
{
	const char *line = harness_line(harness, fd);

	assert_non_null(line);
	json_t *value = json_loads(line, 0, NULL);

	assert_non_null(value);
	return value;
}

const char *harness_code(struct harness *harness, int fd, const char *line)
{
	static char code[64];

	harness_say(fd, line);
	json_t *answer = harness_json(harness, fd);
	const char *found = json_string_value(json_object_get(answer, "code"));

	snprintf(code, sizeof(code), "%s", found != NULL ? found : "OK");
	json_decref(answer);
	return code;
}

void harness_poll(struct harness *harness, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		mw_server_poll(harness->server, 0);
}
