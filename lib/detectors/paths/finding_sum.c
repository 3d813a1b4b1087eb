// SPDX-License-Identifier: BSD-3-Clause
// Paths of one finding added up: totals, and the tightest range, as if there were one narrow link on all of them.
// Neighbours: finding.h; the texts are written from the sum.
#include <string.h>

#include "finding.h"

#define WIDE_BYTES  128 // a range wider than this says no clamp
#define LEAST_V6    1280 // what every link must carry (RFC 8200 section 5)
#define NEARLY_ALL  1280 // passes nearly anywhere with IPv4, too
#define LEAST_V4    576 // what every host must take in (RFC 791)
#define LARGEST_MTU 65535

/** Known numbers only; held at the largest. */
static void add(int64_t *sum, int64_t value)
{
	if (value < 0)
		return;
	if (*sum < 0)
		*sum = value;
	else if (__builtin_add_overflow(*sum, value, sum))
		*sum = INT64_MAX;
}

static void take_least(int64_t *least, int64_t value)
{
	if (paths_known(value))
		*least = paths_known(*least) ? MW_MIN(*least, value) : value;
}

static void take_most(int64_t *most, int64_t value)
{
	if (paths_known(value))
		*most = paths_known(*most) ? MW_MAX(*most, value) : value;
}

/** What is not the same everywhere is not known. */
static void take_same(int64_t *same, int64_t value, bool first)
{
	*same = first || *same == value ? value : MW_UNKNOWN_I64;
}

static void add_reporters(struct mw_path_row *sum, const struct mw_path_row *row)
{
	for (uint32_t i = 0; i < MW_MIN(row->reporters_count, (uint32_t)MW_PATH_REPORTERS); i++) {
		uint32_t k = 0;

		while (k < sum->reporters_count &&
			   (mw_address_compare(&sum->reporter[k].address, &row->reporter[i].address) != 0 ||
				sum->reporter[k].mtu_bytes != row->reporter[i].mtu_bytes))
			k++;
		if (k == sum->reporters_count && k < MW_PATH_REPORTERS)
			sum->reporter[sum->reporters_count++] = row->reporter[i];
	}
}

static void add_told(struct paths_sum *sum, const struct mw_path_row *row)
{
	static const struct mw_address none;

	if (row->verdict != MW_PATH_MISADDRESSED)
		return;
	sum->misaddressed++;
	if (mw_address_compare(&row->told, &none) == 0)
		return;
	if (mw_address_compare(&sum->row.told, &none) == 0)
		sum->row.told = row->told;
	else
		sum->several_told |= mw_address_compare(&sum->row.told, &row->told) != 0;
}

static void add_sizes(struct mw_path_row *sum, const struct mw_path_row *row, bool first)
{
	take_most(&sum->mtu_low, row->mtu_low);
	take_least(&sum->mtu_high, row->mtu_high);
	take_most(&sum->largest_acked, row->largest_acked);
	take_least(&sum->smallest_lost, row->smallest_lost);
	take_same(&sum->mss_syn, row->mss_syn, first);
	take_same(&sum->mss_synack, row->mss_synack, first);
}

static void add_row(struct paths_sum *sum, const struct mw_path_row *row, bool first)
{
	struct mw_path_row *all = &sum->row;

	add_sizes(all, row, first);
	add(&all->icmp_reports, row->icmp_reports);
	take_most(&all->retransmits, row->retransmits);
	take_most(&all->merged_bytes, row->merged_bytes);
	all->networks = MW_MAX(all->networks, row->networks);
	add(&all->fragmented, row->fragmented);
	add(&all->flows, row->flows);
	add(&all->flows_confirmed, row->flows_confirmed);
	add(&all->segments_lost, row->segments_lost);
	add(&all->sent_after_report, row->sent_after_report);
	all->confidence = MW_MAX(all->confidence, MW_MIN(row->confidence, 100));
	all->protocol = first || all->protocol == row->protocol ? row->protocol : 0;
	all->receiver_alive |= row->receiver_alive;
	all->small_arrived |= row->small_arrived;
	all->opens_on |= row->opens_on;
	all->mirror_gaps |= row->mirror_gaps;
	sum->upstream += row->upstream;
	sum->misquoted += row->quote.misquote != MW_PATH_MISQUOTE_NONE;
	if (all->quote.misquote == MW_PATH_MISQUOTE_NONE)
		all->quote = row->quote;
	sum->ipv6 |= strchr(row->src, ':') != NULL;
	add_reporters(all, row);
	add_told(sum, row);
}

/** Bounds of sizes that have nothing in common: from the least to the most. */
static void part_ranges(struct paths_sum *sum, const struct paths_facts *facts, bool over_too)
{
	if (!paths_known(sum->row.mtu_low) || !paths_known(sum->row.mtu_high) || sum->row.mtu_low <= sum->row.mtu_high)
		return;
	sum->apart = true;
	sum->row.mtu_low = sum->row.mtu_high = MW_UNKNOWN_I64;
	for (uint32_t i = 0; i < facts->count; i++) {
		if (facts->members[i].over && !over_too)
			continue;
		take_least(&sum->row.mtu_low, facts->members[i].row.mtu_low);
		take_most(&sum->row.mtu_high, facts->members[i].row.mtu_high);
	}
}

static void add_ends(struct paths_sum *sum, const struct paths_facts *facts)
{
	struct mw_text src = mw_text_in(sum->row.src, sizeof(sum->row.src));
	struct mw_text dst = mw_text_in(sum->row.dst, sizeof(sum->row.dst));
	const struct paths_place *place = &facts->place;
	bool only_src = place->dst[0] != '\0', only_dst = place->src[0] != '\0';

	sum->from = place->src[0] != '\0' ? place->src : NULL;
	sum->to = place->dst[0] != '\0' ? place->dst : NULL;
	if (sum->from != NULL)
		mw_text_add(&src, "%s", sum->from);
	else if (only_src)
		mw_text_add(&src, "%s%u sender%s", sum->more ? "more than " : "", sum->paths, sum->paths == 1 ? "" : "s");
	else
		mw_text_add(&src, "several senders");
	if (sum->to != NULL)
		mw_text_add(&dst, "%s", sum->to);
	else if (only_dst)
		mw_text_add(&dst, "%s%u destination%s", sum->more ? "more than " : "", sum->paths, sum->paths == 1 ? "" : "s");
	else
		mw_text_add(&dst, "several destinations");
}

struct paths_sum paths_add_up(const struct paths_facts *facts)
{
	struct paths_sum sum = {.paths = facts->count, .more = facts->more};
	bool over_too, first = true;

	sum.row = (struct mw_path_row){.mtu_low = MW_UNKNOWN_I64,
								   .mtu_high = MW_UNKNOWN_I64,
								   .icmp_reports = MW_UNKNOWN_I64,
								   .largest_acked = MW_UNKNOWN_I64,
								   .smallest_lost = MW_UNKNOWN_I64,
								   .retransmits = MW_UNKNOWN_I64,
								   .merged_bytes = MW_UNKNOWN_I64,
								   .fragmented = MW_UNKNOWN_I64,
								   .flows = MW_UNKNOWN_I64,
								   .flows_confirmed = MW_UNKNOWN_I64,
								   .segments_lost = MW_UNKNOWN_I64,
								   .sent_after_report = MW_UNKNOWN_I64};
	for (uint32_t i = 0; i < facts->count; i++)
		sum.over += facts->members[i].over;
	over_too = paths_is_over(&sum);
	for (uint32_t i = 0; i < facts->count; i++) {
		if (facts->members[i].over && !over_too)
			continue;
		add_row(&sum, &facts->members[i].row, first);
		sum.verdict = facts->members[i].verdict;
		first = false;
	}
	part_ranges(&sum, facts, over_too);
	add_ends(&sum, facts);
	return sum;
}

int64_t paths_least_told(const struct mw_path_row *row, uint32_t *index)
{
	int64_t least = 0;

	for (uint32_t i = 0; i < MW_MIN(row->reporters_count, (uint32_t)MW_PATH_REPORTERS); i++) {
		int64_t mtu_bytes = row->reporter[i].mtu_bytes;

		if (mtu_bytes == 0 || (least != 0 && mtu_bytes >= least))
			continue;
		least = mtu_bytes;
		if (index != NULL)
			*index = i;
	}
	return least;
}

int64_t paths_limit(const struct paths_sum *sum)
{
	return paths_known(sum->row.mtu_high) && sum->row.mtu_high <= LARGEST_MTU ? sum->row.mtu_high : 0;
}

int64_t paths_exact(const struct paths_sum *sum)
{
	return !sum->apart && sum->row.mtu_low == sum->row.mtu_high ? paths_limit(sum) : 0;
}

bool paths_is_wide(const struct paths_sum *sum)
{
	int64_t low = paths_known(sum->row.mtu_low) ? sum->row.mtu_low : 0;

	return sum->apart || paths_limit(sum) == 0 || paths_limit(sum) - low > WIDE_BYTES;
}

struct paths_clamp paths_clamp_of(const struct paths_sum *sum)
{
	struct paths_clamp clamp = {.mtu_bytes = sum->row.mtu_low};
	int64_t limit = paths_limit(sum);

	clamp.guessed = paths_is_wide(sum) && (!paths_known(clamp.mtu_bytes) || clamp.mtu_bytes < NEARLY_ALL);
	if (clamp.guessed)
		clamp.mtu_bytes = limit == 0 || limit >= NEARLY_ALL ? NEARLY_ALL : MW_MIN(limit, LEAST_V4);
	if (sum->ipv6) // less is no IPv6 link
		clamp.mtu_bytes = MW_MAX(clamp.mtu_bytes, LEAST_V6);
	if (clamp.mtu_bytes >= LEAST_V4 && clamp.mtu_bytes <= LARGEST_MTU)
		clamp.mss_bytes = clamp.mtu_bytes - paths_tcp_bytes(sum);
	return clamp;
}

bool paths_is_implausible(const struct paths_sum *sum)
{
	int64_t limit = paths_limit(sum);

	return limit != 0 && limit < (sum->ipv6 ? LEAST_V6 : LEAST_V4);
}
