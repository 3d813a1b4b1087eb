// SPDX-License-Identifier: BSD-3-Clause
// Choosing cores by /sys/devices/system; see Documentation/admin-guide/cputopology.rst.
// Neighbours: plan.h.
#include "plan.h"

#include "files.h"

#define CPU "/sys/devices/system/cpu"

static void threads_of(const char *root, unsigned core, cpu_set_t *threads)
{
	files_cores(files_path(root, CPU "/cpu%u/topology/thread_siblings_list", core), threads);
	CPU_SET(core, threads);
}

void plan_siblings(const char *root, const cpu_set_t *cores, cpu_set_t *siblings)
{
	cpu_set_t threads;

	CPU_ZERO(siblings);
	for (unsigned core = 0; core < CPU_SETSIZE; core++) {
		if (!CPU_ISSET(core, cores))
			continue;
		threads_of(root, core, &threads);
		CPU_OR(siblings, siblings, &threads);
	}
}

static unsigned first_of(const cpu_set_t *cores)
{
	unsigned core = 0;

	while (core < CPU_SETSIZE && !CPU_ISSET(core, cores))
		core++;
	return core;
}

static void take_away(cpu_set_t *from, const cpu_set_t *what)
{
	for (unsigned core = 0; core < CPU_SETSIZE; core++) {
		if (CPU_ISSET(core, what))
			CPU_CLR(core, from);
	}
}

bool plan_leaves_some(const char *root, const cpu_set_t *cores)
{
	cpu_set_t left, taken;

	if (!files_cores(files_path(root, CPU "/online"), &left))
		return true;
	plan_siblings(root, cores, &taken);
	take_away(&left, &taken);
	return CPU_COUNT(&left) > 0;
}

void plan_cores(const char *root, int node, uint32_t workers, cpu_set_t *cores)
{
	const int most = (int)(workers == 0 ? PLAN_WORKERS_MAX : workers);
	cpu_set_t left, of_node, threads;

	CPU_ZERO(cores);
	if (!files_cores(files_path(root, CPU "/online"), &left) || CPU_COUNT(&left) == 0)
		return;
	threads_of(root, first_of(&left), &threads);
	take_away(&left, &threads);
	if (node >= 0 && files_cores(files_path(root, "/sys/devices/system/node/node%d/cpulist", node), &of_node))
		CPU_AND(&left, &left, &of_node);
	while (CPU_COUNT(&left) > 0) { // the first thread of each physical core
		unsigned core = first_of(&left);

		threads_of(root, core, &threads);
		take_away(&left, &threads);
		CPU_SET(core, cores);
	}
	if (CPU_COUNT(cores) >= 2 && CPU_COUNT(cores) > (int)workers)
		CPU_CLR(first_of(cores), cores);
	for (unsigned core = CPU_SETSIZE; core-- > 0 && CPU_COUNT(cores) > most;) // the lowest stay
		CPU_CLR(core, cores);
}

bool plan_is_good(const char *root, int node, const cpu_set_t *cores)
{
	cpu_set_t there, of_node, threads;
	bool good = CPU_COUNT(cores) > 0 && plan_leaves_some(root, cores);

	if (files_cores(files_path(root, CPU "/online"), &there))
		good = good && files_cores_within(cores, &there);
	if (node >= 0 && files_cores(files_path(root, "/sys/devices/system/node/node%d/cpulist", node), &of_node))
		good = good && files_cores_within(cores, &of_node);
	for (unsigned core = 0; good && core < CPU_SETSIZE; core++) {
		if (!CPU_ISSET(core, cores))
			continue;
		threads_of(root, core, &threads);
		CPU_AND(&threads, &threads, cores);
		good = CPU_COUNT(&threads) == 1;
	}
	return good;
}
