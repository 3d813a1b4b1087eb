// SPDX-License-Identifier: BSD-3-Clause
// Counts silent senders a receiver, up to the number that decides. The receiver heard of last goes last.
// Neighbours: reflected.h.
#include "reflected.h"

static const struct fragment_reflected *find(const struct fragment_reflected *table, const struct mw_address *dst)
{
	for (uint32_t i = 0; i < FRAGMENT_REFLECTED_MAX; i++) {
		if (table[i].last_ns != 0 && mw_address_compare(&table[i].dst, dst) == 0)
			return &table[i];
	}
	return NULL;
}

static struct fragment_reflected *get(struct fragment_reflected *table, const struct mw_address *dst)
{
	struct fragment_reflected *place = &table[0];

	for (uint32_t i = 0; i < FRAGMENT_REFLECTED_MAX; i++) {
		if (table[i].last_ns != 0 && mw_address_compare(&table[i].dst, dst) == 0)
			return &table[i];
		if (table[i].last_ns < place->last_ns)
			place = &table[i];
	}
	*place = (struct fragment_reflected){.dst = *dst};
	return place;
}

void fragment_reflected_take(struct fragment_reflected *table, const struct mw_event_flow *flow, uint64_t clock_ns)
{
	struct fragment_reflected *at = get(table, &flow->dst);

	at->last_ns = MW_MAX(clock_ns, 1u);
	for (uint32_t i = 0; i < at->senders_count; i++) {
		if (mw_address_compare(&at->senders[i], &flow->src) == 0)
			return;
	}
	if (at->senders_count < FRAGMENT_REFLECTED_SENDERS)
		at->senders[at->senders_count++] = flow->src;
}

bool fragment_reflected_is(const struct fragment_reflected *table, const struct mw_event_flow *flow)
{
	const struct fragment_reflected *at = find(table, &flow->dst);

	return at != NULL && at->senders_count == FRAGMENT_REFLECTED_SENDERS;
}
