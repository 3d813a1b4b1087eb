// SPDX-License-Identifier: BSD-3-Clause
// Paths by their names, and file systems in which only the kernel makes names.
// Neighbours: place.h.
#include "place.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

void place_cut_name(char *path)
{
	size_t len = strlen(path);
	char *slash;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		strcpy(path, ".");
	else
		slash[slash == path] = '\0';
}

uint32_t place_find_ancestor(char *path)
{
	uint32_t missing = 0;

	for (; access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR); missing++)
		place_cut_name(path);
	return missing;
}

static bool is_of_the_kernel(const struct statfs *system)
{
	static const unsigned long types[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC,   DEVPTS_SUPER_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
		DEBUGFS_MAGIC,    TRACEFS_MAGIC, SECURITYFS_MAGIC,   BPF_FS_MAGIC,
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(types); i++) {
		if ((unsigned long)system->f_type == types[i])
			return true;
	}
	return false;
}

int place_can_hold(const char *path, uint32_t made_most, struct mw_text *why)
{
	char there[PLACE_PATH_BYTES];
	struct statfs system;
	struct stat status;
	uint32_t missing;

	if (strlen(path) >= sizeof(there))
		return 0; // too long is told by others
	strcpy(there, path);
	missing = place_find_ancestor(there);
	if (stat(there, &status) != 0 || statfs(there, &system) != 0)
		return 0; // who cannot be asked will say so
	if (!S_ISDIR(status.st_mode))
		mw_text_add(why, "%s is there and no directory", there);
	else if (is_of_the_kernel(&system))
		mw_text_add(why, "%s: nothing can be made in %s: its names are the kernel's", path, there);
	else if ((system.f_flags & ST_RDONLY) != 0)
		mw_text_add(why, "%s: nothing can be made in %s: it is mounted read-only", path, there);
	else if (missing > made_most)
		mw_text_add(why, "there is no directory %s: mkdir -p %s", path, path);
	else
		return 0;
	return -EINVAL;
}
