// SPDX-License-Identifier: BSD-3-Clause
// A capture file made of anything: packets whose bytes can all be read, then an end or a problem that names it; and the
// same packets, end and problem whether libpcap reads alone or not.
// Neighbours: lib/input/capture.c, lib/input/direct.c; tests/unit/input/capture_pair.c compares; corpus/capture/:
// seeds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture_pair.h"
#include "mw_capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void compare(const uint8_t *bytes, size_t count)
{
	char chars[2048];
	struct mw_text difference = mw_text_in(chars, sizeof(chars));

	if (capture_pair_compare(bytes, count, &difference) >= 0)
		return;
	fprintf(stderr, "%s\n", chars);
	abort();
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void read_all(struct mw_capture *capture)
{
	static volatile uint8_t sum;
	char chars[512];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	struct mw_packet frame;
	uint64_t clock_ns = 0;
	int got;

	while ((got = mw_capture_next(capture, &frame, &problem)) == 1) {
		for (uint32_t i = 0; i < frame.captured_bytes; i++)
			sum = (uint8_t)(sum ^ frame.data[i]);
		require(frame.wire_bytes >= frame.captured_bytes);
		require(frame.clock_ns >= frame.time_ns && frame.clock_ns >= clock_ns);
		clock_ns = frame.clock_ns;
	}
	require(got == 0 || problem.len_bytes != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	char path[64], chars[512];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	struct mw_capture *capture = NULL;
	int fd = memfd_create("capture", MFD_CLOEXEC);

	require(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (mw_capture_open(path, &problem, &capture) == 0) {
		read_all(capture);
		mw_capture_close(capture);
	} else {
		require(problem.len_bytes != 0);
	}
	close(fd);
	compare(bytes, count);
	return 0;
}
