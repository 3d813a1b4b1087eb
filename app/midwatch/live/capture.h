// SPDX-License-Identifier: BSD-3-Clause
// A capture of live packets: one at a time, within bounds, into a pcapng file that appears whole.
// Neighbours: live/tap.h is the workers' side; live/live.c looks whether it has ended, commands/capture.c starts, stops
// and shows it. Everything is the control thread's, but for run() in capture.c, which takes from the rings and writes.
#ifndef LIVE_CAPTURE_H
#define LIVE_CAPTURE_H

#include <pthread.h>

#include "live/clock.h"
#include "live/tap.h"
#include "mw_pcapng.h"
#include "mw_text.h"

#define CAPTURE_FILTER_BYTES 256 // of an expression: libpcap takes up to 34 ms for such, 1.3 s for four times as much
#define CAPTURE_NAME_BYTES   100
#define CAPTURE_PATH_BYTES   512

/** Why a capture ended. */
enum capture_end {
	CAPTURE_RUNS,
	CAPTURE_STOPPED,
	CAPTURE_PACKETS,
	CAPTURE_BYTES,
	CAPTURE_SECONDS,
	CAPTURE_FAILED,
	CAPTURE_ENDS
};
extern const char *const capture_end_names[CAPTURE_ENDS];

/** Whichever is met first ends it; snap_bytes cuts each packet. */
struct capture_limits {
	uint64_t packets, bytes, seconds, snap_bytes;
};

struct capture_wanted {
	const char *directory; // made where it is missing
	const char *name; // NULL: by the time
	const char *filter; // NULL: every packet
	struct capture_limits limits;
};

struct capture {
	struct taps taps;
	// fixed once it is open
	void *memory; // of the rings
	const struct live_clock *clock;
	uint16_t workers_count;
	// of the one that runs or ran last; fixed while it runs
	struct capture_limits limits;
	char directory[CAPTURE_PATH_BYTES], name[CAPTURE_NAME_BYTES + 1], filter_text[CAPTURE_FILTER_BYTES + 1];
	uint64_t started_ns; // packet time; 0: there was none
	uint64_t until_ns; // steady clock
	struct tap_plan plan;
	struct mw_filter *filter;
	struct mw_pcapng *file;
	pthread_t thread;
	bool running;
	// control writes, the thread reads (relaxed: it stands for itself)
	_Atomic bool stop;
	// the thread writes, control reads: relaxed numbers for display; done with release, and all else before it
	_Atomic uint64_t packets, bytes;
	_Atomic uint32_t end; // enum capture_end
	_Atomic bool done;
};

/** Takes the rings, once. @return 0 or -ENOMEM, logged. */
int capture_open(struct capture *capture, const struct live_clock *clock, uint16_t workers_count,
				 uint64_t buffer_bytes);

/**
 * Starts one. @return 0; -EBUSY while one runs, -EINVAL (filter, name), -EEXIST (the file is there), or what the
 * system says; with a sentence.
 */
int capture_start(struct capture *capture, const struct capture_wanted *wanted, struct mw_text *problem);

/** Asks it to end; what the rings hold is still written. */
void capture_stop(struct capture *capture);

/** Once in a while: @return true once when a capture has ended and its file is there, or could not be had. */
bool capture_look(struct capture *capture);

/** Packets that matched and found no room, of the one that runs or ran last. */
uint64_t capture_dropped(const struct capture *capture);

/** After the workers: ends it, waiting for the file. @return as capture_look. capture_close frees the rings besides. */
bool capture_finish(struct capture *capture);
void capture_close(struct capture *capture);

#endif
