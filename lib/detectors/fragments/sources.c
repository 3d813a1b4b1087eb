// SPDX-License-Identifier: BSD-3-Clause
// Joins the halves. Whose workers saw them does not matter: both wait in the control half.
// Neighbours: sources.h; control.c puts them in, settle.c keeps the second half out of what is lost.
#include "sources.h"

#include <string.h>

#include "settle.h"
#include "words.h"

#define APART_NS (MW_NS_PER_SECOND / 2) // pieces of one datagram leave one behind the other

/** Bytes from the beginning, or up to the end, are all that lacks. */
static bool is_half(const struct fragment_facts *facts)
{
	const struct mw_fragment_range *missing = &facts->missing[0];

	if (facts->end != MW_FRAGMENT_INCOMPLETE || facts->missing_count != 1 || facts->word != FRAGMENT_NO_WORD ||
		facts->anomalies & (FRAGMENT_NO_LOSS | 1u << MW_FRAGMENT_TWO_SOURCES))
		return false;
	return facts->first_seen ? missing->from == facts->bytes_seen : missing->from == 0 && facts->last_seen;
}

uint32_t fragment_sources_key(const struct fragment_waiting *waiting)
{
	uint32_t words[4], key = waiting->facts.id;

	if (!is_half(&waiting->facts))
		return 0;
	memcpy(words, waiting->flow.dst.bytes, sizeof(words));
	for (size_t i = 0; i < MW_ARRAY_SIZE(words); i++)
		key = (key ^ words[i]) * 0x9e3779b1u;
	return key | 1;
}

static uint64_t apart(const struct fragment_waiting *a, const struct fragment_waiting *b)
{
	if (a->first_ns > b->facts.last_ns)
		return a->first_ns - b->facts.last_ns;
	return b->first_ns > a->facts.last_ns ? b->first_ns - a->facts.last_ns : 0;
}

/** first has the beginning, rest the end. */
static bool continues(const struct fragment_facts *first, const struct fragment_facts *rest)
{
	return first->first_seen && !rest->first_seen && first->missing[0].from == rest->missing[0].to &&
		   (first->bytes_total == 0 || first->bytes_total == rest->bytes_total);
}

static bool fit(const struct fragment_waiting *a, const struct fragment_waiting *b)
{
	return is_half(&a->facts) && is_half(&b->facts) && a->facts.id == b->facts.id && a->facts.scope == b->facts.scope &&
		   a->flow.protocol == b->flow.protocol && mw_address_compare(&a->flow.dst, &b->flow.dst) == 0 &&
		   mw_address_compare(&a->flow.src, &b->flow.src) != 0 &&
		   (continues(&a->facts, &b->facts) || continues(&b->facts, &a->facts));
}

static void learn(struct mw_detector_control *control, struct fragment_waiting *waiting,
				  const struct fragment_waiting *other)
{
	struct fragment_pair *pair;

	waiting->other = other->flow.src;
	waiting->facts.anomalies |= 1u << MW_FRAGMENT_TWO_SOURCES;
	if (waiting->facts.first_seen || waiting->doubtful)
		return;
	pair = fragment_settle_pair_of(control, waiting); // its sender lost nothing: settle.c leaves it doubtful
	waiting->doubtful = pair != NULL;
	if (pair != NULL)
		pair->doubtful++;
}

void fragment_sources_join(struct mw_detector_control *control)
{
	struct fragment_control *self = control->state;
	uint32_t newest = (self->waiting_first + self->waiting_count - 1) % FRAGMENT_WAITING_MAX;
	struct fragment_waiting *waiting = &self->waiting[newest], *best = NULL;
	uint32_t key = self->waiting_keys[newest], place = self->waiting_first;

	for (uint32_t i = 1; key != 0 && i < self->waiting_count; i++, place = (place + 1) % FRAGMENT_WAITING_MAX) {
		struct fragment_waiting *other = &self->waiting[place];

		if (self->waiting_keys[place] != key || !fit(waiting, other) || apart(waiting, other) > APART_NS)
			continue;
		if (best == NULL || apart(waiting, other) < apart(waiting, best))
			best = other;
	}
	if (best == NULL)
		return;
	learn(control, best, waiting);
	learn(control, waiting, best);
}
