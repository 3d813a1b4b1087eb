// SPDX-License-Identifier: BSD-3-Clause
// A path that loses large packets without a word, in plain words: what vanishes, what shows it, what else it could be.
// Neighbours: finding.h; advice.c has what to do.
#include "finding.h"

#define MANY_FLOWS 3 // that show it, and one that confirms it: critical

static bool is_udp(const struct paths_sum *sum)
{
	return sum->row.protocol == 17;
}

/** "packets of more than 1380 bytes from A to B". */
static void add_what(struct mw_text *text, const struct paths_sum *sum)
{
	bool seems = sum->row.confidence < PATHS_UNSURE;

	mw_text_add(text, "%s", seems ? "As it seems, " : "");
	if (is_udp(sum) && paths_limit(sum) != 0 && !sum->apart)
		mw_text_add(text, "UDP packets");
	else if (paths_limit(sum) != 0 && !sum->apart)
		mw_text_add(text, "%sackets", seems ? "p" : "P");
	else
		mw_text_add(text, "%sarge %spackets", seems ? "l" : "L", is_udp(sum) ? "UDP " : "");
	if (paths_limit(sum) != 0 && !sum->apart)
		mw_text_add(text, " of more than %lld bytes", (long long)paths_limit(sum));
	mw_text_add(text, " from %s to %s ", sum->row.src, sum->row.dst);
}

static void add_fate(struct mw_text *text, const struct paths_sum *sum)
{
	const char *fitting = paths_known(sum->row.icmp_reports) ? " fitting" : "";
	bool over = paths_is_over(sum);

	if (is_udp(sum))
		mw_text_add(text, "%s never answered, without a%s ICMP report", over ? "were" : "are",
					fitting[0] != '\0' ? fitting : "n");
	else
		mw_text_add(text, "%s without a%s ICMP report", over ? "vanished" : "vanish",
					fitting[0] != '\0' ? fitting : "n");
}

/** What becomes of smaller ones. */
static void add_rest(struct mw_text *text, const struct paths_sum *sum)
{
	const char *verb = is_udp(sum) ? paths_is_over(sum) ? "were" : "are" : paths_is_over(sum) ? "arrived" : "arrive";

	if (sum->apart && paths_known(sum->row.mtu_low))
		mw_text_add(text, "; the path MTUs lie between %lld and %lld bytes.", (long long)sum->row.mtu_low,
					(long long)sum->row.mtu_high);
	else if (paths_exact(sum) != 0)
		mw_text_add(text, "; smaller ones %s.", verb);
	else if (paths_known(sum->row.mtu_low))
		mw_text_add(text, "; those of up to %lld bytes %s.", (long long)sum->row.mtu_low, verb);
	else
		mw_text_add(text, ".");
}

static void write_summary(struct mw_finding *finding, const struct paths_facts *facts, const struct paths_sum *sum)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	const char *common = sum->from != NULL ? sum->from : sum->to;

	add_what(&text, sum);
	add_fate(&text, sum);
	add_rest(&text, sum);
	if (paths_is_over(sum))
		mw_text_add(&text, " Not any more.");
	else if (facts->max > 1 && common != NULL && !sum->apart)
		mw_text_add(&text, " One narrow link near %s is the likely cause.", common);
}

static void line_place(struct lines *lines, const struct paths_sum *sum)
{
	if (sum->upstream == 0)
		paths_line_words(lines, "- The large packets passed this tap: they are lost between it and the receiver.");
	else if (sum->upstream >= sum->paths - (paths_is_over(sum) ? 0 : sum->over))
		paths_line_words(lines, "- The large packets never passed this tap: they are lost between the sender and it.");
	else
		paths_line_words(lines, "- Of some paths the large packets passed this tap, of others they never did.");
}

static void line_silence(struct lines *lines, const struct paths_sum *sum)
{
	if (sum->row.reporters_count > 0)
		return;
	mw_text_add(&lines->text, "- Who reported it: nobody. No ");
	paths_add_report_name(&lines->text, sum);
	mw_text_add(&lines->text, " passed this tap.");
	lines_end(lines);
}

/** What shows that the path and its receiver live. */
static void line_life(struct lines *lines, const struct paths_sum *sum)
{
	if (sum->row.small_arrived)
		paths_line_words(lines, "- Small packets of the same bursts arrived: the receiver acknowledged them (SACK).");
	if (sum->row.networks > 0) {
		mw_text_add(&lines->text,
					"- Connections with at least %lld networks show the same, and nothing as large arrived since.",
					(long long)sum->row.networks);
		lines_end(lines);
	}
	if (sum->row.opens_on)
		paths_line_words(lines, "- The path was alive: connections were opened after others were stuck.");
	if (sum->row.receiver_alive)
		paths_line_words(lines, "- The receiver was alive: it sent packets while the large ones were lost.");
	else if (!sum->row.opens_on)
		paths_line_words(lines, "- Nothing of the receiver was seen while the large packets were lost.");
}

static void write_evidence(struct mw_finding *finding, const struct paths_facts *facts, const struct paths_sum *sum)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	paths_line_flows(&lines, sum);
	paths_line_retransmits(&lines, sum);
	paths_line_range(&lines, sum);
	paths_line_mss(&lines, sum);
	paths_line_tunnel(&lines, sum);
	line_place(&lines, sum);
	line_life(&lines, sum);
	line_silence(&lines, sum);
	paths_line_reporters(&lines, sum);
	if (paths_known(sum->row.fragmented)) {
		mw_text_add(&lines.text, "- ");
		paths_add_count(&lines.text, sum->row.fragmented, "datagram", "datagrams");
		mw_text_add(&lines.text, " in pieces passed whole: what is sent so depends on fragments.");
		lines_end(&lines);
	}
	paths_line_mirror(&lines, sum);
	paths_lines_when(&lines, finding, facts, sum);
}

static void write_alternatives(struct mw_finding *finding, const struct paths_sum *sum)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	if (!paths_known(sum->row.flows_confirmed) && !sum->row.opens_on)
		paths_line_words(&lines, "- An outage or heavy loss that began with the first large packet.");
	if (!sum->row.receiver_alive && !sum->row.opens_on)
		paths_line_words(&lines, "- A receiver that died: nothing came from it meanwhile.");
	if (sum->row.mirror_gaps)
		paths_line_words(&lines, "- The mirror: what it missed may have been the answers.");
	if (sum->row.networks > 0)
		paths_line_words(&lines,
						 "- A queue or policer near the receiver that is full: small packets find room in it where "
						 "large ones do not.");
	if (is_udp(sum))
		paths_line_words(&lines, "- An application that does not answer large packets, or that probes for the size on "
								 "purpose (RFC 8899).");
	paths_line_words(&lines, "- A firewall, or one that inspects contents, that drops by size: it looks the same.");
	if (!is_udp(sum))
		paths_line_words(&lines, "- A faulty cable or port damages long packets more often: then the same size gets "
								 "through now and then.");
}

static uint8_t severity_of(const struct paths_sum *sum)
{
	if (paths_is_over(sum) || sum->row.confidence < PATHS_UNSURE)
		return MW_SEVERITY_NOTICE;
	return sum->row.flows >= MANY_FLOWS && paths_known(sum->row.flows_confirmed) ? MW_SEVERITY_CRITICAL
																				 : MW_SEVERITY_WARNING;
}

void paths_write_hole(struct diagnosis_entry *entry)
{
	const struct paths_facts *facts = (const struct paths_facts *)(const void *)entry->facts;
	struct paths_sum sum = paths_add_up(facts);
	struct mw_finding *finding = &entry->finding;

	finding->severity = severity_of(&sum);
	finding->count = paths_known(sum.row.flows) ? sum.row.flows : sum.paths;
	finding->known = true; // somebody acknowledged or answered smaller packets
	finding->cases = sum.paths;
	paths_write_subject(finding, &sum);
	write_summary(finding, facts, &sum);
	write_evidence(finding, facts, &sum);
	write_alternatives(finding, &sum);
	paths_advise_hole(finding, &sum);
}
