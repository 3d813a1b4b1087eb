// SPDX-License-Identifier: BSD-3-Clause
// A control server in a temporary directory with a small command table, and plain clients for it.
// Neighbours: the tests of this folder. One thread: whoever waits for a line polls the server meanwhile.
#ifndef HARNESS_H
#define HARNESS_H

#include "mw_server.h"

/** What the test commands answer from. */
struct harness_backend {
	uint64_t things; // rows of `show things`
	uint64_t runs; // calls of its run
	bool stopped; // `shutdown` was run
};

struct harness {
	char dir[64];
	char path[96];
	struct mw_server *server;
	struct harness_backend backend;
};

extern const struct mw_command harness_commands[];
extern const uint32_t harness_commands_count;

/** The clock of all harness servers, in ms. */
extern uint64_t harness_now_ms;

struct mw_server_config harness_config(struct harness *harness);
int harness_setup(void **state);
int harness_teardown(void **state);

/** A connected non-blocking client, accepted by the server; its greeting is not read yet. */
int harness_connect(struct harness *harness);
/** A client whose greeting was read. */
int harness_client(struct harness *harness);
void harness_send(int fd, const char *chars, size_t count);
void harness_say(int fd, const char *line);
/** Polls and reads until a line is whole; static text without newline; NULL when the server hung up first. */
const char *harness_line(struct harness *harness, int fd);
/** The line parsed; fails the test when there is none. */
json_t *harness_json(struct harness *harness, int fd);
/** say, and the answer's "code", or "OK". */
const char *harness_code(struct harness *harness, int fd, const char *line);
/** Polls n times. */
void harness_poll(struct harness *harness, unsigned times);

#endif
