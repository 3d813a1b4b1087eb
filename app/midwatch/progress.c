// SPDX-License-Identifier: BSD-3-Clause
// At most four progress lines a second, the first after half a second: short files show none.
// Neighbours: progress.h.
#include "progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "mw_server.h"

#define FIRST_AFTER_MS    500u
#define EVERY_MS          250u
#define CLOCK_EVERY_CALLS 32u

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / MW_NS_PER_MS;
}

void progress_start(struct progress *progress, const struct options *options, const char *path)
{
	bool terminal = isatty(STDERR_FILENO) != 0 && !options->quiet;

	*progress = (struct progress){.when = options->progress, .path = path, .next_ms = now_ms() + FIRST_AFTER_MS};
	if (options->progress == OPTIONS_AUTO)
		progress->when = terminal ? OPTIONS_ALWAYS : OPTIONS_NEVER;
}

static void show_json(const struct progress *progress, uint64_t read, uint64_t total, uint64_t packets)
{
	json_t *line = json_pack("{s:o, s:I, s:I, s:I}", "file", mw_json_text(progress->path), "read_bytes",
							 (json_int_t)read, "total_bytes", (json_int_t)total, "packets", (json_int_t)packets);

	if (line != NULL)
		json_dumpf(line, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(line);
}

bool progress_due(struct progress *progress)
{
	if (progress->when == OPTIONS_NEVER || ++progress->calls % CLOCK_EVERY_CALLS != 0 || now_ms() < progress->next_ms)
		return false;
	progress->next_ms = now_ms() + EVERY_MS;
	return true;
}

void progress_show(struct progress *progress, uint64_t read_bytes, uint64_t total_bytes, uint64_t packets)
{
	if (progress->when == OPTIONS_JSON) {
		show_json(progress, read_bytes, total_bytes, packets);
		return;
	}
	progress->shown = true;
	fprintf(stderr, "\r%s: ", progress->path);
	if (total_bytes > 0)
		fprintf(stderr, "%3u %%, ", (unsigned)(read_bytes * 100 / total_bytes));
	fprintf(stderr, "%" PRIu64 " packets\033[K", packets);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
