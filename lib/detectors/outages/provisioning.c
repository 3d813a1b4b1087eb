// SPDX-License-Identifier: BSD-3-Clause
// Lines of a file to names.
// Neighbours: provisioning.h.
#include "provisioning.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mw_file.h"
#include "mw_log.h"

#define LINE_BYTES 256

const char *outages_names_default_path(void)
{
	return !mw_file_in_place() && access(MW_PROVISIONING_INSTALLED, R_OK) == 0 ? MW_PROVISIONING_INSTALLED
																			   : MW_PROVISIONING_SOURCE;
}

static bool is_name(const char *chars)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";

	return strspn(chars, allowed) == strlen(chars) && chars[0] != '.' && strstr(chars, "..") == NULL &&
		   strchr(chars, '.') != NULL;
}

/** @return what is wrong with a line, or NULL. */
static const char *parse(char *line, struct outages_name *name)
{
	char *source = strchr(line, '#');
	char kind[8];

	if (source == NULL || source[1 + strspn(source + 1, " \t\n")] == '\0')
		return "no source: expected KIND NAME SERVICE # SOURCE";
	*source = '\0';
	while (source > line && (source[-1] == ' ' || source[-1] == '\t'))
		*--source = '\0';
	if (sscanf(line, "%7s %95s %47[ -~]", kind, name->name, name->service) != 3)
		return "expected KIND NAME SERVICE # SOURCE";
	if (strcmp(kind, "rules") != 0 && strcmp(kind, "relay") != 0)
		return "expected rules or relay";
	name->relay = strcmp(kind, "relay") == 0;
	return is_name(name->name) ? NULL : "expected a name of DNS in small letters";
}

int outages_names_load(struct outages_names *names, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[LINE_BYTES];

	names->count = 0;
	if (file == NULL)
		return -errno;
	for (unsigned number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
		const bool full = names->count == OUTAGES_NAMES_MAX;
		const char *wrong;

		if (line[0] == '#' || line[0] == '\n')
			continue;
		wrong = full ? "too many names: 32 are read" : parse(line, &names->items[names->count]);
		if (wrong == NULL)
			names->count++;
		else
			mw_log_warning("%s:%u: %s", path, number, wrong);
	}
	fclose(file);
	return 0;
}
