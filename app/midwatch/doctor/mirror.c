// SPDX-License-Identifier: BSD-3-Clause
// The mirror session: does anything come, in both directions, whole, once? By the newest rows of a midwatch that
// watches this port, else by what the kernel counts meanwhile. Neighbours: doctor.h; lib/detectors/mirror judges in
// full, and docs/reference/files.md has the columns.
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "doctor.h"
#include "files.h"

#define LINE_BYTES      4096
#define FLOWS_ENOUGH    20.0
#define FRAMES_ENOUGH   10 // fewer are no mirror of a line in use: a switch talks, too
#define LOSS_PCT_MUCH   1.0
#define COPIES_PCT_MUCH 5.0
#define LOOK_MS         1000u // at most, for the kernel's counter to move
#define STEP_MS         50u

// The newest published file of a record: names sort by time.
static bool newest(const struct doctor *doctor, const char *record, struct files_path *path)
{
	DIR *folder = opendir(files_path(doctor->root, "%s", doctor->output).chars);
	const struct dirent *entry;
	char name[256] = "", prefix[32];

	snprintf(prefix, sizeof(prefix), "%s-2", record);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && strcmp(entry->d_name, name) > 0)
			snprintf(name, sizeof(name), "%s", entry->d_name);
	}
	if (folder != NULL)
		closedir(folder);
	*path = files_path(doctor->root, "%s/%s", doctor->output, name);
	return name[0] != '\0';
}

// The cell of a column; NULL when it is empty or not there. Cuts line up.
static const char *cell(const char *header, char *line, const char *column)
{
	size_t len = strlen(column);

	for (char *at = line, *value; (value = strsep(&at, ",\n")) != NULL; header += *header != '\0') {
		if (strncmp(header, column, len) == 0 && (header[len] == ',' || header[len] == '\n'))
			return value[0] == '\0' ? NULL : value;
		header += strcspn(header, ",\n");
	}
	return NULL;
}

// The last row's number in a column; with where, of the last row that has it somewhere. @return false: not known.
static bool last_number(const struct doctor *doctor, const char *record, const char *where, const char *column,
						double *number)
{
	struct files_path path;
	FILE *file = newest(doctor, record, &path) ? fopen(path.chars, "re") : NULL;
	char header[LINE_BYTES], line[LINE_BYTES];
	bool known = false;

	if (file == NULL)
		return false;
	if (fgets(header, sizeof(header), file) == NULL)
		header[0] = '\0';
	while (header[0] != '\0' && fgets(line, sizeof(line), file) != NULL) {
		const char *value;

		if (where != NULL && strstr(line, where) == NULL)
			continue;
		value = cell(header, line, column);
		known = value != NULL;
		if (known)
			*number = strtod(value, NULL);
	}
	fclose(file);
	return known;
}

// Frames since the interface is there: of years ago, and of this second. @return false: the kernel does not count them.
static bool counted(const struct doctor *doctor, int64_t *frames)
{
	return doctor->interface[0] != '\0' &&
		   files_number(files_path(doctor->root, "/sys/class/net/%s/statistics/rx_packets", doctor->interface), frames);
}

// What came before says nothing of now: only a counter that moves while we look does.
static void by_the_kernel(const struct doctor *doctor, struct doctor_row *row)
{
	const struct timespec step = {.tv_nsec = STEP_MS * (long)MW_NS_PER_MS};
	uint32_t waited_ms = 0;
	int64_t before, now, came;

	if (!counted(doctor, &before)) {
		doctor_unread(row, doctor->watched == 1
							   ? "rows: the midwatch that watches this port has not published any yet"
							   : "rows: no midwatch watches this port alone, and the kernel does not count its frames");
		return;
	}
	for (now = before; now - before < FRAMES_ENOUGH && waited_ms < LOOK_MS; waited_ms += STEP_MS) {
		nanosleep(&step, NULL);
		if (!counted(doctor, &now))
			now = before; // it went away
	}
	came = now - before;
	row->verdict = came >= FRAMES_ENOUGH ? DOCTOR_FINE : DOCTOR_UNKNOWN;
	if (came > 0)
		mw_text_add(&row->is, "the kernel counted %" PRId64 " frame%s in %u.%02u s%s", came, came == 1 ? "" : "s",
					waited_ms / 1000, waited_ms % 1000 / 10, came >= FRAMES_ENOUGH ? "" : ": too few to judge by");
	else if (before > 0 || doctor->watched != 0) // AF_XDP may take frames before they are counted
		mw_text_add(&row->is, "no frame was counted in %u ms", waited_ms);
	else
		mw_text_add(&row->is, "not one frame ever came");
	if (before == 0 && now == 0 && doctor->watched == 0)
		doctor_judge(row, false, "ip -s link show dev %s (then the switch's mirror session)", doctor->interface);
}

static void look_at_traffic(const struct doctor *doctor, struct doctor_row *row)
{
	double packets, seconds;

	if (doctor->port.text[0] == '\0')
		return;
	mw_text_add(&row->should, "packets, without pause");
	if (doctor->watched != 1 || !last_number(doctor, "summary", NULL, "packets", &packets) ||
		!last_number(doctor, "summary", NULL, "interval_s", &seconds)) {
		by_the_kernel(doctor, row);
		return;
	}
	mw_text_add(&row->is, "%.0f packet%s in %.0f s%s", packets, packets == 1 ? "" : "s", seconds,
				packets > 0 && packets < FRAMES_ENOUGH ? ": too few to judge by" : "");
	if (packets > 0 && packets < FRAMES_ENOUGH)
		row->verdict = DOCTOR_UNKNOWN;
	else
		doctor_judge(row, packets > 0, "midwatchctl show ports (then the switch's mirror session)");
}

#define BOTH ",both,"

static void look_at_directions(const struct doctor *doctor, struct doctor_row *row)
{
	double one, both;

	if (doctor->watched == 0 || !last_number(doctor, "mirror", BOTH, "one_way", &one) ||
		!last_number(doctor, "mirror", BOTH, "both_ways", &both))
		return;
	mw_text_add(&row->is, "%.0f of %.0f connections seen in one direction alone", one, one + both);
	mw_text_add(&row->should, "both directions");
	if (one + both < FLOWS_ENOUGH)
		row->verdict = DOCTOR_UNKNOWN;
	else
		doctor_judge(row, one < both, "on the switch: mirror the source port in both directions (RX and TX)");
}

static void look_at_loss(const struct doctor *doctor, struct doctor_row *row)
{
	double low, loss;

	if (doctor->watched == 0 || !last_number(doctor, "mirror", BOTH, "loss_pct", &loss) ||
		!last_number(doctor, "mirror", BOTH, "loss_pct_low", &low))
		return;
	mw_text_add(&row->is, "%.2f %% of the bytes never came", loss);
	mw_text_add(&row->should, "below %.0f %%", LOSS_PCT_MUCH);
	doctor_judge(row, low < LOSS_PCT_MUCH, "on the switch: mirror fewer ports, or to a faster one");
}

static void look_at_copies(const struct doctor *doctor, struct doctor_row *row)
{
	double copies;

	if (doctor->watched == 0 || !last_number(doctor, "mirror", BOTH, "copies_pct", &copies))
		return;
	mw_text_add(&row->is, "%.1f %% of the packets come twice", copies);
	mw_text_add(&row->should, "each once");
	doctor_judge(row, copies < COPIES_PCT_MUCH, "on the switch: mirror one place, or one direction of both ports");
}

static const struct doctor_check checks[] = {{"mirror", look_at_traffic},
											 {"directions", look_at_directions},
											 {"mirror loss", look_at_loss},
											 {"copies", look_at_copies}};
const struct doctor_section doctor_mirror = {checks, MW_ARRAY_SIZE(checks)};
