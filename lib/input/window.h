// SPDX-License-Identifier: BSD-3-Clause
// The part of a file that is being looked at, in memory: read(2) and not mmap(2), so that a file which somebody cuts
// meanwhile, or a disk that fails, is an end or an error and no SIGBUS. What is no plain file comes through its stream.
// Neighbours: direct.c and pcapng.c read records in it.
#ifndef MW_INPUT_WINDOW_H
#define MW_INPUT_WINDOW_H

#include "stream.h"

#define WINDOW_BYTES ((size_t)32 << 20) // address space; touched only as far as a batch of frames needs it

/** Bytes at..end of the buffer are read and not taken; what was taken stays where it is until window_release. */
struct window {
	struct stream *stream;
	bool is_plain; // read at any place, past the stream; else from where the stream stands
	bool is_full; // the latest window_fill found no room among what was taken
	int error; // -errno of the latest window_fill; 0
	uint8_t *bytes;
	size_t at, end;
	size_t kept; // from here on it is not to be moved
	uint64_t offset; // in the file, of what is read next
};

/** @return 0 or -ENOMEM. The stream stays the caller's; one of a plain file is not moved. */
int window_new(struct window *window, struct stream *stream);
void window_free(struct window *window);

/** Goes on at another place of a plain file; gives up everything taken. */
void window_seek(struct window *window, uint64_t offset);

/** Nothing that was taken is needed any more. */
void window_release(struct window *window);

/** Where in the file the next byte to be taken is. */
static inline uint64_t window_tell(const struct window *window)
{
	return window->offset - (window->end - window->at);
}

/** Reads on until count bytes are there. @return false at the file's end, on an error, or without room: is_full. */
bool window_fill(struct window *window, size_t count);

/** The next count bytes in place, not taken; NULL when they cannot be had. They may move no earlier than they are taken
 * and released, but the pointer is to be asked for again after a larger count. */
static inline const uint8_t *window_peek(struct window *window, size_t count)
{
	if (MW_UNLIKELY(window->end - window->at < count) && !window_fill(window, count))
		return NULL;
	return window->bytes + window->at;
}

/** Takes count bytes that were peeked at. */
static inline void window_take(struct window *window, size_t count)
{
	window->at += count;
}

/** Goes over count bytes that were peeked at and that nobody will look at again. */
void window_pass(struct window *window, size_t count);

#endif
