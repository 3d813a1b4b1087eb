// SPDX-License-Identifier: BSD-3-Clause
// sched_setaffinity(2) for one thread.
// Neighbours: affinity.h.
#include "affinity.h"

#include <sched.h>

bool affinity_pin(const struct options *options, uint16_t index)
{
	cpu_set_t set;

	if (index >= options->cores_count)
		return false;
	CPU_ZERO(&set);
	CPU_SET((size_t)options->cores[index], &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}
