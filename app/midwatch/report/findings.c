// SPDX-License-Identifier: BSD-3-Clause
// The findings of the report: by severity and kind, a few of each kind with what shows them, the others a line each,
// and what there was no room for in one sentence. What to do is said once.
// Neighbours: report/report.h; mw_page.h says which of them are printed. Texts come from the detectors.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "mw_page.h"
#include "mw_time.h"
#include "report/index.h"
#include "report/report.h"

#define WIDTH 100

/** The findings on their way to the page. */
struct page {
	const struct report_style *style;
	const struct mw_finding *const *findings;
	uint32_t count;
	uint8_t places[ENGINE_FINDINGS_MAX]; // enum mw_page_place
	bool printed[ENGINE_FINDINGS_MAX];
	struct mw_page_said said;
	const struct mw_left_out *left_out; // that the list had no room for
	uint32_t left_out_count;
};

// Lines broken at spaces, each with the indent; a line of the text that starts with "- " hangs by two.
static void print_wrapped(const char *text, int indent)
{
	while (*text != '\0') {
		size_t line = strcspn(text, "\n");
		int hang = strncmp(text, "- ", 2) == 0 ? 2 : 0;
		bool first = true;

		while (line > 0) {
			size_t room = (size_t)(WIDTH - indent - (first ? 0 : hang));
			size_t take = line;

			if (line > room) {
				for (take = room; take > 0 && text[take] != ' '; take--)
					;
				take = take == 0 ? room : take;
			}
			printf("%*s%.*s\n", indent + (first ? 0 : hang), "", (int)take, text);
			text += take;
			line -= take;
			while (line > 0 && *text == ' ') {
				text++;
				line--;
			}
			first = false;
		}
		text += *text == '\n';
	}
}

static void print_section(const char *title, const char *text)
{
	if (text[0] == '\0')
		return;
	printf("    %s\n", title);
	print_wrapped(text, 6);
}

/** What its kind has not said yet. */
static void print_news(struct page *page, const struct mw_finding *finding, const char *title, const char *lines)
{
	char chars[sizeof(finding->evidence)];
	struct mw_text text = mw_text_in(chars, sizeof(chars));
	char whole[64];
	struct mw_text whole_text = mw_text_in(whole, sizeof(whole));

	mw_page_add_new(&page->said, finding->kind, lines, &text);
	mw_text_add(&whole_text, "%s%s:", title, strcmp(chars, lines) == 0 ? "" : ", beside what was said above");
	print_section(whole, chars);
}

static const char *color_of(const struct mw_finding *finding, const struct report_style *style)
{
	return finding->severity >= MW_SEVERITY_CRITICAL  ? style->red
		   : finding->severity >= MW_SEVERITY_WARNING ? style->yellow
													  : style->bold;
}

static void print_long(struct page *page, const struct mw_finding *finding)
{
	const struct report_style *style = page->style;
	char from[MW_TIME_TEXT_BYTES], to[MW_TIME_TEXT_BYTES];
	struct mw_text from_text = mw_text_in(from, sizeof(from)), to_text = mw_text_in(to, sizeof(to));

	mw_time_add_rfc3339(&from_text, finding->first_ns);
	mw_time_add_rfc3339(&to_text, finding->last_ns);
	printf("\n  %s%s: %s%s, %s (confidence %" PRId64 " of 100)\n", color_of(finding, style),
		   mw_severity_names[finding->severity], finding->kind, style->end, finding->subject, finding->confidence);
	print_wrapped(finding->summary, 4);
	printf("    %sfrom %s to %s, id %s%s\n", style->dim, from, to, finding->id, style->end);
	if (finding->evidence_file[0] != '\0')
		printf("    %spackets that show it: %s%s\n", style->dim, finding->evidence_file, style->end);
	print_section("What shows it:", finding->evidence);
	print_news(page, finding, "What else it could be", finding->alternatives);
	print_news(page, finding, "What to do", finding->advice);
}

static void add_second(struct mw_text *text, uint64_t time_ns)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text time = mw_text_in(chars, sizeof(chars));

	mw_time_add_rfc3339(&time, time_ns);
	mw_text_add(text, "%.19sZ", chars);
}

static void print_line(const struct mw_finding *finding)
{
	char chars[512];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_text_add(&text, "- %s (confidence %" PRId64 " of 100), %" PRId64 " time%s, ", finding->subject,
				finding->confidence, finding->count, finding->count == 1 ? "" : "s");
	add_second(&text, finding->first_ns);
	if (finding->last_ns / MW_NS_PER_SECOND != finding->first_ns / MW_NS_PER_SECOND) {
		mw_text_add(&text, " to ");
		add_second(&text, finding->last_ns);
	}
	mw_text_add(&text, ", id %s", finding->id);
	print_wrapped(chars, 4);
}

static bool is_of_group(const struct page *page, uint32_t i, const struct mw_finding *first)
{
	return page->findings[i]->kind == first->kind && page->findings[i]->severity == first->severity;
}

/** Those of one kind and severity: long ones, then lines. */
static void print_group(struct page *page, const struct mw_finding *first)
{
	uint32_t lines = 0;

	for (uint32_t i = 0; i < page->count; i++) {
		if (!is_of_group(page, i, first))
			continue;
		page->printed[i] = true;
		lines += page->places[i] == MW_PAGE_LINE;
		if (page->places[i] == MW_PAGE_LONG_TEXT)
			print_long(page, page->findings[i]);
	}
	if (lines > 0)
		printf("\n  %s%s: %s%s, %u more:\n", color_of(first, page->style), mw_severity_names[first->severity],
			   first->kind, page->style->end, lines);
	for (uint32_t i = 0; i < page->count; i++) {
		if (is_of_group(page, i, first) && page->places[i] == MW_PAGE_LINE)
			print_line(page->findings[i]);
	}
}

/** Findings of a kind that are not on the page. */
struct rest {
	uint64_t listed; // in findings.csv
	uint64_t count; // in all
	int64_t low, high; // confidence
};

static struct rest rest_of(const struct page *page, const char *kind)
{
	struct rest rest = {.low = INT64_MAX};

	for (uint32_t i = 0; i < page->count; i++) {
		const struct mw_finding *finding = page->findings[i];

		if (finding->kind != kind || page->places[i] != MW_PAGE_OUT)
			continue;
		rest.listed++;
		rest.low = MW_MIN(rest.low, finding->confidence);
		rest.high = MW_MAX(rest.high, finding->confidence);
	}
	rest.count = rest.listed;
	for (uint32_t i = 0; i < page->left_out_count; i++) {
		const struct mw_left_out *left_out = &page->left_out[i];

		if (left_out->kind->name != kind || left_out->count == 0)
			continue;
		rest.count += left_out->count;
		rest.low = MW_MIN(rest.low, left_out->confidence_low);
		rest.high = MW_MAX(rest.high, left_out->confidence_high);
	}
	return rest;
}

/** "17 more forged-resets, confidence 55 to 75: findings.csv has all". */
static void print_rest(const struct page *page, const char *kind)
{
	struct rest rest = rest_of(page, kind);

	if (rest.count == 0)
		return;
	printf("\n  ... and %" PRIu64 " more %s, confidence %" PRId64, rest.count, kind, rest.low);
	if (rest.high != rest.low)
		printf(" to %" PRId64, rest.high);
	if (rest.listed == rest.count)
		printf(": findings.csv has all\n");
	else
		printf("; there was room for %" PRIu64 " of them in findings.csv\n", rest.listed);
}

/** True when no finding of this kind comes later. */
static bool is_last_of_kind(const struct page *page, const char *kind)
{
	for (uint32_t i = 0; i < page->count; i++) {
		if (!page->printed[i] && page->findings[i]->kind == kind)
			return false;
	}
	return true;
}

static void print_page(struct page *page)
{
	for (uint32_t i = 0; i < page->count; i++) {
		if (page->printed[i])
			continue;
		print_group(page, page->findings[i]);
		if (is_last_of_kind(page, page->findings[i]->kind))
			print_rest(page, page->findings[i]->kind);
	}
}

void report_print_findings(struct engine *engine, bool nothing_read, const struct report_style *style)
{
	struct mw_diagnosis *diagnosis = mw_aggregate_diagnosis(engine->aggregate);
	struct page page = {.style = style};

	page.count = mw_diagnosis_findings(diagnosis, &page.findings);
	page.left_out_count = mw_diagnosis_left_out(diagnosis, &page.left_out);
	if (page.count == 0) {
		printf("%sFINDINGS%s  none: %s\n", style->bold, style->end,
			   nothing_read ? "no packet could be read"
							: "nothing in this traffic that midwatch's detectors would report");
		return;
	}
	printf("%sFINDINGS%s  %u: ", style->bold, style->end, page.count);
	index_print_severities(page.findings, page.count);
	printf("\n");
	mw_page_arrange(page.findings, page.count, page.places);
	index_print(page.findings, page.places, page.count);
	print_page(&page);
}
