// SPDX-License-Identifier: BSD-3-Clause
// A look at the machine and at the length of the files.
// Neighbours: replay/plan.h.
#include "replay/plan.h"

#include <sched.h>
#include <sys/stat.h>

#include "replay/files.h"

#define LONG_BYTES ((off_t)4 << 20) // below, a thread costs as much as it saves

static uint32_t cores_of(const struct options *options)
{
	cpu_set_t set;

	if (options->cores_count > 0)
		return options->cores_count;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

static bool is_long(const struct options *options)
{
	off_t bytes = 0;

	for (uint32_t i = 0; i < options->files_count; i++) {
		struct stat status;

		if (replay_is_stream(options->files[i]))
			return true; // who knows
		if (stat(options->files[i], &status) == 0)
			bytes += status.st_size;
	}
	return bytes > LONG_BYTES;
}

struct replay_plan replay_plan(const struct options *options)
{
	if (options->workers > 0)
		return (struct replay_plan){(uint16_t)options->workers, options->workers > 1};
	return (struct replay_plan){1, cores_of(options) > 1 && is_long(options)};
}
