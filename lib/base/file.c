// SPDX-License-Identifier: BSD-3-Clause
// A number out of a file; all of one; two names of one; where this program lies.
// Neighbours: mw_file.h.
#include "mw_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t mw_file_number(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long number = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%llu", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

bool mw_file_is_one(const char *first, const char *second)
{
	struct stat a, b;

	return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool mw_file_in_place(void)
{
	static const char root[] = MW_BUILD_ROOT "/";
	char self[512];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self));

	return len >= (ssize_t)sizeof(root) && memcmp(self, root, sizeof(root) - 1) == 0;
}

size_t mw_file_write(int fd, const void *bytes, size_t count)
{
	size_t done = 0;

	while (done < count) {
		ssize_t wrote = write(fd, (const uint8_t *)bytes + done, count - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			break;
		done += (size_t)wrote;
	}
	return done;
}

ssize_t mw_file_read(int fd, void *bytes, size_t count)
{
	size_t done = 0;

	while (done < count) {
		ssize_t got = read(fd, (uint8_t *)bytes + done, count - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}
