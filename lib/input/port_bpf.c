// SPDX-License-Identifier: BSD-3-Clause
// Descriptors in /proc/self/fd whose link says bpf-prog or bpf-map.
// Neighbours: port_bpf.h. proc(5), bpf(2).
#include "port_bpf.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What is looked for: a program's id, or a name among the ids of maps. */
struct wanted {
	const uint32_t *ids;
	uint32_t ids_count;
	const char *name; // NULL: a program
};

static bool is_among(const struct wanted *wanted, uint32_t id)
{
	for (uint32_t i = 0; i < wanted->ids_count; i++) {
		if (wanted->ids[i] == id)
			return true;
	}
	return false;
}

static bool is_program(int fd, const struct wanted *wanted)
{
	struct bpf_prog_info info = {0};
	uint32_t info_bytes = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &info_bytes) == 0 && is_among(wanted, info.id);
}

static bool is_map(int fd, const struct wanted *wanted)
{
	struct bpf_map_info info = {0};
	uint32_t info_bytes = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &info_bytes) == 0 && is_among(wanted, info.id) &&
		   strcmp(info.name, wanted->name) == 0;
}

static bool is_wanted(int folder, const char *entry, const struct wanted *wanted)
{
	const char *kind = wanted->name != NULL ? "anon_inode:bpf-map" : "anon_inode:bpf-prog";
	char link[64];
	ssize_t len = readlinkat(folder, entry, link, sizeof(link) - 1);
	int fd = (int)strtol(entry, NULL, 10);

	if (len <= 0)
		return false;
	link[len] = '\0';
	return strcmp(link, kind) == 0 && (wanted->name != NULL ? is_map(fd, wanted) : is_program(fd, wanted));
}

static int find(const struct wanted *wanted)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	int found = -ENOENT;

	if (folder == NULL)
		return -errno;
	while (found == -ENOENT && (entry = readdir(folder)) != NULL) {
		if (is_wanted(dirfd(folder), entry->d_name, wanted)) {
			found = fcntl((int)strtol(entry->d_name, NULL, 10), F_DUPFD_CLOEXEC, 3);
			found = found < 0 ? -errno : found;
		}
	}
	closedir(folder);
	return found;
}

int port_bpf_program(uint32_t id)
{
	return find(&(struct wanted){.ids = &id, .ids_count = 1});
}

int port_bpf_map(const uint32_t ids[], uint32_t ids_count, const char *name)
{
	return find(&(struct wanted){.ids = ids, .ids_count = ids_count, .name = name});
}
