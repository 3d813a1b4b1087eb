// SPDX-License-Identifier: BSD-3-Clause
// Small reads, so that a frame is in the core's second cache when it is decoded.
// Neighbours: window.h.
#include "window.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)128 << 10)
#define PASS_BYTES  ((size_t)64 << 10) // worth moving a chunk over them

int window_new(struct window *window, struct stream *stream)
{
	void *bytes = mmap(NULL, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*window = (struct window){.stream = stream, .is_plain = stream_is_plain(stream)};
	if (bytes == MAP_FAILED)
		return -ENOMEM;
	window->bytes = bytes;
	return 0;
}

void window_free(struct window *window)
{
	if (window->bytes != NULL)
		munmap(window->bytes, WINDOW_BYTES);
	window->bytes = NULL;
}

void window_seek(struct window *window, uint64_t offset)
{
	window->at = 0;
	window->end = 0;
	window->kept = 0;
	window->offset = offset;
}

static void move_to_front(struct window *window)
{
	size_t left = window->end - window->at;

	memmove(window->bytes, window->bytes + window->at, left);
	window->at = 0;
	window->end = left;
	window->kept = 0;
}

void window_release(struct window *window)
{
	window->kept = window->at;
	if (window->end - window->at <= window->at / 8) // so that no byte is moved more than a fraction of a time
		move_to_front(window);
}

void window_pass(struct window *window, size_t count)
{
	size_t left = window->end - window->at - count;

	if (window->kept == window->at) {
		window_take(window, count);
		window->kept = window->at;
	} else if (count >= PASS_BYTES) { // what is kept must not wait for it
		memmove(window->bytes + window->at, window->bytes + window->at + count, left);
		window->end -= count;
	} else {
		window_take(window, count);
	}
}

static ssize_t read_on(struct window *window, size_t count)
{
	ssize_t got;

	if (!window->is_plain)
		return stream_read(window->stream, window->bytes + window->end, count);
	do
		got = pread(window->stream->fd, window->bytes + window->end, count, (off_t)window->offset);
	while (got < 0 && errno == EINTR);
	return got;
}

static bool has_room(struct window *window, size_t missing)
{
	if (WINDOW_BYTES - window->end < missing && window->kept == window->at)
		move_to_front(window);
	window->is_full = WINDOW_BYTES - window->end < missing;
	return !window->is_full;
}

bool window_fill(struct window *window, size_t count)
{
	window->error = 0;
	while (window->end - window->at < count) {
		size_t missing = count - (window->end - window->at);
		ssize_t got;

		if (!has_room(window, missing))
			return false;
		got = read_on(window, MW_MIN(WINDOW_BYTES - window->end, MW_MAX(missing, CHUNK_BYTES)));
		if (got < 0)
			window->error = -errno;
		if (got <= 0)
			return false;
		window->end += (size_t)got;
		window->offset += (uint64_t)got;
	}
	return true;
}
