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

bool pairs_is_named(const struct pairs_named *named, const struct pairs_ends *ends)
{
	for (uint32_t i = 0; i < named->count; i++) {
		if (are_same(&named->items[i], ends))
			return true;
	}
	return false;
}

enum pairs_place pairs_admit(struct pairs_named *named, const struct pairs_ends *ends)
{
	uint32_t of_sender = 0, of_receiver = 0;

	if (pairs_is_named(named, ends))
		return PAIRS_ALONE;
	for (uint32_t i = 0; i < named->count; i++) {
		of_sender += mw_address_compare(&named->items[i].src, &ends->src) == 0;
		of_receiver += mw_address_compare(&named->items[i].dst, &ends->dst) == 0;
	}
	if (of_sender >= PAIRS_OF_HOST)
		return PAIRS_OF_SENDER;
	if (of_receiver >= PAIRS_OF_HOST)
		return PAIRS_OF_RECEIVER;
	if (named->count == PAIRS_NAMED)
		return PAIRS_REST;
	named->items[named->count++] = *ends;
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

void pairs_add(struct pairs_many *many, enum pairs_place place, const struct pairs_ends *ends, int64_t confidence)
{
	uint32_t before = many->seen.count;

	many->place = (uint8_t)place;
	if (place != PAIRS_REST)
		many->host = place == PAIRS_OF_SENDER ? ends->src : ends->dst;
	seen_add(&many->seen, ends, sizeof(*ends));
	if (many->seen.count > before && before < PAIRS_EXAMPLES)
		many->examples[before] = *ends;
	many->rows++;
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
