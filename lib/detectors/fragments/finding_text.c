// SPDX-License-Identifier: BSD-3-Clause
// Lost fragments in plain words: who sent, who lacks, which pieces, how often, on which side of this tap.
// Neighbours: finding.h; finding.c gathers, advice.c has what else it could be and what to do.
#include <ctype.h>

#include "finding.h"
#include "mw_time.h"

#define MANY 10 // incomplete datagrams, and not one whole: what needs fragments does not work at all

static const struct {
	const char *summary, *evidence;
} patterns[FRAGS_PATTERNS + 1] = {
	[FRAGS_ELSEWHERE] =
		{"the later pieces bear another source address",
		 "the first piece bears one source address, the later ones another, so the receiver cannot join "
		 "them. A translator that leaves later pieces untranslated does so"},
	[FRAGS_FIRST_ONLY] = {"only the first piece comes",
						  "only the first piece came, and no later one. A device that drops what has no port numbers "
						  "(all pieces but the first) does so"},
	[FRAGS_FIRST_LOST] = {"all comes but the first piece",
						  "all came but the first piece, the one with the port numbers. A filter on ports does so"},
	[FRAGS_LAST_ONLY] = {"only the last, shorter piece comes",
						 "only the last, shorter piece came. A link with a smaller MTU that drops the full ones does "
						 "so"},
	[FRAGS_PATTERNS] = {"not always the same pieces", "not always the same ones: this looks like random loss"},
};

/** "UDP", "ESP", "protocol 132". */
static void add_protocol(struct mw_text *text, const struct frags_facts *facts)
{
	if (isdigit((unsigned char)facts->proto[0]) || facts->proto[0] == '\0') {
		mw_text_add(text, "protocol %u", facts->protocol);
		return;
	}
	for (const char *at = facts->proto; *at != '\0'; at++)
		mw_text_add(text, "%c", toupper((unsigned char)*at));
}

static void add_ports(struct mw_text *text, int64_t sport, int64_t dport)
{
	if (sport > 0 || dport > 0)
		mw_text_add(text, " port %lld to %lld", (long long)MW_MAX(sport, 0), (long long)MW_MAX(dport, 0));
}

/** "13 of 14 datagrams"; how many there were is not always known. */
static void add_count(struct mw_text *text, const struct frags_facts *facts)
{
	int64_t count = frags_incomplete(facts);

	mw_text_add(text, "%lld", (long long)count);
	if (facts->pair_complete >= 0 && facts->pair_complete <= INT64_MAX - count)
		mw_text_add(text, " of %lld", (long long)(facts->pair_complete + count));
}

/** @return false when it did not fit. */
static bool try_summary(struct mw_finding *finding, const struct frags_facts *facts, bool where)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));

	mw_text_add(&text, "Fragments from ");
	pairs_add_ends(&text, &facts->pair.ends);
	mw_text_add(&text, " (");
	add_protocol(&text, facts);
	mw_text_add(&text, ") are lost");
	if (facts->incomplete > 0) {
		mw_text_add(&text, ": ");
		add_count(&text, facts);
		mw_text_add(&text, " datagrams lack pieces");
		if (facts->incomplete >= FRAGS_LEAST)
			mw_text_add(&text, " (%s)", patterns[frags_pattern_of(facts)].summary);
		mw_text_add(&text, "%s.",
					where && frags_pattern_of(facts) != FRAGS_ELSEWHERE ? ", lost between the sender and this tap"
																		: "");
	}
	if (facts->whole > 0)
		mw_text_add(&text, "%s%llu passed this tap whole, but the receiver lacked pieces%s.",
					facts->incomplete > 0 ? " " : ": ", (unsigned long long)facts->whole,
					where ? ": lost behind the tap" : "");
	else if (frags_is_said(facts))
		mw_text_add(&text, " The receiver says so, too.");
	return !text.cut;
}

static void line_counts(struct lines *lines, const struct frags_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (facts->incomplete > 0) {
		mw_text_add(text, "- Never complete here: ");
		add_count(text, facts);
		mw_text_add(text, " datagrams in pieces");
		if (frags_incomplete(facts) > (int64_t)facts->incomplete)
			mw_text_add(text, " (%llu of them looked at)", (unsigned long long)facts->incomplete);
		mw_text_add(text, ", between ");
		mw_time_add_rfc3339(text, facts->first_incomplete_ns);
		mw_text_add(text, " and ");
		mw_time_add_rfc3339(text, facts->last_incomplete_ns);
		mw_text_add(text, ".");
		lines_end(lines);
	}
	if (facts->whole > 0) {
		mw_text_add(text,
					"- Whole here: %llu datagrams passed this tap with every byte, and the receiver lacked some of "
					"them: they were lost between this tap and the receiver.",
					(unsigned long long)facts->whole);
		lines_end(lines);
	}
}

static void line_receiver(struct lines *lines, const struct frags_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (!frags_is_said(facts))
		return;
	mw_text_add(text, "- ");
	mw_address_add_text(text, &facts->pair.ends.dst);
	mw_text_add(text,
				" told the sender by ICMP that it had some pieces and never the rest (reassembly time exceeded; %lld "
				"seen): the loss is real, not the mirror's.",
				(long long)MW_MAX(facts->pair_exceeded, (int64_t)facts->said));
	lines_end(lines);
}

static void line_sizes(struct lines *lines, const struct frags_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (facts->bytes_high > 0) {
		mw_text_add(text, "- Their size: %lld", (long long)facts->bytes_low);
		if (facts->bytes_high != facts->bytes_low)
			mw_text_add(text, " to %lld", (long long)facts->bytes_high);
		mw_text_add(text, " bytes behind the IP header.");
		lines_end(lines);
	}
	if (facts->largest_piece > 0) {
		mw_text_add(text, "- The largest piece that passed this tap: an IP packet of %lld bytes.",
					(long long)facts->largest_piece);
		lines_end(lines);
	}
}

static void line_pattern(struct lines *lines, const struct frags_facts *facts)
{
	if (facts->incomplete < FRAGS_LEAST)
		return;
	mw_text_add(&lines->text, "- Which pieces: %s.", patterns[frags_pattern_of(facts)].evidence);
	lines_end(lines);
}

static void line_elsewhere(struct lines *lines, const struct frags_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (facts->patterns[FRAGS_ELSEWHERE] == 0)
		return;
	mw_text_add(text, "- The other pieces of %llu of them came from ",
				(unsigned long long)facts->patterns[FRAGS_ELSEWHERE]);
	mw_address_add_text(text, &facts->other);
	mw_text_add(text,
				"%s, untranslated: the same receiver, protocol and identification, and they begin where these end.",
				facts->others ? " and other addresses" : "");
	lines_end(lines);
}

static void line_example(struct lines *lines, const struct frags_facts *facts, const struct frags_example *example)
{
	struct mw_text *text = &lines->text;

	mw_text_add(text, "- ");
	mw_time_add_rfc3339(text, example->ts_ns);
	mw_text_add(text, " ");
	add_protocol(text, facts);
	add_ports(text, example->sport, example->dport);
	mw_text_add(text, ": ");
	if (example->missing[0] != '\0')
		mw_text_add(text, "bytes %s", example->missing);
	else
		mw_text_add(text, "some bytes");
	if (example->bytes_total > 0)
		mw_text_add(text, " of %lld", (long long)example->bytes_total);
	mw_text_add(text, " never passed%s.", facts->patterns[FRAGS_ELSEWHERE] > 0 ? " under this source address" : "");
	lines_end(lines);
}

/** The newest first. */
static void line_examples(struct lines *lines, const struct frags_facts *facts)
{
	for (uint32_t i = 0; i < FRAGS_EXAMPLES && i < facts->examples_count; i++)
		line_example(lines, facts, &facts->examples[(facts->examples_count - 1 - i) % FRAGS_EXAMPLES]);
}

static void write_evidence(struct mw_finding *finding, const struct frags_facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	line_counts(&lines, facts);
	line_receiver(&lines, facts);
	line_pattern(&lines, facts);
	line_elsewhere(&lines, facts);
	line_sizes(&lines, facts);
	line_examples(&lines, facts);
	if (facts->delivered > 0) {
		mw_text_add(
			&lines.text,
			"- Not counted: %llu datagrams that lack bytes here, and that the receiver acknowledged or answered. "
			"It had all of them: the mirror misses pieces.",
			(unsigned long long)facts->delivered);
		lines_end(&lines);
	}
	if (facts->evicted > 0) {
		mw_text_add(&lines.text,
					"- Not counted: %llu datagrams that gave way to others before their pieces could come "
					"(fragment.datagrams-max).",
					(unsigned long long)facts->evicted);
		lines_end(&lines);
	}
}

static uint8_t severity_of(const struct frags_facts *facts, int64_t confidence)
{
	int64_t count = frags_incomplete(facts);

	if (frags_is_flood(facts) || (count < FRAGS_LEAST && facts->whole < FRAGS_LEAST))
		return MW_SEVERITY_NOTICE;
	return count >= MANY && facts->pair_complete == 0 && confidence >= 80 ? MW_SEVERITY_CRITICAL : MW_SEVERITY_WARNING;
}

struct mw_worth frags_worth(const struct frags_facts *facts)
{
	int64_t confidence = frags_confidence(facts), cases = frags_incomplete(facts) + (int64_t)facts->whole;

	return (struct mw_worth){.severity = severity_of(facts, confidence),
							 .known = facts->known,
							 .repeated = cases > 1,
							 .confidence = confidence,
							 .cases = cases};
}

// What a receiver says is no absence. Of each datagram one piece is enough.
static struct mw_absence absence_of(const struct frags_facts *facts)
{
	if (frags_is_said(facts) || facts->incomplete == 0 || facts->pair_complete < 0)
		return (struct mw_absence){0};
	return (struct mw_absence){.missing = facts->pair_incomplete,
							   .due = facts->pair_incomplete + facts->pair_complete,
							   .tries = 1,
							   .parts = (uint8_t)(facts->pieces / facts->incomplete)};
}

void frags_write(struct diagnosis_entry *entry)
{
	const struct frags_facts *facts = (const struct frags_facts *)(const void *)entry->facts;
	const struct mw_worth worth = frags_worth(facts);
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));

	pairs_add_ends(&subject, &facts->pair.ends);
	finding->confidence = worth.confidence;
	finding->count = finding->cases = worth.cases;
	finding->known = worth.known;
	finding->severity = worth.severity;
	finding->absence = absence_of(facts);
	if (!try_summary(finding, facts, true))
		try_summary(finding, facts, false);
	write_evidence(finding, facts);
	frags_write_alternatives(finding, facts);
	frags_write_advice(finding, facts);
}
