// SPDX-License-Identifier: BSD-3-Clause
// The server's loop: who may come in, whose turn it is, which command answers, who follows what.
// Neighbours: mw_server.h (the protocol), listen.c, client.c, answer.c, commands.c. One thread; every step is bounded.
#include "mw_server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "listen.h"
#include "mw_log.h"
#include "request.h"

#define ROUNDS_MAX      64 // in one mw_server_poll, whatever the clock says
#define STEPS_MAX       16 // requests of one client in one round
#define ACCEPT_PAUSE_MS 1000 // after the process ran out of descriptors
#define IDLE_MS         250 // a client that asks for nothing for so long gives way to another
#define SLOW_MS         5000 // and one that has not read its answer, or asked to the end
#define PROBLEM_BYTES   512

struct mw_server {
	struct listener listener;
	struct command_table table;
	void *backend;
	const char *version;
	uint64_t (*now_ms)(void);
	uint64_t accept_after_ms;
	const char *streams[MW_SERVER_STREAMS_MAX];
	uint32_t streams_count;
	uint32_t clients_count;
	struct client *clients[MW_SERVER_CLIENTS_MAX];
};

static int stream_index(const struct mw_server *server, const char *name)
{
	for (uint32_t i = 0; i < server->streams_count; i++)
		if (strcmp(server->streams[i], name) == 0)
			return (int)i;
	return -1;
}

static int collect_streams(struct mw_server *server)
{
	for (uint32_t i = 0; i < server->table.count; i++) {
		const char *name = server->table.commands[i].subscribe;

		if (name == NULL || stream_index(server, name) >= 0)
			continue;
		if (server->streams_count == MW_SERVER_STREAMS_MAX)
			return -E2BIG;
		server->streams[server->streams_count++] = name;
	}
	return 0;
}

int mw_server_open(const struct mw_server_config *config, struct mw_server **server)
{
	struct mw_server *new = calloc(1, sizeof(*new));

	if (new == NULL) {
		mw_log_error("%s: cannot make the control socket: %s", config->path, strerror(ENOMEM));
		return -ENOMEM;
	}
	new->table = (struct command_table){config->commands, config->commands_count};
	new->backend = config->backend;
	new->version = config->version;
	new->now_ms = config->now_ms;
	int result = collect_streams(new);

	if (result == 0)
		result = listener_open(&new->listener, config->path, config->group);
	if (result != 0) {
		free(new);
		return result;
	}
	*server = new;
	return 0;
}

static void refuse_connection(int fd)
{
	static const char line[] = "{\"id\":null,\"return\":\"NOK\",\"code\":\"" MW_CODE_TOO_MANY
							   "\",\"message\":\"32 clients are connected already\"}\n";

	send(fd, line, sizeof(line) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void greet(const struct mw_server *server, struct client *client)
{
	answer_line(client, json_pack("{s:s, s:i, s:s}", "app", "midwatch", "proto", 1, "version", server->version));
	client_flush(client);
}

static bool is_owner(int fd)
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

static bool is_idle(const struct mw_server *server, const struct client *client)
{
	const bool slow = client_queued(client) > 0 || client->in_at != client->in_end;

	return client->command == NULL && client->follows == 0 &&
		   server->now_ms() - client->used_ms >= (slow ? SLOW_MS : IDLE_MS);
}

// One that never asked for anything, then the one that asked longest ago.
static bool goes_before(const struct client *client, const struct client *other)
{
	return client->asked != other->asked ? other->asked : client->used_ms < other->used_ms;
}

// Closes the idle client that will be missed least. @return false when all are at work.
static bool make_place(struct mw_server *server)
{
	uint32_t least = server->clients_count;

	for (uint32_t i = 0; i < server->clients_count; i++) {
		const struct client *client = server->clients[i];

		if (is_idle(server, client) && (least == server->clients_count || goes_before(client, server->clients[least])))
			least = i;
	}
	if (least == server->clients_count)
		return false;
	client_free(server->clients[least]);
	server->clients[least] = server->clients[--server->clients_count];
	return true;
}

// The last place is the owner's: who runs midwatch can always stop it.
static bool has_place(struct mw_server *server, int fd)
{
	uint32_t places = is_owner(fd) ? MW_SERVER_CLIENTS_MAX : MW_SERVER_CLIENTS_MAX - 1;

	return server->clients_count < places || make_place(server);
}

static void accept_client(struct mw_server *server)
{
	int fd = accept4(server->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
			mw_log_warning("%s: cannot accept a client: %s", server->listener.address.sun_path, strerror(errno));
			server->accept_after_ms = server->now_ms() + ACCEPT_PAUSE_MS;
		}
		return;
	}
	if (!has_place(server, fd)) {
		refuse_connection(fd);
		return;
	}
	struct client *client = client_new(fd);

	if (client == NULL) {
		close(fd);
		return;
	}
	client->used_ms = server->now_ms();
	server->clients[server->clients_count++] = client;
	greet(server, client);
}

static void finish_request(struct mw_server *server, struct client *client)
{
	answer_end(client);
	if (client->command->subscribe != NULL && !client->failed)
		client->follows |= 1u << stream_index(server, client->command->subscribe);
	json_decref(client->request);
	json_decref(client->arguments);
	client->request = client->arguments = NULL;
	client->command = NULL;
}

static void run_request(struct mw_server *server, struct client *client)
{
	const struct mw_command *command = client->command;
	bool more = false;

	client->reply.command = command;
	if (command->run != NULL)
		more = command->run(client->backend, client->arguments, &client->reply);
	else
		client->reply.message(&client->reply, json_pack("{s:s}", "stream", command->subscribe));
	if (!more || client->answered)
		finish_request(server, client);
}

static void unknown_command(struct mw_server *server, struct client *client, const json_t *request, const char *words)
{
	char chars[PROBLEM_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_text_add(&text, "unknown command '");
	mw_text_add_escaped(&text, (const uint8_t *)words, MW_MIN(strlen(words), (size_t)64));
	mw_text_add(&text, "'");
	command_suggest(&server->table, words, &text);
	answer_refuse(client, json_object_get(request, "id"), MW_CODE_UNKNOWN_COMMAND, chars);
}

// Takes the reference.
static void start_request(struct mw_server *server, struct client *client, json_t *request)
{
	char chars[PROBLEM_BYTES];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	const char *words = json_string_value(json_object_get(request, "command"));
	const struct mw_command *command = command_find(&server->table, words);
	json_t *arguments = NULL;

	if (command == NULL)
		unknown_command(server, client, request, words);
	else if ((arguments = command_arguments(command, json_object_get(request, "arguments"), &problem)) == NULL)
		answer_refuse(client, json_object_get(request, "id"), MW_CODE_USAGE, chars);
	if (arguments == NULL) {
		json_decref(request);
		return;
	}
	client->request = request;
	client->command = command;
	client->arguments = arguments;
	client->backend = command == &help_command ? &server->table : server->backend;
	answer_begin(client);
	run_request(server, client);
}

static void take_line(struct mw_server *server, struct client *client, const char *line, size_t len_bytes)
{
	json_t *request;
	const char *problem;

	client->used_ms = server->now_ms();
	client->asked = true;
	if (mw_request_parse(line, len_bytes, &request, &problem) == 0)
		start_request(server, client, request);
	else
		answer_refuse(client, NULL, MW_CODE_JSON, problem);
	client_line_done(client, len_bytes);
}

// True when something can be done for this client without waiting for it.
static bool client_ready(struct client *client)
{
	size_t len_bytes;

	if (client->gone || client->closing || client_queued(client) > MW_SERVER_QUEUE_LOW_BYTES)
		return false;
	return client->command != NULL || client_line(client, &len_bytes) != NULL;
}

static void step(struct mw_server *server, struct client *client)
{
	size_t len_bytes;
	const char *line;

	if (client->command != NULL)
		run_request(server, client);
	else if ((line = client_line(client, &len_bytes)) != NULL)
		take_line(server, client, line, len_bytes);
}

static void refuse_and_close(struct client *client, const char *code, const char *message)
{
	answer_refuse(client, NULL, code, message);
	client->closing = true;
}

// Holds an unfinished request against the limits of size and time.
static void check_partial(const struct mw_server *server, struct client *client)
{
	size_t len_bytes;
	uint64_t now_ms = server->now_ms();

	if (!client_reads(client) || client_line(client, &len_bytes) != NULL || client->in_at == client->in_end)
		client->partial = false;
	else if (client_line_too_long(client))
		refuse_and_close(client, MW_CODE_TOO_LARGE, "the request is longer than 64 KiB");
	else if (!client->partial) {
		client->partial = true;
		client->since_ms = now_ms;
	} else if (now_ms - client->since_ms >= MW_SERVER_REQUEST_MS_MAX)
		refuse_and_close(client, MW_CODE_TIMEOUT, "the request was not complete within 5 s");
}

static void send_lost(const struct mw_server *server, struct client *client)
{
	for (uint32_t i = 0; i < server->streams_count; i++) {
		if (client->lost[i] == 0 || client_queued(client) > MW_SERVER_QUEUE_LOW_BYTES)
			continue;
		answer_line(client, json_pack("{s:s, s:I}", "stream", server->streams[i], "lost", (json_int_t)client->lost[i]));
		client->lost[i] = 0;
	}
}

static bool client_done(struct client *client)
{
	if (client->gone)
		return true;
	if (client_queued(client) > 0)
		return false;
	return client->closing || (client->eof && client->follows == 0 && !client_ready(client));
}

static void serve(struct mw_server *server, struct client *client, short revents)
{
	if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
		if (client_reads(client))
			client_read(client);
		else if ((revents & (POLLHUP | POLLERR)) != 0)
			client->gone = true;
	}
	for (int i = 0; i < STEPS_MAX && client_ready(client); i++) {
		step(server, client);
		client_flush(client);
	}
	check_partial(server, client);
	client_flush(client);
	send_lost(server, client);
	client_flush(client);
}

static void drop_done(struct mw_server *server)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < server->clients_count; i++) {
		if (client_done(server->clients[i])) {
			client_free(server->clients[i]);
			server->accept_after_ms = 0; // a descriptor is free again
		} else {
			server->clients[kept++] = server->clients[i];
		}
	}
	server->clients_count = kept;
}

// How long may be waited: not at all when somebody is ready, and no longer than until somebody's time is over.
static int wait_ms(struct mw_server *server, int timeout_ms)
{
	uint64_t now_ms = server->now_ms();

	for (uint32_t i = 0; i < server->clients_count; i++) {
		struct client *client = server->clients[i];
		uint64_t end_ms = client->since_ms + MW_SERVER_REQUEST_MS_MAX;

		if (client_ready(client))
			return 0;
		if (client->partial && (end_ms <= now_ms || end_ms - now_ms < (uint64_t)timeout_ms))
			timeout_ms = end_ms <= now_ms ? 0 : (int)(end_ms - now_ms);
	}
	return timeout_ms;
}

static uint32_t fill_polls(const struct mw_server *server, struct pollfd *polls)
{
	bool accepts = server->now_ms() >= server->accept_after_ms;

	polls[0] = (struct pollfd){.fd = accepts ? server->listener.fd : -1, .events = POLLIN};
	for (uint32_t i = 0; i < server->clients_count; i++) {
		const struct client *client = server->clients[i];
		int events = (client_reads(client) ? POLLIN : 0) | (client_queued(client) > 0 ? POLLOUT : 0);

		polls[1 + i] = (struct pollfd){.fd = client->fd, .events = (short)events};
	}
	return server->clients_count;
}

// @return true when something was done.
static bool one_round(struct mw_server *server, int timeout_ms)
{
	struct pollfd polls[1 + MW_SERVER_CLIENTS_MAX];
	int wait = wait_ms(server, timeout_ms);
	uint32_t count = fill_polls(server, polls);
	bool busy = false;
	int events = poll(polls, 1 + count, wait);

	if (events < 0)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		busy = busy || client_ready(server->clients[i]);
		serve(server, server->clients[i], polls[1 + i].revents);
	}
	if ((polls[0].revents & POLLIN) != 0)
		accept_client(server);
	drop_done(server);
	return busy || events > 0;
}

void mw_server_poll(struct mw_server *server, int timeout_ms)
{
	uint64_t end_ms = server->now_ms() + (uint64_t)MW_MAX(timeout_ms, 0);
	int wait = MW_MAX(timeout_ms, 0);

	for (int round = 0; round < ROUNDS_MAX && one_round(server, wait) && server->now_ms() < end_ms; round++)
		wait = 0;
}

void mw_server_publish(struct mw_server *server, const char *stream, json_t *item)
{
	int index = stream_index(server, stream);

	for (uint32_t i = 0; index >= 0 && item != NULL && i < server->clients_count; i++) {
		struct client *client = server->clients[i];

		if ((client->follows & 1u << index) == 0 || client->closing || client->gone)
			continue;
		send_lost(server, client);
		if (client->lost[index] > 0 || client_queued(client) >= MW_SERVER_QUEUE_FULL_BYTES)
			client->lost[index]++;
		else
			answer_line(client, json_pack("{s:s, s:O}", "stream", stream, "item", item));
	}
	json_decref(item);
}

bool mw_server_followed(const struct mw_server *server, const char *stream)
{
	int index = stream_index(server, stream);

	for (uint32_t i = 0; index >= 0 && i < server->clients_count; i++)
		if ((server->clients[i]->follows & 1u << index) != 0)
			return true;
	return false;
}

void mw_server_close(struct mw_server *server)
{
	if (server == NULL)
		return;
	for (uint32_t i = 0; i < server->clients_count; i++) {
		client_flush(server->clients[i]);
		client_free(server->clients[i]);
	}
	listener_close(&server->listener);
	free(server);
}
