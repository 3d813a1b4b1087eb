// SPDX-License-Identifier: BSD-3-Clause
// A router says that packets are too large, and their sender does not heed it, or is not told, in plain words.
// Neighbours: finding.h; advice.c has what to do.
#include "finding.h"

/** More reports go to a wrong address than to the sender. */
static bool is_misaddressed(const struct paths_sum *sum)
{
	return sum->row.verdict == MW_PATH_MISADDRESSED;
}

/** The reports reach the sender, and quote what it never sent. */
static bool is_misquoted(const struct paths_sum *sum)
{
	return sum->misquoted > 0 && !is_misaddressed(sum);
}

/** The router's word is the path's MTU, whatever got through before. */
static void take_word(struct paths_sum *sum)
{
	int64_t told = paths_least_told(&sum->row, NULL);
	uint32_t shown = sum->paths - (paths_is_over(sum) ? 0 : sum->over);

	sum->row.verdict = sum->misaddressed * 2 > shown ? MW_PATH_MISADDRESSED : MW_PATH_IGNORED;
	if (told == 0)
		return;
	sum->row.mtu_low = sum->row.mtu_high = told;
	sum->apart = false;
}

/** The largest size seen that the report forbids; 0 none known. */
static int64_t too_large(const struct paths_sum *sum)
{
	int64_t largest = MW_MAX(sum->row.largest_acked, sum->row.smallest_lost);

	return largest > paths_limit(sum) && largest <= UINT16_MAX ? largest : 0;
}

static void add_router(struct mw_text *text, const struct paths_sum *sum)
{
	uint32_t count = MW_MIN(sum->row.reporters_count, (uint32_t)MW_PATH_REPORTERS), index = 0;

	if (count == 0) {
		mw_text_add(text, "A router");
		return;
	}
	paths_least_told(&sum->row, &index);
	mw_text_add(text, "Router ");
	mw_address_add_text(text, &sum->row.reporter[index].address);
}

/** "packets from A to B must not exceed 1380 bytes". */
static void add_word(struct mw_text *text, const struct paths_sum *sum)
{
	if (paths_limit(sum) != 0)
		mw_text_add(text, "packets from %s to %s must not exceed %lld bytes", sum->row.src, sum->row.dst,
					(long long)paths_limit(sum));
	else
		mw_text_add(text, "packets from %s to %s are too large, without a size", sum->row.src, sum->row.dst);
}

static void add_told(struct mw_text *text, const struct paths_sum *sum)
{
	static const struct mw_address none;

	if (mw_address_compare(&sum->row.told, &none) == 0)
		mw_text_add(text, "another address");
	else
		mw_address_add_text(text, &sum->row.told);
	mw_text_add(text, "%s", sum->several_told ? " and others" : "");
}

/** "port 1802 instead of 59042"; "source 10.0.0.5:1802 instead of 192.0.2.1:59042". */
static void add_quote(struct mw_text *text, const struct mw_path_quote *quote)
{
	if (quote->misquote == MW_PATH_MISQUOTE_NUMBER) {
		mw_text_add(text, "another sequence number");
		return;
	}
	if (quote->misquote == MW_PATH_MISQUOTE_BOTH) {
		mw_text_add(text, "another source and destination: ");
		mw_address_add_text(text, &quote->quoted);
		mw_text_add(text, " port %u sends", quote->quoted_port);
		return;
	}
	mw_text_add(text, "%s ", quote->misquote == MW_PATH_MISQUOTE_SRC ? "source" : "destination");
	if (mw_address_compare(&quote->sent, &quote->quoted) == 0) {
		mw_text_add(text, "port %u instead of %u", quote->quoted_port, quote->sent_port);
		return;
	}
	mw_address_add_text(text, &quote->quoted);
	mw_text_add(text, " port %u instead of ", quote->quoted_port);
	mw_address_add_text(text, &quote->sent);
	mw_text_add(text, " port %u", quote->sent_port);
}

static void add_reaction(struct mw_text *text, const struct paths_sum *sum)
{
	bool one = sum->from != NULL;

	paths_add_sender(text, sum);
	mw_text_add(text, " %s on sending ", paths_is_over(sum) ? "went" : one ? "goes" : "go");
	if (too_large(sum) != 0 && paths_limit(sum) != 0)
		mw_text_add(text, "up to %lld", (long long)too_large(sum));
	else
		mw_text_add(text, "as before");
}

/** @return false when it did not fit. */
static bool try_summary(struct mw_finding *finding, const struct paths_sum *sum, bool router, bool reaction)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	bool over = paths_is_over(sum);

	mw_text_add(&text, "%s", sum->row.confidence < PATHS_UNSURE ? "As it seems: " : "");
	if (router)
		add_router(&text, sum);
	else
		mw_text_add(&text, "A router");
	mw_text_add(&text, " %s that ", over ? "said" : "says");
	add_word(&text, sum);
	if (is_misaddressed(sum)) {
		mw_text_add(&text, ", but %s ", over ? "told" : "tells");
		add_told(&text, sum);
		mw_text_add(&text, ", not the sender");
	}
	if (is_misquoted(sum)) {
		mw_text_add(&text, ", but %s ", over ? "quoted" : "quotes");
		add_quote(&text, &sum->row.quote);
	}
	if (reaction) {
		mw_text_add(&text, "; ");
		add_reaction(&text, sum);
	}
	mw_text_add(&text, ".%s", over ? " Not any more." : "");
	return !text.cut;
}

static void write_summary(struct mw_finding *finding, const struct paths_sum *sum)
{
	bool goes_on = paths_known(sum->row.sent_after_report) || !is_misaddressed(sum);

	if (!try_summary(finding, sum, true, goes_on) && !try_summary(finding, sum, false, goes_on))
		try_summary(finding, sum, false, false);
}

static void line_reports(struct lines *lines, const struct paths_sum *sum)
{
	struct mw_text *text = &lines->text;

	if (!paths_known(sum->row.icmp_reports))
		return;
	mw_text_add(text, "- Reports: %lld of ", (long long)sum->row.icmp_reports);
	paths_add_report_name(text, sum);
	mw_text_add(text, ".");
	lines_end(lines);
}

static void line_told(struct lines *lines, const struct paths_sum *sum)
{
	struct mw_text *text = &lines->text;

	if (sum->misaddressed == 0)
		return;
	mw_text_add(text, "- Addressed to ");
	add_told(text, sum);
	mw_text_add(text, ", though the packet that they quote was sent by ");
	paths_add_sender(text, sum);
	if (sum->paths > 1)
		mw_text_add(text, " (%u of %u paths)", sum->misaddressed, sum->paths);
	mw_text_add(text, ".");
	lines_end(lines);
}

static void line_quote(struct lines *lines, const struct paths_sum *sum)
{
	struct mw_text *text = &lines->text;

	if (!is_misquoted(sum))
		return;
	mw_text_add(
		text, "- The packet that they quote was sent from here, and is stuck: %s, size and time agree. The quote has ",
		sum->row.quote.misquote == MW_PATH_MISQUOTE_BOTH ? "its numbers" : "the other end");
	add_quote(text, &sum->row.quote);
	mw_text_add(text, ", and ");
	paths_add_sender(text, sum);
	mw_text_add(text, " must take it for a forgery (RFC 5927).");
	lines_end(lines);
}

static void line_after(struct lines *lines, const struct paths_sum *sum)
{
	struct mw_text *text = &lines->text;

	if (!paths_known(sum->row.sent_after_report))
		return;
	mw_text_add(text, "- Packets that were still too large after the report: %lld",
				(long long)sum->row.sent_after_report);
	if (too_large(sum) != 0 && paths_limit(sum) != 0)
		mw_text_add(text, ", of up to %lld bytes", (long long)too_large(sum));
	mw_text_add(text, ".");
	lines_end(lines);
}

static void write_evidence(struct mw_finding *finding, const struct paths_facts *facts, const struct paths_sum *sum)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	line_reports(&lines, sum);
	paths_line_reporters(&lines, sum);
	line_told(&lines, sum);
	line_quote(&lines, sum);
	line_after(&lines, sum);
	paths_line_flows(&lines, sum);
	paths_line_retransmits(&lines, sum);
	paths_line_mss(&lines, sum);
	paths_line_tunnel(&lines, sum);
	paths_line_mirror(&lines, sum);
	paths_lines_when(&lines, finding, facts, sum);
}

static void line_got_through(struct lines *lines, const struct paths_sum *sum)
{
	if (!paths_known(sum->row.largest_acked) || paths_limit(sum) == 0 || sum->row.largest_acked <= paths_limit(sum))
		return;
	mw_text_add(&lines->text,
				"- Packets of %lld bytes did get through at some time: the path changed, or the report is "
				"wrong.",
				(long long)sum->row.largest_acked);
	lines_end(lines);
}

static void write_alternatives(struct mw_finding *finding, const struct paths_sum *sum)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	if (is_misaddressed(sum)) {
		paths_line_words(&lines,
						 "- Another translation beyond this tap mends the address: then the sender shrinks soon.");
	} else if (is_misquoted(sum)) {
		paths_line_words(&lines,
						 "- Another translation between this tap and the sender mends the quote: then it shrinks "
						 "soon.");
	} else {
		paths_line_words(&lines, "- ICMP is dropped between this tap and the sender, or by the sender's own firewall.");
		paths_line_words(&lines, "- A NAT between them does not translate the report, so that it never arrives.");
	}
	if (sum->row.protocol != 6)
		paths_line_words(&lines, "- An application that sets DF and probes for the size on purpose (RFC 8899, QUIC): "
								 "then it is harmless.");
	if (paths_is_implausible(sum)) {
		mw_text_add(&lines.text, "- A forged or broken report, and a sender that is right: hosts do not go below %s.",
					sum->ipv6 ? "1280 bytes (RFC 8201)" : "about 576 bytes");
		lines_end(&lines);
	} else {
		paths_line_words(&lines, "- A forged report: anybody who guesses the ports can send one.");
	}
	line_got_through(&lines, sum);
}

static uint8_t severity_of(const struct paths_sum *sum)
{
	bool harmless = paths_is_implausible(sum) || (sum->row.protocol == 17 && !is_misaddressed(sum));

	return paths_is_over(sum) || sum->row.confidence < PATHS_UNSURE || harmless ? MW_SEVERITY_NOTICE
																				: MW_SEVERITY_WARNING;
}

void paths_write_ignored(struct diagnosis_entry *entry)
{
	const struct paths_facts *facts = (const struct paths_facts *)(const void *)entry->facts;
	struct paths_sum sum = paths_add_up(facts);
	struct mw_finding *finding = &entry->finding;

	take_word(&sum);
	finding->severity = severity_of(&sum);
	finding->count = paths_known(sum.row.icmp_reports) ? sum.row.icmp_reports : sum.paths;
	paths_write_subject(finding, &sum);
	write_summary(finding, &sum);
	write_evidence(finding, facts, &sum);
	write_alternatives(finding, &sum);
	finding->known = sum.row.protocol == 6 || paths_known(sum.row.sent_after_report);
	finding->cases = sum.paths;
	paths_advise_ignored(finding, &sum);
}
