// SPDX-License-Identifier: BSD-3-Clause
// Retention by bytes, in fixed memory: the oldest names of one directory scan serve many deletions.
// Neighbours: retention.h; names as csv_file.c makes them.
#include "retention.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mw_log.h"

typedef void visit_name(struct retention *retention, const char *name);

static int visit_directory(struct retention *retention, visit_name *visit)
{
	int fd = openat(retention->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (directory == NULL) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return -error;
	}
	while ((entry = readdir(directory)) != NULL)
		visit(retention, entry->d_name);
	closedir(directory);
	return 0;
}

static bool is_stamp(const char *chars)
{
	static const char pattern[] = "ddddddddTddddddZ";

	for (size_t i = 0; i < STAMP_BYTES - 1; i++) {
		bool digit = chars[i] >= '0' && chars[i] <= '9';

		if (pattern[i] == 'd' ? !digit : chars[i] != pattern[i])
			return false;
	}
	return true;
}

// Reads NAME-STAMP.csv or NAME-STAMP-NUMBER.csv of one of our records.
static bool parse_name(const struct retention *retention, const char *name, struct published *published)
{
	for (uint32_t i = 0; i < retention->records_count; i++) {
		size_t len = strlen(retention->records[i]->name);
		const char *rest = name + len;
		char *end;

		if (strncmp(name, retention->records[i]->name, len) != 0 || *rest != '-' || !is_stamp(rest + 1))
			continue;
		memcpy(published->stamp, rest + 1, STAMP_BYTES - 1);
		published->stamp[STAMP_BYTES - 1] = '\0';
		published->record = i;
		published->number = 1;
		rest += STAMP_BYTES;
		if (rest[0] == '-' && rest[1] >= '1' && rest[1] <= '9') {
			published->number = (uint32_t)strtoul(rest + 1, &end, 10);
			rest = end;
		}
		return strcmp(rest, ".csv") == 0;
	}
	return false;
}

static uint64_t disk_bytes(const struct retention *retention, const char *name)
{
	struct stat status;

	if (fstatat(retention->directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
		return 0;
	return (uint64_t)MW_MAX(status.st_size, status.st_blocks * 512);
}

static void add_bytes(struct retention *retention, const char *name)
{
	struct published published;

	if (parse_name(retention, name, &published))
		retention->total_bytes += disk_bytes(retention, name);
}

static int compare_age(const void *a, const void *b)
{
	const struct published *left = a;
	const struct published *right = b;
	int order = strcmp(left->stamp, right->stamp);

	if (order != 0)
		return order;
	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return (left->record > right->record) - (left->record < right->record);
}

static void sort_oldest(struct retention *retention)
{
	qsort(retention->oldest, retention->oldest_count, sizeof(retention->oldest[0]), compare_age);
	retention->oldest_count = MW_MIN(retention->oldest_count, (uint32_t)RETENTION_OLDEST);
}

static void add_candidate(struct retention *retention, const char *name)
{
	if (!parse_name(retention, name, &retention->oldest[retention->oldest_count]))
		return;
	if (++retention->oldest_count == MW_ARRAY_SIZE(retention->oldest))
		sort_oldest(retention);
}

static bool next_oldest(struct retention *retention, struct published *published)
{
	if (retention->oldest_next >= retention->oldest_count) {
		retention->oldest_next = 0;
		retention->oldest_count = 0;
		visit_directory(retention, add_candidate);
		sort_oldest(retention);
	}
	if (retention->oldest_next >= retention->oldest_count)
		return false;
	*published = retention->oldest[retention->oldest_next++];
	return true;
}

static bool delete_one(struct retention *retention, const struct published *published)
{
	const char *record = retention->records[published->record]->name;
	uint64_t bytes;
	char name[160];

	if (published->number == 1)
		snprintf(name, sizeof(name), "%s-%s.csv", record, published->stamp);
	else
		snprintf(name, sizeof(name), "%s-%s-%u.csv", record, published->stamp, published->number);
	bytes = disk_bytes(retention, name);
	if (unlinkat(retention->directory_fd, name, 0) != 0 && errno != ENOENT) {
		mw_log_warning("cannot delete %s/%s: %s", retention->directory, name, strerror(errno));
		return false;
	}
	retention->total_bytes -= MW_MIN(bytes, retention->total_bytes);
	return true;
}

static void note_before(struct retention *retention, const char *name)
{
	struct retention_before *before = retention->before;
	struct published published;

	if (!parse_name(retention, name, &published))
		return;
	if (before->files++ == 0 || compare_age(&published, &before->newest) > 0)
		before->newest = published;
}

int retention_look(struct retention *retention, struct retention_before *before)
{
	int error;

	*before = (struct retention_before){.files = 0};
	retention->before = before;
	error = visit_directory(retention, note_before);
	retention->before = NULL;
	return error;
}

int retention_start(struct retention *retention)
{
	retention->total_bytes = 0;
	return retention->limit_bytes == 0 ? 0 : visit_directory(retention, add_bytes);
}

void retention_apply(struct retention *retention, uint64_t published_bytes, const struct published *newest)
{
	struct published published;

	retention->total_bytes += published_bytes;
	while (retention->limit_bytes != 0 && retention->total_bytes > retention->limit_bytes) {
		if (!next_oldest(retention, &published))
			return;
		if (compare_age(&published, newest) >= 0) {
			retention->oldest_next--; // it may be old enough next time
			return;
		}
		if (!delete_one(retention, &published))
			return;
	}
}

static bool is_leftover_name(const struct retention *retention, const char *name)
{
	for (uint32_t i = 0; i < retention->records_count; i++) {
		char prefix[160];
		size_t len = (size_t)snprintf(prefix, sizeof(prefix), ".%s.csv.tmp-", retention->records[i]->name);
		if (strncmp(name, prefix, len) == 0 && name[len] != '\0' &&
			name[len + strspn(name + len, "0123456789")] == '\0')
			return true;
	}
	return false;
}

static void remove_leftover(struct retention *retention, const char *name)
{
	int fd;

	if (!is_leftover_name(retention, name))
		return;
	fd = openat(retention->directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(retention->directory_fd, name, 0);
	close(fd);
}

void retention_remove_leftovers(struct retention *retention)
{
	visit_directory(retention, remove_leftover);
}
