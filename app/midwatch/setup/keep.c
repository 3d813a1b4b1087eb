// SPDX-License-Identifier: BSD-3-Clause
// Files of the machine: read, replaced in one step, kept as they were before the first change.
// Neighbours: setup.h. What is kept lies where root alone may write, not in the service's own directory: it goes back
// into /etc one day.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor/files.h"
#include "mw_log.h"
#include "setup.h"

#define KEPT   "/var/backups/midwatch"
#define ABSENT ".absent"

static int tell(const char *what, const char *path)
{
	int error = errno;

	mw_log_error("%s %s: %s", what, path, strerror(error));
	return -error;
}

int setup_read(const char *root, const char *path, struct setup_content *content)
{
	struct files_path place = files_path(root, "%s", path);
	FILE *file = fopen(place.chars, "re");
	size_t len;

	*content = (struct setup_content){.there = file != NULL};
	if (file == NULL)
		return errno == ENOENT ? 0 : tell("cannot read", place.chars);
	len = fread(content->chars, 1, sizeof(content->chars), file);
	errno = len == sizeof(content->chars) ? EFBIG : memchr(content->chars, 0, len) != NULL ? EILSEQ : 0;
	if (ferror(file) != 0)
		errno = EIO;
	fclose(file);
	return errno == 0 ? 0 : tell("cannot read", place.chars);
}

static void make_folders(const char *path)
{
	char folder[FILES_PATH_BYTES];

	snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0755); // what cannot be made shows when the file is opened
		*slash = '/';
	}
}

static int fill(int fd, const char *chars)
{
	size_t len = strlen(chars);
	ssize_t done = 0;

	for (size_t at = 0; at < len && done >= 0; at += (size_t)done)
		done = write(fd, chars + at, len - at);
	if (done < 0 || fsync(fd) != 0)
		return -1;
	return 0;
}

static int put(struct files_path place, const char *chars)
{
	struct files_path draft = files_path(place.chars, ".midwatch-new");
	struct stat status;
	mode_t mode = stat(place.chars, &status) == 0 ? status.st_mode & 0777 : 0644;
	int fd, error;

	make_folders(place.chars);
	unlink(draft.chars);
	fd = open(draft.chars, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return tell("cannot write", draft.chars);
	error = fchmod(fd, mode) != 0 || fill(fd, chars) != 0 || rename(draft.chars, place.chars) != 0
				? tell("cannot write", place.chars)
				: 0;
	close(fd);
	if (error != 0)
		unlink(draft.chars);
	return error;
}

int setup_replace(const char *root, const char *path, const struct setup_content *content)
{
	struct files_path place = files_path(root, "%s", path);

	if (content->there)
		return put(place, content->chars);
	return unlink(place.chars) == 0 || errno == ENOENT ? 0 : tell("cannot remove", place.chars);
}

// One name for a whole path: /etc/dpdk/dpdk.conf is kept as etc+dpdk+dpdk.conf.
static struct files_path kept_place(const char *root, const char *path, const char *ending)
{
	struct files_path place = files_path(root, KEPT "/%s%s", path + 1, ending);
	size_t name = strlen(root) + sizeof(KEPT);

	for (size_t i = name; place.chars[0] != '\0' && place.chars[i] != '\0'; i++) {
		if (place.chars[i] == '/')
			place.chars[i] = '+';
	}
	return place;
}

int setup_keep(const char *root, const char *path, const struct setup_content *content)
{
	if (files_exist(kept_place(root, path, "")) || files_exist(kept_place(root, path, ABSENT)))
		return 0;
	return put(kept_place(root, path, content->there ? "" : ABSENT), content->chars);
}

int setup_kept(const char *root, const char *path, struct setup_content *content)
{
	*content = (struct setup_content){0};
	if (files_exist(kept_place(root, path, ABSENT)))
		return 0;
	if (!files_exist(kept_place(root, path, "")))
		return -ENOENT;
	return setup_read("", kept_place(root, path, "").chars, content);
}

void setup_forget(const char *root, const char *path)
{
	unlink(kept_place(root, path, "").chars);
	unlink(kept_place(root, path, ABSENT).chars);
}
