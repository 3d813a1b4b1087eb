// SPDX-License-Identifier: BSD-3-Clause
// gzip or plain bytes as a FILE: zlib behind fopencookie.
// Neighbours: stream.h. gzip: RFC 1952.
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM_BUFFER_BYTES (256u << 10)

static ssize_t read_gz(struct stream *stream, void *bytes, size_t size_bytes)
{
	int got = gzread(stream->gz, bytes, (unsigned)MW_MIN(size_bytes, (size_t)STREAM_BUFFER_BYTES));

	if (got >= 0)
		return got;
	errno = EIO;
	return -1;
}

bool stream_peek(struct stream *stream, uint8_t bytes[4])
{
	uint8_t got_bytes = 0;
	ssize_t got;

	do {
		got = read_gz(stream, stream->head + got_bytes, sizeof(stream->head) - got_bytes);
		got_bytes = (uint8_t)(got_bytes + MW_MAX(got, 0));
	} while (got > 0 && got_bytes < sizeof(stream->head));
	memmove(stream->head + sizeof(stream->head) - got_bytes, stream->head, got_bytes);
	stream->head_bytes = got_bytes;
	memcpy(bytes, stream->head, sizeof(stream->head));
	return got_bytes == sizeof(stream->head);
}

static size_t read_head(struct stream *stream, void *bytes, size_t size_bytes)
{
	size_t count = MW_MIN(size_bytes, (size_t)stream->head_bytes);

	memcpy(bytes, stream->head + sizeof(stream->head) - stream->head_bytes, count);
	stream->head_bytes = (uint8_t)(stream->head_bytes - count);
	return count;
}

ssize_t stream_read(struct stream *stream, void *bytes, size_t size_bytes)
{
	ssize_t got =
		stream->head_bytes > 0 ? (ssize_t)read_head(stream, bytes, size_bytes) : read_gz(stream, bytes, size_bytes);

	if (got > 0)
		stream->plain_bytes += (uint64_t)got;
	return got;
}

static ssize_t read_cookie(void *cookie, char *chars, size_t size_bytes)
{
	return stream_read(cookie, chars, size_bytes);
}

// "Where am I", which ftello asks; going elsewhere in plain files only.
static int seek_cookie(void *cookie, off64_t *offset, int whence)
{
	struct stream *stream = cookie;
	bool asks = whence == SEEK_CUR && *offset == 0;
	z_off_t at = (z_off_t)stream->plain_bytes;

	if (!asks)
		at = whence != SEEK_END && stream_is_plain(stream) ? gzseek(stream->gz, *offset, whence) : -1;
	if (at < 0) {
		errno = ESPIPE;
		return -1;
	}
	if (!asks)
		stream->head_bytes = 0;
	stream->plain_bytes = (uint64_t)at;
	*offset = at;
	return 0;
}

static int close_cookie(void *cookie)
{
	struct stream *stream = cookie;

	gzclose_r(stream->gz);
	stream->gz = NULL;
	return 0;
}

static int open_descriptor(const char *path, struct stream *stream)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	int error;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) != 0) {
		error = -errno;
		close(fd);
		return error;
	}
	if (S_ISDIR(status.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	stream->total_bytes = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
	stream->is_file = S_ISREG(status.st_mode) && !is_stdin; // standard input may begin anywhere
	return fd;
}

int stream_open(struct stream *stream, const char *path, FILE **file)
{
	static const cookie_io_functions_t functions = {.read = read_cookie, .seek = seek_cookie, .close = close_cookie};
	int fd;

	*stream = (struct stream){.fd = -1};
	fd = open_descriptor(path, stream);
	if (fd < 0)
		return fd;
	stream->fd = fd;
	stream->gz = gzdopen(fd, "rb");
	if (stream->gz == NULL) {
		close(fd);
		return -ENOMEM;
	}
	gzbuffer(stream->gz, STREAM_BUFFER_BYTES);
	*file = fopencookie(stream, "rb", functions);
	if (*file == NULL) {
		gzclose_r(stream->gz);
		return -ENOMEM;
	}
	setvbuf(*file, NULL, _IOFBF, STREAM_BUFFER_BYTES);
	return 0;
}

uint64_t stream_stored_bytes(const struct stream *stream)
{
	z_off_t offset = gzoffset(stream->gz);

	return offset < 0 ? stream->plain_bytes : (uint64_t)offset; // a pipe has no offset
}

bool stream_is_plain(const struct stream *stream)
{
	return stream->is_file && gzdirect(stream->gz) == 1;
}

const char *stream_problem(const struct stream *stream)
{
	int code = Z_OK;
	const char *message = gzerror(stream->gz, &code), *behind;

	if (code == Z_OK || code == Z_STREAM_END)
		return NULL;
	behind = strncmp(message, "<fd:", 4) == 0 ? strstr(message, ">: ") : NULL; // its name for a file without one
	return behind == NULL ? message : behind + 3;
}
