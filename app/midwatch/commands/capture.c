// SPDX-License-Identifier: BSD-3-Clause
// Captures of live packets on demand. A client that goes away ends none: its bounds do.
// Neighbours: commands/capture.h.
#include "commands/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "live/live.h"
#include "mw_time.h"

#define STOP_NS (2 * MW_NS_PER_SECOND) // that `capture stop` waits for the file; then it is told as ending

const struct mw_command_argument commands_capture_arguments[] = {
	{.name = "filter",
	 .help = "pcap-filter(7), without names that must be looked up; without it every packet, also what -f leaves out",
	 .rest = true},
	{.name = "file", .help = "name in the folder captures of the output directory; without it capture-TIME.pcapng"},
	{.name = "packets", .help = "at most so many packets (100k)"},
	{.name = "bytes", .help = "at most so many bytes of file (64Mi)"},
	{.name = "seconds", .help = "at most so many seconds (60)"},
	{.name = "snaplen", .help = "bytes of each packet that are kept (256Ki: all)"},
};
_Static_assert(MW_ARRAY_SIZE(commands_capture_arguments) == COMMANDS_CAPTURE_ARGUMENTS, "as declared");

/** A number among the arguments. */
struct limit {
	const char *name;
	size_t offset; // in struct capture_limits
	uint64_t usual, min, max;
};
static const struct limit limits[] = {
	{"packets", offsetof(struct capture_limits, packets), 100000, 1, UINT64_C(1) << 40},
	{"bytes", offsetof(struct capture_limits, bytes), 64 << 20, 4096, UINT64_C(1) << 40},
	{"seconds", offsetof(struct capture_limits, seconds), 60, 1, 86400},
	{"snaplen", offsetof(struct capture_limits, snap_bytes), 256 << 10, 16, 256 << 10},
};

static bool take_limits(const json_t *arguments, struct capture_limits *taken, struct mw_reply *reply)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(limits); i++) {
		const struct limit *limit = &limits[i];
		const char *chars = mw_command_text(arguments, limit->name);
		uint64_t value = limit->usual;

		if (chars != NULL && (mw_text_parse_uint(chars, &value) != 0 || value < limit->min || value > limit->max)) {
			reply->fail(reply, MW_CODE_USAGE, "%s: a whole number from %" PRIu64 " to %" PRIu64, limit->name,
						limit->min, limit->max);
			return false;
		}
		memcpy((char *)taken + limit->offset, &value, sizeof(value));
	}
	return true;
}

static const char *state_of(const struct capture *capture)
{
	if (capture->started_ns == 0)
		return "none";
	if (!capture->running)
		return "ended";
	return atomic_load_explicit(&capture->stop, memory_order_relaxed) ? "ending" : "running";
}

static json_t *capture_json(const struct capture *capture)
{
	const char *ended = capture->running ? "" : capture_end_names[atomic_load(&capture->end)];
	char path[CAPTURE_PATH_BYTES + CAPTURE_NAME_BYTES + 2], since[MW_TIME_TEXT_BYTES];
	struct mw_text text = mw_text_in(since, sizeof(since));

	if (capture->started_ns == 0)
		return json_pack("{s:s}", "state", state_of(capture));
	mw_time_add_rfc3339(&text, capture->started_ns);
	snprintf(path, sizeof(path), "%s/%s", capture->directory, capture->name);
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "state", state_of(capture),
					 "ended", ended, "file", mw_json_text(path), "filter", mw_json_text(capture->filter_text), "since",
					 since, "packets", (json_int_t)atomic_load(&capture->packets), "bytes",
					 (json_int_t)atomic_load(&capture->bytes), "dropped", (json_int_t)capture_dropped(capture),
					 "packets_max", (json_int_t)capture->limits.packets, "bytes_max", (json_int_t)capture->limits.bytes,
					 "seconds_max", (json_int_t)capture->limits.seconds, "snaplen",
					 (json_int_t)capture->limits.snap_bytes);
}

static struct capture *capture_of(struct engine *engine, struct mw_reply *reply)
{
	struct live *live = engine->source;

	if (live != NULL)
		return &live->capture;
	reply->fail(reply, MW_CODE_FAILED, "only live ports are captured: a file is a capture already");
	return NULL;
}

static const char *code_of(int error)
{
	return error == -EBUSY ? MW_CODE_BUSY : error == -EINVAL ? MW_CODE_USAGE : MW_CODE_FAILED;
}

bool commands_capture_start(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct engine *engine = backend;
	struct capture *capture = capture_of(engine, reply);
	char directory[CAPTURE_PATH_BYTES], chars[1024];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	struct capture_wanted wanted = {.directory = directory,
									.name = mw_command_text(arguments, "file"),
									.filter = mw_command_text(arguments, "filter")};
	int error;

	if (capture == NULL || !take_limits(arguments, &wanted.limits, reply))
		return false;
	snprintf(directory, sizeof(directory), "%s/captures", engine->output.directory);
	error = capture_start(capture, &wanted, &problem);
	if (error != 0) {
		reply->fail(reply, code_of(error), "%s", chars);
		return false;
	}
	live_tell_capture(engine->source);
	reply->message(reply, capture_json(capture));
	return false;
}

// Called again and again until the file is there, or until position, a time of the steady clock.
bool commands_capture_stop(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct capture *capture = capture_of(backend, reply);

	(void)arguments;
	if (capture == NULL)
		return false;
	if (reply->position == 0 && !capture->running) {
		reply->fail(reply, MW_CODE_FAILED, "no capture runs; see show capture");
		return false;
	}
	if (reply->position == 0) {
		capture_stop(capture);
		reply->position = live_clock_steady_ns() + STOP_NS;
	}
	if (capture->running && live_clock_steady_ns() < reply->position)
		return true;
	reply->message(reply, capture_json(capture));
	return false;
}

bool commands_capture_show(void *backend, const json_t *arguments, struct mw_reply *reply)
{
	struct capture *capture = capture_of(backend, reply);

	(void)arguments;
	if (capture != NULL)
		reply->message(reply, capture_json(capture));
	return false;
}
