// SPDX-License-Identifier: BSD-3-Clause
// What many outages of a line have in common: a timer, an hour of the day, a day of the week, or nothing.
// Neighbours: outages.h; finding.c tells of the outages themselves. Nothing is said where nothing is sure.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "mw_time.h"
#include "outages.h"

#define OUTAGES_KEPT  "outages" // name of the file
#define OUTAGES_LEAST 5
#define TIMER_MOST    0.2 // coefficient of variation of the times between them
#define RANDOM_LEAST  0.7 // of a Poisson process it is 1
#define RANDOM_MOST   1.4
#define RAYLEIGH_P    0.01
#define PERIODS_LEAST 5 // that the outages stretch over, or a period is none
#define DAY_S         86400.0
#define WEEK_S        (7 * DAY_S)

enum pattern { PATTERN_NONE, PATTERN_TIMER, PATTERN_DAY, PATTERN_WEEK, PATTERN_RANDOM };

struct numbers {
	double mean_s, median_s, longest_s, shortest_s, variation, day_p, week_p, day_at_s;
	enum pattern pattern;
};

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

// The chance that random times lie as close together on the circle (Rayleigh; Mardia, Jupp 6.3.1).
static double rayleigh(const uint64_t starts_ns[], uint32_t count, double period_s, double *at_s)
{
	double x = 0, y = 0, n = count, r;

	for (uint32_t i = 0; i < count; i++) {
		const double angle = 2 * M_PI * fmod((double)starts_ns[i] / 1e9, period_s) / period_s;

		x += cos(angle);
		y += sin(angle);
	}
	*at_s = fmod(atan2(y, x) / (2 * M_PI) * period_s + period_s, period_s);
	r = sqrt(x * x + y * y);
	return exp(sqrt(1 + 4 * n + 4 * (n * n - r * r)) - (1 + 2 * n));
}

static enum pattern pattern_of(const struct numbers *numbers, double span_s)
{
	if (numbers->variation < TIMER_MOST)
		return PATTERN_TIMER;
	if (span_s < PERIODS_LEAST * DAY_S)
		return PATTERN_NONE;
	if (numbers->day_p < RAYLEIGH_P)
		return PATTERN_DAY;
	if (span_s >= PERIODS_LEAST * WEEK_S && numbers->week_p < RAYLEIGH_P)
		return PATTERN_WEEK;
	return numbers->variation >= RANDOM_LEAST && numbers->variation <= RANDOM_MOST ? PATTERN_RANDOM : PATTERN_NONE;
}

static struct numbers numbers_of(const struct outages_history *history)
{
	const uint32_t count = MW_MIN(history->count, (uint32_t)OUTAGES_STARTS_MAX), gaps_count = count - 1;
	struct numbers numbers = {0};
	double gaps[OUTAGES_STARTS_MAX], sum = 0, squares = 0, unused;

	for (uint32_t i = 0; i < gaps_count; i++) {
		gaps[i] = ((double)history->starts_ns[i + 1] - (double)history->starts_ns[i]) / 1e9;
		sum += gaps[i];
	}
	numbers.mean_s = sum / gaps_count;
	for (uint32_t i = 0; i < gaps_count; i++)
		squares += (gaps[i] - numbers.mean_s) * (gaps[i] - numbers.mean_s);
	numbers.variation = numbers.mean_s > 0 ? sqrt(squares / gaps_count) / numbers.mean_s : 0;
	qsort(gaps, gaps_count, sizeof(gaps[0]), compare);
	numbers.median_s = (gaps[(gaps_count - 1) / 2] + gaps[gaps_count / 2]) / 2;
	numbers.shortest_s = gaps[0];
	numbers.longest_s = gaps[gaps_count - 1];
	numbers.day_p = rayleigh(history->starts_ns, count, DAY_S, &numbers.day_at_s);
	numbers.week_p = rayleigh(history->starts_ns, count, WEEK_S, &unused);
	numbers.pattern = pattern_of(&numbers, sum);
	return numbers;
}

static void add_span(struct mw_text *text, double seconds)
{
	mw_time_add_duration(text, (uint64_t)(seconds * 1e9));
}

static void add_pattern(struct mw_text *text, const struct numbers *numbers)
{
	switch (numbers->pattern) {
	case PATTERN_TIMER:
		mw_text_add(text, "every ");
		add_span(text, numbers->mean_s);
		mw_text_add(text, ", as by a timer");
		break;
	case PATTERN_DAY:
		mw_text_add(text, "around %02d:%02d UTC", (int)(numbers->day_at_s / 3600),
					(int)(fmod(numbers->day_at_s, 3600) / 60));
		break;
	case PATTERN_WEEK:
		mw_text_add(text, "on certain days of the week");
		break;
	case PATTERN_RANDOM:
	case PATTERN_NONE:
	default:
		mw_text_add(text, "at random: no timer and no hour of day");
	}
}

static void write_evidence(struct mw_finding *finding, const struct outages_history *history,
						   const struct numbers *numbers)
{
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	mw_text_add(&text, "- Between their starts: mean ");
	add_span(&text, numbers->mean_s);
	mw_text_add(&text, ", median ");
	add_span(&text, numbers->median_s);
	mw_text_add(&text, ", shortest ");
	add_span(&text, numbers->shortest_s);
	mw_text_add(&text, ", longest ");
	add_span(&text, numbers->longest_s);
	mw_text_add(
		&text,
		".\n- Coefficient of variation %.2f: a timer has 0, chance 1.\n- Rayleigh's test: p = %.2f for the hour "
		"of day, %.2f for the day of week.\n",
		numbers->variation, numbers->day_p, numbers->week_p);
	if (history->recalled > 0) {
		mw_text_add(&text, "- %u of them began before midwatch was started, the first at ", history->recalled);
		mw_time_add_rfc3339(&text, history->starts_ns[0]);
		mw_text_add(&text, "; kept-" OUTAGES_KEPT ".txt has them.\n");
	}
}

static const char *advice_of(enum pattern pattern)
{
	if (pattern == PATTERN_TIMER || pattern == PATTERN_DAY || pattern == PATTERN_WEEK)
		return "- Look for what runs then: a lease or session time of the provider, an update, a switched socket.\n";
	return "- Do not look for a timer: heat, power, memory that runs out and the line itself fail at any time.\n";
}

static void write(struct diagnosis_entry *entry)
{
	const struct outages_history *history = (const void *)entry->facts;
	const struct numbers numbers = numbers_of(history);
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	finding->severity = MW_SEVERITY_NOTICE;
	finding->confidence = MW_MIN(90, 60 + (int64_t)history->count);
	finding->count = finding->cases = history->count;
	finding->known = true;
	mw_text_add(&subject, "%s", history->line);
	mw_text_add(&summary, "%u outages of %s come ", history->count, history->line);
	add_pattern(&summary, &numbers);
	mw_text_add(&summary, ".");
	write_evidence(finding, history, &numbers);
	mw_text_add(&other, "- Outages while nobody asked are not among them.\n");
	mw_text_add(&next, "%s", advice_of(numbers.pattern));
}

// A finding while there is something to say.
static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct outages_row *row = data;
	struct diagnosis_entry *entry;
	struct outages_history *history;

	if (!outages_is_of_line(row->verdict))
		return;
	history = outages_history_add(diagnosis_memory(diagnosis, &outages_pattern_diagnoser), row->line, row->start_ns);
	if (history->count < OUTAGES_LEAST || numbers_of(history).pattern == PATTERN_NONE) {
		entry = diagnosis_find(diagnosis, &outages_pattern_finding, row->line);
		if (entry != NULL)
			diagnosis_forget(diagnosis, entry);
		return;
	}
	entry = diagnosis_entry(diagnosis, &outages_pattern_finding, row->line, sizeof(*history), write,
							history->starts_ns[0], row->end_ns == 0 ? row->start_ns : row->end_ns);
	if (entry != NULL)
		memcpy(entry->facts, history, sizeof(*history));
}

const struct mw_diagnoser outages_pattern_diagnoser = {.record = &outages_record,
													   .row = on_row,
													   .memory_bytes = sizeof(struct outages_histories),
													   .kept = OUTAGES_KEPT,
													   .recall = outages_history_recall,
													   .keep = outages_history_keep};
