// SPDX-License-Identifier: BSD-3-Clause
// Reading the kernel's small files under a root.
// Neighbours: files.h.
#include "files.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct files_path files_path(const char *root, const char *format, ...)
{
	struct files_path path;
	int len = snprintf(path.chars, sizeof(path.chars), "%s", root);
	va_list arguments;

	va_start(arguments, format);
	if (len >= 0 && (size_t)len < sizeof(path.chars))
		len += vsnprintf(path.chars + len, sizeof(path.chars) - (size_t)len, format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(path.chars))
		path.chars[0] = '\0';
	return path;
}

bool files_exist(struct files_path path)
{
	return access(path.chars, F_OK) == 0;
}

bool files_line(struct files_path path, struct mw_text *line)
{
	FILE *file = fopen(path.chars, "re");
	char chars[512];
	bool read;

	if (file == NULL)
		return false;
	read = fgets(chars, sizeof(chars), file) != NULL;
	fclose(file);
	if (!read)
		return false;
	chars[strcspn(chars, "\n")] = '\0';
	mw_text_add_name(line, chars);
	return true;
}

bool files_number(struct files_path path, int64_t *number)
{
	char chars[32], *end;
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	if (!files_line(path, &line))
		return false;
	*number = strtoll(chars, &end, 10);
	return end != chars;
}

void files_read_cores(const char *list, cpu_set_t *cores)
{
	unsigned first, last;
	int len;

	CPU_ZERO(cores);
	while (sscanf(list, "%u%n", &first, &len) == 1) {
		list += len;
		last = first;
		if (sscanf(list, "-%u%n", &last, &len) == 1)
			list += len;
		for (; first <= last && first < CPU_SETSIZE; first++)
			CPU_SET(first, cores);
		if (*list != ',')
			return;
		list++;
	}
}

bool files_cores(struct files_path path, cpu_set_t *cores)
{
	char chars[512];
	struct mw_text line = mw_text_in(chars, sizeof(chars));
	bool read = files_line(path, &line);

	files_read_cores(chars, cores);
	return read;
}

void files_add_cores(struct mw_text *text, const cpu_set_t *cores)
{
	const char *separator = "";

	if (CPU_COUNT(cores) == 0)
		mw_text_add(text, "none");
	for (unsigned first = 0; first < CPU_SETSIZE; first++) {
		unsigned last = first;

		if (!CPU_ISSET(first, cores))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cores))
			last++;
		mw_text_add(text, last == first ? "%s%u" : "%s%u-%u", separator, first, last); // NOLINT: both are literals
		separator = ",";
		first = last;
	}
}

bool files_cores_within(const cpu_set_t *some, const cpu_set_t *all)
{
	cpu_set_t both;

	CPU_AND(&both, some, all);
	return CPU_EQUAL(&both, some);
}
