// SPDX-License-Identifier: BSD-3-Clause
// One CSV file in the making.
// Neighbours: csv_file.h. Every state that a crash can leave is a whole published file or a hidden temporary one.
#include "csv_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mw_file.h"
#include "mw_log.h"

static int fail(struct csv_file *file, const char *verb, int error)
{
	if (!file->told)
		mw_log_error("cannot %s %s/%s: %s; its rows are counted as lost until it works again", verb, file->directory,
					 file->name, strerror(error));
	file->told = true;
	return -error;
}

void csv_file_drop(struct csv_file *file)
{
	if (file->fd < 0)
		return;
	unlinkat(file->directory_fd, file->name, 0);
	close(file->fd);
	file->fd = -1;
}

static void start_over(struct csv_file *file)
{
	file->written_bytes = 0;
	file->written_rows = 0;
	file->torn = false;
}

int csv_file_create(struct csv_file *file)
{
	char header[MW_CSV_LINE_BYTES];
	struct mw_text text = mw_text_in(header, sizeof(header));
	int error;

	snprintf(file->name, sizeof(file->name), ".%s.csv.tmp-%ld", file->record->name, (long)getpid());
	start_over(file);
	file->fd = openat(file->directory_fd, file->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (file->fd < 0)
		return errno == EEXIST ? -EBUSY : -errno;
	// The lock says "alive" to the next process. A file system without locks loses only that.
	flock(file->fd, LOCK_EX | LOCK_NB);
	mw_csv_add_header(&text, file->record);
	errno = ENOSPC;
	if (mw_file_write(file->fd, header, text.len_bytes) == text.len_bytes) {
		file->written_bytes = text.len_bytes;
		return 0;
	}
	error = errno;
	csv_file_drop(file);
	return -error;
}

// Appends what is behind the header in the file old_fd, up to end_bytes.
static int take_along(struct csv_file *file, int old_fd, uint64_t end_bytes)
{
	off_t at = (off_t)file->written_bytes;

	while ((uint64_t)at < end_bytes) {
		ssize_t moved = sendfile(file->fd, old_fd, &at, (size_t)end_bytes - (size_t)at);

		if (moved < 0 && errno == EINTR)
			continue;
		if (moved <= 0)
			return moved < 0 ? -errno : -EIO;
	}
	file->written_bytes = end_bytes;
	return 0;
}

int csv_file_move(struct csv_file *file, int directory_fd, uint64_t *lost)
{
	int old_fd = file->fd;
	uint64_t end_bytes = file->written_bytes, rows = file->written_rows;
	int rc;

	file->directory_fd = directory_fd;
	file->fd = -1;
	if (old_fd < 0)
		return 0;
	rc = csv_file_create(file);
	if (rc == 0)
		rc = take_along(file, old_fd, end_bytes);
	if (rc == 0)
		file->written_rows = rows;
	else
		*lost += rows;
	if (rc != 0)
		csv_file_drop(file);
	close(old_fd);
	return rc;
}

static uint32_t rows_within(const struct csv_file *file, size_t bytes)
{
	uint32_t rows = 0;

	while (rows < file->rows_count && file->row_ends[rows] <= bytes)
		rows++;
	return rows;
}

static void cut_back(struct csv_file *file)
{
	file->torn = ftruncate(file->fd, (off_t)file->written_bytes) != 0 ||
				 lseek(file->fd, (off_t)file->written_bytes, SEEK_SET) < 0;
}

static size_t buffered_bytes(const struct csv_file *file)
{
	return file->rows_count == 0 ? 0 : file->row_ends[file->rows_count - 1];
}

// Writes the buffered rows that fit and forgets the others. Nothing is appended behind a torn row.
static int flush(struct csv_file *file, uint64_t *lost)
{
	size_t len_bytes = buffered_bytes(file);
	size_t done;
	uint32_t rows = 0;
	int rc = 0;

	if (file->fd < 0)
		rc = csv_file_create(file);
	if (rc != 0) {
		fail(file, "make", -rc);
	} else if (len_bytes > 0) {
		if (file->torn)
			cut_back(file);
		errno = file->torn ? EIO : ENOSPC;
		done = file->torn ? 0 : mw_file_write(file->fd, file->buffer, len_bytes);
		if (done < len_bytes)
			rc = fail(file, "write", errno);
		rows = rows_within(file, done);
		file->written_bytes += rows == 0 ? 0 : file->row_ends[rows - 1];
		file->written_rows += rows;
		if (done < len_bytes)
			cut_back(file);
	}
	*lost += file->rows_count - rows;
	file->rows_count = 0;
	return rc;
}

int csv_file_add(struct csv_file *file, const char *line, size_t len_bytes, uint64_t *lost)
{
	size_t used = buffered_bytes(file);
	int rc = 0;

	if (file->rows_count == FILE_ROWS_MAX || used + len_bytes > sizeof(file->buffer)) {
		rc = flush(file, lost);
		used = 0;
	}
	memcpy(file->buffer + used, line, len_bytes);
	file->row_ends[file->rows_count++] = (uint32_t)(used + len_bytes);
	return rc;
}

uint64_t csv_file_bytes(const struct csv_file *file)
{
	return file->written_bytes + buffered_bytes(file);
}

// Renames without replacing; file systems that cannot promise it get a look first.
static int rename_new(const struct csv_file *file, const char *to)
{
	if (renameat2(file->directory_fd, file->name, file->directory_fd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (faccessat(file->directory_fd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(file->directory_fd, file->name, file->directory_fd, to) == 0 ? 0 : -errno;
}

static int rename_published(const struct csv_file *file, const char *stamp, uint32_t *number)
{
	char to[FILE_NAME_BYTES];
	int rc = -EEXIST;

	*number = 1;
	if (stamp == NULL) {
		snprintf(to, sizeof(to), "%s.csv", file->record->name);
		return renameat(file->directory_fd, file->name, file->directory_fd, to) == 0 ? 0 : -errno;
	}
	for (uint32_t try = 1; rc == -EEXIST && try < 100000; try++) {
		*number = try;
		if (try == 1)
			snprintf(to, sizeof(to), "%s-%s.csv", file->record->name, stamp);
		else
			snprintf(to, sizeof(to), "%s-%s-%u.csv", file->record->name, stamp, try);
		rc = rename_new(file, to);
	}
	return rc;
}

static int sync_and_rename(struct csv_file *file, const char *stamp, struct csv_published *published)
{
	struct stat status;
	uint32_t number;
	int rc;

	if (file->torn)
		cut_back(file);
	if (file->torn)
		return fail(file, "cut", EIO);
	if (fsync(file->fd) != 0 || fstat(file->fd, &status) != 0)
		return fail(file, "sync", errno);
	rc = rename_published(file, stamp, &number);
	if (rc != 0)
		return fail(file, "rename", -rc);
	*published = (struct csv_published){(uint64_t)MW_MAX(status.st_size, status.st_blocks * 512), number};
	close(file->fd);
	file->fd = -1;
	if (fsync(file->directory_fd) != 0)
		return fail(file, "sync the directory of", errno);
	return 0;
}

int csv_file_publish(struct csv_file *file, const char *stamp, uint64_t *lost, struct csv_published *published)
{
	int flushed = flush(file, lost);
	int rc = 0;

	if (file->fd >= 0) {
		rc = sync_and_rename(file, stamp, published);
		if (file->fd >= 0)
			*lost += file->written_rows;
		csv_file_drop(file); // nothing to do when it was renamed
	}
	if (flushed == 0 && rc == 0)
		file->told = false;
	start_over(file);
	file->first_ts_ns = 0;
	return flushed != 0 ? flushed : rc;
}
