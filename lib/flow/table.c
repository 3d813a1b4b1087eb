// SPDX-License-Identifier: BSD-3-Clause
// Sizes and the start of a table; its counters' names.
// Neighbours: table.h shows the layout; everything else works in the memory laid out here.
#include "parts.h"

#include <string.h>

const struct mw_counter mw_flow_counters[MW_FLOW_COUNTERS] = {
	[MW_FLOW_COUNTER_NEW] = {"new", "flows started"},
	[MW_FLOW_COUNTER_ENDED_IDLE] = {"ended-idle", "flows whose idle timer ran out"},
	[MW_FLOW_COUNTER_ENDED_REUSED] = {"ended-reused", "flows ended by a new SYN on the same addresses and ports"},
	[MW_FLOW_COUNTER_EVICTED] = {"evicted", "flows ended early because the table was full"},
	[MW_FLOW_COUNTER_REFUSED] = {"refused",
								 "packets without a flow because the table was full and nothing could be evicted"},
	[MW_FLOW_COUNTER_ACKS] = {"acks", "TCP acknowledgements compared with the data seen the other way"},
	[MW_FLOW_COUNTER_ACK_GAPS] = {"ack-gaps", "of those, acknowledgements of data that never passed the tap"},
	[MW_FLOW_COUNTER_STORIES_MISSED] = {"stories-missed", "details of flows not kept because the table was full"},
	[MW_FLOW_COUNTER_MACS_MISSED] = {"macs-missed",
									 "MAC addresses not noted because the flows refer to too many others"},
};

#define CELLS_BESIDE       10 // of so many flows one has a cell for stories or long keys
#define CELLS_BESIDE_LEAST 2

static size_t round_up(size_t bytes)
{
	return (bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;
}

static size_t buckets_count(const struct mw_flow_config *config)
{
	size_t buckets = 1;

	while (buckets * BUCKET_LOAD < config->flows_max)
		buckets *= 2;
	return buckets;
}

// One in ten more than flows, for long keys and stories, and one of each page for the page.
static uint32_t cells_count(const struct mw_flow_config *config)
{
	uint32_t cells = config->flows_max + config->flows_max / CELLS_BESIDE + CELLS_BESIDE_LEAST;

	return cells + (uint32_t)(cells / (FLOW_PAGE_CELLS - 1)) + 1;
}

static uint16_t macs_count(const struct mw_flow_config *config)
{
	return (uint16_t)MW_MIN(2 * (uint64_t)config->flows_max, (uint64_t)FLOW_MACS_MAX);
}

static size_t cells_bytes(const struct mw_flow_config *config)
{
	return cells_count(config) * sizeof(struct flow_entry);
}

static size_t timers_bytes(const struct mw_flow_config *config)
{
	return round_up(cells_count(config) * sizeof(struct flow_timer));
}

static size_t macs_bytes(const struct mw_flow_config *config)
{
	return round_up((macs_count(config) + 1u) * sizeof(struct flow_mac));
}

// A step near the golden section that visits every entry: neighbours in the table are of one age and often of one
// kind (a flood fills a contiguous part), so a sample has to be spread over all of it.
static uint32_t sample_step(uint32_t cells)
{
	uint32_t step = (uint32_t)((uint64_t)cells * 618 / 1000);

	for (;; step++) { // their number plus one at the latest
		uint32_t a = cells, b = step;

		while (b != 0) {
			uint32_t rest = a % b;

			a = b;
			b = rest;
		}
		if (a == 1)
			return step;
	}
}

size_t mw_flow_table_bytes(const struct mw_flow_config *config)
{
	return round_up(sizeof(struct mw_flow_table)) + buckets_count(config) * sizeof(struct flow_bucket) +
		   timers_bytes(config) + macs_bytes(config) + cells_bytes(config) + FLOW_PAGE_BYTES;
}

struct mw_flow_table *mw_flow_table_init(void *memory, size_t memory_bytes, const struct mw_flow_config *config,
										 struct mw_stats_block *stats, uint32_t counters_base)
{
	struct mw_flow_table *table = memory;
	uint8_t *at = memory;

	if (config->flows_max == 0 || config->flows_max > FLOW_NONE / 8 || config->state_bytes > MW_FLOW_STATE_BYTES ||
		memory_bytes < mw_flow_table_bytes(config))
		return NULL;
	at += round_up(sizeof(struct mw_flow_table));
	table->config = *config;
	table->buckets = (struct flow_bucket *)(void *)at;
	table->buckets_mask = buckets_count(config) - 1;
	at += buckets_count(config) * sizeof(struct flow_bucket);
	table->timers = (struct flow_timer *)(void *)at;
	at += timers_bytes(config);
	table->macs = (struct flow_mac *)(void *)at;
	table->macs_max = macs_count(config);
	at += macs_bytes(config);
	at += -(uintptr_t)at & (FLOW_PAGE_BYTES - 1);
	table->entries = (struct flow_entry *)(void *)at;
	table->cells = cells_count(config);
	table->stats = stats;
	table->counters_base = counters_base;
	table->acks = &stats->values[counters_base + MW_FLOW_COUNTER_ACKS];
	table->free_head = FLOW_NONE;
	table->sample_step = sample_step(table->cells);
	parts_forget_all(table);
	table->spare = FLOW_NONE;
	timer_init(table);
	return table;
}

void *mw_flow_state(struct mw_flow *flow, uint32_t offset)
{
	struct flow_entry *entry = entry_of_own(flow);
	struct flow_story *story = story_for(entry, STORY_STATE);
	struct mw_flow_table *table = table_of(entry);

	if (story == NULL) {
		publish_begin(entry);
		story = story_begin(entry, STORY_STATE);
		publish_end(entry);
	}
	if (story != NULL)
		return story->state + offset;
	memset(table->blank, 0, sizeof(table->blank));
	return table->blank + offset;
}

const void *mw_flow_state_seen(const struct mw_flow *flow, uint32_t offset)
{
	static const uint64_t none[MW_FLOW_STATE_BYTES / 8];
	const struct flow_story *story = story_for(entry_of(flow), STORY_STATE);

	return story != NULL ? story->state + offset : (const uint8_t *)none + offset;
}

uint16_t mw_flow_watch_of(const struct mw_flow *flow)
{
	return story_of(entry_of(flow))->watch;
}

// @return whether anything of watch is noted: not without room for a story. Between publish_begin and publish_end.
static bool note_watch(struct flow_entry *flow, uint16_t watch)
{
	struct flow_story *story;

	if (watch == 0) {
		story_end(flow, STORY_WATCH);
		return false;
	}
	story = story_begin(flow, STORY_WATCH);
	if (story != NULL)
		PUBLISH(story->watch, watch);
	return story != NULL;
}

void mw_flow_set_watch(struct mw_flow *flow, uint16_t watch)
{
	const uint16_t changed = watch ^ mw_flow_watch(flow), in_story = (1u << MW_FLOW_WAITS_BIT) - 1;
	struct flow_entry *entry = entry_of_own(flow);
	bool noted;

	if ((changed & in_story) != 0) {
		publish_begin(entry);
		noted = note_watch(entry, watch & in_story);
		PUBLISH_FACT(entry, WATCHED, noted);
		publish_end(entry);
	}
	if ((changed & ~in_story) != 0)
		entry_set_own(entry, FLOW_WITH(entry->facts, WAITS, watch >> MW_FLOW_WAITS_BIT));
}
