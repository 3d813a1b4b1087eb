// SPDX-License-Identifier: BSD-3-Clause
// Starting and ending a capture, and the thread that writes it: a disk may be slow, and control may not wait for it.
// Neighbours: live/capture.h; the file is lib/export/pcapng.c's.
#include "live/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mw_csv.h"
#include "mw_log.h"
#include "mw_pages.h"
#include "mw_time.h"

#define PAUSE_NS    MW_NS_PER_MS // of the thread: a ring of 4 MiB takes some milliseconds to fill at 10 GbE
#define HOLD_NS     (10 * MW_NS_PER_MS) // so late may a worker be: frames are merged by time
#define GRACE_NS    MW_NS_PER_SECOND // the file does not wait longer for a worker that stands still
#define TURN_FRAMES 65536u // then limits and wishes are looked at
#define SUFFIX      ".pcapng"
#define SAME_SECOND 100u // names of one second

const char *const capture_end_names[CAPTURE_ENDS] = {
	[CAPTURE_RUNS] = "",       [CAPTURE_STOPPED] = "stopped", [CAPTURE_PACKETS] = "packets",
	[CAPTURE_BYTES] = "bytes", [CAPTURE_SECONDS] = "seconds", [CAPTURE_FAILED] = "failed",
};

static uint64_t power_of_two(uint64_t at_most)
{
	return UINT64_C(1) << (63 - __builtin_clzll(at_most));
}

int capture_open(struct capture *capture, const struct live_clock *clock, uint16_t workers_count, uint64_t buffer_bytes)
{
	const size_t room = power_of_two(buffer_bytes), each = mw_frame_ring_bytes(room);
	uint8_t *at;

	capture->clock = clock;
	capture->workers_count = workers_count;
	capture->memory = mw_pages_take(1, each * workers_count + MW_CACHE_LINE_BYTES);
	if (capture->memory == NULL) {
		mw_log_error("no memory for what captures wait in: lower output.capture-buffer");
		return -ENOMEM;
	}
	at = (uint8_t *)capture->memory + (0 - (uintptr_t)capture->memory) % MW_CACHE_LINE_BYTES;
	for (uint16_t i = 0; i < workers_count; i++)
		capture->taps.each[i].ring = mw_frame_ring_init(at + each * i, each, room);
	return 0;
}

// The ring with the oldest frame; NULL when that is younger than until_ns, or there is none.
static struct mw_frame_ring *find_oldest(struct capture *capture, uint64_t until_ns)
{
	struct mw_frame_ring *oldest = NULL;

	for (uint16_t i = 0; i < capture->workers_count; i++) {
		struct mw_frame_ring *ring = capture->taps.each[i].ring;
		const struct mw_frame *frame = mw_frame_ring_oldest(ring);

		if (frame == NULL || frame->time_ns > until_ns || (oldest != NULL && frame->time_ns == until_ns))
			continue;
		oldest = ring;
		until_ns = frame->time_ns;
	}
	return oldest;
}

static enum capture_end write_frame(struct capture *capture, const struct mw_frame *frame)
{
	const uint64_t packets = atomic_load_explicit(&capture->packets, memory_order_relaxed) + 1; // its own

	if (mw_pcapng_bytes(capture->file) + MW_PCAPNG_PACKET_BYTES(frame->captured_bytes, 0) > capture->limits.bytes)
		return CAPTURE_BYTES;
	mw_pcapng_add(capture->file, &(struct mw_pcapng_packet){.time_ns = frame->time_ns,
															.data = frame->data,
															.captured_bytes = frame->captured_bytes,
															.wire_bytes = frame->wire_bytes});
	if (mw_pcapng_error(capture->file) != 0)
		return CAPTURE_FAILED;
	atomic_store_explicit(&capture->packets, packets, memory_order_relaxed);
	atomic_store_explicit(&capture->bytes, mw_pcapng_bytes(capture->file), memory_order_relaxed);
	return packets == capture->limits.packets ? CAPTURE_PACKETS : CAPTURE_RUNS;
}

static enum capture_end write_frames(struct capture *capture, uint64_t until_ns)
{
	for (uint32_t i = 0; i < TURN_FRAMES; i++) {
		struct mw_frame_ring *ring = find_oldest(capture, until_ns);
		enum capture_end end;

		if (ring == NULL)
			break;
		end = write_frame(capture, mw_frame_ring_oldest(ring));
		if (end != CAPTURE_RUNS)
			return end;
		mw_frame_ring_drop(ring);
	}
	return CAPTURE_RUNS;
}

// One turn. Frames wait a little for older ones of other workers, unless their room becomes scarce.
static enum capture_end turn(struct capture *capture)
{
	uint64_t until_ns = live_clock_now(capture->clock) - HOLD_NS;
	enum capture_end end;

	for (uint16_t i = 0; i < capture->workers_count; i++) {
		if (mw_frame_ring_is_filling(capture->taps.each[i].ring))
			until_ns = UINT64_MAX;
	}
	end = write_frames(capture, until_ns);
	if (end == CAPTURE_RUNS && atomic_load_explicit(&capture->stop, memory_order_relaxed))
		end = CAPTURE_STOPPED;
	if (end == CAPTURE_RUNS && live_clock_steady_ns() >= capture->until_ns)
		end = CAPTURE_SECONDS;
	return end;
}

static void rest(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};

	nanosleep(&pause, NULL);
}

// Whether no worker reads the plan any more, or writes into its ring.
static bool wait_for_workers(const struct capture *capture, uint64_t at_most_ns)
{
	const uint64_t since_ns = live_clock_steady_ns();

	for (uint16_t i = 0; i < capture->workers_count; i++) {
		while (atomic_load_explicit(&capture->taps.each[i].seen, memory_order_acquire) != NULL) {
			if (live_clock_steady_ns() - since_ns > at_most_ns)
				return false;
			rest();
		}
	}
	return true;
}

// What was received until then belongs to it, as far as it fits. Nobody fills the rings any more.
static enum capture_end write_rest(struct capture *capture, enum capture_end end)
{
	enum capture_end met = CAPTURE_RUNS;

	while (met == CAPTURE_RUNS && find_oldest(capture, UINT64_MAX) != NULL)
		met = write_frames(capture, UINT64_MAX);
	return met == CAPTURE_RUNS ? end : met;
}

static void *run(void *context)
{
	struct capture *capture = context;
	enum capture_end end;

	atomic_store_explicit(&capture->taps.wanted, &capture->plan, memory_order_release);
	while ((end = turn(capture)) == CAPTURE_RUNS)
		rest();
	atomic_store_explicit(&capture->taps.wanted, NULL, memory_order_release);
	(void)wait_for_workers(capture, GRACE_NS);
	if (end == CAPTURE_STOPPED || end == CAPTURE_SECONDS)
		end = write_rest(capture, end);
	if (mw_pcapng_publish(capture->file) != 0) // which says why
		end = CAPTURE_FAILED;
	(void)wait_for_workers(capture, UINT64_MAX);
	atomic_store_explicit(&capture->end, end, memory_order_relaxed);
	atomic_store_explicit(&capture->done, true, memory_order_release);
	return NULL;
}

static bool ends_with(const char *text, const char *end)
{
	const size_t text_bytes = strlen(text), end_bytes = strlen(end);

	return text_bytes >= end_bytes && strcmp(text + text_bytes - end_bytes, end) == 0;
}

static bool is_there(const struct capture *capture)
{
	char path[CAPTURE_PATH_BYTES + CAPTURE_NAME_BYTES + 2];

	snprintf(path, sizeof(path), "%s/%s", capture->directory, capture->name);
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int name_as_asked(struct capture *capture, const char *asked, struct mw_text *problem)
{
	struct mw_text name = mw_text_in(capture->name, sizeof(capture->name));

	mw_text_add(&name, "%s%s", asked, ends_with(asked, SUFFIX) ? "" : SUFFIX);
	for (const char *at = asked; *at != '\0'; at++) {
		if (*at == '/' || (unsigned char)*at < 0x20 || *at == 0x7f)
			name.cut = true;
	}
	if (name.cut || asked[0] == '.' || asked[0] == '\0') {
		mw_text_add(problem, "file: a name without '/' or a dot in front, of at most %d bytes", CAPTURE_NAME_BYTES);
		return -EINVAL;
	}
	if (!is_there(capture))
		return 0;
	mw_text_add(problem, "%s/%s is there already", capture->directory, capture->name);
	return -EEXIST;
}

static int name_by_time(struct capture *capture, struct mw_text *problem)
{
	for (unsigned number = 1; number < SAME_SECOND; number++) {
		struct mw_text name = mw_text_in(capture->name, sizeof(capture->name));

		mw_text_add(&name, "capture-");
		mw_time_add_compact(&name, capture->started_ns);
		if (number > 1)
			mw_text_add(&name, "-%u", number);
		mw_text_add(&name, SUFFIX);
		if (!is_there(capture))
			return 0;
	}
	mw_text_add(problem, "%s/%s is there already", capture->directory, capture->name);
	return -EEXIST;
}

static int compile(struct capture *capture, const char *expression, struct mw_text *problem)
{
	int error;

	snprintf(capture->filter_text, sizeof(capture->filter_text), "%s", expression == NULL ? "" : expression);
	if (expression == NULL)
		return 0;
	mw_text_add(problem, "filter: ");
	if (strlen(expression) > CAPTURE_FILTER_BYTES) {
		mw_text_add(problem, "longer than %d bytes", CAPTURE_FILTER_BYTES);
		return -EINVAL;
	}
	error = mw_filter_check_words(expression, problem);
	if (error != 0) {
		mw_text_add(problem, "; names are not looked up here: write numbers");
		return error;
	}
	error = mw_filter_new(expression, &capture->filter);
	if (error == 0)
		error = mw_filter_add(capture->filter, MW_DLT_ETHERNET, problem);
	return error;
}

static int create(struct capture *capture, struct mw_text *problem)
{
	static const uint16_t link_type = 1; // LINKTYPE_ETHERNET
	char comment[CAPTURE_FILTER_BYTES + 16];
	struct mw_text text = mw_text_in(comment, sizeof(comment));
	const struct mw_pcapng_head head = {.link_types = &link_type,
										.link_types_count = 1,
										.snap_bytes = capture->plan.snap_bytes,
										.application = "midwatch " MW_VERSION,
										.comment = comment};
	int error = mw_csv_make_directory(capture->directory);

	mw_text_add(&text, "filter: %s", capture->filter_text[0] == '\0' ? "none" : capture->filter_text);
	if (error == 0)
		error = mw_pcapng_create(capture->directory, capture->name, &head, &capture->file);
	if (error != 0)
		mw_text_add(problem, "%s/%s: %s", capture->directory, capture->name, strerror(-error));
	return error;
}

static int start_thread(struct capture *capture, struct mw_text *problem)
{
	int error;

	for (uint16_t i = 0; i < capture->workers_count; i++)
		mw_frame_ring_clear(capture->taps.each[i].ring);
	atomic_store(&capture->packets, 0);
	atomic_store(&capture->bytes, mw_pcapng_bytes(capture->file));
	atomic_store(&capture->end, CAPTURE_RUNS);
	atomic_store(&capture->stop, false);
	atomic_store(&capture->done, false);
	capture->until_ns = live_clock_steady_ns() + capture->limits.seconds * MW_NS_PER_SECOND;
	error = -pthread_create(&capture->thread, NULL, run, capture);
	if (error != 0) {
		mw_text_add(problem, "thread: %s", strerror(-error));
		return error;
	}
	capture->running = true;
	return 0;
}

static void free_parts(struct capture *capture)
{
	mw_filter_free(capture->filter);
	capture->filter = NULL;
	capture->file = NULL;
}

int capture_start(struct capture *capture, const struct capture_wanted *wanted, struct mw_text *problem)
{
	const size_t problem_bytes = problem->len_bytes;
	int error;

	if (capture->running) {
		mw_text_add(problem, "one runs: %s/%s", capture->directory, capture->name);
		return -EBUSY;
	}
	capture->limits = wanted->limits;
	capture->started_ns = live_clock_now(capture->clock);
	snprintf(capture->directory, sizeof(capture->directory), "%s", wanted->directory);
	error = compile(capture, wanted->filter, problem);
	if (error == 0) {
		problem->len_bytes = problem_bytes;
		error = wanted->name != NULL ? name_as_asked(capture, wanted->name, problem) : name_by_time(capture, problem);
	}
	capture->plan = (struct tap_plan){.filter = capture->filter, .snap_bytes = (uint32_t)wanted->limits.snap_bytes};
	if (error == 0)
		error = create(capture, problem);
	if (error == 0)
		error = start_thread(capture, problem);
	if (error == 0)
		return 0;
	mw_pcapng_drop(capture->file);
	free_parts(capture);
	capture->started_ns = 0;
	return error;
}

void capture_stop(struct capture *capture)
{
	atomic_store_explicit(&capture->stop, true, memory_order_relaxed);
}

uint64_t capture_dropped(const struct capture *capture)
{
	uint64_t dropped = 0;

	for (uint16_t i = 0; i < capture->workers_count; i++)
		dropped += mw_frame_ring_lost(capture->taps.each[i].ring);
	return dropped;
}

static bool join(struct capture *capture)
{
	pthread_join(capture->thread, NULL);
	capture->running = false;
	free_parts(capture);
	return true;
}

bool capture_look(struct capture *capture)
{
	return capture->running && atomic_load_explicit(&capture->done, memory_order_acquire) && join(capture);
}

bool capture_finish(struct capture *capture)
{
	capture_stop(capture);
	return capture->running && join(capture);
}

void capture_close(struct capture *capture)
{
	free(capture->memory);
	capture->memory = NULL;
}
