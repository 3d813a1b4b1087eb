// SPDX-License-Identifier: BSD-3-Clause
// Bytes of one connection: a fixed room for requests, a bounded queue for answers; nothing here waits.
// Neighbours: client.h, server.c. Follows unix(7).
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mw_log.h"

#define OUT_BYTES_MIN 16384u

struct client *client_new(int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	char *in = malloc(CLIENT_IN_BYTES);

	if (client == NULL || in == NULL) {
		free(client);
		free(in);
		return NULL;
	}
	client->fd = fd;
	client->in = in;
	return client;
}

void client_free(struct client *client)
{
	if (client == NULL)
		return;
	close(client->fd);
	json_decref(client->request);
	json_decref(client->arguments);
	free(client->in);
	free(client->out);
	free(client);
}

bool client_reads(const struct client *client)
{
	return !client->eof && !client->closing && !client->gone && client->command == NULL &&
		   client_queued(client) <= MW_SERVER_QUEUE_LOW_BYTES;
}

void client_read(struct client *client)
{
	if (client->in_at > 0) {
		memmove(client->in, client->in + client->in_at, client->in_end - client->in_at);
		client->in_end -= client->in_at;
		client->in_at = 0;
	}
	size_t room = CLIENT_IN_BYTES - client->in_end;

	if (room == 0)
		return;
	ssize_t count = recv(client->fd, client->in + client->in_end, room, MSG_DONTWAIT);

	if (count > 0)
		client->in_end += (size_t)count;
	else if (count == 0)
		client->eof = true;
	else if (errno != EAGAIN && errno != EINTR)
		client->gone = true;
}

static void out_reset(struct client *client)
{
	client->out_at = client->out_end = 0;
	if (client->out_size > MW_SERVER_QUEUE_FULL_BYTES * 2) { // what one large answer took is given back
		free(client->out);
		client->out = NULL;
		client->out_size = 0;
	}
}

void client_flush(struct client *client)
{
	while (!client->gone && client_queued(client) > 0) {
		ssize_t count =
			send(client->fd, client->out + client->out_at, client_queued(client), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (count > 0)
			client->out_at += (size_t)count;
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			client->gone = true;
	}
	if (client_queued(client) == 0)
		out_reset(client);
}

static bool out_reserve(struct client *client, size_t count)
{
	if (client->out_end + count <= client->out_size)
		return true;
	if (client->out_at > 0) {
		memmove(client->out, client->out + client->out_at, client_queued(client));
		client->out_end -= client->out_at;
		client->out_at = 0;
	}
	size_t size = MW_MAX(client->out_size, (size_t)OUT_BYTES_MIN);

	while (size < client->out_end + count)
		size *= 2;
	char *grown = size == client->out_size ? client->out : realloc(client->out, size);

	if (grown == NULL)
		return false;
	client->out = grown;
	client->out_size = size;
	return true;
}

void client_queue(struct client *client, const char *bytes, size_t count)
{
	if (client->gone)
		return;
	if (client_queued(client) + count > MW_SERVER_QUEUE_BYTES_MAX) {
		mw_log_notice("a control client reads too slowly: dropped with %zu bytes queued", client_queued(client));
		client->gone = true;
	} else if (!out_reserve(client, count)) {
		mw_log_error("memory is short: a control client was dropped");
		client->gone = true;
	} else {
		memcpy(client->out + client->out_end, bytes, count);
		client->out_end += count;
	}
}

const char *client_line(struct client *client, size_t *len_bytes)
{
	while (client->in_at < client->in_end && strchr("\r\n\t ", client->in[client->in_at]) != NULL &&
		   client->in[client->in_at] != '\0')
		client->in_at++;
	size_t left = client->in_end - client->in_at;
	const char *line = client->in + client->in_at;
	const char *newline = left > 0 ? memchr(line, '\n', left) : NULL;

	if (newline == NULL && (!client->eof || left == 0))
		return NULL;
	*len_bytes = newline != NULL ? (size_t)(newline - line) : left; // hanging up ends the last line, too
	return line;
}

void client_line_done(struct client *client, size_t len_bytes)
{
	client->in_at = MW_MIN(client->in_at + len_bytes + 1, client->in_end);
	client->partial = false;
}

bool client_line_too_long(const struct client *client)
{
	size_t left = client->in_end - client->in_at;

	return left >= CLIENT_IN_BYTES && memchr(client->in + client->in_at, '\n', left) == NULL;
}
