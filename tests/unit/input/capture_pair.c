// SPDX-License-Identifier: BSD-3-Clause
// One capture twice.
// Neighbours: capture_pair.h.
#include "capture_pair.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mw_capture.h"

/** One way into the bytes. */
struct side {
	int fd;
	char path[64];
	char words[768]; // what the reader said last
	struct mw_capture *capture;
	int got; // what it returned last
};

/** Bytes on their way into a pipe. */
struct feed {
	const uint8_t *bytes;
	size_t count;
	int fd;
};

static void *feed(void *argument)
{
	struct feed *self = argument;

	while (self->count > 0) {
		ssize_t put = write(self->fd, self->bytes, self->count);

		if (put <= 0)
			break;
		self->bytes += put;
		self->count -= (size_t)put;
	}
	close(self->fd);
	return NULL;
}

static void open_side(struct side *side)
{
	struct mw_text words = mw_text_in(side->words, sizeof(side->words));

	snprintf(side->path, sizeof(side->path), "/proc/self/fd/%d", side->fd);
	side->got = mw_capture_open(side->path, &words, &side->capture);
}

static int read_side(struct side *side, struct mw_packet *frames, uint32_t max, uint32_t *count)
{
	struct mw_text words = mw_text_in(side->words, sizeof(side->words));

	side->got = mw_capture_batch(side->capture, frames, max, count, &words);
	return side->got;
}

// The same result, and the same words behind the name.
static bool same_words(const struct side *file, const struct side *pipe, int packets, struct mw_text *difference)
{
	const char *a = file->got < 0 ? file->words + strlen(file->path) : "";
	const char *b = pipe->got < 0 ? pipe->words + strlen(pipe->path) : "";

	if (file->got == pipe->got && strcmp(a, b) == 0)
		return true;
	mw_text_add(difference, "after %d packets: file %d '%s', pipe %d '%s'", packets, file->got, a, pipe->got, b);
	return false;
}

static bool same_frame(const struct mw_packet *a, const struct mw_packet *b, int packets, struct mw_text *difference)
{
	if (a->captured_bytes == b->captured_bytes && a->wire_bytes == b->wire_bytes && a->time_ns == b->time_ns &&
		a->clock_ns == b->clock_ns && a->link == b->link && a->dlt == b->dlt &&
		memcmp(a->data, b->data, a->captured_bytes) == 0)
		return true;
	mw_text_add(difference, "packet %d: file %u of %u bytes at %llu, pipe %u of %u at %llu, link %u and %u", packets,
				a->captured_bytes, a->wire_bytes, (unsigned long long)a->time_ns, b->captured_bytes, b->wire_bytes,
				(unsigned long long)b->time_ns, a->link, b->link);
	return false;
}

// A batch is cut by its size, a new second or the end; not by where the reader's memory ends or who read.
static bool cut_early(const struct mw_packet *frames, uint32_t count, uint32_t max, uint64_t *second)
{
	bool early = frames[0].clock_ns / MW_NS_PER_SECOND == *second;

	for (uint32_t i = 1; i < count; i++)
		early |= frames[i].clock_ns / MW_NS_PER_SECOND != frames[0].clock_ns / MW_NS_PER_SECOND;
	*second = count < max ? frames[0].clock_ns / MW_NS_PER_SECOND : UINT64_MAX;
	return early;
}

static int compare_packets(struct side *file, struct side *pipe, struct mw_text *difference)
{
	static const uint32_t sizes[] = {2, 1, 64, 7, 64};
	uint64_t second = UINT64_MAX;
	int packets = 0;

	for (uint32_t batch = 0;; batch++) {
		struct mw_packet frames[MW_BATCH_PACKETS], frame;
		uint32_t max = sizes[batch % MW_ARRAY_SIZE(sizes)], count, one;

		read_side(file, frames, max, &count);
		if (count > 0 && cut_early(frames, count, max, &second)) {
			mw_text_add(difference, "after %d packets: a batch that is not of one second, or the one before it",
						packets);
			return -1;
		}
		for (uint32_t i = 0; i < count; i++, packets++) {
			read_side(pipe, &frame, 1, &one);
			if (!same_words(file, pipe, packets, difference) || !same_frame(&frames[i], &frame, packets, difference))
				return -1;
		}
		if (count > 0)
			continue;
		read_side(pipe, &frame, 1, &one);
		return same_words(file, pipe, packets, difference) ? packets : -1;
	}
}

static int compare_captures(struct side *file, struct side *pipe, struct mw_text *difference)
{
	open_side(file);
	open_side(pipe);
	if (!same_words(file, pipe, 0, difference))
		return -1;
	if (file->got != 0)
		return 0;
	if (mw_capture_dlt(file->capture) != mw_capture_dlt(pipe->capture)) {
		mw_text_add(difference, "link type");
		return -1;
	}
	return compare_packets(file, pipe, difference);
}

// So that the feeding thread finds nobody gone.
static void drain(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

int capture_pair_compare(const uint8_t *bytes, size_t count, struct mw_text *difference)
{
	struct side file = {.fd = -1}, pipe = {.fd = -1};
	struct feed store = {bytes, count, -1}, flow = {bytes, count, -1};
	pthread_t thread;
	int ends[2], packets;

	if (count >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) // gzip: libpcap's either way, and zlib names descriptors
		return 0;
	file.fd = memfd_create("capture", MFD_CLOEXEC);
	store.fd = dup(file.fd);
	if (store.fd < 0 || pipe2(ends, O_CLOEXEC) != 0)
		abort();
	pipe.fd = ends[0];
	flow.fd = ends[1];
	feed(&store);
	if (count <= 4096) // what any pipe holds
		feed(&flow);
	else if (pthread_create(&thread, NULL, feed, &flow) != 0)
		abort();
	packets = compare_captures(&file, &pipe, difference);
	mw_capture_close(file.capture);
	mw_capture_close(pipe.capture);
	close(file.fd);
	drain(pipe.fd);
	close(pipe.fd);
	if (count > 4096)
		pthread_join(thread, NULL);
	return packets;
}
