// SPDX-License-Identifier: BSD-3-Clause
// Fuzzes control requests: the parser alone, then a whole server that must live through the bytes as a client's.
// Neighbours: lib/control. Finds: crashes, leaks, a request that reads differently the second time, a server that
// stops.
#include "mw_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mw_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static char dir[32] = "/tmp/mw-fuzz-XXXXXX", path[48];
static struct mw_server *server;
static uint64_t clock_ms = 1;

static uint64_t now_ms(void)
{
	return clock_ms;
}

static bool run_echo(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	(void)backend;
	if (mw_command_text(arguments, "refuse") != NULL)
		reply->fail(reply, MW_CODE_FAILED, "%s", mw_command_text(arguments, "refuse"));
	else if (reply->position++ < 3)
		reply->row_json(reply, json_deep_copy(arguments));
	return reply->position < 3;
}

static const char *const sizes[] = {"small", "large", NULL};
static const struct mw_command_argument echo_arguments[] = {
	{.name = "text", .help = "a text", .required = true, .rest = true},
	{.name = "size", .help = "a size", .values = sizes},
	{.name = "refuse", .help = "why not"},
};
static const struct mw_command commands[] = {
	{.words = "echo", .help = "says it again", .arguments = echo_arguments, .arguments_count = 3, .run = run_echo},
	{.words = "follow events", .help = "follows", .subscribe = "events"},
};

static void be_silent(enum mw_log_level level, const char *message)
{
	(void)level;
	(void)message;
}

static void finish(void)
{
	mw_server_close(server);
	rmdir(dir);
}

static void begin(void)
{
	mw_log_set_hook(be_silent);
	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(path, sizeof(path), "%s/s", dir);
	struct mw_server_config config = {
		.path = path, .commands = commands, .commands_count = 2, .version = "fuzz", .now_ms = now_ms};

	if (mw_server_open(&config, &server) != 0)
		abort();
	atexit(finish);
}

// A request that was read, written and read again is the same.
static void check_parser(const char *chars, size_t count)
{
	json_t *first = NULL, *second = NULL;
	const char *problem = NULL;

	if (mw_request_parse(chars, count, &first, &problem) != 0) {
		if (problem == NULL || first != NULL)
			abort();
		return;
	}
	char *dumped = json_dumps(first, JSON_COMPACT | JSON_REAL_PRECISION(17));

	if (dumped != NULL && strlen(dumped) <= MW_SERVER_REQUEST_BYTES_MAX &&
		(mw_request_parse(dumped, strlen(dumped), &second, &problem) != 0 || json_equal(first, second) == 0))
		abort();
	free(dumped);
	json_decref(first);
	json_decref(second);
}

static void check_server(const char *chars, size_t count)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	char answer[4096];

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		abort();
	mw_server_poll(server, 0);
	send(fd, chars, count, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	mw_server_poll(server, 0);
	mw_server_publish(server, "events", json_pack("{s:i}", "n", 1));
	while (recv(fd, answer, sizeof(answer), 0) > 0)
		mw_server_poll(server, 0);
	close(fd);
	clock_ms += 1000;
	mw_server_poll(server, 0);
	mw_server_poll(server, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (server == NULL)
		begin();
	check_parser((const char *)bytes, count);
	check_server((const char *)bytes, count);
	return 0;
}
