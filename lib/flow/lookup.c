// SPDX-License-Identifier: BSD-3-Clause
// From packets to flows, a batch at a time: hash all, fetch all lines, find all, then insert what is missing.
// Neighbours: bucket.c finds, entry.c and evict.c make room. Cost: two lines for a flow that is there.
#include "table.h"

#include <string.h>

static bool has_flow(const struct mw_packet *packet)
{
	return packet->fate == MW_FATE_ANALYSED && packet->family != 0 && packet->fragment_offset_bytes == 0 &&
		   (packet->kinds & MW_KIND_ICMP_ERROR) == 0 && packet->is_marker == 0;
}

static void want_one(const struct mw_flow_table *table, struct mw_packet *packet, struct flow_wanted *wanted)
{
	packet->flow = NULL;
	wanted->index = FLOW_NONE;
	wanted->brief = (struct flow_brief){0};
	if (MW_LIKELY(has_flow(packet)))
		key_want(table, packet, wanted);
}

// All at once: the rounds of one hash wait for each other, those of many do not.
static void want_batch(const struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t length,
					   struct flow_wanted *wanted)
{
	for (uint32_t i = 0; i < length; i++)
		want_one(table, packets[i], &wanted[i]);
	mw_hash_16(&table->config.hash_key, &wanted->brief, &wanted->hash, sizeof(*wanted), length);
	for (uint32_t i = 0; i < length; i++) {
		if (wanted[i].brief.kind == MW_FLOW_LONG)
			wanted[i].hash = mw_hash(&table->config.hash_key, &wanted[i].key, sizeof(wanted[i].key));
		__builtin_prefetch(bucket_of(table, wanted[i].hash, 0), 1);
	}
}

static void found(struct mw_flow_table *table, struct mw_packet *packet, uint32_t index)
{
	struct mw_flow *flow = entry_at(table, index);

	mw_flow_set_own(flow, MW_FLOW_WITH(flow->facts, BATCH, table->batch));
	packet->flow = flow;
}

// A place for a new flow, evicting when there is none. FLOW_NONE when nothing may go.
static uint32_t make_room(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns)
{
	uint32_t index = entry_take(table);

	if (index == FLOW_NONE && evict_one(table, hash, clock_ns, false))
		index = entry_take(table);
	if (index == FLOW_NONE)
		return FLOW_NONE;
	// an entry, but no place: both buckets and those that their flows could move to are full
	if (!bucket_place(table, index, hash) &&
		(!evict_one(table, hash, clock_ns, true) || !bucket_place(table, index, hash))) {
		entry_give_back(table, index);
		return FLOW_NONE;
	}
	return index;
}

static void insert(struct mw_flow_table *table, struct mw_packet *packet, const struct flow_wanted *wanted)
{
	uint32_t index = bucket_find(table, wanted);

	if (index == FLOW_NONE) {
		index = make_room(table, wanted->hash, packet->clock_ns);
		if (index == FLOW_NONE) {
			tally(table, MW_FLOW_COUNTER_REFUSED);
			return;
		}
		entry_open(table, index, wanted, packet);
	}
	found(table, packet, index);
}

void lookup_one(struct mw_flow_table *table, struct mw_packet *packet)
{
	struct flow_wanted wanted;

	want_batch(table, (struct mw_packet *const[]){packet}, 1, &wanted);
	if (wanted.brief.kind != MW_FLOW_FREE)
		insert(table, packet, &wanted);
}

// Line 0 is for all; IPv6 and other long keys go on in line 2, timestamps are in line 1.
static void fetch_entry(const struct mw_flow_table *table, const struct mw_packet *packet,
						const struct flow_wanted *wanted)
{
	const struct mw_flow *flow = entry_at(table, wanted->index);

	__builtin_prefetch(flow, 1);
	if (wanted->brief.kind == MW_FLOW_LONG)
		__builtin_prefetch(flow->a_head);
	if (packet->tcp.present & MW_TCP_OPTION_TIMESTAMP)
		__builtin_prefetch(flow->warm, 1);
}

static void lookup_batch(struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t length,
						 struct flow_wanted *wanted)
{
	for (uint32_t i = 0; i < length; i++) {
		if (wanted[i].brief.kind != MW_FLOW_FREE)
			wanted[i].index = bucket_guess(table, wanted[i].hash);
		if (wanted[i].index != FLOW_NONE)
			fetch_entry(table, packets[i], &wanted[i]);
	}
	for (uint32_t i = 0; i < length; i++) {
		if (wanted[i].brief.kind != MW_FLOW_FREE)
			wanted[i].index = bucket_find(table, &wanted[i]);
		if (wanted[i].index != FLOW_NONE)
			found(table, packets[i], wanted[i].index);
	}
}

void mw_flow_lookup(struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t count)
{
	struct flow_wanted wanted[MW_BATCH_PACKETS];

	table->batch++;
	for (uint32_t done = 0; done < count; done += MW_BATCH_PACKETS) {
		uint32_t length = MW_MIN(count - done, (uint32_t)MW_BATCH_PACKETS);

		want_batch(table, packets + done, length, wanted);
		lookup_batch(table, packets + done, length, wanted);
		for (uint32_t i = 0; i < length; i++) {
			if (wanted[i].brief.kind != MW_FLOW_FREE && wanted[i].index == FLOW_NONE)
				insert(table, packets[done + i], &wanted[i]);
		}
	}
	table->disturbed = false; // what was evicted above, no packet points at
}
