// SPDX-License-Identifier: BSD-3-Clause
// The first place that fits. A directory of somebody else's, as when sudo keeps HOME, is left alone.
// Neighbours: store_place.h.
#include "store_place.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_mine(int fd, mode_t forbidden)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & forbidden) == 0;
}

// Goes on to a folder of at, which is closed. @return -1 without it.
static int enter(int at, const char *name, mode_t forbidden)
{
	int fd = -1;

	if (at < 0)
		return -1;
	mkdirat(at, name, 0700); // it may be there
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(at);
	if (fd >= 0 && !is_mine(fd, forbidden)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int open_base(const char *variable)
{
	const char *path = secure_getenv(variable);
	int fd = path != NULL && path[0] == '/' ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0 && !is_mine(fd, 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

#define OTHERS (S_IWGRP | S_IWOTH)

int store_place_open(void)
{
	int fd = enter(open_base("STATE_DIRECTORY"), "store", OTHERS);

	if (fd < 0)
		fd = enter(open_base("XDG_CACHE_HOME"), "midwatch", OTHERS);
	if (fd < 0)
		fd = enter(enter(open_base("HOME"), ".cache", 0), "midwatch", OTHERS);
	return fd;
}
