// SPDX-License-Identifier: BSD-3-Clause
// Which process has a PCI device open, by the file descriptors that /proc shows.
// Neighbours: mw_pci.h. See proc(5), /proc/PID/fd; root sees those of all, others their own.
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mw_pci.h"

#define PATH_BYTES 512

static bool has_open(const char *folder_path, const char *node)
{
	DIR *folder = opendir(folder_path);
	const struct dirent *entry;
	char path[PATH_BYTES + 300], target[PATH_BYTES];
	bool found = false;

	while (folder != NULL && !found && (entry = readdir(folder)) != NULL) {
		ssize_t len;

		snprintf(path, sizeof(path), "%s/%s", folder_path, entry->d_name);
		len = readlink(path, target, sizeof(target) - 1);
		target[len < 0 ? 0 : len] = '\0';
		found = strcmp(target, node) == 0;
	}
	if (folder != NULL)
		closedir(folder);
	return found;
}

static void name_of(const char *root, pid_t pid, struct mw_text *who)
{
	char path[PATH_BYTES], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/%d/comm", root, pid);
	file = fopen(path, "re");
	if (file != NULL && fgets(name, sizeof(name), file) != NULL)
		name[strcspn(name, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
	mw_text_add_name(who, name);
}

pid_t mw_pci_holder(const char *root, const struct mw_pci *pci, struct mw_text *who)
{
	char path[PATH_BYTES];
	DIR *folder;
	const struct dirent *entry;
	pid_t holder = 0;

	if (pci->node[0] == '\0')
		return 0;
	snprintf(path, sizeof(path), "%s/proc", root);
	folder = opendir(path);
	while (folder != NULL && holder == 0 && (entry = readdir(folder)) != NULL) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (!isdigit((unsigned char)entry->d_name[0]) || (root[0] == '\0' && pid == getpid()))
			continue;
		snprintf(path, sizeof(path), "%s/proc/%d/fd", root, pid);
		if (has_open(path, pci->node))
			holder = pid;
	}
	if (folder != NULL)
		closedir(folder);
	if (holder != 0)
		name_of(root, holder, who);
	return holder;
}
