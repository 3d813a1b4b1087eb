// SPDX-License-Identifier: BSD-3-Clause
// For a while the mirror showed nothing, or one direction: rows of outages.csv that are no outage of the line.
// Neighbours: mirror.h; the slice outages finds them, and writes the rows. One finding a kind; many are counted in it.
#include <inttypes.h>
#include <string.h>

#include "mirror.h"
#include "mw_time.h"

#define ANSWERS_NS                                                                                                     \
	MW_NS_PER_SECOND // nobody sees what is asked in silence, but answers to what was asked before are missed

struct facts {
	int64_t count;
	double sum_s, longest_s;
	struct mirror_blind blind; // the latest
};

static const struct mw_column *column_of(const char *name)
{
	for (uint32_t i = 0; i < outages_record.columns_count; i++) {
		if (strcmp(outages_record.columns[i].name, name) == 0)
			return &outages_record.columns[i];
	}
	return NULL;
}

static void read_text(const void *row, const char *name, char *chars, size_t size_bytes)
{
	const struct mw_column *column = column_of(name);
	struct mw_text text = mw_text_in(chars, size_bytes);

	if (column != NULL)
		mw_record_add_cell(&text, column, row);
}

static uint64_t read_number(const void *row, const char *name)
{
	const struct mw_column *column = column_of(name);
	uint64_t number = 0;

	if (column != NULL && column->size_bytes == sizeof(number))
		memcpy(&number, (const uint8_t *)row + column->offset, sizeof(number));
	return number;
}

bool mirror_read_blind(const void *row, struct mirror_blind *blind)
{
	char verdict[32] = "";

	read_text(row, "verdict", verdict, sizeof(verdict));
	*blind = (struct mirror_blind){.silent = strcmp(verdict, mirror_silent_finding.name) == 0};
	if (!blind->silent && strcmp(verdict, mirror_one_way_finding.name) != 0)
		return false;
	blind->from_ns = read_number(row, "start");
	blind->to_ns = MW_MAX(blind->from_ns, read_number(row, "end"));
	blind->confidence = (int64_t)read_number(row, "confidence");
	read_text(row, "line", blind->line, sizeof(blind->line));
	read_text(row, "cause_evidence", blind->evidence, sizeof(blind->evidence));
	return true;
}

static double seconds(const struct mirror_blind *blind)
{
	return blind->to_ns > blind->from_ns ? (double)(blind->to_ns - blind->from_ns) / 1e9 : 0;
}

static void write_summary(struct mw_finding *finding, const struct facts *facts, bool silent)
{
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));

	mw_text_add(&summary, silent ? "The mirror showed nothing" : "The mirror showed one direction");
	if (facts->count > 1)
		mw_text_add(&summary, " %" PRId64 " times, the last time", facts->count);
	mw_text_add(&summary, " for %.1f s from ", seconds(&facts->blind));
	mw_time_add_rfc3339(&summary, facts->blind.from_ns);
	mw_text_add(&summary, " on: the line was up meanwhile.");
}

static void write_texts(struct mw_finding *finding, const struct facts *facts, bool silent)
{
	struct mw_text evidence = mw_text_in(finding->evidence, sizeof(finding->evidence));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	if (facts->count > 1)
		mw_text_add(&evidence,
					"- %" PRId64 " times: longest %.1f s, mean %.1f s; all are in outages.csv. The latest:\n",
					facts->count, facts->longest_s, facts->sum_s / (double)facts->count);
	mw_text_add(&evidence, "- From ");
	mw_time_add_rfc3339(&evidence, facts->blind.from_ns);
	mw_text_add(&evidence, " to ");
	mw_time_add_rfc3339(&evidence, facts->blind.to_ns);
	mw_text_add(&evidence, ": %s.\n", facts->blind.evidence);
	mw_text_add(&evidence, "- In an outage the same segments would have come again.\n");
	mw_text_add(&other, silent ? "- The capture was stopped for this time.\n"
							   : "- The other direction took another way for this time (several links).\n");
	mw_text_add(&next, silent ? "- No finding about this time is sure. Look at the mirror port and its cable, and at "
								"what else its switch did then.\n"
							  : "- No finding about this time is sure. Mirror both directions of the port, and all "
								"members of a bundle.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	const bool silent = entry->kind == &mirror_silent_finding;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));

	finding->severity = MW_SEVERITY_NOTICE;
	finding->confidence = facts->blind.confidence;
	finding->count = facts->count;
	finding->cases = facts->count;
	finding->hides = 1;
	finding->hides_ns = silent ? ANSWERS_NS : 0;
	finding->known = true;
	mw_text_add(&subject, silent ? "mirror" : "%s", facts->blind.line);
	write_summary(finding, facts, silent);
	write_texts(finding, facts, silent);
}

// The same finding as that of a mirror that shows one direction all the time, but of other rows.
static const struct mw_finding_kind one_way_for_a_while = {
	.name = "mirror-one-way", .rank = 11, .diagnoser = &mirror_blind_diagnoser, .evidence = &mirror_blind_evidence};

static void on_row(struct mw_diagnosis *diagnosis, const void *row)
{
	struct diagnosis_entry *entry;
	struct mirror_blind blind;
	struct facts *facts;

	if (!mirror_read_blind(row, &blind))
		return;
	entry = diagnosis_entry(diagnosis, blind.silent ? &mirror_silent_finding : &one_way_for_a_while, blind.line,
							sizeof(*facts), write, blind.from_ns, blind.to_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->count++;
	facts->sum_s += seconds(&blind);
	facts->longest_s = MW_MAX(facts->longest_s, seconds(&blind));
	facts->blind = blind;
}

const struct mw_diagnoser mirror_blind_diagnoser = {.record = &outages_record, .row = on_row};
