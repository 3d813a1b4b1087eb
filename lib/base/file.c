// SPDX-License-Identifier: BSD-3-Clause
// A number out of a file; two names of one; where this program lies.
// Neighbours: mw_file.h.
#include "mw_file.h"

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
