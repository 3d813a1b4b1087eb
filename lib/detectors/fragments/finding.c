// SPDX-License-Identifier: BSD-3-Clause
// Gathers datagrams that lost pieces by sender and receiver, and decides when it is neither chance nor the mirror.
// Neighbours: finding.h; rows from row.c.
#include "finding.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "words.h"

#define LEAST_PCT     20 // of the pair's datagrams in pieces
#define MIRROR_LOSS   0.03 // pieces that a mirror may lose and still take always the same one
#define MIRROR_WORST  0.10 // pieces that a mirror may lose at random, as an overloaded one does
#define UNLIKELY_NATS 9.2 // 1 in 10,000
#define BURST_NS      MW_NS_PER_SECOND // a mirror that is overloaded for a moment loses much within it
#define FLOOD         1000
#define FLOOD_PER_S   100
#define PIECES_MAX    64
#define PIECE_BYTES   1480 // of payload, when no piece says more

static bool is_known(int64_t value)
{
	return value >= 0; // MW_UNKNOWN_I64 is below
}

int64_t frags_incomplete(const struct frags_facts *facts)
{
	return MW_MAX(facts->pair_incomplete, (int64_t)facts->incomplete);
}

bool frags_is_said(const struct frags_facts *facts)
{
	return facts->said > 0 || facts->pair_exceeded > 0;
}

enum frags_pattern frags_pattern_of(const struct frags_facts *facts)
{
	enum frags_pattern best = FRAGS_ELSEWHERE;

	for (uint32_t i = 0; i < FRAGS_PATTERNS; i++) {
		if (facts->patterns[i] > facts->patterns[best])
			best = (enum frags_pattern)i;
	}
	return facts->incomplete >= FRAGS_LEAST && facts->patterns[best] * 10 >= facts->incomplete * 9 ? best
																								   : FRAGS_PATTERNS;
}

bool frags_is_flood(const struct frags_facts *facts)
{
	uint64_t lasted_s = (facts->last_incomplete_ns - facts->first_incomplete_ns) / MW_NS_PER_SECOND + 1;
	int64_t count = frags_incomplete(facts);

	return frags_pattern_of(facts) == FRAGS_FIRST_ONLY && count >= FLOOD && (uint64_t)count / lasted_s >= FLOOD_PER_S &&
		   facts->pair_complete < count / 100;
}

int64_t frags_confidence(const struct frags_facts *facts)
{
	bool uniform = frags_pattern_of(facts) != FRAGS_PATTERNS;
	int64_t count = frags_incomplete(facts);

	if (frags_is_flood(facts))
		return 50;
	if (frags_is_said(facts))
		return uniform ? 90 : count >= FRAGS_LEAST || facts->whole >= FRAGS_LEAST ? 85 : 80;
	return uniform ? (count >= 5 ? 80 : 70) : 65;
}

/**
 * True when chance, with this share of failures, hardly gives count or more out of all (Chernoff's bound).
 * Stated source: W. Hoeffding, Probability Inequalities for Sums of Bounded Random Variables, 1963.
 */
static bool is_unlikely(double count, double all, double share)
{
	double part = count / all, nats;

	if (part <= share)
		return false;
	nats = part * log(part / share);
	if (part < 1)
		nats += (1 - part) * log((1 - part) / (1 - share));
	return all * nats >= UNLIKELY_NATS;
}

/** Neither chance nor a mirror that loses some packets makes this. */
static bool is_proven(const struct frags_facts *facts)
{
	double count = (double)facts->pair_incomplete, all = count + (double)facts->pair_complete, mirror;

	if (frags_is_said(facts) && facts->incomplete + facts->whole > 0)
		return true;
	if (!is_known(facts->pair_complete) || facts->pair_incomplete < FRAGS_LEAST || facts->incomplete < FRAGS_LEAST ||
		count * 100 < all * LEAST_PCT)
		return false;
	mirror = MW_MIN((double)facts->pair_delivered / all, 0.99); // of this pair it is known
	if (frags_pattern_of(facts) != FRAGS_PATTERNS)
		return is_unlikely(count, all, MW_MAX(MIRROR_LOSS, mirror));
	return facts->last_incomplete_ns - facts->first_incomplete_ns >= BURST_NS &&
		   is_unlikely(count, all,
					   MW_MAX(1 - pow(1 - MIRROR_WORST, (double)facts->pieces / (double)facts->incomplete), mirror));
}

/** How many pieces the datagram had, about; at least two. */
static uint64_t pieces_of(const struct frags_facts *facts, const struct mw_fragment_row *row)
{
	int64_t headers = mw_address_is_v4(&row->src) ? 20 : 48;
	int64_t piece = facts->largest_piece > headers + 8 ? facts->largest_piece - headers : PIECE_BYTES;
	int64_t pieces = is_known(row->bytes_total) ? row->bytes_total / piece + (row->bytes_total % piece != 0)
												: row->fragments_seen + 1;

	return (uint64_t)MW_MIN(MW_MAX(pieces, 2), PIECES_MAX);
}

/** Bytes of the gap at the beginning, when it is the only one; 0 when not. */
static int64_t only_gap_at_start(const struct mw_fragment_row *row)
{
	long long to;
	char more;

	return sscanf(row->missing, "0-%lld%c", &to, &more) == 1 && to > 0 && to < UINT16_MAX ? to + 1 : 0;
}

static void add_pattern(struct frags_facts *facts, const struct mw_fragment_row *row)
{
	int64_t gap = only_gap_at_start(row);
	int64_t piece = facts->largest_piece > 0 ? facts->largest_piece : PIECE_BYTES;

	facts->patterns[FRAGS_ELSEWHERE] += frags_row_is_elsewhere(row);
	facts->patterns[FRAGS_FIRST_ONLY] += row->first_seen && row->fragments_seen == 1 && row->missing[0] != '\0';
	facts->patterns[FRAGS_FIRST_LOST] +=
		!row->first_seen && gap > 0 && gap <= (row->fragments_seen == 1 ? MW_MAX(piece, PIECE_BYTES) : piece);
	facts->patterns[FRAGS_LAST_ONLY] += !row->first_seen && row->last_seen && row->fragments_seen == 1 && gap > 0;
}

static void add_example(struct frags_facts *facts, const struct mw_fragment_row *row)
{
	struct frags_example *example = &facts->examples[facts->examples_count++ % FRAGS_EXAMPLES];
	struct mw_text missing = mw_text_in(example->missing, sizeof(example->missing));

	example->ts_ns = row->ts_ns;
	example->sport = row->sport;
	example->dport = row->dport;
	example->bytes_seen = row->bytes_seen;
	example->bytes_total = row->bytes_total;
	lines_add_short(&missing, row->missing, FRAGS_MISSING_BYTES - 8);
}

static void add_elsewhere(struct frags_facts *facts, const struct mw_fragment_row *row)
{
	if (!frags_row_is_elsewhere(row))
		return;
	facts->others |= facts->patterns[FRAGS_ELSEWHERE] > 0 && mw_address_compare(&facts->other, &row->other) != 0;
	facts->other = row->other;
}

static void add_incomplete(struct frags_facts *facts, const struct mw_fragment_row *row)
{
	if (facts->incomplete == 0 || row->ts_ns < facts->first_incomplete_ns)
		facts->first_incomplete_ns = row->ts_ns;
	facts->last_incomplete_ns = MW_MAX(facts->last_incomplete_ns, row->ts_ns);
	facts->incomplete++;
	facts->pieces += pieces_of(facts, row);
	add_elsewhere(facts, row);
	add_pattern(facts, row);
	add_example(facts, row);
}

/** What any row says of its pair. */
static void add_pair(struct frags_facts *facts, const struct mw_fragment_row *row)
{
	facts->pair_complete = row->pair_complete;
	facts->pair_incomplete = row->pair_incomplete;
	facts->pair_delivered = row->pair_delivered;
	facts->pair_exceeded = row->pair_exceeded;
	facts->largest_piece = MW_MAX(facts->largest_piece, row->largest_bytes);
	facts->protocol = row->protocol;
	memcpy(facts->proto, row->proto, sizeof(facts->proto));
	if (is_known(row->sport) && is_known(row->dport)) {
		facts->sport = row->sport;
		facts->dport = row->dport;
	}
	if (row->bytes_total > 0) {
		facts->bytes_low = facts->bytes_low > 0 ? MW_MIN(facts->bytes_low, row->bytes_total) : row->bytes_total;
		facts->bytes_high = MW_MAX(facts->bytes_high, row->bytes_total);
	}
}

bool frags_is_delivered(const struct mw_fragment_row *row)
{
	return row->verdict == MW_FRAGMENTS_INCOMPLETE && row->word < FRAGMENT_WORDS_COUNT && !frags_row_is_said(row);
}

bool frags_shows_loss(const struct mw_fragment_row *row)
{
	return !frags_is_attack(row) && !frags_is_delivered(row) && !(row->anomaly & FRAGMENT_NO_LOSS) &&
		   !fragment_is_mangled(&row->src, &row->dst) && (row->first_seen || !frags_row_is_elsewhere(row)) &&
		   row->verdict != MW_FRAGMENTS_EVICTED && (row->verdict == MW_FRAGMENTS_INCOMPLETE || frags_row_is_said(row));
}

/** Adds the row. @return false when it shows no loss. */
static bool add_row(struct frags_facts *facts, const struct mw_fragment_row *row)
{
	facts->evicted += row->verdict == MW_FRAGMENTS_EVICTED;
	facts->delivered += frags_is_delivered(row);
	facts->known |= row->known;
	if (!frags_shows_loss(row))
		return false;
	add_pair(facts, row);
	facts->said += frags_row_is_said(row);
	if (row->verdict == MW_FRAGMENTS_INCOMPLETE)
		add_incomplete(facts, row);
	else
		facts->whole++;
	if (facts->first_ns == 0 || row->ts_ns < facts->first_ns)
		facts->first_ns = row->ts_ns;
	facts->last_ns = MW_MAX(facts->last_ns, MW_MAX(row->ts_ns, row->last_ns));
	return true;
}

static void report_pair(struct mw_diagnosis *diagnosis, const struct frags_facts *facts)
{
	char key[DIAGNOSIS_KEY_BYTES];
	struct diagnosis_entry *entry;

	pairs_write_key(key, sizeof(key), PAIRS_ALONE, &facts->pair.ends);
	entry = diagnosis_entry(diagnosis, &finding_fragments_lost, key, sizeof(*facts), frags_write, facts->first_ns,
							facts->last_ns);
	if (entry != NULL)
		memcpy(entry->facts, facts, sizeof(*facts));
}

static void report_many(struct mw_diagnosis *diagnosis, const struct frags_facts *facts, enum pairs_place place,
						uint64_t rows)
{
	char key[DIAGNOSIS_KEY_BYTES];
	struct diagnosis_entry *entry;

	pairs_write_key(key, sizeof(key), place, &facts->pair.ends);
	entry = diagnosis_entry(diagnosis, &finding_fragments_lost, key, sizeof(struct pairs_many), frags_write_many,
							facts->first_ns, facts->last_ns);
	if (entry == NULL)
		return;
	entry->gathers = true;
	pairs_add((struct pairs_many *)(void *)entry->facts, place, &facts->pair.ends, rows, frags_confidence(facts));
}

/** A pair whose finding is given up for another one: it is told among many. */
static void give_up(struct mw_diagnosis *diagnosis, const struct pairs_displaced *displaced)
{
	struct frags_facts facts;
	struct diagnosis_entry *entry;
	char key[DIAGNOSIS_KEY_BYTES];

	pairs_write_key(key, sizeof(key), PAIRS_ALONE, &displaced->ends);
	entry = diagnosis_find(diagnosis, &finding_fragments_lost, key);
	if (entry == NULL)
		return;
	memcpy(&facts, entry->facts, sizeof(facts));
	diagnosis_forget(diagnosis, entry);
	report_many(diagnosis, &facts, displaced->place, facts.incomplete + facts.whole);
}

/** Its memory; one that had given way begins again with what its finding knows. */
static struct frags_facts *facts_of(struct mw_diagnosis *diagnosis, const struct pairs_ends *ends,
									const struct mw_fragment_row *row)
{
	struct frags_memory *memory = diagnosis_memory(diagnosis, &diagnose_fragments);
	struct frags_facts *facts = pairs_of(memory->pairs, sizeof(*facts), ends, row->ts_ns, row->pair_incomplete);
	struct pairs_head head = facts->pair;
	const struct diagnosis_entry *entry;
	char key[DIAGNOSIS_KEY_BYTES];

	if (facts->incomplete + facts->whole > 0 || !pairs_is_named(&memory->named, ends))
		return facts;
	pairs_write_key(key, sizeof(key), PAIRS_ALONE, ends);
	entry = diagnosis_find(diagnosis, &finding_fragments_lost, key);
	if (entry != NULL)
		memcpy(facts, entry->facts, sizeof(*facts));
	facts->pair = head;
	return facts;
}

/** Pieces that are made to harm are no loss: see finding_attack.c. */
static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_fragment_row *row = data;
	struct frags_memory *memory = diagnosis_memory(diagnosis, &diagnose_fragments);
	struct pairs_ends ends = {row->src, row->dst};
	struct pairs_displaced displaced;
	struct frags_facts *facts;
	struct mw_worth worth;
	enum pairs_place place;

	if (frags_is_attack(row))
		return;
	facts = facts_of(diagnosis, &ends, row);
	if (!add_row(facts, row) || !(pairs_is_named(&memory->named, &ends) || is_proven(facts)))
		return;
	worth = frags_worth(facts);
	place = pairs_admit(&memory->named, &ends, &worth, &displaced);
	if (displaced.place != PAIRS_ALONE)
		give_up(diagnosis, &displaced);
	if (place == PAIRS_ALONE)
		report_pair(diagnosis, facts);
	else
		report_many(diagnosis, facts, place, 1);
}

const struct mw_diagnoser diagnose_fragments = {
	.record = &mw_fragment_record, .row = on_row, .memory_bytes = sizeof(struct frags_memory)};
