// SPDX-License-Identifier: BSD-3-Clause
// Packets that no host sent: something at or before the tap merged several into one, and the result is lost. In plain
// words. Neighbours: finding.h; resend.c and icmp.c tell merged packets from others.
#include "finding.h"

static bool is_reported(const struct paths_sum *sum)
{
	return sum->row.reporters_count > 0;
}

static void add_size(struct mw_text *text, const struct paths_sum *sum)
{
	if (paths_known(sum->row.merged_bytes))
		mw_text_add(text, "Packets of up to %lld bytes", (long long)sum->row.merged_bytes);
	else
		mw_text_add(text, "Packets larger than the MSS");
}

static void write_summary(struct mw_finding *finding, const struct paths_sum *sum)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	bool over = paths_is_over(sum);

	add_size(&text, sum);
	mw_text_add(&text, " from %s to %s %s merged from smaller ones at or before this tap (LRO, GRO) and ", sum->row.src,
				sum->row.dst, over ? "were" : "are");
	if (is_reported(sum))
		mw_text_add(&text, "%s as too big: nobody sent them so.", over ? "were reported" : "are reported");
	else
		mw_text_add(&text, "%s: nobody sent them so.", over ? "were lost" : "are lost");
	mw_text_add(&text, "%s", over ? " Not any more." : "");
}

static void write_evidence(struct mw_finding *finding, const struct paths_facts *facts, const struct paths_sum *sum)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	paths_line_flows(&lines, sum);
	paths_line_mss(&lines, sum);
	paths_line_words(&lines,
					 "- A packet that is larger than the MSS of its receiver, or whose identification (IP-ID) "
					 "counts several, or that holds a whole number of the sender's packets, is none of the wire.");
	if (paths_known(sum->row.retransmits)) {
		mw_text_add(&lines.text, "- Sent again, and merged again, up to %lld times", (long long)sum->row.retransmits);
		mw_text_add(&lines.text, "%s.",
					paths_known(sum->row.largest_acked) ? "; the same bytes arrive in single packets" : "");
		lines_end(&lines);
	}
	paths_line_reporters(&lines, sum);
	paths_line_mirror(&lines, sum);
	paths_lines_when(&lines, finding, facts, sum);
}

static void write_alternatives(struct mw_finding *finding)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	paths_line_words(&lines,
					 "- The capturing host merges for itself (its own GRO): then packets are lost behind it for "
					 "another reason.");
	paths_line_words(&lines, "- A sender that ignores the receiver's MSS, which RFC 9293 section 3.7.1 forbids.");
}

static void write_advice(struct mw_finding *finding)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);

	paths_line_words(&lines,
					 "- On the router or hypervisor at or before this tap that takes these packets in: ethtool -K "
					 "IF lro off gro off, for each IF that they come in by. LRO must be off where packets are "
					 "forwarded.");
	paths_line_words(&lines,
					 "- An MSS clamp, a smaller MTU on the sender or ping with DF cannot help or show it: nobody "
					 "sends packets of this size.");
	paths_line_words(&lines,
					 "- A virtual network card's driver or its host may merge, too: look there when the router's "
					 "own cards are clean (ethtool -k IF | grep -E 'large-receive|generic-receive').");
}

void paths_write_merged(struct diagnosis_entry *entry)
{
	const struct paths_facts *facts = (const struct paths_facts *)(const void *)entry->facts;
	struct paths_sum sum = paths_add_up(facts);
	struct mw_finding *finding = &entry->finding;

	finding->severity =
		paths_is_over(&sum) || sum.row.confidence < PATHS_UNSURE ? MW_SEVERITY_NOTICE : MW_SEVERITY_WARNING;
	finding->count = paths_known(sum.row.flows) ? sum.row.flows : sum.paths;
	finding->cases = sum.paths;
	finding->known = true; // the connections are
	paths_write_subject(finding, &sum);
	write_summary(finding, &sum);
	write_evidence(finding, facts, &sum);
	write_alternatives(finding);
	write_advice(finding);
}
