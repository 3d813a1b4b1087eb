// SPDX-License-Identifier: BSD-3-Clause
// A byte stream that may be gzip-compressed, as a FILE for libpcap.
// Neighbours: capture.c and window.c read through it. gzread passes plain data through, so one path serves both.
#ifndef MW_INPUT_STREAM_H
#define MW_INPUT_STREAM_H

#include <stdio.h>
#include <sys/types.h>
#include <zlib.h>

#include "mw_base.h"

/** Lives inside its owner; must outlive the FILE. */
struct stream {
	gzFile gz;
	int fd; // gz's
	bool is_file; // a regular one, opened by name: it can be read at any place
	uint64_t plain_bytes; // read so far, after decompression
	uint64_t total_bytes; // as stored; 0: not known
	uint8_t head[4]; // what stream_peek saw and nobody has read yet: the last head_bytes of it
	uint8_t head_bytes;
};

/**
 * Opens path ("-": standard input) for reading. fclose closes it all.
 * @return 0 and *file; -EISDIR; -ENOMEM; -errno of open.
 */
int stream_open(struct stream *stream, const char *path, FILE **file);

/**
 * The first four bytes, which the next reader gets all the same; before any other read. @return false: fewer are there.
 */
bool stream_peek(struct stream *stream, uint8_t bytes[4]);

/** Reads on, past the FILE. @return bytes, 0 at the end, -1 with errno set. */
ssize_t stream_read(struct stream *stream, void *bytes, size_t size_bytes);

/** Bytes read so far as stored: compressed where the file is. */
uint64_t stream_stored_bytes(const struct stream *stream);

/** True when every byte of a regular file is what it stores: nothing to decompress. The FILE can be positioned then. */
bool stream_is_plain(const struct stream *stream);

/** What zlib has to complain about so far (a cut or damaged stream), or NULL. */
const char *stream_problem(const struct stream *stream);

#endif
