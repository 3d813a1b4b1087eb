// SPDX-License-Identifier: BSD-3-Clause
// One command of the control socket: its words, its arguments, and the function that answers it.
// Neighbours: the socket server dispatches, app/ supplies the backend; midwatchctl completes from the same table.
// Control thread.
#ifndef MW_COMMAND_H
#define MW_COMMAND_H

#include <jansson.h>

#include "mw_base.h"
#include "mw_record.h"

/**
 * Codes of a NOK answer. A handler uses the last four; the others are the server's own.
 *
 * | code              | meaning                                                            | then            |
 * |-------------------|--------------------------------------------------------------------|-----------------|
 * | E_JSON            | the line is no request: not JSON, too deep, a key twice, bad types | goes on, id null |
 * | E_TOO_LARGE       | the line is longer than 64 KiB                                     | closed, id null |
 * | E_TIMEOUT         | 5 s after its first byte the request was not complete              | closed, id null |
 * | E_TOO_MANY        | 32 clients are connected and none is idle (instead of the greeting) | closed, id null |
 * | E_UNKNOWN_COMMAND | no such command; the message suggests the nearest                  | goes on         |
 * | E_USAGE           | an argument is missing, unknown or wrong; the message names it     | goes on         |
 * | E_NOT_FOUND       | what the arguments name does not exist                             | goes on         |
 * | E_BUSY            | cannot be done now; later it may                                   | goes on         |
 * | E_FAILED          | was tried and failed; the message says why                         | goes on         |
 */
#define MW_CODE_JSON            "E_JSON"
#define MW_CODE_TOO_LARGE       "E_TOO_LARGE"
#define MW_CODE_TIMEOUT         "E_TIMEOUT"
#define MW_CODE_TOO_MANY        "E_TOO_MANY"
#define MW_CODE_UNKNOWN_COMMAND "E_UNKNOWN_COMMAND"
#define MW_CODE_USAGE           "E_USAGE"
#define MW_CODE_NOT_FOUND       "E_NOT_FOUND"
#define MW_CODE_BUSY            "E_BUSY"
#define MW_CODE_FAILED          "E_FAILED"

/**
 * Where an answer goes. A handler calls message or fail once, or row and row_json any number of times (the end line is
 * added for it; no row at all is an empty table, whose columns the end line names).
 */
struct mw_reply {
	void (*row)(struct mw_reply *reply, const struct mw_record *record, const void *row);
	void (*row_json)(struct mw_reply *reply, json_t *row); // an object; takes the reference
	void (*message)(struct mw_reply *reply, json_t *message); // text or object; takes the reference
	void (*fail)(struct mw_reply *reply, const char *code, const char *format, ...) MW_PRINTF(3, 4);
	/** True once enough is queued for this client (or it has gone): return true from run and be called again. */
	bool (*full)(const struct mw_reply *reply);
	const struct mw_command *command; // that is answered
	/** The handler's own: where to go on. 0 at the first call, kept between the calls for one request. */
	uint64_t position;
};

struct mw_command_argument {
	const char *name;
	const char *help;
	bool required;
	bool rest; // midwatchctl gives it all words that are left, joined by spaces, but for NAME=VALUE of other arguments
	const char *const *values; // the only values allowed, NULL at the end; NULL: free text
};

struct mw_command {
	const char *words; // "show resets"
	const void *about; // the handler's own: what it is to show
	const char *help;
	const struct mw_command_argument *arguments;
	uint32_t arguments_count;
	const struct mw_record *rows; // of its table, so that an empty one has its header
	const char *const *columns; // the same, NULL at the end, of a table that is no record's
	const char *subscribe; // "events" or "findings": the client joins this stream; run may be NULL
	/**
	 * Answers, or answers in parts: returns true when there is more, and is called again with the same arguments and
	 * reply->position once the client has read some. Between two calls the program goes on, so position must survive
	 * what changes meanwhile. One call should stop at full() and after about 4096 steps that gave no row.
	 * backend is app's; arguments holds only arguments of the table, each a string (read with mw_command_text),
	 * required ones present.
	 * @return true: more; false: finished (always after message and fail).
	 */
	bool (*run)(void *backend, const json_t *arguments, struct mw_reply *reply);
};

/** An argument's text, or NULL when it was not given. Lives as long as arguments. */
const char *mw_command_text(const json_t *arguments, const char *name);

#endif
