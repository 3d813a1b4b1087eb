// SPDX-License-Identifier: BSD-3-Clause
// One screen, once a second: how it is, what the workers do, the largest classes, the latest findings.
// Neighbours: run.c, table.c; all of it from ordinary `show` answers.
#include "ctl.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#define PERIOD_MS    1000
#define CLASSES_MAX  8
#define FINDINGS_MAX 8

/** What the screen before told of the workers, for rates. */
struct top {
	struct ctl *ctl;
	json_t *workers;
	double workers_s;
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double per_second(const json_t *row, const json_t *before, const char *key, double elapsed_s)
{
	double now = json_number_value(json_object_get(row, key));
	double then = json_number_value(json_object_get(before, key));

	return now >= then ? (now - then) / elapsed_s : 0.0;
}

// Adds pps and mbps to each worker once there is a screen before.
static void add_rates(struct top *top, json_t *workers)
{
	double time_s = now_s();
	double elapsed_s = time_s - top->workers_s;
	size_t index;
	json_t *row;

	json_array_foreach(workers, index, row)
	{
		const json_t *before = json_array_get(top->workers, index);
		bool counted = json_is_number(json_object_get(row, "packets")) && before != NULL && elapsed_s > 0.0;

		if (!counted)
			continue;
		double mbps = per_second(row, before, "bytes", elapsed_s) * 8e-6;

		json_object_set_new(row, "pps", json_integer((json_int_t)per_second(row, before, "packets", elapsed_s)));
		json_object_set_new(row, "mbps", json_real((double)(int64_t)(mbps * 10.0 + 0.5) / 10.0));
	}
	json_decref(top->workers);
	top->workers = json_incref(workers);
	top->workers_s = time_s;
}

// True when a's value comes before b's: texts and numbers in descending order.
static bool outranks(const json_t *a, const json_t *b, const char *key)
{
	const json_t *x = json_object_get(a, key);
	const json_t *y = json_object_get(b, key);

	if (json_is_string(x) && json_is_string(y))
		return strcmp(json_string_value(x), json_string_value(y)) > 0;
	return json_number_value(x) > json_number_value(y);
}

// The rows_max rows with the largest values of key, the largest first; takes the reference.
static json_t *first_rows(json_t *rows, size_t rows_max, const char *key)
{
	json_t *first = json_array();

	while (json_array_size(rows) > 0 && json_array_size(first) < rows_max) {
		size_t best = 0;

		for (size_t i = 1; i < json_array_size(rows); i++)
			if (outranks(json_array_get(rows, i), json_array_get(rows, best), key))
				best = i;
		json_array_append(first, json_array_get(rows, best));
		json_array_remove(rows, best);
	}
	json_decref(rows);
	return first;
}

// Takes the reference of rows.
static void put_section(const struct ctl *ctl, const char *heading, const char *const *columns, json_t *rows)
{
	struct table *table = json_array_size(rows) == 0 ? NULL : table_new(ctl, columns, 2);
	size_t index;
	json_t *row;

	fputc('\n', stdout);
	print_heading(ctl, heading);
	if (json_array_size(rows) == 0)
		printf("  none\n");
	json_array_foreach(rows, index, row) table_row(table, row);
	table_end(table);
	json_decref(rows);
}

static enum ctl_status put_workers(struct top *top)
{
	enum ctl_status status;
	json_t *rows = link_collect(top->ctl, "show workers", &status);

	if (rows == NULL)
		return status;
	add_rates(top, rows);
	put_section(top->ctl, "Workers", NULL, rows);
	return CTL_OK;
}

static enum ctl_status put_classes(struct top *top)
{
	static const char *const columns[] = {"class", "packets", "bytes", "flows", NULL};
	enum ctl_status status;
	json_t *rows = link_collect(top->ctl, "show classes", &status);

	if (rows != NULL)
		put_section(top->ctl, "Largest classes", columns, first_rows(rows, CLASSES_MAX, "packets"));
	return status;
}

static enum ctl_status put_findings(struct top *top)
{
	static const char *const columns[] = {"last", "severity", "kind", "subject", "count", "summary", NULL};
	enum ctl_status status;
	json_t *rows = link_collect(top->ctl, "show findings", &status);

	if (rows != NULL)
		put_section(top->ctl, "Latest findings", columns, first_rows(rows, FINDINGS_MAX, "last"));
	return status;
}

static enum ctl_status put_status(struct top *top)
{
	enum ctl_status status;
	json_t *answer = link_collect(top->ctl, "show status", &status);

	if (answer == NULL)
		return status;
	print_heading(top->ctl, "midwatch");
	print_status(top->ctl, json_array_get(answer, 0), 2);
	json_decref(answer);
	return CTL_OK;
}

// A part the server does not know, or refuses just now, is left out; a lost connection ends it all.
static bool goes_on(enum ctl_status status)
{
	return status == CTL_OK || status == CTL_USAGE || status == CTL_NOT_FOUND;
}

static enum ctl_status put_screen(struct top *top)
{
	static enum ctl_status (*const parts[])(struct top * top) = {put_status, put_workers, put_classes, put_findings};

	if (top->ctl->terminal && !top->ctl->once)
		fputs("\x1b[H\x1b[2J", stdout);
	for (size_t i = 0; i < MW_ARRAY_SIZE(parts); i++) {
		enum ctl_status status = parts[i](top);

		if (!goes_on(status))
			return status;
	}
	fflush(stdout);
	return CTL_OK;
}

// For programs: one object a screen.
static enum ctl_status put_json(struct top *top)
{
	static const char *const parts[] = {"status", "workers", "classes", "findings"};
	json_t *screen = json_object();
	enum ctl_status status = CTL_OK;

	for (size_t i = 0; i < MW_ARRAY_SIZE(parts) && goes_on(status); i++) {
		char command[32];

		snprintf(command, sizeof(command), "show %s", parts[i]);
		json_t *answer = link_collect(top->ctl, command, &status);

		json_object_set_new(screen, parts[i], answer != NULL ? answer : json_null());
	}
	if (goes_on(status))
		print_json(screen);
	fflush(stdout);
	json_decref(screen);
	return goes_on(status) ? CTL_OK : status;
}

enum ctl_status top_run(struct ctl *ctl)
{
	struct top top = {.ctl = ctl};
	enum ctl_status status;

	ctl_catch_interrupt(0);
	do
		status = ctl->json ? put_json(&top) : put_screen(&top);
	while (status == CTL_OK && !ctl->once && ctl_interrupted == 0 && poll(NULL, 0, PERIOD_MS) == 0);
	json_decref(top.workers);
	return status;
}
