// SPDX-License-Identifier: BSD-3-Clause
// bench: what a packet costs, with everything on, beside the least it could cost. Started by scripts/bench.
// Neighbours: workload.c measures, report.c prints; docs/performance.md explains the figures.
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "files.h"
#include "floor.h"
#include "instructions.h"
#include "stages.h"
#include "workers.h"
#include "workload.h"

static void usage(int status)
{
	fputs("usage: bench [--quick] [--runs N] [--only W1,W2] [--stages] [--json FILE] [--midwatch PROGRAM] [--tmp DIR]\n"
		  "             [--alone: nothing but midwatch's own packets, for a profiler]\n"
		  "             [--control: nothing but the control half]\n"
		  "             [--instructions: those of a packet as well, counted by valgrind in a small run]\n"
		  "             [--divide N: an Nth of the packets, flows and tables, and of what a second may cost]\n"
		  "             [--set KEY=VALUE: a setting of midwatch's]\n"
		  "             [--smoke: tiny workloads, every sum checked, times mean nothing]\n",
		  status == 0 ? stdout : stderr);
	exit(status);
}

static void read_options(int argc, char **argv, struct plan *plan)
{
	static const struct option options[] = {
		{"quick", no_argument, NULL, 'q'},
		{"runs", required_argument, NULL, 'r'},
		{"only", required_argument, NULL, 'o'},
		{"stages", no_argument, NULL, 's'},
		{"json", required_argument, NULL, 'j'},
		{"midwatch", required_argument, NULL, 'm'},
		{"tmp", required_argument, NULL, 't'},
		{"smoke", no_argument, NULL, 'S'},
		{"alone", no_argument, NULL, 'a'},
		{"control", no_argument, NULL, 'c'},
		{"instructions", no_argument, NULL, 'i'},
		{"divide", required_argument, NULL, 'd'},
		{"set", required_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'q':
			plan->quick = true;
			break;
		case 'r':
			plan->runs = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'o':
			plan->only = optarg;
			break;
		case 's':
			plan->stages = true;
			break;
		case 'j':
			plan->json = optarg;
			break;
		case 'm':
			plan->midwatch = optarg;
			break;
		case 't':
			plan->directory = optarg;
			break;
		case 'a':
			plan->alone = true;
			break;
		case 'c':
			plan->control = true;
			break;
		case 'i':
			plan->instructions = true;
			break;
		case 'd':
			plan->divide = plan->second_part = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'e':
			plan->set = optarg;
			break;
		case 'S':
			plan->smoke = true;
			break;
		default:
			usage(option == 'h' ? 0 : 2);
		}
	}
	if (optind != argc || plan->runs > RUNS_MAX)
		usage(2);
	if (plan->runs == 0)
		plan->runs = plan->smoke || plan->quick ? 1 : 5;
	if (plan->divide == 0)
		plan->divide = plan->smoke ? 500 : plan->quick ? 4 : 1;
}

static bool chosen(const struct plan *plan, const char *name)
{
	const char *at = plan->only;
	size_t length = strlen(name);

	if (at == NULL)
		return !plan->quick || strcmp(name, "W7_16M") != 0;
	for (; at != NULL; at = strchr(at, ',') == NULL ? NULL : strchr(at, ',') + 1) {
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

static void print_stages(struct bench *bench)
{
	double ns[STAGES], sum = 0;

	stages_run(bench->shared, &bench->trace, bench->overrides, bench->overrides_count, ns);
	for (int i = 0; i < STAGES; i++) {
		printf("  %6.1f ns  %s\n", ns[i], stage_names[i]);
		sum += ns[i];
	}
	printf("  %6.1f ns  sum\n", sum);
}

// The least of some runs: what other programs did meanwhile is not the file's.
static struct file_cost cost_of(const struct bench *bench, const char *path, const char *workers)
{
	struct file_cost least = {INFINITY, INFINITY}, cost;
	char directory[PATH_BYTES];

	snprintf(directory, sizeof(directory), "%s/out", bench->plan->directory);
	mkdir(directory, 0755);
	for (unsigned run = 0; run < MW_MIN(bench->plan->runs, 3u); run++) {
		if (!files_midwatch(bench->plan->midwatch, path, directory, workers, &cost))
			die("%s -r %s -w %s failed", bench->plan->midwatch, path, workers);
		least.cpu_ns = MW_MIN(least.cpu_ns, cost.cpu_ns);
		least.wall_ns = MW_MIN(least.wall_ns, cost.wall_ns);
	}
	return least;
}

// A run with one packet is what any run costs: taken off, so that a packet's share is left.
static struct file_result file_of(const struct bench *bench)
{
	struct file_cost start, start_auto, one = cost_of(bench, bench->path, "1"), with_threads;
	struct file_result result;
	char path[PATH_BYTES];

	with_threads = cost_of(bench, bench->path, "auto");
	snprintf(path, sizeof(path), "%s/one.pcap", bench->plan->directory);
	files_write(path, &bench->trace, 1, UINT64_MAX);
	start = cost_of(bench, path, "1");
	start_auto = cost_of(bench, path, "auto");
	unlink(path);
	result = (struct file_result){.one_start_ns = start.cpu_ns, .auto_start_ns = start_auto.wall_ns};
	if (bench->plan->smoke) // so few packets drown in it
		start = start_auto = (struct file_cost){0};
	result.one_ns = MW_MAX(one.cpu_ns - start.cpu_ns, 1.0) / bench->file_frames;
	result.auto_ns = MW_MAX(with_threads.wall_ns - start_auto.wall_ns, 1.0) / bench->file_frames;
	result.auto_cpu_ns = MW_MAX(with_threads.cpu_ns - start_auto.cpu_ns, 1.0) / bench->file_frames;
	return result;
}

static void measure_files(const struct bench *bench, struct result *result)
{
	double loop_ns = samples_median(&result->libpcap_ns);
	struct file_result *file = &result->file;
	char directory[PATH_BYTES];
	uint32_t frames;

	if (bench->plan->midwatch == NULL)
		return;
	*file = file_of(bench);
	printf("  midwatch -r -w 1, %u frames: %.1f ns of CPU a packet, %.2f times the libpcap loop; %.0f ms to start and "
		   "end\n",
		   bench->file_frames, file->one_ns, file->one_ns / loop_ns, file->one_start_ns / 1e6);
	printf(
		"  midwatch -r -w auto: %.1f ns a packet by the clock, %.2f times the loop (%.1f ns of CPU); %.0f ms to start "
		"and end\n",
		file->auto_ns, file->auto_ns / loop_ns, file->auto_cpu_ns, file->auto_start_ns / 1e6);
	if (bench->plan->smoke)
		return;
	snprintf(directory, sizeof(directory), "%s/out", bench->plan->directory);
	frames = files_write(bench->path, &bench->trace, 500000 / bench->plan->divide, UINT64_MAX);
	files_tools(bench->workload->name, bench->path, directory, frames, file->auto_ns);
}

static void measure_more(struct bench *bench, struct result *result, struct report *report)
{
	unsigned with = bench->workload->with, runs = MW_MIN(bench->plan->runs, 3u);

	if (bench->plan->stages && (with & WITH_STAGES))
		print_stages(bench);
	if (bench->plan->alone)
		return;
	if (with & WITH_FILE)
		measure_files(bench, result);
	if (with & WITH_WORKERS) {
		struct workers_cost *cost = &report->workers;

		workers_measure(bench->shared, &bench->trace, runs, cost);
		printf("  two workers over one: %.2f, %.1f ns a packet of each; two floors over one: %.2f\n",
			   cost->two_over_one, cost->of_two_ns, cost->floors_two_over_one);
	}
	if (with & WITH_READER) {
		workers_reader_cost(bench->shared, &bench->trace, runs, &report->reader);
		printf("  a reader of the whole table, once a second: %.2f %%; of a table that nobody writes: %.2f %%\n",
			   report->reader.own_pct, report->reader.other_pct);
	}
	if (with & WITH_HANDOVER) {
		struct handover_cost cost;

		handover_measure(bench->shared, &bench->trace, &cost);
		report->handover_ns = MW_MAX(cost.give_ns, cost.take_ns);
		printf(
			"  hand-over of %lu of %u packets: giver %.1f ns, taker %.1f ns; one queue, two owners: %.1f ns a packet\n",
			cost.handed_over, bench->trace.count, cost.give_ns, cost.take_ns, cost.both_ns);
	}
	if (bench->workload->options.kind == GEN_FLOOD) {
		double alone_ns = bench_undisturbed_ns(bench);

		printf("  the same connections without the flood: %.1f ns; the rate under it is %.0f %% of that\n", alone_ns,
			   alone_ns * 100 / samples_median(&result->ns));
	}
}

static void measure(const struct plan *plan, const struct workload *workload, struct rig_shared *shared,
					struct report *report)
{
	struct result *result = &report->results[report->count];
	struct bench bench;

	printf("%s: %s\n", workload->name, workload->summary);
	if (!bench_open(&bench, plan, workload, shared)) {
		printf("  left out: not so much memory here\n");
		return;
	}
	if (bench_measure(&bench, result)) {
		report->count++;
		if (plan->instructions && (result->instructions = instructions_count(plan, workload)) <= 0)
			printf("  instructions are not counted: there is no valgrind (apt-get install valgrind)\n");
		report_print_header();
		report_print(result);
		measure_more(&bench, result, report);
	} else {
		printf("  left out: not so much memory here\n");
	}
	bench_close(&bench);
}

int main(int argc, char **argv)
{
	struct plan plan = {.directory = "."};
	struct report report = {0};
	struct rig_shared *shared = calloc(1, sizeof(*shared));

	setvbuf(stdout, NULL, _IOLBF, 0);
	read_options(argc, argv, &plan);
	if (shared == NULL)
		die("no memory");
	(void)core_of(0); // before anything pins this thread
	machine_read(&report.machine);
	machine_print(&report.machine);
	plan.has_rte = floor_rte_start();
	if (!plan.has_rte)
		printf("no EAL: rte_hash is left out\n");
	pin_to(0);
	rig_shared_new(shared);
	shared->second_part = plan.second_part;
	for (unsigned i = 0; i < workloads_count && !plan.control; i++) {
		if (chosen(&plan, workloads[i].name))
			measure(&plan, &workloads[i], shared, &report);
	}
	if (plan.control || (plan.only == NULL && !plan.alone))
		control_measure(&plan, shared, &report.control);
	printf("\n");
	report_print_header();
	for (unsigned i = 0; i < report.count; i++)
		report_print(&report.results[i]);
	if (report.control.connection_ns.count > 0)
		report_print_control(&report.control);
	rig_shared_free(shared);
	free(shared);
	if (plan.json != NULL && report_write_json(&report, plan.json) != 0)
		die("%s cannot be written", plan.json);
	return 0;
}
