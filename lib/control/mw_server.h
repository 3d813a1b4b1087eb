// SPDX-License-Identifier: BSD-3-Clause
// The control socket: newline-delimited JSON over a stream UNIX socket, one thread, never blocking.
// Neighbours: mw_command.h; app/ polls it from the control loop.
//
// Protocol, version 1. Every line is one JSON object.
//   server, first     {"app":"midwatch","proto":1,"version":"0.1.0"}
//   client            {"id":7,"command":"show resets","arguments":{...}}     id: number, text or absent (null)
//   server, a thing   {"id":7,"return":"OK","message":...}
//   server, a refusal {"id":7,"return":"NOK","code":"E_...","message":"..."} codes: mw_command.h
//   server, a table   {"id":7,"row":{...}} once a row, then {"id":7,"end":true,"count":n}
//                     (without rows its end has "columns":["ts",...] where they are known; a table that breaks off
//                     half-way ends in the refusal instead)
//   server, a stream  {"stream":"events","item":{...}}, and {"stream":"events","lost":n} after n items that found the
//                     client's queue full; after the OK of `follow`, between other lines, until the client hangs up
// Requests of one client are answered in order, one at a time. A client that shuts down its sending side still gets
// its answers. The built-in command `help` gives the whole command table.
#ifndef MW_SERVER_H
#define MW_SERVER_H

#include "mw_command.h"
#include "mw_settings.h"

#define MW_SERVER_SOCKET "/run/midwatch/midwatch.sock" // the default of control.socket

#define MW_SERVER_REQUEST_BYTES_MAX 65536 // a line, without its newline
#define MW_SERVER_DEPTH_MAX         16 // brackets open at once
#define MW_SERVER_CLIENTS_MAX       32 // one for the owner; then who is idle gives way, else the next one gets a NOK
#define MW_SERVER_REQUEST_MS_MAX    5000 // from a request's first byte to its newline
#define MW_SERVER_QUEUE_BYTES_MAX   (4 << 20) // queued for a slow reader; then it is dropped
#define MW_SERVER_QUEUE_FULL_BYTES  (256 << 10) // full() is true from here on; stream items are counted as lost
#define MW_SERVER_QUEUE_LOW_BYTES   (64 << 10) // run goes on, and streams resume, from here down
#define MW_SERVER_STREAMS_MAX       8 // different `subscribe` names in a table

/** Section "control". */
struct mw_server_settings {
	char socket[MW_SETTING_TEXT_BYTES];
	char group[MW_SETTING_TEXT_BYTES]; // group that may use the socket; "" is the process's
	bool telemetry; // DPDK's own socket, too
};
extern const struct mw_settings_module mw_server_settings_module;

/** As mw_setting.check: whether a path fits a socket's address. Any thread. @return 0, or -EINVAL and why. */
int mw_server_check_path(const char *path, struct mw_text *why);

struct mw_server;

struct mw_server_config {
	const char *path;
	const char *group; // NULL or "": the process's
	const struct mw_command *commands; // without `help`, which the server adds; must outlive the server
	uint32_t commands_count;
	void *backend;
	const char *version; // for the greeting
	uint64_t (*now_ms)(void); // a monotonic clock, for the time limits only
};

/**
 * Listens at path, mode 0660. A missing last directory is made. A socket left by a dead process is replaced; a living
 * one, and anything that is no socket, is left alone.
 * @return 0; -EADDRINUSE (a process answers there), -EEXIST (not a socket), -ENAMETOOLONG, -EINVAL (empty path),
 * -ESRCH (no such group) or -errno, each logged once with the path; -ENOMEM, -E2BIG (too many streams), not logged.
 */
int mw_server_open(const struct mw_server_config *config, struct mw_server **server);

/**
 * Waits up to timeout_ms milliseconds (0: not at all) for something to do, and does it: accepts, reads, answers,
 * writes; goes on while there is more, but for no longer than about timeout_ms. Returns early on a signal.
 */
void mw_server_poll(struct mw_server *server, int timeout_ms);

/** Sends a JSON object to every client that follows this stream; takes the reference. */
void mw_server_publish(struct mw_server *server, const char *stream, json_t *item);
/** True when somebody follows stream. */
bool mw_server_followed(const struct mw_server *server, const char *stream);

/** Tries once to send what is queued, closes clients and removes the socket file. NULL is fine. */
void mw_server_close(struct mw_server *server);

/** A record's row as a JSON object: ts, then the columns in order; "not known" is null, yes/no is true/false, numbers
 *  are numbers, the rest is text. NULL when memory is short. */
json_t *mw_json_from_row(const struct mw_record *record, const void *row);

/**
 * A text as it is, or escaped where it is not UTF-8, as names of files may be. Any thread. NULL when memory is short.
 */
json_t *mw_json_text(const char *chars);

/** Reads one request with the protocol's limits (64 KiB, depth 16, no duplicate keys, members id, command, arguments
 *  of the right types). For the server and the fuzzer.
 *  @return 0 and *request (drop with json_decref); -EINVAL and *problem (static text). */
int mw_request_parse(const char *line, size_t len_bytes, json_t **request, const char **problem);

#endif
