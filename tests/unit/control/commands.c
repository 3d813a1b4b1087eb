// SPDX-License-Identifier: BSD-3-Clause
// The small command table of the tests: long tables, messages, refusals, streams.
// Neighbours: harness.h. Apart from harness.c because CMocka has a macro named fail.
#include "harness.h"

#include <string.h>

static bool run_things(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct harness_backend *own = backend;

	(void)arguments;
	own->runs++;
	while (reply->position < own->things) {
		if (reply->full(reply))
			return true;
		reply->row_json(reply, json_pack("{s:I, s:s, s:b}", "number", (json_int_t)reply->position, "name",
										 reply->position % 2 == 0 ? "even" : "odd", "even", reply->position % 2 == 0));
		reply->position++;
	}
	return false;
}

static bool run_flood(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	static char chars[4096];

	(void)backend;
	(void)arguments;
	memset(chars, 'x', sizeof(chars) - 1);
	for (int i = 0; i < 1500; i++) // more than 4 MiB, whatever full() says
		reply->row_json(reply, json_pack("{s:s}", "text", chars));
	return false;
}

static bool run_status(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	(void)backend;
	(void)arguments;
	reply->message(reply, json_pack("{s:s, s:i, s:f, s:n, s:{s:i, s:i}, s:[{s:i, s:s}, {s:i, s:s}]}", "state",
									"running", "workers", 2, "load", 0.5, "since", "memory", "used", 10, "free", 20,
									"ports", "port", 0, "name", "a\x1b[31m", "port", 1, "name", "bb"));
	return false;
}

static bool run_say(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const char *text = mw_command_text(arguments, "text");

	(void)backend;
	reply->message(reply, json_sprintf("%s: %s", mw_command_text(arguments, "mood"), text == NULL ? "-" : text));
	return false;
}

static bool run_explain(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	const char *id = mw_command_text(arguments, "id");

	(void)backend;
	if (strcmp(id, "outage-1") != 0) {
		reply->fail(reply, MW_CODE_NOT_FOUND, "no finding begins with '%s'", id);
		return false;
	}
	reply->message(reply, json_pack("{s:s, s:s, s:s, s:s}", "id", id, "summary", "The line went away.", "evidence",
									"first line\nsecond line", "advice",
									"Ask the one who switches the gateway off every night at three, and wait for what "
									"happens in the night after that one."));
	return false;
}

static bool run_break(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	(void)backend;
	(void)arguments;
	reply->row_json(reply, json_pack("{s:i}", "number", 1));
	reply->fail(reply, MW_CODE_FAILED, "broken \xff off");
	return false;
}

static bool run_shutdown(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct harness_backend *own = backend;

	(void)arguments;
	own->stopped = true;
	reply->message(reply, json_string("stopping"));
	return false;
}

static bool run_never(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	(void)backend;
	(void)arguments;
	(void)reply;
	return true;
}

static bool run_findings(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	(void)backend;
	(void)arguments;
	reply->row_json(reply, json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "ts", "2026-11-30T18:49:29.226499Z", "id",
									 "outage-12345678", "severity", "critical", "confidence", 90, "subject",
									 "192.0.2.1 to 192.0.2.2", "summary",
									 "The line behind the gateway was down for an hour, and nobody knows why."));
	return false;
}

static const char *const moods[] = {"happy", "sad", NULL};
static const struct mw_command_argument say_arguments[] = {
	{.name = "mood", .help = "how it is said", .required = true, .values = moods},
	{.name = "text", .help = "what is said", .rest = true},
};
static const struct mw_command_argument explain_arguments[] = {
	{.name = "id", .help = "a finding's id", .required = true},
};

static const char *const things_columns[] = {"number", "name", "even", NULL};

const struct mw_command harness_commands[] = {
	{.words = "show things", .help = "numbers", .columns = things_columns, .run = run_things},
	{.words = "show flood", .help = "more than fits", .run = run_flood},
	{.words = "show status", .help = "how it is", .run = run_status},
	{.words = "say", .help = "say it", .arguments = say_arguments, .arguments_count = 2, .run = run_say},
	{.words = "explain",
	 .help = "explain it",
	 .arguments = explain_arguments,
	 .arguments_count = 1,
	 .run = run_explain},
	{.words = "break", .help = "break off", .run = run_break},
	{.words = "show findings", .help = "what was found", .run = run_findings},
	{.words = "never", .help = "never answer", .run = run_never},
	{.words = "follow events", .help = "events", .subscribe = "events"},
	{.words = "follow findings", .help = "findings", .subscribe = "findings"},
	{.words = "shutdown", .help = "stop", .run = run_shutdown},
};

const uint32_t harness_commands_count = MW_ARRAY_SIZE(harness_commands);
