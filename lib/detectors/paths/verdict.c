// SPDX-License-Identifier: BSD-3-Clause
// The rules on paths, the most telling first, and what makes them more or less sure.
// Neighbours: verdict.h; stuck.c decided what each connection shows.
#include "verdict.h"

#define MANY_SENT        5 // packets too big after a report: no leftovers of a window
#define MANY_UNANSWERED  10
#define SEVERAL_FLIGHTS  3
#define SEVERAL_SEGMENTS 4
#define MANY_NETWORKS    5

/** What a condition may look at. */
struct judged {
	const struct path_sum *sum;
	const struct path_evidence *evidence; // of the rule; NULL when it rests on none
	bool refuted; // a larger MSS reached the same host from others
	const struct path_mss_hosts *mss; // who shares the reduced MSS; NULL: it says nothing
	const struct path_host_shows *host;
};

static bool never_right(const struct judged *of)
{
	return of->sum->reports_right == 0;
}

/** A later report that is honoured speaks for the sender, unless more of its connections ignore them. */
static bool ignores_on(const struct judged *of)
{
	const struct path_sum *sum = of->sum;

	return sum->reports_right > 0 && (sum->reaction == PATH_IGNORED || sum->evidence[PATH_SHOWS_IGNORED].flows >
																		   sum->evidence[PATH_SHOWS_HONOURED].flows);
}

static bool was_right(const struct judged *of)
{
	return of->sum->reports_right > 0;
}

/** No report that reached the sender says that packets of this size are too big. */
static bool not_reported(const struct judged *of)
{
	const struct path_sum *sum = of->sum;

	return sum->reports_right == 0 || sum->bound == 0 ||
		   (of->evidence->smallest_lost != 0 && of->evidence->smallest_lost <= sum->bound);
}

/** With a receiver that says nothing, a path that fails as a whole looks alike: other connections would show it. */
static bool not_failed(const struct judged *of)
{
	return not_reported(of) && of->sum->evidence[PATH_SHOWS_DOUBTFUL].flows == 0;
}

/** A burst of a single connection is too little; of two, when the second one was opened while the first was stuck. */
static bool flights_alike(const struct judged *of)
{
	uint32_t flows = of->evidence->flows;

	return not_failed(of) && of->evidence->segments >= SEVERAL_SEGMENTS &&
		   (flows >= SEVERAL_FLIGHTS || (flows > 1 && of->sum->opens_on));
}

static bool few_alike(const struct judged *of)
{
	return flights_alike(of) && of->evidence->flows >= SEVERAL_FLIGHTS && of->sum->opens_on;
}

/** One connection of each of several networks: no pair shows it, their common receiver does. */
static bool host_flights(const struct judged *of)
{
	return not_failed(of) && of->host->networks > 0;
}

static bool many_networks(const struct judged *of)
{
	return of->host->networks >= MANY_NETWORKS;
}

static bool opens_on(const struct judged *of)
{
	return of->sum->opens_on;
}

static bool several_flights(const struct judged *of)
{
	return of->evidence->flows >= SEVERAL_FLIGHTS;
}

static bool seen_before(const struct judged *of)
{
	return of->sum->mss_before > of->sum->mss_limit;
}

static bool networks_share(const struct judged *of)
{
	return of->mss != NULL && !of->refuted && of->mss->networks_count >= PATH_MSS_HOSTS;
}

static bool hosts_share(const struct judged *of)
{
	return of->mss != NULL && !of->refuted && of->mss->hosts_count >= PATH_MSS_HOSTS;
}

static bool is_suspected(const struct judged *of)
{
	return path_black_hole_flows(of->sum) > 0 || of->sum->evidence[PATH_SHOWS_DOUBTFUL].flows > 0;
}

static bool has_passed(const struct judged *of)
{
	return of->sum->passed > 0;
}

static bool merged_again(const struct judged *of)
{
	return of->sum->merged_times > 1;
}

/** More connections suffer from it than have got a report that they could heed. */
static bool still_misquoted(const struct judged *of)
{
	return of->evidence->flows > of->sum->evidence[PATH_SHOWS_HONOURED].flows;
}

static bool misquoted_again(const struct judged *of)
{
	return of->sum->reports_misquoted > 1;
}

static bool always(const struct judged *of)
{
	(void)of;
	return true;
}

static const struct {
	const char *name;
	uint8_t show; // needs this evidence; PATH_SHOWS: none
	uint8_t verdict;
	uint8_t confidence; // before what speaks for and against
	bool (*holds)(const struct judged *of);
} rules[] = {
	// the sender cannot obey what it never got, whatever else is seen
	{"report-misaddressed", PATH_SHOWS_MISADDRESSED, MW_PATH_MISADDRESSED, 90, never_right},
	// it got the report, and cannot tell what it is about
	{"report-misquotes", PATH_SHOWS_MISQUOTED, MW_PATH_IGNORED, 75, still_misquoted},
	// it got the report, but perhaps a filter on its own side dropped it
	{"report-ignored", PATH_SHOWS_IGNORED, MW_PATH_IGNORED, 60, ignores_on},
	// nobody sent them so: their size says nothing of the path
	{"merged", PATH_SHOWS_MERGED, MW_PATH_MERGED, 75, always},
	// the same bytes in smaller packets pass: nothing but size differs
	{"shrank", PATH_SHOWS_SHRANK, MW_PATH_BLACK_HOLE, 90, not_reported},
	// the way back is open and the receiver up, only these packets fail
	{"stuck-receiver-alive", PATH_SHOWS_ALIVE, MW_PATH_BLACK_HOLE, 75, not_reported},
	// the receiver may be gone by chance just when large packets began
	{"stuck-receiver-silent", PATH_SHOWS_SILENT, MW_PATH_BLACK_HOLE, 55, not_failed},
	// as before, with the handshake alone to show that small packets pass
	{"stuck-after-handshake", PATH_SHOWS_MUTE, MW_PATH_BLACK_HOLE, 45, not_failed},
	// of each burst the small packet alone arrived, connection after connection
	{"flights", PATH_SHOWS_FLIGHT, MW_PATH_BLACK_HOLE, 45, flights_alike},
	// the same of a single connection with each of several networks: on the line of their receiver
	{"flights-of-host", PATH_SHOWS_FLIGHT, MW_PATH_BLACK_HOLE, 60, host_flights},
	// a few large packets of each connection, right after small ones; what is in the way may look at more than sizes
	{"few", PATH_SHOWS_FEW, MW_PATH_BLACK_HOLE, 45, few_alike},
	// what was lost was never seen: its size is a guess from the hole
	{"hole", PATH_SHOWS_HOLE, MW_PATH_BLACK_HOLE, 50, not_reported},
	// an application may answer small requests alone
	{"sizes", PATH_SHOWS_SIZES, MW_PATH_BLACK_HOLE, 45, not_reported},
	// it is done as it should be
	{"report-honoured", PATH_SHOWS_HONOURED, MW_PATH_HONOURED, 90, was_right},
	// both sides of the device that writes it are in view
	{"mss-differs", PATH_SHOWS_CLAMPED, MW_PATH_CLAMPED, 95, seen_before},
	// unrelated hosts do not agree on such a value, but many servers may be of one operator
	{"mss-of-networks", PATH_SHOWS_CLAMPED, MW_PATH_CLAMPED, 75, networks_share},
	// hosts of one network may have been set up alike
	{"mss-of-hosts", PATH_SHOWS_CLAMPED, MW_PATH_CLAMPED, 60, hosts_share},
	// large packets were lost, but so may all packets have been
	{"in-doubt", PATH_SHOWS, MW_PATH_OK, 40, is_suspected},
	{"passes", PATH_SHOWS, MW_PATH_OK, 70, has_passed},
	{"nothing-wrong", PATH_SHOWS, MW_PATH_OK, 50, always},
};

#define ON(what) (1u << PATH_SHOWS_##what)
#define ON_STUCK (ON(SHRANK) | ON(ALIVE) | ON(SILENT) | ON(MUTE) | ON(HOLE) | ON(FLIGHT) | ON(FEW))

static bool is_misaddressed_again(const struct judged *of)
{
	return of->sum->reports_misaddressed > 1;
}

static bool sends_many(const struct judged *of)
{
	return of->sum->sent_after >= MANY_SENT;
}

static bool is_stuck_too(const struct judged *of)
{
	return path_black_hole_flows(of->sum) > 0 || of->sum->evidence[PATH_SHOWS_REPORTED].flows > 0;
}

static bool reacts_both_ways(const struct judged *of)
{
	return of->sum->evidence[PATH_SHOWS_HONOURED].flows > 0 && of->sum->evidence[PATH_SHOWS_IGNORED].flows > 0;
}

static bool several_flows(const struct judged *of)
{
	return path_black_hole_flows(of->sum) > 1;
}

static bool many_unanswered(const struct judged *of)
{
	return of->sum->unanswered >= MANY_UNANSWERED;
}

static bool none_clean(const struct judged *of)
{
	return of->evidence->clean == 0;
}

static bool acked_after(const struct judged *of)
{
	return of->sum->acked_after;
}

static bool contradicted(const struct judged *of)
{
	return of->sum->contradicted;
}

static const struct {
	uint32_t shows;
	int8_t change;
	bool (*holds)(const struct judged *of);
} changes[] = {
	{ON(MISADDRESSED), 5, is_misaddressed_again},
	{ON(MISADDRESSED) | ON(IGNORED), 15, is_stuck_too}, // it does harm
	{ON(MISQUOTED), 10, misquoted_again},
	{ON(MERGED), 15, merged_again},
	{ON(MERGED), -25, none_clean},
	{ON(IGNORED), 15, sends_many},
	{ON(IGNORED) | ON(HONOURED), -15, reacts_both_ways},
	{ON(SHRANK), 5, several_flows},
	{ON(ALIVE) | ON(SILENT) | ON(MUTE), 10, several_flows},
	{ON(HOLE), 15, several_flows},
	{ON(FLIGHT), 15, opens_on},
	{ON(FLIGHT), 15, several_flights},
	{ON(FLIGHT), 15, many_networks},
	{ON(SIZES), 10, many_unanswered},
	{ON(HONOURED), 5, acked_after},
	{ON_STUCK | ON(SIZES), -25, none_clean}, // a tap that loses packets imitates it
	{ON(IGNORED) | ON(MISQUOTED), -20, none_clean},
	{ON_STUCK | ON(SIZES) | ON(IGNORED) | ON(HONOURED), -10, contradicted},
};

static int64_t confidence_of(const struct judged *of, uint8_t show, uint8_t base)
{
	int64_t sum = base;

	for (uint32_t i = 0; show < PATH_SHOWS && i < MW_ARRAY_SIZE(changes); i++) {
		if (changes[i].shows & 1u << show && changes[i].holds(of))
			sum += changes[i].change;
	}
	return MW_MIN(sum, PATH_CONFIDENCE_MAX);
}

struct path_verdict path_judge(const struct path_sum *sum, const struct path_mss_table *mss,
							   const struct path_host_shows *host)
{
	struct judged of = {.sum = sum, .host = host, .mss = path_mss_shared(mss, sum->v6, sum->mss_side, sum->mss_limit)};
	const enum path_mss_side side = sum->mss_side;
	struct path_verdict verdict = {.verdict = MW_PATH_OK, .show = PATH_SHOWS};

	of.refuted = side != PATH_MSS_NONE && path_mss_most(mss, &sum->mss_near, side, sum->mss_from_near) > sum->mss_limit;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(rules); i++) {
		int64_t confidence;

		of.evidence = rules[i].show == PATH_SHOWS ? NULL : &sum->evidence[rules[i].show];
		if ((of.evidence != NULL && of.evidence->flows == 0) || !rules[i].holds(&of))
			continue;
		confidence = confidence_of(&of, rules[i].show, rules[i].confidence);
		if (confidence < PATH_CONFIDENCE_LEAST)
			continue;
		verdict.verdict = rules[i].verdict;
		verdict.confidence = (uint8_t)confidence;
		verdict.show = rules[i].show;
		verdict.rule = rules[i].name;
		verdict.networks = rules[i].holds == host_flights ? host->networks : 0;
		break;
	}
	return verdict;
}

uint32_t path_black_hole_lost(const struct path_sum *sum)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < PATH_BLACK_HOLE_SHOWS; i++) {
		uint32_t bytes = sum->evidence[i].smallest_lost;

		if (bytes != 0 && (lost == 0 || bytes < lost))
			lost = bytes;
	}
	return lost;
}

uint32_t path_black_hole_flows(const struct path_sum *sum)
{
	uint32_t flows = 0;

	for (uint32_t i = 0; i < PATH_BLACK_HOLE_SHOWS; i++)
		flows += sum->evidence[i].flows;
	return flows;
}

struct path_range path_mtu_range(const struct path_sum *sum, const struct path_verdict *verdict)
{
	struct path_range range = {.low = sum->passed, .high = sum->bound};
	uint32_t limit = 0;

	if (verdict->verdict == MW_PATH_BLACK_HOLE && path_black_hole_lost(sum) > 0)
		limit = path_black_hole_lost(sum) - 1;
	else if (verdict->verdict == MW_PATH_CLAMPED && range.high == 0)
		limit = sum->mss_limit + path_mss_headers(sum->v6);
	if (limit != 0 && limit >= range.low) // an MSS binds TCP alone: what passes may be larger
		range.high = range.high == 0 ? limit : MW_MIN(limit, range.high);
	return range;
}

// 0 is what nobody need believe
static const uint8_t ranks[MW_PATH_VERDICTS] = {
	[MW_PATH_OK] = 1,           [MW_PATH_CLAMPED] = 2,    [MW_PATH_HONOURED] = 3, [MW_PATH_IGNORED] = 4,
	[MW_PATH_MISADDRESSED] = 5, [MW_PATH_BLACK_HOLE] = 6, [MW_PATH_MERGED] = 6,
};

uint8_t path_verdict_rank(uint8_t verdict)
{
	return ranks[verdict];
}
