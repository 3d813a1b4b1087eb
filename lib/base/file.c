// SPDX-License-Identifier: BSD-3-Clause
// A number out of a file.
// Neighbours: mw_file.h.
#include "mw_file.h"

#include <stdio.h>

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
