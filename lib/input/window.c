// SPDX-License-Identifier: BSD-3-Clause
// Small reads, so that a frame is in the core's second cache when it is decoded.
// Neighbours: window.h.
#include "window.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)128 << 10)

int window_new(struct window *window, int fd)
{
	void *bytes = mmap(NULL, WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*window = (struct window){.fd = fd};
	if (bytes == MAP_FAILED)
		return -ENOMEM;
	window->bytes = bytes;
	return 0;
}

void window_free(struct window *window)
{
	if (window->bytes != NULL)
		munmap(window->bytes, WINDOW_BYTES);
	*window = (struct window){.fd = -1};
}

void window_seek(struct window *window, uint64_t offset)
{
	window->at = 0;
	window->end = 0;
	window->offset = offset;
}

void window_release(struct window *window)
{
	size_t left = window->end - window->at;

	if (left > window->at / 8) // so that no byte is moved more than a fraction of a time
		return;
	memmove(window->bytes, window->bytes + window->at, left);
	window->at = 0;
	window->end = left;
}

bool window_fill(struct window *window, size_t count)
{
	while (window->end - window->at < count) {
		size_t missing = count - (window->end - window->at);
		size_t room = WINDOW_BYTES - window->end;
		ssize_t got;

		if (room < missing)
			return false;
		got = pread(window->fd, window->bytes + window->end, MW_MIN(room, MW_MAX(missing, CHUNK_BYTES)),
					(off_t)window->offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		window->end += (size_t)got;
		window->offset += (uint64_t)got;
	}
	return true;
}
