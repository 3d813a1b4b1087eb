// SPDX-License-Identifier: BSD-3-Clause
// From packets to flows, a batch at a time: hash all, fetch all lines, find all, then insert what is missing.
// Neighbours: bucket.c finds, entry.c and evict.c make room. Cost: two lines for a flow that is there.
#include "bucket.h"
#include "parts.h"

#include <string.h>

#define STORIES_LEFT  256u // as many as a few batches of resets begin
#define FLOWS_A_STORY 128u // of a table so small that these are too many

static_assert(MW_FATE_ANALYSED == 0, "a fate other than this one is a bit among others");

static inline bool has_flow(const struct mw_packet *packet)
{
	return packet->lane.shape != 0 || ((packet->fate | packet->fragment_offset_bytes | packet->is_marker |
										(packet->kinds & MW_KIND_ICMP_ERROR)) == 0 &&
									   packet->family != 0);
}

static inline void want_one(const struct mw_flow_table *table, struct mw_packet *packet, struct flow_wanted *wanted)
{
	packet->flow = NULL;
	if (MW_LIKELY(has_flow(packet)))
		key_want(table, packet, wanted);
	else
		wanted->brief = (struct flow_brief){0};
}

// All at once: the rounds of one hash wait for each other, those of many do not.
// @return how many have a long key.
static uint32_t want_batch(const struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t length,
						   struct flow_wanted *wanted, struct mw_flow_key *keys)
{
	uint32_t long_ones = 0;

	for (uint32_t i = 0; i < length; i++) {
		wanted[i].key = &keys[i];
		want_one(table, packets[i], &wanted[i]);
	}
	mw_hash_16(&table->config.hash_key, &wanted->brief, &wanted->hash, sizeof(*wanted), length);
	for (uint32_t i = 0; i < length; i++) {
		if (MW_UNLIKELY(wanted[i].brief.kind == FLOW_LONG)) {
			wanted[i].hash = mw_hash(&table->config.hash_key, wanted[i].key, sizeof(*wanted[i].key));
			long_ones++;
		}
		packets[i]->lane.hash = wanted[i].hash;
		mw_fetch_line_of_many(bucket_of(table, wanted[i].hash, 0));
	}
	return long_ones;
}

// A place for a new flow, evicting when there is none. FLOW_NONE when nothing may go.
static uint32_t make_room(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns)
{
	uint32_t index = entry_take(table), other;

	if (index == FLOW_NONE)
		index = evict_one(table, hash, clock_ns, false);
	if (index == FLOW_NONE || MW_LIKELY(bucket_place(table, index, hash)))
		return index;
	// an entry, but no place: both buckets and those that their flows could move to are full
	other = evict_one(table, hash, clock_ns, true);
	cell_give_back(table, index);
	if (other != FLOW_NONE)
		bucket_place(table, other, hash); // where it was before
	return other;
}

// A part for a long key, evicting when there is none: from the flow that goes, or of its cell. 0 when nothing may go.
static uint32_t make_room_for_rest(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns)
{
	uint32_t rest = part_take(table, FLOW_PART_LONG), index;

	if (MW_LIKELY(rest != 0))
		return rest;
	index = evict_one(table, hash, clock_ns, false);
	if (index == FLOW_NONE)
		return 0;
	rest = part_take(table, FLOW_PART_LONG);
	if (rest == 0) {
		part_divide(table, FLOW_PART_LONG, index);
		return part_take(table, FLOW_PART_LONG);
	}
	cell_give_back(table, index);
	return rest;
}

// A flood may take all room; what was there before it has a story when it needs one. So where no cell is left, flows
// give way to stories, those that nobody answered first.
static void keep_room_for_stories(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns)
{
	uint32_t index;

	if (MW_LIKELY(table->fresh < table->cells || table->free_head != FLOW_NONE) ||
		table->parts_left[FLOW_PART_STORY] >= MW_MIN(STORIES_LEFT, table->config.flows_max / FLOWS_A_STORY))
		return;
	index = evict_one(table, hash, clock_ns, false);
	if (index != FLOW_NONE)
		part_divide(table, FLOW_PART_STORY, index);
}

// @return the entry, or FLOW_NONE.
static uint32_t open_new(struct mw_flow_table *table, struct mw_packet *packet, const struct flow_wanted *wanted)
{
	uint32_t index, rest = 0;

	keep_room_for_stories(table, wanted->hash, packet->clock_ns);
	index = make_room(table, wanted->hash, packet->clock_ns);
	if (index == FLOW_NONE)
		return FLOW_NONE;
	if (MW_UNLIKELY(wanted->brief.kind == FLOW_LONG)) {
		rest = make_room_for_rest(table, wanted->hash, packet->clock_ns);
		if (rest == 0) {
			bucket_remove(table, index, wanted->hash);
			cell_give_back(table, index);
			return FLOW_NONE;
		}
	}
	mw_packet_rest(packet);
	entry_open(table, index, rest, wanted, packet);
	return index;
}

static void insert(struct mw_flow_table *table, struct mw_packet *packet, const struct flow_wanted *wanted)
{
	uint32_t index = bucket_is_without(table, wanted->hash) ? FLOW_NONE : bucket_find(table, wanted);

	if (index == FLOW_NONE)
		index = open_new(table, packet, wanted);
	if (index == FLOW_NONE) {
		tally(table, MW_FLOW_COUNTER_REFUSED);
		return;
	}
	note_found(table, index);
	packet->flow = flow_of(entry_at(table, index));
}

void lookup_one(struct mw_flow_table *table, struct mw_packet *packet)
{
	struct flow_wanted wanted;
	struct mw_flow_key key;

	// what was chosen may have ended, and others live there
	table->alone_first = table->alone_hashed = table->alone_count = table->alone_wanted = 0;
	want_batch(table, (struct mw_packet *const[]){packet}, 1, &wanted, &key);
	wanted.index = FLOW_NONE;
	if (wanted.brief.kind != FLOW_FREE)
		insert(table, packet, &wanted);
}

// Line 0 is for all; what TCP acknowledges goes on in line 1.
static inline void fetch_entry(const struct flow_entry *flow, const struct mw_packet *packet)
{
	mw_fetch_line_of_many(flow);
	mw_fetch_line_of_many((packet->kinds & MW_KIND_TCP) != 0 ? (const void *)&flow->first : flow);
}

// The first packet of a side writes what is known of the side from then on, and that the flow is answered.
static inline void fetch_side(const struct mw_flow_table *table, uint32_t index, const struct mw_packet *packet)
{
	const struct flow_entry *flow = entry_of(packet->flow);

	if (MW_LIKELY((flow->hot[packet->lane.direction].packets & FLOW_HOT_ANY) != 0))
		return;
	mw_fetch_line(&flow->first);
	mw_fetch_line(&table->timers[index].worth);
}

// The most likely entry of each. @return how many have none, which are new then, nearly always.
static uint32_t guess_batch(const struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t length,
							struct flow_wanted *wanted)
{
	uint32_t without = 0;

	for (uint32_t i = 0; i < length; i++) {
		wanted[i].index = FLOW_NONE;
		if (MW_UNLIKELY(wanted[i].brief.kind == FLOW_FREE))
			continue;
		wanted[i].index = bucket_guess(table, wanted[i].hash);
		if (MW_LIKELY(wanted[i].index != FLOW_NONE))
			fetch_entry(entry_at(table, wanted[i].index), packets[i]);
		else
			without++;
	}
	return without;
}

// The rest of a long key, which may begin in one line and end in the next.
static inline void fetch_rest(const struct mw_flow_table *table, const struct flow_entry *flow)
{
	const uint8_t *rest = part_at(table, flow->rest, sizeof(struct flow_long));

	mw_fetch_line_of_many(rest);
	mw_fetch_line_of_many(rest + sizeof(struct flow_long) - 1);
}

// Those of long keys, once line 0 tells where they are. What was guessed may be anything.
static void fetch_rests(const struct mw_flow_table *table, uint32_t length, const struct flow_wanted *wanted)
{
	for (uint32_t i = 0; i < length; i++) {
		if (MW_LIKELY(wanted[i].brief.kind != FLOW_LONG || wanted[i].index == FLOW_NONE))
			continue;
		if (FLOW_FACT(entry_at(table, wanted[i].index), KIND) == FLOW_LONG)
			fetch_rest(table, entry_at(table, wanted[i].index));
	}
}

// @return how many were not found: which ones, in missing.
static uint32_t find_batch(struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t length,
						   struct flow_wanted *wanted, uint8_t missing[])
{
	uint32_t missing_count = 0;

	for (uint32_t i = 0; i < length; i++) {
		uint32_t index = wanted[i].index;

		if (MW_UNLIKELY(wanted[i].brief.kind == FLOW_FREE))
			continue;
		if (MW_UNLIKELY(index == FLOW_NONE || !bucket_is_wanted(table, entry_at(table, index), &wanted[i])))
			index = wanted[i].index =
				bucket_is_without(table, wanted[i].hash) ? FLOW_NONE : bucket_find(table, &wanted[i]);
		if (MW_UNLIKELY(index == FLOW_NONE)) {
			missing[missing_count++] = (uint8_t)i;
			continue;
		}
		packets[i]->flow = flow_of(entry_at(table, index));
		note_found(table, index);
		fetch_side(table, index, packets[i]);
	}
	return missing_count;
}

static void lookup_batch(struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t length)
{
	struct flow_wanted wanted[MW_BATCH_PACKETS];
	struct mw_flow_key keys[MW_BATCH_PACKETS];
	uint8_t missing[MW_BATCH_PACKETS];
	uint32_t long_ones, without, missing_count;

	if (MW_UNLIKELY(table->alone_wanted != 0))
		room_choose_rest(table);
	long_ones = want_batch(table, packets, length, wanted, keys);
	room_fetch_buckets(table);
	without = guess_batch(table, packets, length, wanted);
	if (without > 0)
		room_fetch(table, without);
	if (long_ones > 0)
		fetch_rests(table, length, wanted);
	missing_count = find_batch(table, packets, length, wanted, missing);
	if (missing_count > 0)
		room_fetch_buckets(table);
	for (uint32_t i = 0; i < missing_count; i++)
		insert(table, packets[missing[i]], &wanted[missing[i]]);
	if (MW_UNLIKELY(table->alone_count != 0))
		room_look_ahead(table);
}

void mw_flow_lookup(struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t count)
{
	if (count > 0 && MW_UNLIKELY(packets[0]->clock_ns < table->timer_back_ns))
		timer_go_back(table, packets[0]->clock_ns);
	table->found = packets;
	memset(table->found_bits, 0, sizeof(table->found_bits));
	for (uint32_t done = 0; done < count; done += MW_BATCH_PACKETS) {
		uint32_t length = MW_MIN(count - done, (uint32_t)MW_BATCH_PACKETS);

		table->found_count = done + length;
		lookup_batch(table, packets + done, length);
	}
	table->found_count = 0;
	table->disturbed = false; // what was evicted above, no packet points at
}

struct mw_flow *mw_flow_find(const struct mw_flow_table *table, const struct mw_flow_ends *ends, uint64_t clock_ns,
							 uint8_t *direction_out)
{
	struct mw_flow_key key;
	struct flow_wanted wanted = {.index = FLOW_NONE, .key = &key};
	struct flow_entry *flow;
	uint32_t index;

	*direction_out = key_want_ends(table, ends, &wanted);
	wanted.hash = mw_flow_key_hash(&table->config.hash_key, &key);
	index = bucket_find(table, &wanted);
	if (index == FLOW_NONE)
		return NULL;
	flow = entry_at(table, index);
	return timer_deadline(table, flow) <= clock_ns ? NULL : flow_of(flow);
}
