// SPDX-License-Identifier: BSD-3-Clause
// A page at a time, ahead of the number of flows.
// Neighbours: replay/touch.h.
#include "replay/touch.h"

#include <linux/mman.h>
#include <sys/mman.h>

#define PAGE_BYTES      ((size_t)2 << 20)
#define AHEAD_FLOWS_MAX 32768u // a few pages

static uint8_t *end_of_page(const void *at)
{
	return (uint8_t *)(((uintptr_t)at & ~(uintptr_t)(PAGE_BYTES - 1)) + PAGE_BYTES);
}

static const struct mw_flow_table *flows_of(const struct touch *touch, uint16_t worker)
{
	return mw_pipeline_flows(touch->workers->each[worker].pipeline);
}

void touch_start(struct touch *touch, const struct workers *workers)
{
	*touch = (struct touch){.workers = workers, .works = workers->memory.hugepages};
	for (uint16_t i = 0; touch->works && i < workers->count; i++)
		touch->until[i] = end_of_page(mw_flow_ahead(flows_of(touch, i), 0));
}

static void touch_one(struct touch *touch, uint16_t worker)
{
	const struct memory *memory = &touch->workers->memory;
	const struct mw_flow_table *flows = flows_of(touch, worker);
	const uint8_t *next = mw_flow_ahead(flows, MW_MIN(mw_flow_count(flows) / 2, AHEAD_FLOWS_MAX));
	uint8_t *page = touch->until[worker];

	if (next < page || page + PAGE_BYTES > memory->base + memory->size_bytes)
		return;
	touch->works = madvise(page, PAGE_BYTES, MADV_POPULATE_WRITE) == 0; // not before Linux 5.14
	touch->until[worker] += PAGE_BYTES;
}

void touch_ahead(struct touch *touch)
{
	for (uint16_t i = 0; touch->works && i < touch->workers->count; i++)
		touch_one(touch, i);
}
