// SPDX-License-Identifier: BSD-3-Clause
// A set-associative table of pairs, and the bounds on findings about pairs.
// Neighbours: mw_pairs.h.
#include "mw_pairs.h"

#include <string.h>

#include "mw_digest.h"

static bool are_same(const struct pairs_ends *a, const struct pairs_ends *b)
{
	return mw_address_compare(&a->src, &b->src) == 0 && mw_address_compare(&a->dst, &b->dst) == 0;
}

static bool goes_before(const struct pairs_head *a, const struct pairs_head *b)
{
	if ((a->used_ns == 0) != (b->used_ns == 0))
		return a->used_ns == 0;
	return a->weight != b->weight ? a->weight < b->weight : a->used_ns < b->used_ns;
}

static struct pairs_head *head_at(void *pairs, size_t facts_bytes, size_t index)
{
	return (struct pairs_head *)(void *)((uint8_t *)pairs + facts_bytes * index);
}

void *pairs_of(void *pairs, size_t facts_bytes, const struct pairs_ends *ends, uint64_t ts_ns, int64_t weight)
{
	size_t first = mw_digest_32(ends, sizeof(*ends)) % PAIRS_BUCKETS * (size_t)PAIRS_WAYS;
	struct pairs_head *chosen = head_at(pairs, facts_bytes, first);

	for (size_t i = 0; i < PAIRS_WAYS; i++) {
		struct pairs_head *head = head_at(pairs, facts_bytes, first + i);

		if (head->used_ns != 0 && are_same(&head->ends, ends)) {
			head->used_ns = MW_MAX(head->used_ns, ts_ns);
			head->weight = MW_MAX(head->weight, weight);
			return head;
		}
		if (goes_before(head, chosen))
			chosen = head;
	}
	memset(chosen, 0, facts_bytes);
	chosen->ends = *ends;
	chosen->used_ns = MW_MAX(ts_ns, 1u);
	chosen->weight = weight;
	return chosen;
}

/** Its number, or count. */
static uint32_t number_of(const struct pairs_named *named, const struct pairs_ends *ends)
{
	uint32_t i = 0;

	while (i < named->count && !are_same(&named->items[i], ends))
		i++;
	return i;
}

bool pairs_is_named(const struct pairs_named *named, const struct pairs_ends *ends)
{
	return number_of(named, ends) < named->count;
}

/** True when a pair with these ends would share the place with other. */
static bool is_near(enum pairs_place place, const struct pairs_ends *other, const struct pairs_ends *ends)
{
	if (place == PAIRS_OF_SENDER)
		return mw_address_compare(&other->src, &ends->src) == 0;
	if (place == PAIRS_OF_RECEIVER)
		return mw_address_compare(&other->dst, &ends->dst) == 0;
	return true;
}

/** The named pair worth least of those that are near, and how many there are. */
static uint32_t least_near(const struct pairs_named *named, enum pairs_place place, const struct pairs_ends *ends,
						   uint32_t *count)
{
	uint32_t least = named->count;

	*count = 0;
	for (uint32_t i = 0; i < named->count; i++) {
		if (!is_near(place, &named->items[i], ends))
			continue;
		(*count)++;
		if (least == named->count || mw_worth_compare_growing(&named->worths[i], &named->worths[least]) < 0)
			least = i;
	}
	return least;
}

static void name_pair(struct pairs_named *named, uint32_t number, const struct pairs_ends *ends,
					  const struct mw_worth *worth)
{
	named->items[number] = *ends;
	named->worths[number] = *worth;
}

enum pairs_place pairs_admit(struct pairs_named *named, const struct pairs_ends *ends, const struct mw_worth *worth,
							 struct pairs_displaced *displaced)
{
	static const struct {
		enum pairs_place place;
		uint32_t max;
	} bounds[] = {{PAIRS_OF_SENDER, PAIRS_OF_HOST}, {PAIRS_OF_RECEIVER, PAIRS_OF_HOST}, {PAIRS_REST, PAIRS_NAMED}};
	uint32_t number = number_of(named, ends);

	displaced->place = PAIRS_ALONE;
	for (size_t i = 0; i < MW_ARRAY_SIZE(bounds) && number == named->count; i++) {
		uint32_t near, least = least_near(named, bounds[i].place, ends, &near);

		if (near < bounds[i].max)
			continue;
		if (mw_worth_compare_growing(&named->worths[least], worth) >= 0)
			return bounds[i].place;
		*displaced = (struct pairs_displaced){bounds[i].place, named->items[least]};
		number = least;
	}
	named->count += number == named->count;
	name_pair(named, number, ends, worth);
	return PAIRS_ALONE;
}

void pairs_write_key(char *key, size_t size_bytes, enum pairs_place place, const struct pairs_ends *ends)
{
	struct mw_text text = mw_text_in(key, size_bytes);

	if (place == PAIRS_ALONE || place == PAIRS_OF_SENDER)
		mw_address_add_text(&text, &ends->src);
	else
		mw_text_add(&text, "*");
	mw_text_add(&text, " ");
	if (place == PAIRS_ALONE || place == PAIRS_OF_RECEIVER)
		mw_address_add_text(&text, &ends->dst);
	else
		mw_text_add(&text, "*");
}

void pairs_add(struct pairs_many *many, enum pairs_place place, const struct pairs_ends *ends, uint64_t rows,
			   int64_t confidence)
{
	uint32_t before = many->seen.count;

	many->place = (uint8_t)place;
	if (place != PAIRS_REST)
		many->host = place == PAIRS_OF_SENDER ? ends->src : ends->dst;
	seen_add(&many->seen, ends, sizeof(*ends));
	if (many->seen.count > before && before < PAIRS_EXAMPLES)
		many->examples[before] = *ends;
	many->rows += rows;
	many->confidence = MW_MAX(many->confidence, confidence);
}

void pairs_add_ends(struct mw_text *text, const struct pairs_ends *ends)
{
	mw_address_add_text(text, &ends->src);
	mw_text_add(text, " to ");
	mw_address_add_text(text, &ends->dst);
}

void pairs_add_many(struct mw_text *text, const struct pairs_many *many)
{
	static const struct {
		const char *one, *several;
	} words[] = {
		[PAIRS_ALONE] = {"pair", "pairs"},
		[PAIRS_OF_SENDER] = {"more receiver of ", "more receivers of "},
		[PAIRS_OF_RECEIVER] = {"more sender to ", "more senders to "},
		[PAIRS_REST] = {"more pair of hosts", "more pairs of hosts"},
	};

	seen_add_text(text, &many->seen, words[many->place].one, words[many->place].several);
	if (many->place != PAIRS_REST)
		mw_address_add_text(text, &many->host);
}

void pairs_add_examples(struct mw_text *text, const struct pairs_many *many)
{
	for (uint32_t i = 0; i < many->seen.count && i < PAIRS_EXAMPLES; i++) {
		mw_text_add(text, "%s", i > 0 ? ", " : "");
		pairs_add_ends(text, &many->examples[i]);
	}
	if (many->seen.count > PAIRS_EXAMPLES)
		mw_text_add(text, " and others");
}
