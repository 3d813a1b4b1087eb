// SPDX-License-Identifier: BSD-3-Clause
// One connection: lines in, lines out, and the request it is being answered.
// Neighbours: client.c (bytes), answer.c (what is said), server.c (when).
#ifndef CLIENT_H
#define CLIENT_H

#include "mw_server.h"

#define CLIENT_IN_BYTES (MW_SERVER_REQUEST_BYTES_MAX + 1)

/** All fields are the server thread's. */
struct client {
	int fd;
	bool eof; // it sends no more, but may still read
	bool closing; // gets what is queued, then is closed
	bool gone; // to be closed at once
	bool partial; // a request has begun, since since_ms
	uint64_t since_ms;
	uint64_t used_ms; // when it came, or asked for something last
	bool asked; // for anything so far
	char *in; // CLIENT_IN_BYTES
	size_t in_at, in_end;
	char *out; // out_size bytes, of which [out_at, out_end) are to be sent
	size_t out_at, out_end, out_size;
	json_t *request; // owns what follows; NULL when idle
	const struct mw_command *command; // being answered
	json_t *arguments;
	void *backend; // of this command
	struct mw_reply reply;
	uint64_t rows;
	bool answered, failed;
	uint32_t follows; // bit i: stream i of the server
	uint64_t lost[MW_SERVER_STREAMS_MAX];
};

/** A client on this descriptor, which it owns from now on. @return NULL when memory is short. */
struct client *client_new(int fd);
void client_free(struct client *client);

/** Bytes that wait to be sent. */
static inline size_t client_queued(const struct client *client)
{
	return client->out_end - client->out_at;
}

/** True when bytes from this client are wanted now. */
bool client_reads(const struct client *client);
/** Reads once; sets eof or gone. */
void client_read(struct client *client);
/** Sends what goes without waiting; sets gone. */
void client_flush(struct client *client);
/** Queues bytes; sets gone once the limit is passed. */
void client_queue(struct client *client, const char *bytes, size_t count);

/** The next complete line without its newline, not moved over; blank lines are moved over. NULL when there is none. */
const char *client_line(struct client *client, size_t *len_bytes);
/** Moves over the line that client_line told. */
void client_line_done(struct client *client, size_t len_bytes);
/** True when the room for a request is full and no newline is in it. */
bool client_line_too_long(const struct client *client);

/** Queues one JSON object as a line; takes the reference; NULL (memory was short) drops the client. */
void answer_line(struct client *client, json_t *line);
/** Queues a refusal; id may be NULL. */
void answer_refuse(struct client *client, const json_t *id, const char *code, const char *message);
/** Makes client->reply ready for a new request. */
void answer_begin(struct client *client);
/** Says what is still to be said once a command has finished. */
void answer_end(struct client *client);

#endif
