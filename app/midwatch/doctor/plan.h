// SPDX-License-Identifier: BSD-3-Clause
// What a box should give to midwatch: which cores.
// Neighbours: doctor.h tells it, ../setup writes it down; docs/operations.md has the reasons.
#ifndef DOCTOR_PLAN_H
#define DOCTOR_PLAN_H

#include <sched.h>

#include "mw_base.h"

#define PLAN_WORKERS_MAX 4u // more than a 10G mirror needs: docs/performance.md

/**
 * Cores for workers on a NUMA node (-1: any): one thread of a physical core each, never the first core, which the
 * kernel keeps, and where there are three the next one stays for the control thread. So many as workers says, the
 * control thread's among them when it has to be; 0: as a mirror needs. Fewer, or none, when there are no more.
 */
void plan_cores(const char *root, int node, uint32_t workers, cpu_set_t *cores);

/** Whether the kernel has a core left beside these and their siblings; true where the machine's are not told. */
bool plan_leaves_some(const char *root, const cpu_set_t *cores);

/**
 * Whether these cores may stay: some, all there and not all of them, on the node, one thread of a physical core each.
 */
bool plan_is_good(const char *root, int node, const cpu_set_t *cores);

/** All threads of the physical cores of these cores, themselves included. */
void plan_siblings(const char *root, const cpu_set_t *cores, cpu_set_t *siblings);

#endif
