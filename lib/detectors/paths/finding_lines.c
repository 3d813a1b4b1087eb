// SPDX-License-Identifier: BSD-3-Clause
// Lines of evidence that both findings about paths have: sizes, MSS, tunnel, reporters, times.
// Neighbours: finding.h; finding_hole.c and finding_ignored.c put them in order.
#include <string.h>

#include "mw_time.h"
#include "finding.h"

#define EXAMPLES 3 // paths of many that are named

static void add_second(struct mw_text *text, uint64_t time_ns)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text all = mw_text_in(chars, sizeof(chars));

	mw_time_add_rfc3339(&all, time_ns);
	mw_text_add(text, "%.*sZ", (int)strcspn(chars, ".Z"), chars);
}

void paths_line_flows(struct lines *lines, const struct paths_sum *sum)
{
	const struct mw_path_row *row = &sum->row;
	struct mw_text *text = &lines->text;

	if (!paths_known(row->flows))
		return;
	mw_text_add(text, "- %s that show it: %lld", row->protocol == 17 ? "UDP flows" : "Connections",
				(long long)row->flows);
	if (paths_known(row->flows_confirmed))
		mw_text_add(text, "; confirmed by %lld that went on once the sender took smaller packets",
					(long long)row->flows_confirmed);
	mw_text_add(text, ".");
	lines_end(lines);
}

void paths_line_range(struct lines *lines, const struct paths_sum *sum)
{
	const struct mw_path_row *row = &sum->row;
	struct mw_text *text = &lines->text;
	int64_t high = paths_limit(sum);

	if (sum->apart)
		mw_text_add(text, "- The paths do not have one MTU: between %lld and %lld bytes. It is not one link.",
					(long long)row->mtu_low, (long long)row->mtu_high);
	else if (paths_exact(sum) != 0)
		mw_text_add(text, "- Path MTU: %lld bytes.", (long long)high);
	else if (high != 0 && paths_known(row->mtu_low))
		mw_text_add(text, "- Path MTU: between %lld and %lld bytes.%s", (long long)row->mtu_low, (long long)high,
					paths_is_wide(sum) ? " The range is wide: no packet of a size between was seen." : "");
	else if (high != 0)
		mw_text_add(text, "- Path MTU: at most %lld bytes; what gets through was not seen.", (long long)high);
	if (paths_known(row->largest_acked))
		mw_text_add(text, "%s Largest that got through: %lld bytes.", lines->kept_bytes == text->len_bytes ? "-" : "",
					(long long)row->largest_acked);
	if (paths_known(row->smallest_lost))
		mw_text_add(text, "%s Smallest that did not: %lld bytes.", lines->kept_bytes == text->len_bytes ? "-" : "",
					(long long)row->smallest_lost);
	if (lines->kept_bytes != text->len_bytes)
		lines_end(lines);
}

static void add_mss(struct mw_text *text, int64_t mss_bytes, const char *where)
{
	if (paths_known(mss_bytes))
		mw_text_add(text, "%lld (%s)", (long long)mss_bytes, where);
	else
		mw_text_add(text, "not known (%s)", where);
}

void paths_line_mss(struct lines *lines, const struct paths_sum *sum)
{
	struct mw_text *text = &lines->text;

	if (!paths_known(sum->row.mss_syn) && !paths_known(sum->row.mss_synack))
		return;
	mw_text_add(text, "- MSS announced: ");
	add_mss(text, sum->row.mss_syn, "SYN");
	mw_text_add(text, ", ");
	add_mss(text, sum->row.mss_synack, "SYN-ACK");
	mw_text_add(text, " bytes; a packet has %lld more.", (long long)paths_tcp_bytes(sum));
	lines_end(lines);
}

/** Only an exact number says anything: of the path, else of what a host announces. */
void paths_line_tunnel(struct lines *lines, const struct paths_sum *sum)
{
	const int64_t mss_bytes[] = {sum->row.mss_syn, sum->row.mss_synack};
	struct mw_text *text = &lines->text;
	const char *words = paths_tunnel(paths_exact(sum));

	if (words != NULL) {
		mw_text_add(text, "- An MTU of %lld bytes, as it looks: %s.", (long long)paths_exact(sum), words);
		lines_end(lines);
	}
	if (paths_exact(sum) != 0)
		return;
	for (size_t i = 0; i < MW_ARRAY_SIZE(mss_bytes) && words == NULL; i++) {
		if (!paths_known(mss_bytes[i]) || mss_bytes[i] > UINT16_MAX)
			continue;
		words = paths_tunnel(mss_bytes[i] + paths_tcp_bytes(sum));
		if (words == NULL)
			continue;
		mw_text_add(text, "- An MSS of %lld makes packets of %lld bytes, as it looks: %s. Or it was set by hand.",
					(long long)mss_bytes[i], (long long)(mss_bytes[i] + paths_tcp_bytes(sum)), words);
		lines_end(lines);
	}
}

void paths_line_reporters(struct lines *lines, const struct paths_sum *sum)
{
	uint32_t count = MW_MIN(sum->row.reporters_count, (uint32_t)MW_PATH_REPORTERS);
	struct mw_text *text = &lines->text;

	if (count == 0)
		return;
	mw_text_add(text, "- Who reported, in order: ");
	for (uint32_t i = 0; i < count; i++) {
		const struct mw_path_reporter *reporter = &sum->row.reporter[i];

		mw_text_add(text, "%s", i > 0 ? ", " : "");
		mw_address_add_text(text, &reporter->address);
		if (reporter->mtu_bytes != 0)
			mw_text_add(text, " (%lu bytes)", (unsigned long)reporter->mtu_bytes);
		else
			mw_text_add(text, " (no size given)");
	}
	if (count > 1 && paths_least_told(&sum->row, NULL) != 0)
		mw_text_add(text, ": the least counts, %lld bytes", (long long)paths_least_told(&sum->row, NULL));
	mw_text_add(text, ".");
	lines_end(lines);
}

void paths_line_retransmits(struct lines *lines, const struct paths_sum *sum)
{
	struct mw_text *text = &lines->text;

	if (paths_known(sum->row.retransmits))
		mw_text_add(text, "- Retransmissions of one large packet: up to %lld.", (long long)sum->row.retransmits);
	if (paths_known(sum->row.segments_lost))
		mw_text_add(text, "%s Different large packets that never got through: %lld.",
					lines->kept_bytes == text->len_bytes ? "-" : "", (long long)sum->row.segments_lost);
	if (lines->kept_bytes != text->len_bytes)
		lines_end(lines);
}

void paths_line_mirror(struct lines *lines, const struct paths_sum *sum)
{
	if (sum->row.mirror_gaps)
		paths_line_words(lines, "- The mirror missed packets of these connections, so this is less sure.");
}

static void line_examples(struct lines *lines, const struct paths_facts *facts, const struct paths_sum *sum)
{
	uint32_t shown = MW_MIN(facts->count, (uint32_t)EXAMPLES);
	struct mw_text *text = &lines->text;

	if (facts->max == 1)
		return;
	mw_text_add(text, "- %s%u paths", sum->more ? "More than " : "", facts->count);
	if (sum->more)
		mw_text_add(text, "; the numbers are of %u of them", facts->count);
	mw_text_add(text, ", such as ");
	for (uint32_t i = 0; i < shown; i++)
		mw_text_add(text, "%s%s to %s",
					i == 0           ? ""
					: i + 1 == shown ? " and "
									 : ", ",
					facts->members[i].row.src, facts->members[i].row.dst);
	mw_text_add(text, ".");
	if (sum->over > 0 && !paths_is_over(sum))
		mw_text_add(text, " %u of them %s not show it any more.", sum->over, sum->over == 1 ? "does" : "do");
	lines_end(lines);
}

/** What a path is that showed something worse before. */
static const char *const now[MW_PATH_VERDICTS] = {
	[MW_PATH_OK] = "large packets get through",
	[MW_PATH_HONOURED] = "the sender heeds the reports",
	[MW_PATH_IGNORED] = "a router reports it, see the finding icmp-too-big-ignored",
	[MW_PATH_MISADDRESSED] = "a router reports it to a wrong address, see the finding icmp-too-big-ignored",
	[MW_PATH_BLACK_HOLE] = "large packets vanish, see the finding path-mtu-black-hole",
	[MW_PATH_CLAMPED] = "the MSS is clamped",
	[MW_PATH_MERGED] = "packets are merged before they are lost, see the finding merged-packets",
};

void paths_lines_when(struct lines *lines, const struct mw_finding *finding, const struct paths_facts *facts,
					  const struct paths_sum *sum)
{
	struct mw_text *text = &lines->text;

	line_examples(lines, facts, sum);
	mw_text_add(text, "- Seen from ");
	add_second(text, finding->first_ns);
	mw_text_add(text, " to ");
	add_second(text, finding->last_ns);
	mw_text_add(text, ".");
	lines_end(lines);
	if (!paths_is_over(sum))
		return;
	mw_text_add(text, "- Not any more");
	if (facts->max == 1 && sum->verdict < MW_PATH_VERDICTS)
		mw_text_add(text, ": at the last look %s", now[sum->verdict]);
	mw_text_add(text, ".");
	lines_end(lines);
}
