// SPDX-License-Identifier: BSD-3-Clause
// What shows that resets are forged: one line a fact, with its numbers, the strongest first; and how sure it is.
// Neighbours: finding.h, finding_text.c; detectors/resets/weights.c has the tests behind the facts.
#include <string.h>

#include "mw_time.h"
#include "finding.h"

#define SURE_BYTES      320
#define SILENCE_SAME_MS 1000 // silences in the same second are one

static const char *const stage_words[MW_RESET_STAGES] = {
	[MW_RESET_POST_SYN] = "in answer to the client's first packet, before there was a connection",
	[MW_RESET_POST_ACK] = "right after the handshake, before any data",
	[MW_RESET_POST_PSH] = "right after the client's first data",
	[MW_RESET_LATER] = "later, after more data",
};

/** Evidence that is one plain sentence: what stands behind "On N of M, ". */
struct words {
	uint8_t evidence;
	const char *words;
};

static const struct words plain[] = {
	{MW_RESET_EVIDENCE_DATA_AFTER_RESET, "the real sender went on sending afterwards: it knows of no reset"},
	{MW_RESET_EVIDENCE_IGNORED_BY_RECEIVER, "the receiver went on too: that reset did no harm"},
	{MW_RESET_EVIDENCE_TURNED_ROUND, "it is the packet that it answers, turned round: it has that one's IP-ID"},
	{MW_RESET_EVIDENCE_SEQ_STAIRCASE, "several resets guess ever higher sequence numbers"},
	{MW_RESET_EVIDENCE_SEQ_OUTSIDE_WINDOW, "the sequence number is beyond all that the real sender had sent: a guess"},
	{MW_RESET_EVIDENCE_SEQ_STALE, "the sequence number is one that the real sender had passed: it came late"},
	{MW_RESET_EVIDENCE_ACK_CHANGE, "one reset acknowledges other data than the one before it"},
	{MW_RESET_EVIDENCE_TTL_MIRRORS_TRIGGER, "the TTL is a copy of that of the packet it answers"},
	{MW_RESET_EVIDENCE_TIMESTAMP_OFF, "the TCP timestamp is far from the real sender's clock"},
};

/** Weak evidence: together in one line. */
static const struct words weak[] = {
	{MW_RESET_EVIDENCE_IP_ID_BREAK, "IP-ID (a packet counter) does not continue"},
	{MW_RESET_EVIDENCE_WINDOW_ODD, "TCP window far above the sender's"},
	{MW_RESET_EVIDENCE_OPTIONS_MISSING, "no TCP timestamp"},
};

/** Starts a line "- On 9 of 10, ". */
static void start_line(struct lines *lines, const struct resets_facts *facts, uint64_t episodes)
{
	mw_text_add(&lines->text, "- On ");
	resets_add_share(&lines->text, facts, episodes);
	mw_text_add(&lines->text, ", ");
}

static void add_count(struct lines *lines, const struct mw_finding *finding, const struct resets_facts *facts)
{
	struct mw_text *text = &lines->text;

	mw_text_add(text, "- %llu reset%s on ", (unsigned long long)facts->resets, facts->resets == 1 ? "" : "s");
	seen_add_text(text, &facts->connections, "connection", "connections");
	mw_text_add(text, ", the last at ");
	resets_add_second(text, finding->last_ns);
	mw_text_add(text, ".");
	lines_end(lines);
	mw_text_add(text, "- The first: from ");
	resets_add_end(text, &facts->example.src, facts->example.sport);
	mw_text_add(text, " to ");
	resets_add_end(text, &facts->example.dst, facts->example.dport);
	mw_text_add(text, ".");
	lines_end(lines);
}

/** That it is one device, which no server can be. */
static void add_identity(struct lines *lines, const struct resets_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (facts->cluster[0] == '\0' || facts->servers.count < 2)
		return;
	mw_text_add(text, "- ");
	seen_add_text(text, &facts->servers, "server", "servers");
	if (facts->evidence[MW_RESET_EVIDENCE_CLUSTER] > 0)
		mw_text_add(text, ", some unrelated, but resets of one make: one device speaks for all");
	else
		mw_text_add(text, ", but resets of one make");
	mw_text_add(text, " (%s in middleboxes.csv).", facts->cluster);
	lines_end(lines);
}

static void add_range(struct mw_text *text, const struct resets_range *range)
{
	mw_text_add(text, "%lld", (long long)range->low);
	if (range->high != range->low)
		mw_text_add(text, " to %lld", (long long)range->high);
}

/** "250 (5 routers passed)"; without the routers when it started at no usual value. */
static void add_ttl_range(struct mw_text *text, const struct resets_range *ttl, const struct resets_range *hops)
{
	add_range(text, ttl);
	if (hops->episodes == 0)
		return;
	mw_text_add(text, " (");
	add_range(text, hops);
	mw_text_add(text, " router%s passed)", hops->high == 1 ? "" : "s");
}

static void add_ttl(struct lines *lines, const struct resets_facts *facts)
{
	struct mw_text *text = &lines->text;

	if (facts->ttl.episodes > 0) {
		start_line(lines, facts, facts->ttl.episodes);
		mw_text_add(text, "the TTL does not fit: resets ");
		add_ttl_range(text, &facts->ttl, &facts->hops);
		mw_text_add(text, ", real packets ");
		add_ttl_range(text, &facts->ttl_expected, &facts->hops_expected);
		mw_text_add(text, ".");
		lines_end(lines);
	}
	if (facts->near > 0) {
		start_line(lines, facts, facts->near);
		mw_text_add(text, "no router has lowered the TTL: they start on this very link.");
		lines_end(lines);
	}
}

static void add_delay(struct lines *lines, const struct resets_facts *facts)
{
	struct mw_text *text = &lines->text;
	uint64_t episodes = facts->evidence[MW_RESET_EVIDENCE_FASTER_THAN_RTT];

	if (episodes == 0)
		return;
	start_line(lines, facts, episodes);
	mw_text_add(text, "it came too soon for the real sender");
	if (facts->soonest_rtt_ns > 0) {
		mw_text_add(text, ": once ");
		mw_time_add_duration(text, facts->soonest_ns);
		mw_text_add(text, " after the packet it answers; there and back takes ");
		mw_time_add_duration(text, facts->soonest_rtt_ns);
	}
	mw_text_add(text, ".");
	lines_end(lines);
}

static void add_mac(struct lines *lines, const struct resets_facts *facts)
{
	if (facts->evidence[MW_RESET_EVIDENCE_MAC_CHANGE] == 0)
		return;
	start_line(lines, facts, facts->evidence[MW_RESET_EVIDENCE_MAC_CHANGE]);
	mw_text_add(&lines->text, "another device on this link sent it than sends the real packets");
	if (facts->mac.known) {
		mw_text_add(&lines->text, ": MAC address ");
		resets_add_mac(&lines->text, facts);
	}
	mw_text_add(&lines->text, ".");
	lines_end(lines);
}

/** That both ends were reset at once, and after how long a silence: the idle time of what sent them. */
static void add_both_ends(struct lines *lines, const struct resets_facts *facts)
{
	const struct resets_range *silence = &facts->silence_ms;

	if (silence->episodes == 0)
		return;
	start_line(lines, facts, silence->episodes);
	mw_text_add(&lines->text, "both ends were reset at once, after ");
	mw_time_add_duration(&lines->text, (uint64_t)silence->low * MW_NS_PER_MS);
	if (silence->high / SILENCE_SAME_MS != silence->low / SILENCE_SAME_MS) {
		mw_text_add(&lines->text, " to ");
		mw_time_add_duration(&lines->text, (uint64_t)silence->high * MW_NS_PER_MS);
	}
	mw_text_add(&lines->text, " of silence: neither can have known of the other.");
	lines_end(lines);
}

/** What its place means: in the path it need not guess, beside the path it cannot stop what is real. */
static void add_place(struct lines *lines, const struct resets_facts *facts)
{
	uint64_t in_window = facts->evidence[MW_RESET_EVIDENCE_IN_WINDOW];
	uint8_t origin = resets_origin(facts);

	if (origin == MW_MIDDLEBOX_ORIGIN_OFF_PATH) {
		mw_text_add(&lines->text, "- Beside the path means: it listens, races the real sender and stops no packets.");
		lines_end(lines);
	} else if (in_window > 0) {
		start_line(lines, facts, in_window);
		mw_text_add(&lines->text, "the sequence number fits exactly: its sender sees the connection's packets%s.",
					origin == MW_MIDDLEBOX_ORIGIN_IN_PATH ? "" : ", as the box that it runs through or as a listener");
		lines_end(lines);
	}
}

/** Index of the highest of several numbers; count when all are 0. */
static uint32_t highest(const uint64_t *numbers, uint32_t count)
{
	uint32_t most = count;

	for (uint32_t i = 0; i < count; i++) {
		if (numbers[i] > 0 && (most == count || numbers[i] > numbers[most]))
			most = i;
	}
	return most;
}

static void add_stage(struct lines *lines, const struct resets_facts *facts)
{
	uint32_t stage = highest(facts->stages, MW_RESET_STAGES);
	uint32_t pattern = highest(facts->patterns, MW_RESET_PATTERNS);

	if (stage == MW_RESET_STAGES)
		return;
	start_line(lines, facts, facts->stages[stage]);
	mw_text_add(&lines->text, "it came %s (stage %s", stage_words[stage], mw_reset_stage_names[stage]);
	if (pattern != MW_RESET_PATTERNS)
		mw_text_add(&lines->text, ", mostly %s", mw_reset_pattern_names[pattern]);
	mw_text_add(&lines->text, ").");
	lines_end(lines);
}

static void add_habits(struct lines *lines, const struct resets_facts *facts)
{
	for (uint32_t i = 0; i < RESETS_HABITS && facts->habits[i].episodes > 0; i++) {
		start_line(lines, facts, facts->habits[i].episodes);
		mw_text_add(&lines->text, "a known way of forging fits (%s): a hint, no proof.", facts->habits[i].label);
		lines_end(lines);
	}
}

static void add_words(struct lines *lines, const struct resets_facts *facts, uint8_t evidence, const char *words)
{
	if (facts->evidence[evidence] == 0)
		return;
	start_line(lines, facts, facts->evidence[evidence]);
	mw_text_add(&lines->text, "%s.", words);
	lines_end(lines);
}

static void add_weak(struct lines *lines, const struct resets_facts *facts)
{
	bool any = false;

	for (size_t i = 0; i < MW_ARRAY_SIZE(weak); i++) {
		if (facts->evidence[weak[i].evidence] == 0)
			continue;
		mw_text_add(&lines->text, "%s%s on ", any ? "; " : "- Weaker signs: ", weak[i].words);
		resets_add_share(&lines->text, facts, facts->evidence[weak[i].evidence]);
		any = true;
	}
	if (!any)
		return;
	mw_text_add(&lines->text, ".");
	lines_end(lines);
}

/** A number that is the same in every reset, though each sender has its own. */
static void add_constant(struct lines *lines, const struct resets_facts *facts, const char *name,
						 const struct resets_range *range)
{
	if (range->episodes < 3 || range->low != range->high || range->low == 0 || facts->connections.count < 3)
		return;
	mw_text_add(&lines->text, "- Every reset has the same %s: %lld.", name, (long long)range->low);
	lines_end(lines);
}

static void add_doubt(struct mw_text *text, const struct resets_facts *facts, uint64_t episodes, const char *words)
{
	if (episodes == 0)
		return;
	mw_text_add(text, " On ");
	resets_add_share(text, facts, episodes);
	mw_text_add(text, ", %s.", words);
}

/** How sure it is, and what takes from it. */
static void write_sureness(struct mw_text *text, const struct resets_facts *facts)
{
	mw_text_add(text, "- How sure: %lld of 100.", (long long)facts->confidence);
	if (facts->episodes == 1)
		mw_text_add(text, " It is a single case.");
	add_doubt(text, facts, facts->one_way, "the mirror showed one direction only");
	add_doubt(text, facts, facts->lossy, "packets are missing from the mirror");
	add_doubt(text, facts, facts->no_baseline, "no real packet of that sender to compare with");
	mw_text_add(text, "\n");
}

static void add_facts(struct lines *lines, const struct mw_finding *finding, const struct resets_facts *facts)
{
	add_count(lines, finding, facts);
	resets_add_payload(lines, facts);
	resets_add_causes(lines, facts);
	add_identity(lines, facts);
	add_ttl(lines, facts);
	add_delay(lines, facts);
	add_mac(lines, facts);
	for (size_t i = 0; i < MW_ARRAY_SIZE(plain); i++)
		add_words(lines, facts, plain[i].evidence, plain[i].words);
	add_both_ends(lines, facts);
	add_place(lines, facts);
	add_stage(lines, facts);
	add_habits(lines, facts);
	add_weak(lines, facts);
	add_constant(lines, facts, "IP-ID", &facts->ip_id);
	add_constant(lines, facts, "TCP window", &facts->window);
}

void resets_write_evidence(struct mw_finding *finding, const struct resets_facts *facts)
{
	static const char more[] = "- There is more, without room here: see resets.csv.\n";
	char sure[SURE_BYTES];
	struct mw_text sure_text = mw_text_in(sure, sizeof(sure));
	struct lines lines;

	write_sureness(&sure_text, facts);
	lines = lines_in(finding->evidence, sizeof(finding->evidence), sure_text.len_bytes);
	add_facts(&lines, finding, facts);
	if (lines.left_out > 0) {
		lines = lines_in(finding->evidence, sizeof(finding->evidence), sure_text.len_bytes + strlen(more));
		add_facts(&lines, finding, facts);
	}
	lines_open_spare(&lines);
	mw_text_add(&lines.text, "%s%s", lines.left_out > 0 ? more : "", sure);
}
