// SPDX-License-Identifier: BSD-3-Clause
// Small pieces of text that the texts about paths are made of.
// Neighbours: finding.h.
#include "finding.h"

void paths_add_count(struct mw_text *text, int64_t count, const char *one, const char *many)
{
	mw_text_add(text, "%lld %s", (long long)count, count == 1 ? one : many);
}

void paths_add_sender(struct mw_text *text, const struct paths_sum *sum)
{
	mw_text_add(text, "%s", sum->from != NULL ? sum->from : "the senders");
}

void paths_add_report_name(struct mw_text *text, const struct paths_sum *sum)
{
	mw_text_add(text, "%s", sum->ipv6 ? "ICMPv6 type 2 (packet too big)" : "ICMP type 3 code 4 (fragmentation needed)");
}

void paths_line_words(struct lines *lines, const char *words)
{
	mw_text_add(&lines->text, "%s", words);
	lines_end(lines);
}

void paths_write_subject(struct mw_finding *finding, const struct paths_sum *sum)
{
	struct mw_text text = mw_text_in(finding->subject, sizeof(finding->subject));

	mw_text_add(&text, "%s to %s", sum->row.src, sum->row.dst);
	finding->confidence = MW_MAX(sum->row.confidence, 0);
}
