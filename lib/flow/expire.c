// SPDX-License-Identifier: BSD-3-Clause
// Ends of flows by the clock, and of all flows at the end of input.
// Neighbours: timer.c keeps the slots. Same clock, same ends: nothing here depends on where an entry lies.
#include "parts.h"

#include <string.h>

#define FETCH_AHEAD    16 // entries whose lines are fetched together
#define PLACES_BACK    4 // that insertion looks at
#define LOOKS_PER_END  4 // flows that were active since cost a look and a new link
#define BUCKETS_A_FLOW 16 // beyond, taking flows out one by one is cheaper than clearing all buckets

struct expire_budget {
	uint64_t ends, looks;
};

// How far a slot has been read ahead of who empties it: nothing that ends changes what comes behind it there.
struct ahead {
	uint32_t entries, beside; // the next of each, FLOW_NONE at the end
	uint32_t batches; // that were looked at; of the last two is kept:
	uint32_t due[2]; // a bit each: what ends
	uint64_t hashes[2][FETCH_AHEAD]; // of that
};

static void fetch_entries(struct ahead *ahead, const struct mw_flow_table *table)
{
	uint32_t index = ahead->entries;

	for (int i = 0; i < FETCH_AHEAD && index != FLOW_NONE; i++, index = table->timers[index].next) {
		mw_fetch_line(entry_at(table, index));
		mw_fetch_line(&entry_at(table, index)->first);
	}
	ahead->entries = index;
}

// It holds a flow, whose time ran out.
static inline bool is_due(const struct mw_flow_table *table, uint32_t index, uint64_t clock_ns)
{
	const uint32_t worth = table->timers[index].worth;

	return (worth == FLOW_WORTH_ALONE || worth == FLOW_WORTH_ANSWERED) &&
		   timer_is_over(table, entry_at(table, index), clock_ns);
}

// What ends need, once the entries are there: the buckets that they leave, and what they have beside.
static void fetch_beside(struct ahead *ahead, const struct mw_flow_table *table, uint64_t clock_ns)
{
	const uint32_t batch = ahead->batches++ % 2;
	uint32_t due[FETCH_AHEAD], places[FETCH_AHEAD], count = 0;
	uint64_t due_hashes[FETCH_AHEAD];

	ahead->due[batch] = 0;
	for (uint32_t i = 0; i < FETCH_AHEAD && ahead->beside != FLOW_NONE; i++) {
		const uint32_t index = ahead->beside, ends = is_due(table, index, clock_ns);

		ahead->beside = table->timers[index].next;
		ahead->due[batch] |= ends << i;
		due[count] = index;
		places[count] = i;
		count += ends;
	}
	key_hashes_of(table, due, due_hashes, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct flow_entry *flow = entry_at(table, due[i]);

		ahead->hashes[batch][places[i]] = due_hashes[i];
		mw_fetch_line(bucket_of(table, due_hashes[i], 0));
		if (flow->story != 0)
			mw_fetch_line(story_of(flow));
	}
}

// An entry that was taken out of its slot: ends it, or links it again. hash: of the key of what ends, 0: not known.
static void look_at(struct mw_flow_table *table, uint32_t index, bool due, uint64_t hash, uint64_t clock_ns,
					struct expire_budget *budget)
{
	if (due) {
		budget->ends--;
		entry_end(table, index, hash, MW_FLOW_END_IDLE);
	}
	timer_unhang(table, index, clock_ns);
}

// Empties the slot of table->timer_s, a second that is over.
static bool empty_slot(struct mw_flow_table *table, uint64_t clock_ns, struct expire_budget *budget)
{
	uint32_t *head = &table->timer_heads[table->timer_s % TIMER_SLOTS];
	struct ahead ahead = {.entries = *head, .beside = *head};

	fetch_entries(&ahead, table);
	fetch_entries(&ahead, table);
	fetch_beside(&ahead, table, clock_ns);
	for (uint32_t done = 0; *head != FLOW_NONE; done++) {
		const uint32_t index = *head, batch = done / FETCH_AHEAD % 2, place = done % FETCH_AHEAD;

		if (place == 0)
			fetch_entries(&ahead, table);
		else if (place == FETCH_AHEAD / 2)
			fetch_beside(&ahead, table, clock_ns);
		if (budget->ends == 0 || budget->looks == 0)
			return false;
		budget->looks--;
		*head = table->timers[index].next;
		look_at(table, index, (ahead.due[batch] >> place & 1) != 0, ahead.hashes[batch][place], clock_ns, budget);
	}
	return true;
}

// Ends what is due in the running second; the others stay or move on.
static void look_at_slot(struct mw_flow_table *table, uint64_t clock_ns, struct expire_budget *budget)
{
	uint32_t *link = &table->timer_heads[table->timer_s % TIMER_SLOTS];

	while (*link != FLOW_NONE && budget->ends > 0 && budget->looks > 0) {
		uint32_t index = *link;
		uint64_t deadline_ns = timer_deadline(table, entry_at(table, index));

		budget->looks--;
		if (deadline_ns > clock_ns && (table->timer_ahead_s == 0 || deadline_ns / MW_NS_PER_SECOND <= table->timer_s)) {
			link = &table->timers[index].next;
			continue;
		}
		*link = table->timers[index].next;
		look_at(table, index, is_due(table, index, clock_ns), 0, clock_ns, budget);
	}
}

bool mw_flow_expire(struct mw_flow_table *table, uint64_t clock_ns, uint32_t budget)
{
	uint64_t clock_s = clock_ns / MW_NS_PER_SECOND;
	struct expire_budget left = {UINT64_MAX, UINT64_MAX};

	if (budget != UINT32_MAX)
		left = (struct expire_budget){budget, (uint64_t)budget * LOOKS_PER_END};
	if (clock_s < table->timer_s)
		return true; // no deadline lies before timer_s
	// A jump over more seconds than there are slots: one round visits every entry, each at the second that its slot
	// stands for now, which is not before the one it was linked for.
	if (clock_s - table->timer_s >= TIMER_SLOTS)
		table->timer_s = clock_s - TIMER_SLOTS + 1;
	for (; table->timer_s < clock_s; table->timer_s++) {
		if (!empty_slot(table, clock_ns, &left))
			return false;
	}
	look_at_slot(table, clock_ns, &left);
	return true;
}

// What end_all sorts: kept where the buckets were, 12 bytes a flow.
struct end_record {
	uint64_t first_ns;
	uint32_t index;
} __attribute__((packed, aligned(4)));
static_assert(sizeof(struct end_record) * BUCKET_LOAD <= sizeof(struct flow_bucket), "the buckets hold the records");

static bool ends_after(const struct mw_flow_table *table, const struct end_record *a, const struct end_record *b)
{
	struct mw_flow_key a_key, b_key;

	if (MW_LIKELY(a->first_ns != b->first_ns))
		return a->first_ns > b->first_ns;
	key_of(entry_at(table, a->index), &a_key);
	key_of(entry_at(table, b->index), &b_key);
	return memcmp(&a_key, &b_key, sizeof(a_key)) > 0;
}

// Those so far apart, by insertion.
static void sort_apart(const struct mw_flow_table *table, struct end_record *records, size_t length, size_t gap)
{
	for (size_t i = gap; i < length; i++) {
		const struct end_record moved = records[i];
		size_t at = i;

		for (; at >= gap && ends_after(table, &records[at - gap], &moved); at -= gap)
			records[at] = records[at - gap];
		records[at] = moved;
	}
}

// Shell sort with the gaps of Gonnet and Baeza-Yates (1991): qsort(3) may allocate, and heapsort moves all.
static void sort(const struct mw_flow_table *table, struct end_record *records, size_t length)
{
	for (size_t gap = length; gap > 1;) {
		gap = gap < 5 ? 1 : (gap * 5 - 1) / 11;
		sort_apart(table, records, length, gap);
	}
}

/** All flows: in order those from 0 to ordered, strays from stray to all. */
struct end_order {
	struct end_record *records;
	size_t ordered, stray, all;
};

// Entries are given out in order: as they lie, most flows are a few places from theirs at most. Those that began anew
// in their entry, or took one of a flow that ended, may be anywhere. Which of two that are out of order is the stray
// cannot be told: both are. Follows Cook and Kim, Best sorting algorithm for nearly sorted lists (1980).
static void add_to_order(const struct mw_flow_table *table, struct end_order *order, struct end_record added)
{
	struct end_record *end = order->records + order->ordered;
	size_t back = 0;

	while (back < order->ordered && back < PLACES_BACK && ends_after(table, end - back - 1, &added))
		back++;
	if (MW_UNLIKELY(back == PLACES_BACK)) {
		order->ordered -= back;
		order->stray -= back + 1;
		memmove(order->records + order->stray, end - back, back * sizeof(added)); // they may overlap
		order->records[order->stray + back] = added;
		return;
	}
	if (back > 0)
		memmove(end - back + 1, end - back, back * sizeof(added));
	end[-(ptrdiff_t)back] = added;
	order->ordered++;
}

// Lists the live flows.
static struct end_order order_of(const struct mw_flow_table *table)
{
	struct end_order order = {.records = (struct end_record *)(void *)table->buckets, .all = table->live};

	order.stray = order.all;
	for (uint32_t index = 0; index < table->fresh; index++) {
		const struct flow_entry *flow = entry_at(table, index);

		mw_fetch_line(flow + FETCH_AHEAD);
		mw_fetch_line(&flow[FETCH_AHEAD].first);
		if (FLOW_FACT(flow, KIND) != FLOW_FREE)
			add_to_order(table, &order, (struct end_record){entry_first_ns(flow), index});
	}
	sort(table, order.records + order.stray, order.all - order.stray);
	return order;
}

// No flow is found any more. Where few are left, only their buckets are touched: most pages of a short replay's never
// were, and clearing them would take them.
static void empty_buckets(struct mw_flow_table *table)
{
	if (table->live > table->buckets_mask / BUCKETS_A_FLOW) {
		memset(table->buckets, 0, (table->buckets_mask + 1) * sizeof(struct flow_bucket));
		return;
	}
	for (uint32_t index = 0; index < table->fresh; index++) {
		if (FLOW_FACT(entry_at(table, index), KIND) != FLOW_FREE)
			bucket_remove(table, index, 0);
	}
}

void mw_flow_end_all(struct mw_flow_table *table)
{
	struct end_order order;
	size_t at = 0, stray;

	empty_buckets(table);
	order = order_of(table);
	stray = order.stray;
	while (at < order.ordered || stray < order.all) {
		const struct end_record *next = order.records + at, *other = order.records + stray;
		bool is_stray = at == order.ordered || (stray < order.all && ends_after(table, next, other));

		if (at + FETCH_AHEAD < order.ordered)
			mw_fetch_line(entry_at(table, next[FETCH_AHEAD].index));
		if (is_stray && stray + FETCH_AHEAD < order.all)
			mw_fetch_line(entry_at(table, other[FETCH_AHEAD].index));
		entry_shut(table, is_stray ? other->index : next->index);
		stray += is_stray;
		at += !is_stray;
	}
	entry_forget_all(table);
	memset(order.records, 0, order.all * sizeof(*order.records));
}
