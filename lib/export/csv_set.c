// SPDX-License-Identifier: BSD-3-Clause
// All CSV files of one run: opening, rows, publishing together, and retention.
// Neighbours: mw_csv.h; csv_file.c for one file, retention.c for old ones.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv_file.h"
#include "csv_format.h"
#include "mw_csv.h"
#include "mw_log.h"
#include "mw_time.h"
#include "retention.h"

struct mw_csv_set {
	enum mw_csv_rotation rotation;
	char directory[MW_SETTING_TEXT_BYTES * 16];
	char probe[MW_SETTING_TEXT_BYTES];
	uint64_t interval_ns;
	uint64_t file_bytes_max;
	int directory_fd;
	int first_error; // -errno
	uint64_t lost;
	struct retention retention;
	const struct mw_record **records; // a copy of the caller's list
	char line[MW_CSV_LINE_BYTES];
	size_t start_bytes; // of the line that every row of this schema and moment begins with; 0: none yet
	uint16_t start_schema;
	uint64_t start_ts_ns;
	uint32_t files_count;
	struct csv_file files[];
};

// mkdir -p. @return 0 or -errno.
static int make_directory(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		int rc;

		*slash = '\0';
		rc = mkdir(path, 0750);
		*slash = '/';
		if (rc != 0 && errno != EEXIST)
			return -errno;
	}
	return mkdir(path, 0750) != 0 && errno != EEXIST ? -errno : 0;
}

int mw_csv_make_directory(const char *path)
{
	char copy[sizeof(((struct mw_csv_set *)0)->directory)];
	int error = -ENAMETOOLONG;

	if (strlen(path) < sizeof(copy)) {
		strcpy(copy, path);
		error = make_directory(copy);
	}
	if (error != 0)
		mw_log_error("cannot use output directory %s: %s", path[0] == '\0' ? "\"\"" : path, strerror(-error));
	return error;
}

// @return an open directory, made where it is missing, and ours as long as it is open; or -errno, -EBUSY when another
// process writes there. Where directories cannot be locked (NFS) nobody is kept out.
static int open_directory(char *path)
{
	int error = make_directory(path), fd;

	if (error != 0)
		return error;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd;
	close(fd);
	return -EBUSY;
}

static void name_probe(struct mw_csv_set *set, const char *probe)
{
	struct mw_text text;

	if (probe[0] == '\0' && gethostname(set->probe, sizeof(set->probe) - 1) == 0)
		return;
	text = mw_text_in(set->probe, sizeof(set->probe));
	mw_text_add(&text, "%s", probe);
}

static struct mw_csv_set *new_set(const struct mw_output_settings *settings, enum mw_csv_rotation rotation,
								  const struct mw_record *const records[], uint32_t records_count)
{
	struct mw_csv_set *set = calloc(1, sizeof(*set) + records_count * sizeof(set->files[0]));

	if (set == NULL)
		return NULL;
	set->records = calloc(records_count + 1u, sizeof(struct mw_record *));
	if (set->records == NULL) {
		free(set);
		return NULL;
	}
	set->rotation = rotation;
	set->interval_ns = settings->interval_ns;
	set->file_bytes_max = settings->file_bytes_max;
	set->directory_fd = -1;
	name_probe(set, settings->probe);
	set->files_count = records_count;
	for (uint32_t i = 0; i < records_count; i++) {
		set->records[i] = records[i];
		set->files[i].record = records[i];
		set->files[i].directory = set->directory;
		set->files[i].fd = -1;
	}
	return set;
}

// Rows of another run are no rows of this one: whoever reads all files of the directory is told where those end.
static void tell_runs_before(struct mw_csv_set *set)
{
	struct retention_before before;

	if (retention_look(&set->retention, &before) == 0 && before.files > 0)
		mw_log_notice("output directory %s has %u files of earlier runs, the newest of %s; %s", set->directory,
					  before.files, before.newest.stamp,
					  set->rotation == MW_CSV_PER_INTERVAL ? "those of this run follow"
														   : "those of this run have no time in their names");
}

static int start_retention(struct mw_csv_set *set)
{
	int error = retention_start(&set->retention);

	if (error != 0)
		mw_log_error("cannot list output directory %s: %s", set->directory, strerror(-error));
	return error;
}

static int set_up(struct mw_csv_set *set, const struct mw_output_settings *settings)
{
	set->directory_fd = open_directory(set->directory);
	if (set->directory_fd < 0) {
		mw_log_error("cannot use output directory %s: %s", set->directory,
					 set->directory_fd == -EBUSY ? "another process writes there; give this one another with -o"
												 : strerror(-set->directory_fd));
		return set->directory_fd;
	}
	set->retention.records = set->records;
	set->retention.records_count = set->files_count;
	set->retention.directory_fd = set->directory_fd;
	set->retention.directory = set->directory;
	set->retention.limit_bytes = set->rotation == MW_CSV_PER_INTERVAL ? settings->retain_bytes_max : 0;
	retention_remove_leftovers(&set->retention);
	tell_runs_before(set);
	for (uint32_t i = 0; i < set->files_count; i++) {
		int rc;

		set->files[i].directory_fd = set->directory_fd;
		rc = csv_file_create(&set->files[i]);
		if (rc != 0) {
			mw_log_error("cannot make %s/%s: %s", set->directory, set->files[i].name,
						 rc == -EBUSY ? "another process writes there" : strerror(-rc));
			return rc;
		}
	}
	return start_retention(set);
}

static void free_set(struct mw_csv_set *set)
{
	for (uint32_t i = 0; i < set->files_count; i++)
		csv_file_drop(&set->files[i]);
	if (set->directory_fd >= 0)
		close(set->directory_fd);
	free(set->records);
	free(set);
}

int mw_csv_open(const struct mw_output_settings *settings, const char *directory, enum mw_csv_rotation rotation,
				const struct mw_record *const records[], uint32_t records_count, struct mw_csv_set **set)
{
	struct mw_csv_set *fresh = new_set(settings, rotation, records, records_count);
	struct mw_text path;
	int rc = 0;

	if (fresh == NULL) {
		mw_log_error("cannot use output directory %s: %s", directory, strerror(ENOMEM));
		return -ENOMEM;
	}
	path = mw_text_in(fresh->directory, sizeof(fresh->directory));
	mw_text_add(&path, "%s", directory);
	if (path.len_bytes == 0 || path.cut) {
		rc = path.cut ? -ENAMETOOLONG : -ENOENT;
		mw_log_error("cannot use output directory \"%s\": %s", fresh->directory, strerror(-rc));
	} else {
		rc = set_up(fresh, settings);
	}
	if (rc != 0) {
		free_set(fresh);
		return rc;
	}
	*set = fresh;
	return 0;
}

static struct csv_file *file_of(struct mw_csv_set *set, const struct mw_record *record)
{
	for (uint32_t i = 0; i < set->files_count; i++) {
		if (set->files[i].record == record)
			return &set->files[i];
	}
	return NULL;
}

static void note(struct mw_csv_set *set, int rc)
{
	if (set->first_error == 0)
		set->first_error = rc;
}

static int publish_stamped(struct mw_csv_set *set, struct csv_file *file, uint64_t time_ns)
{
	struct published newest = {.record = (uint32_t)(file - set->files)};
	struct mw_text text = mw_text_in(newest.stamp, sizeof(newest.stamp));
	struct csv_published published = {0, 0};
	int rc;

	mw_time_add_compact(&text, time_ns);
	rc = csv_file_publish(file, newest.stamp, &set->lost, &published);
	note(set, rc);
	newest.number = published.number;
	if (published.number != 0)
		retention_apply(&set->retention, published.bytes, &newest);
	return rc;
}

// For a file that is closed before anybody named its interval.
static uint64_t interval_of(const struct mw_csv_set *set, uint64_t time_ns)
{
	return set->interval_ns == 0 ? time_ns : time_ns - time_ns % set->interval_ns;
}

// An interval's rows are of one moment: its text costs as much as four other cells.
static struct mw_text begin_line(struct mw_csv_set *set, uint16_t schema, uint64_t ts_ns)
{
	struct mw_text text = {.chars = set->line, .size_bytes = sizeof(set->line), .len_bytes = set->start_bytes};

	if (set->start_bytes > 0 && set->start_schema == schema && set->start_ts_ns == ts_ns)
		return text;
	text.len_bytes = 0;
	csv_add_start(&text, schema, ts_ns, set->probe);
	set->start_bytes = text.len_bytes;
	set->start_schema = schema;
	set->start_ts_ns = ts_ns;
	return text;
}

void mw_csv_row(struct mw_csv_set *set, const struct mw_record *record, const void *row)
{
	struct csv_file *file = file_of(set, record);
	struct mw_text text = begin_line(set, record->schema, mw_record_ts(record, row));

	if (file != NULL)
		csv_add_cells(&text, record, row);
	if (file == NULL || text.cut) {
		set->lost++;
		return;
	}
	if (file->first_ts_ns == 0)
		file->first_ts_ns = mw_record_ts(record, row);
	note(set, csv_file_add(file, set->line, text.len_bytes, &set->lost));
	if (set->rotation == MW_CSV_PER_INTERVAL && set->file_bytes_max != 0 && csv_file_bytes(file) >= set->file_bytes_max)
		publish_stamped(set, file, interval_of(set, file->first_ts_ns));
}

// Whether the directory's name still leads to it.
static bool is_in_place(const struct mw_csv_set *set)
{
	struct stat named, held;

	return fstat(set->directory_fd, &held) == 0 && stat(set->directory, &named) == 0 && named.st_dev == held.st_dev &&
		   named.st_ino == held.st_ino;
}

// Somebody removed the directory, or put another in its place: files go to where its name leads now.
static void follow_directory(struct mw_csv_set *set)
{
	uint64_t lost_before = set->lost;
	int fd = is_in_place(set) ? -1 : open_directory(set->directory);

	if (fd < 0)
		return; // in place, or not to be had: each file says so when it is published
	for (uint32_t i = 0; i < set->files_count; i++)
		note(set, csv_file_move(&set->files[i], fd, &set->lost));
	close(set->directory_fd);
	set->directory_fd = fd;
	set->retention.directory_fd = fd;
	retention_start(&set->retention);
	mw_log_warning("output directory %s was removed or replaced: files go on in the one of that name, %llu rows were "
				   "lost",
				   set->directory, (unsigned long long)(set->lost - lost_before));
}

int mw_csv_publish(struct mw_csv_set *set, uint64_t interval_start_ns)
{
	int first = 0;

	if (set->rotation == MW_CSV_ONE_FILE)
		return 0;
	follow_directory(set);
	for (uint32_t i = 0; i < set->files_count; i++) {
		int rc = publish_stamped(set, &set->files[i], interval_start_ns);

		if (first == 0)
			first = rc;
	}
	return first;
}

int mw_csv_close(struct mw_csv_set *set)
{
	int rc;

	if (set == NULL)
		return 0;
	for (uint32_t i = 0; i < set->files_count; i++) {
		struct csv_file *file = &set->files[i];
		struct csv_published published;

		if (set->rotation == MW_CSV_ONE_FILE)
			note(set, csv_file_publish(file, NULL, &set->lost, &published));
		else if (file->first_ts_ns != 0)
			publish_stamped(set, file, interval_of(set, file->first_ts_ns));
	}
	rc = set->first_error;
	free_set(set);
	return rc;
}

uint64_t mw_csv_lost(const struct mw_csv_set *set)
{
	return set->lost;
}
