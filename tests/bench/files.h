// SPDX-License-Identifier: BSD-3-Clause
// The same packets from a file: the plain libpcap read loop, midwatch -r, and other people's programs.
// Neighbours: files.c; trace.h gives the frames.
#ifndef FILES_H
#define FILES_H

#include "trace.h"

#define PATH_BYTES 512

/** Writes the first frames (at most frames_max, and bytes_max in all) of a trace. @return how many. */
uint32_t files_write(const char *path, const struct trace *trace, uint32_t frames_max, uint64_t bytes_max);

/** ns per packet of pcap_next_ex alone. */
double files_libpcap_ns(const char *path);

/** What a program took from start to end: CPU time of all its threads, and by the clock on the wall. */
struct file_cost {
	double cpu_ns, wall_ns;
};

/**
 * midwatch -r with these workers ("1", "auto"), on all cores that this program was given, with CSV files into
 * directory.
 * @return false when it failed.
 */
bool files_midwatch(const char *program, const char *path, const char *directory, const char *workers,
					struct file_cost *cost);

/**
 * Runs the tools that are installed on a file, prints ns per packet and the ratio to midwatch_ns, or that they are
 * absent.
 */
void files_tools(const char *workload, const char *path, const char *directory, uint32_t frames, double midwatch_ns);

#endif
