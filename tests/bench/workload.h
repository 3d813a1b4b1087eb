// SPDX-License-Identifier: BSD-3-Clause
// The table of workloads, and the measuring of one.
// Neighbours: workload.c; bench.c goes through the table.
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "report.h"
#include "rig.h"

/** What else is measured with a workload's frames. */
enum { WITH_FILE = 1, WITH_WORKERS = 2, WITH_HANDOVER = 4, WITH_READER = 8, WITH_STAGES = 16 };

struct workload {
	const char *name, *summary;
	struct gen_options options;
	uint32_t frame_bytes; // room for a frame on average
	uint32_t flows_max; // 0: as many as the workload has
	const char *override; // of a setting, or NULL
	unsigned with;
};
extern const struct workload workloads[];
extern const unsigned workloads_count;

/** How the program was called. */
struct plan {
	unsigned runs;
	uint32_t divide; // of frames, flows and tables
	uint32_t second_part; // of a second's budgets, 0 all
	bool quick, smoke, stages, instructions, alone, control, has_rte;
	const char *only, *json, *midwatch, *directory, *set;
};

/** A workload in memory, with the settings that fit it in force. */
struct bench {
	const struct plan *plan;
	const struct workload *workload;
	struct rig_shared *shared;
	struct trace trace;
	uint32_t flows_max;
	char flows_override[48];
	const char *overrides[RIG_OVERRIDES_MAX];
	uint32_t overrides_count;
	char path[512]; // of the frames as a file
	uint32_t file_frames; // in it
};

/** @return false when there is not so much memory. */
bool bench_open(struct bench *bench, const struct plan *plan, const struct workload *workload,
				struct rig_shared *shared);
void bench_close(struct bench *bench);

/**
 * All runs: pipeline, floor, rte_hash and file by turns. Ends the program when a sum is wrong. @return false: no
 * memory.
 */
bool bench_measure(struct bench *bench, struct result *result);

/** The packets whose time counts; by this name callgrind finds them. */
void bench_measured(struct rig *rig, struct feed *feed, uint32_t first, uint32_t last);
#define MEASURED_FUNCTION "bench_measured"

/** flood: what the same service alone costs, for comparison; ns per packet, 0 without memory. */
double bench_undisturbed_ns(const struct bench *bench);

#endif
