// SPDX-License-Identifier: BSD-3-Clause
// What was measured, as a table for people and as JSON.
// Neighbours: bench.c fills it; docs/performance.md shows the table.
#ifndef REPORT_H
#define REPORT_H

#include "machine.h"
#include "workers.h"

#define RESULTS_MAX 16

/** midwatch -r on a file: ns a packet of it, and what a run costs whatever the file. */
struct file_result {
	double one_ns, one_start_ns; // CPU time, one thread
	double auto_ns, auto_start_ns; // by the clock on the wall, with as many threads as it likes
	double auto_cpu_ns; // a packet, of all these threads
};

struct result {
	const char *name;
	struct samples ns, floor_ns, delivery_ns, rte_ns, libpcap_ns; // a packet
	double bytes_per_flow;
	double instructions; // a packet; 0 not counted
	const char *pages; // of the table
	struct file_result file; // all 0: not measured
};

/** The control half alone: ns of CPU time a connection that is opened and answered. */
struct control_result {
	struct samples connection_ns, connection_ns_of_four; // told by one worker; by four
};

struct report {
	struct result results[RESULTS_MAX];
	unsigned count;
	struct machine machine;
	struct workers_cost workers;
	struct reader_cost reader;
	double handover_ns; // the dearer side
	struct control_result control;
};

void report_print_header(void);
void report_print(const struct result *result);
void report_print_control(const struct control_result *control);
/** @return 0 or -1. */
int report_write_json(const struct report *report, const char *path);

#endif
