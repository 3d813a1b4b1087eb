// SPDX-License-Identifier: BSD-3-Clause
// Gathers what the checks may know, runs them, prints the table.
// Neighbours: doctor.h; the checks stand in the other files of this folder, those of the configuration in ../check.c.
#include "doctor.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "facts.h"
#include "engine.h"
#include "files.h"
#include "options.h"

#define ROWS_MAX 48

/** A row with the room that its texts have. */
struct shown {
	const char *name;
	struct doctor_row row;
	char is[640], should[160], mend[320];
};

static struct shown rows[ROWS_MAX];
static uint32_t rows_count;

void doctor_judge(struct doctor_row *row, bool good, const char *format, ...)
{
	char command[320];
	va_list arguments;

	row->verdict = good ? DOCTOR_FINE : DOCTOR_MEND;
	if (good)
		return;
	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	mw_text_add(&row->mend, "%s", command);
}

void doctor_unread(struct doctor_row *row, const char *what)
{
	row->verdict = DOCTOR_UNKNOWN;
	mw_text_add(&row->is, "cannot be read: %s", what);
}

static struct doctor_row *begin_row(const char *name)
{
	struct shown *shown = &rows[MW_MIN(rows_count, ROWS_MAX - 1u)];

	*shown = (struct shown){.name = name};
	shown->row.is = mw_text_in(shown->is, sizeof(shown->is));
	shown->row.should = mw_text_in(shown->should, sizeof(shown->should));
	shown->row.mend = mw_text_in(shown->mend, sizeof(shown->mend));
	return &shown->row;
}

static void end_row(const struct doctor_row *row)
{
	if (row->verdict != DOCTOR_SKIPPED && rows_count < ROWS_MAX)
		rows_count++;
}

static void look(const struct doctor *doctor)
{
	static const struct doctor_section *const sections[] = {&doctor_port,  &doctor_bus,   &doctor_hugepages,
															&doctor_cores, &doctor_clock, &doctor_mirror};

	for (size_t i = 0; i < MW_ARRAY_SIZE(sections); i++) {
		for (uint32_t k = 0; k < sections[i]->count; k++) {
			struct doctor_row *row = begin_row(sections[i]->checks[k].name);

			sections[i]->checks[k].look(doctor, row);
			end_row(row);
		}
	}
}

// The questions that every start asks, too; they are about this machine.
static void look_at_configuration(const struct doctor *doctor, struct engine *engine)
{
	struct doctor_row *first = begin_row("configuration");
	const char *name;
	int error;

	mw_text_add(&first->is, doctor->configured ? "good" : "has mistakes, told above");
	doctor_judge(first, doctor->configured, "midwatch --check%s%s", doctor->configuration == NULL ? "" : " -c ",
				 doctor->configuration == NULL ? "" : doctor->configuration);
	end_row(first);
	if (!doctor->configured || doctor->root[0] != '\0')
		return;
	for (uint32_t i = 0;; i++) {
		struct doctor_row *row = begin_row("");

		name = check_ask(engine, i, &error, &row->is);
		if (name == NULL)
			return;
		rows[rows_count].name = name;
		if (error == 0)
			mw_text_add(&row->is, "good");
		row->verdict = error == 0 ? DOCTOR_FINE : DOCTOR_MEND;
		end_row(row);
	}
}

static void print(const struct doctor *doctor)
{
	static const char *const verdicts[] = {
		[DOCTOR_FINE] = "ok", [DOCTOR_MEND] = "MEND", [DOCTOR_NOTE] = "note", [DOCTOR_UNKNOWN] = "?"};
	int name = 4, is = 7, should = 14;

	for (uint32_t i = 0; i < rows_count; i++) {
		bool mends = rows[i].mend[0] != '\0';

		name = MW_MAX(name, (int)strlen(rows[i].name));
		is = MW_MAX(is, MW_MIN((int)rows[i].row.is.len_bytes, 48));
		should = MW_MAX(should, mends ? (int)rows[i].row.should.len_bytes : 0);
	}
	printf("%-4s  %-*s  %-*s  %-*s  %s\n", "", name, "what", is, "what is", should, "what should be", "what mends it");
	for (uint32_t i = 0; i < rows_count; i++)
		printf("%-4s  %-*s  %-*s  %-*s%s%s\n", verdicts[rows[i].row.verdict], name, rows[i].name,
			   rows[i].should[0] != '\0' ? is : 0, rows[i].is, rows[i].mend[0] != '\0' ? should : 0, rows[i].should,
			   rows[i].mend[0] != '\0' ? "  " : "", rows[i].mend);
	(void)doctor;
}

static uint32_t count(enum doctor_verdict verdict)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < rows_count; i++)
		found += rows[i].row.verdict == verdict;
	return found;
}

int doctor_run(const struct options *options)
{
	static struct engine engine;
	static struct options effective;
	struct doctor doctor;
	int error = doctor_facts(options, &engine, &effective, &doctor);

	if (error == 0) {
		look(&doctor);
		look_at_configuration(&doctor, &engine);
		print(&doctor);
		printf("\n%u to mend%s, %u could not be read\n", count(DOCTOR_MEND),
			   count(DOCTOR_MEND) > 1 ? " (from the top: one may mend those below it; then ask again)" : "",
			   count(DOCTOR_UNKNOWN));
	}
	engine_close(&engine);
	return error != 0 ? 2 : count(DOCTOR_MEND) != 0;
}
