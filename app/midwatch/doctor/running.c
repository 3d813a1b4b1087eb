// SPDX-License-Identifier: BSD-3-Clause
// Processes named midwatch and what they were started with: /proc/PID/comm and cmdline, see proc(5).
// Neighbours: running.h.
#include "running.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "options.h"

#define COMMAND_BYTES 4096
#define WORDS_MAX     128

static bool is_midwatch(const char *root, pid_t pid)
{
	char chars[32];
	struct mw_text name = mw_text_in(chars, sizeof(chars));

	return pid != getpid() && files_line(files_path(root, "/proc/%d/comm", pid), &name) &&
		   strcmp(chars, "midwatch") == 0;
}

// What a process was started with; options keep pointers into it until the next call. false: not to be had whole.
static bool read_command(const char *root, pid_t pid, struct options *options)
{
	static char text[COMMAND_BYTES];
	static char *words[WORDS_MAX + 1];
	FILE *file = fopen(files_path(root, "/proc/%d/cmdline", pid).chars, "re");
	size_t len = file == NULL ? 0 : fread(text, 1, sizeof(text), file);
	int count = 0;

	if (file != NULL)
		fclose(file);
	if (len == 0 || len == sizeof(text) || text[len - 1] != '\0')
		return false;
	for (char *word = text; word < text + len && count < WORDS_MAX; word += strlen(word) + 1)
		words[count++] = word;
	words[count] = NULL;
	return count > 1 && count < WORDS_MAX && options_read(count, words, options) == 0 && options->action == OPTIONS_RUN;
}

static bool is_port(const struct doctor *doctor, const char *text)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	struct mw_port_spec spec;

	if (doctor->port.kind == MW_PORT_VDEV)
		return strcmp(text, doctor->port.text) == 0;
	return mw_port_read(text, &spec, &problem) == 0 && strcmp(spec.device, doctor->port.device) == 0;
}

static uint32_t ports_watched(const struct doctor *doctor, const struct options *options)
{
	for (uint32_t i = 0; i < options->ports_count; i++) {
		if (is_port(doctor, options->ports[i]))
			return options->ports_count;
	}
	return 0;
}

static void look_at(struct doctor *doctor, pid_t pid)
{
	static struct options options;

	if (doctor->running == 0)
		doctor->running = pid;
	if (doctor->port.text[0] == '\0' || !read_command(doctor->root, pid, &options))
		return;
	doctor->watched = ports_watched(doctor, &options);
	if (doctor->watched == 0)
		return;
	doctor->running = pid;
	if (options.directory != NULL && options.directory[0] == '/')
		snprintf(doctor->output, sizeof(doctor->output), "%s", options.directory);
}

void running_find(struct doctor *doctor)
{
	DIR *folder = opendir(files_path(doctor->root, "/proc").chars);
	const struct dirent *entry;

	while (folder != NULL && doctor->watched == 0 && (entry = readdir(folder)) != NULL) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (isdigit((unsigned char)entry->d_name[0]) && is_midwatch(doctor->root, pid))
			look_at(doctor, pid);
	}
	if (folder != NULL)
		closedir(folder);
}
