// SPDX-License-Identifier: BSD-3-Clause
// By device and inode of the folder, so that no spelling of a path hides it.
// Neighbours: overlap.h.
#include "overlap.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_file.h"
#include "mw_log.h"

static bool ends_in_csv(const char *path)
{
	const size_t len = strlen(path);

	return len > 4 && strcmp(path + len - 4, ".csv") == 0;
}

static bool is_overwritten(const char *input, const char *directory)
{
	char path[PATH_MAX], evidence[PATH_MAX];
	bool is_csv;
	char *slash;

	if (realpath(input, path) == NULL || (slash = strrchr(path, '/')) == NULL)
		return false; // standard input, or what cannot be opened
	is_csv = ends_in_csv(path);
	slash[slash == path] = '\0';
	if (is_csv && mw_file_is_one(path, directory))
		return true;
	return snprintf(evidence, sizeof(evidence), "%s/evidence", directory) < (int)sizeof(evidence) &&
		   mw_file_is_one(path, evidence);
}

bool overlap_found(const char *const inputs[], uint32_t inputs_count, const char *directory)
{
	bool found = false;

	for (uint32_t i = 0; i < inputs_count; i++) {
		if (!is_overwritten(inputs[i], directory))
			continue;
		mw_log_error("%s lies where this run would write its results (%s): give it another directory with -o",
					 inputs[i], directory);
		found = true;
	}
	return found;
}
