// SPDX-License-Identifier: BSD-3-Clause
// Reading with care, replacing as a whole.
// Neighbours: mw_kept.h.
#include "mw_kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mw_file.h"
#include "mw_log.h"
#include "mw_text.h"

#define NAME_BYTES   64
#define HEADER       "midwatch %s 1\n"
#define REMARK       "# written by midwatch; to begin anew, remove it while midwatch does not run\n"
#define BROKEN_MAX   100 // of a name, side by side
#define PROBLEM_SIZE 96

struct place {
	const char *directory;
	int directory_fd;
	char name[NAME_BYTES];
};

static int fail(const struct place *place, const char *verb)
{
	const int error = errno;

	mw_log_error("cannot %s %s/%s: %s", verb, place->directory, place->name, strerror(error));
	return -error;
}

// @return 0 or -errno, logged
static int open_place(struct place *place, const char *directory, const char *name)
{
	place->directory = directory;
	snprintf(place->name, sizeof(place->name), "kept-%s.txt", name);
	place->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->directory_fd < 0 ? fail(place, "open") : 0;
}

// @return the number of the line that is not sound, 0: all are.
static unsigned find_bad_line(const char *name, char *chars, size_t count, mw_kept_line *take, void *context)
{
	char header[NAME_BYTES];
	unsigned number = 1;
	char *end;

	snprintf(header, sizeof(header), HEADER, name);
	if (strncmp(chars, header, strlen(header)) != 0)
		return number;
	for (char *line = chars + strlen(header); line < chars + count; line = end + 1) {
		number++;
		end = strchr(line, '\n');
		if (end == NULL)
			return number; // it was cut, or has a byte that no text has
		*end = '\0';
		if (line[0] != '#' && !take(context, line))
			return number;
	}
	return 0;
}

static int put_aside(const struct place *place)
{
	char aside[NAME_BYTES + 16];

	for (unsigned i = 1; i <= BROKEN_MAX; i++) {
		snprintf(aside, sizeof(aside), "%s.broken-%u", place->name, i);
		if (faccessat(place->directory_fd, aside, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		if (renameat(place->directory_fd, place->name, place->directory_fd, aside) != 0)
			break;
		mw_log_error("%s/%s is now %s", place->directory, place->name, aside);
		return -EINVAL;
	}
	errno = errno == 0 ? EEXIST : errno;
	return fail(place, "rename");
}

static int read_lines(const struct place *place, const char *name, int fd, mw_kept_line *take, void *context)
{
	char *chars = calloc(1, MW_KEPT_BYTES_MAX + 2);
	ssize_t used = chars == NULL ? -ENOMEM : mw_file_read(fd, chars, MW_KEPT_BYTES_MAX + 1);
	unsigned bad = 0;

	if (used < 0) {
		free(chars);
		errno = (int)-used;
		return fail(place, "read");
	}
	if (used > (ssize_t)MW_KEPT_BYTES_MAX)
		mw_log_error("%s/%s: larger than %u bytes", place->directory, place->name, MW_KEPT_BYTES_MAX);
	else if ((bad = find_bad_line(name, chars, (size_t)used, take, context)) != 0)
		mw_log_error("%s/%s:%u: %s", place->directory, place->name, bad,
					 bad == 1 ? "this is not what this version of midwatch writes" : "this line is not sound");
	free(chars);
	return bad != 0 || used > (ssize_t)MW_KEPT_BYTES_MAX ? put_aside(place) : 0;
}

static bool is_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// A named pipe would have us wait for ever, a device give what it likes.
static int refuse(const struct place *place)
{
	mw_log_error("%s/%s: is no regular file; it is left alone, and nothing is kept over a restart", place->directory,
				 place->name);
	return -EEXIST;
}

int mw_kept_read(const char *directory, const char *name, mw_kept_line *take, void *context)
{
	struct place place;
	int error = open_place(&place, directory, name), fd;

	if (error != 0)
		return error;
	fd = openat(place.directory_fd, place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		error = is_file(fd) ? read_lines(&place, name, fd, take, context) : refuse(&place);
	else if (errno != ENOENT)
		error = fail(&place, "read");
	if (fd >= 0)
		close(fd);
	close(place.directory_fd);
	return error;
}

static bool add(int fd, const char *chars, size_t count)
{
	return mw_file_write(fd, chars, count) == count;
}

// What a run left that was killed on the way goes, and so does whatever else has the draft's name.
static bool replace(const struct place *place, const char *header, const char *lines, size_t lines_bytes)
{
	char draft[NAME_BYTES + 8];
	int fd;
	bool good;

	snprintf(draft, sizeof(draft), ".%s.tmp", place->name);
	unlinkat(place->directory_fd, draft, 0);
	fd = openat(place->directory_fd, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return false;
	good = add(fd, header, strlen(header)) && add(fd, REMARK, strlen(REMARK)) && add(fd, lines, lines_bytes) &&
		   fsync(fd) == 0;
	close(fd);
	return good && renameat(place->directory_fd, draft, place->directory_fd, place->name) == 0 &&
		   fsync(place->directory_fd) == 0;
}

int mw_kept_write(const char *directory, const char *name, const char *lines, size_t lines_bytes)
{
	struct place place;
	char header[NAME_BYTES];
	int error = open_place(&place, directory, name);

	if (error != 0)
		return error;
	snprintf(header, sizeof(header), HEADER, name);
	if (!replace(&place, header, lines, lines_bytes))
		error = fail(&place, "write");
	close(place.directory_fd);
	return error;
}
