// SPDX-License-Identifier: BSD-3-Clause
// Table and JSON.
// Neighbours: report.h.
#include "report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

static double per_second(double ns)
{
	return ns > 0 ? 1e9 / ns : 0;
}

void report_print_control(const struct control_result *control)
{
	double ns = samples_median(&control->connection_ns);

	printf("control half: %.0f ns a connection opened and answered (%.0f to %.0f), %.2f million a second; told by four "
		   "workers %.0f ns\n",
		   ns, samples_min(&control->connection_ns), samples_max(&control->connection_ns), per_second(ns) / 1e6,
		   samples_median(&control->connection_ns_of_four));
}

void report_print_header(void)
{
	printf("%-8s %8s %8s %8s %7s %8s %6s %9s %9s %9s %7s %11s\n", "", "ns min", "median", "max", "Mpps", "floor ns",
		   "ratio", "delivery", "rte_hash", "libpcap", "instr", "bytes/flow");
}

static void print_optional(int width, const struct samples *samples)
{
	if (samples->count == 0)
		printf(" %*s", width, "-");
	else
		printf(" %*.1f", width, samples_median(samples));
}

void report_print(const struct result *result)
{
	double median = samples_median(&result->ns);

	printf("%-8s %8.1f %8.1f %8.1f %7.2f", result->name, samples_min(&result->ns), median, samples_max(&result->ns),
		   1000 / median);
	print_optional(8, &result->floor_ns);
	if (result->floor_ns.count == 0)
		printf(" %6s", "-");
	else
		printf(" %6.2f", median / samples_median(&result->floor_ns));
	print_optional(9, &result->delivery_ns);
	print_optional(9, &result->rte_ns);
	print_optional(9, &result->libpcap_ns);
	if (result->instructions > 0)
		printf(" %7.0f", result->instructions);
	else
		printf(" %7s", "-");
	printf(" %11.0f\n", result->bytes_per_flow);
}

static json_t *number(double value)
{
	return json_real(round(value * 100) / 100);
}

static json_t *median_or_null(const struct samples *samples)
{
	return samples->count == 0 ? json_null() : number(samples_median(samples));
}

static json_t *workload(const struct result *result)
{
	double median = samples_median(&result->ns);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "ns", number(median), "ns_min",
					 number(samples_min(&result->ns)), "floor_ns", median_or_null(&result->floor_ns), "delivery_ns",
					 median_or_null(&result->delivery_ns), "rte_hash_ns", median_or_null(&result->rte_ns), "libpcap_ns",
					 median_or_null(&result->libpcap_ns), "mpps", number(1000 / median), "bytes_per_flow",
					 number(result->bytes_per_flow), "instructions",
					 result->instructions > 0 ? number(result->instructions) : json_null(), "pages", result->pages);
}

static json_t *control(const struct control_result *control)
{
	double ns = samples_median(&control->connection_ns);

	return json_pack("{s:o, s:o, s:o, s:o}", "connection_ns", number(ns), "connection_ns_min",
					 number(samples_min(&control->connection_ns)), "connections_per_s", number(per_second(ns)),
					 "four_workers_connection_ns", number(samples_median(&control->connection_ns_of_four)));
}

static json_t *machine(const struct machine *machine)
{
	return json_pack("{s:s, s:o, s:o, s:i, s:o}", "cpu", machine->cpu, "clock_ghz", number(machine->clock_ghz),
					 "counter_ghz", number(machine->counter_ghz), "cores", (int)machine->cores, "hugepages_mib",
					 number(machine->hugepages_mib));
}

static json_t *workers(const struct workers_cost *workers)
{
	return json_pack("{s:o, s:o, s:o}", "two_over_one", number(workers->two_over_one), "of_two_ns",
					 number(workers->of_two_ns), "floors_two_over_one", number(workers->floors_two_over_one));
}

static json_t *file(const struct result *result)
{
	const struct file_result *file = &result->file;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "midwatch_ns", number(file->one_ns), "libpcap_ns",
					 median_or_null(&result->libpcap_ns), "start_ms", number(file->one_start_ns / 1e6), "auto_wall_ns",
					 number(file->auto_ns), "auto_cpu_ns", number(file->auto_cpu_ns), "auto_start_ms",
					 number(file->auto_start_ns / 1e6));
}

int report_write_json(const struct report *report, const char *path)
{
	json_t *workloads = json_object(), *files = json_object(), *root;
	int error;

	for (unsigned i = 0; i < report->count; i++)
		json_object_set_new(workloads, report->results[i].name, workload(&report->results[i]));
	for (unsigned i = 0; i < report->count; i++) {
		if (report->results[i].file.one_ns > 0)
			json_object_set_new(files, report->results[i].name, file(&report->results[i]));
	}
	root = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "machine", machine(&report->machine), "workloads",
					 workloads, "workers", workers(&report->workers), "handover_ns", number(report->handover_ns),
					 "reader_cost_pct", number(report->reader.own_pct), "reader_elsewhere_pct",
					 number(report->reader.other_pct), "file", files, "control", control(&report->control));
	error = root == NULL ? -1 : json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(root);
	return error;
}
