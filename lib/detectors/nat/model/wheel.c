// SPDX-License-Identifier: BSD-3-Clause
// The timer wheels.
// Neighbours: wheel.h.
#include "wheel.h"

#include <errno.h>
#include <stdlib.h>

#include "mw_pages.h"

#define SLOT_BITS 8
#define AHEAD     32

_Static_assert(NAT_WHEEL_TICK_BITS + SLOT_BITS * NAT_WHEEL_LEVELS == 64, "every time has its slot");
_Static_assert(NAT_WHEEL_SLOTS == 1 << SLOT_BITS, "a slot's number is a few bits of the tick");

static uint32_t slot_node(const struct nat_wheel *wheel, uint32_t level, uint64_t slot)
{
	return wheel->max + 1 + level * NAT_WHEEL_SLOTS + (uint32_t)slot;
}

int nat_wheel_new(struct nat_wheel *wheel, uint32_t max)
{
	uint32_t count = max + 1 + NAT_WHEEL_LEVELS * NAT_WHEEL_SLOTS;

	*wheel = (struct nat_wheel){.max = max, .nodes = calloc(count, sizeof(*wheel->nodes))};
	mw_pages_advise(wheel->nodes, count * sizeof(*wheel->nodes));
	if (wheel->nodes == NULL)
		return -ENOMEM;
	for (uint32_t node = max + 1; node < count; node++)
		wheel->nodes[node].before = wheel->nodes[node].after = node;
	return 0;
}

void nat_wheel_free(struct nat_wheel *wheel)
{
	free(wheel->nodes);
}

// The slot by the distance: less than a turn away, so it comes round once before the deadline.
static void place(struct nat_wheel *wheel, uint32_t number)
{
	struct nat_wheel_node *nodes = wheel->nodes;
	uint64_t distance = nodes[number].deadline - wheel->now;
	uint32_t level = (uint32_t)(63 - __builtin_clzll(distance)) / SLOT_BITS;
	uint64_t slot = nodes[number].deadline >> level * SLOT_BITS & (NAT_WHEEL_SLOTS - 1);
	uint32_t head = slot_node(wheel, level, slot), last = nodes[head].before;

	nodes[number].before = last;
	nodes[number].after = head;
	nodes[last].after = number;
	nodes[head].before = number;
	wheel->filled[level][slot / 64] |= UINT64_C(1) << slot % 64;
}

void nat_wheel_stop(struct nat_wheel *wheel, uint32_t number)
{
	struct nat_wheel_node *node = &wheel->nodes[number];

	if (node->after == 0)
		return;
	wheel->nodes[node->before].after = node->after;
	wheel->nodes[node->after].before = node->before;
	node->before = node->after = 0;
}

void nat_wheel_set(struct nat_wheel *wheel, uint32_t number, uint64_t time_ns)
{
	struct nat_wheel_node *node = &wheel->nodes[number];
	uint64_t tick = MW_MAX(time_ns >> NAT_WHEEL_TICK_BITS, wheel->now + 1);

	// a later deadline waits until the slot of the earlier one comes: most packets only prolong
	if (node->after != 0 && tick >= node->deadline) {
		node->deadline = tick;
		return;
	}
	nat_wheel_stop(wheel, number);
	node->deadline = tick;
	place(wheel, number);
}

// How many slots ahead (1 to 256) the next filled one is; 0: none.
static uint32_t ahead(const uint64_t filled[NAT_WHEEL_SLOTS / 64], uint32_t from)
{
	for (uint32_t step = 1; step <= NAT_WHEEL_SLOTS;) {
		uint32_t slot = (from + step) % NAT_WHEEL_SLOTS;
		uint64_t word = filled[slot / 64] >> slot % 64;

		if (word != 0) {
			step += (uint32_t)__builtin_ctzll(word);
			return step <= NAT_WHEEL_SLOTS ? step : 0;
		}
		step += 64 - slot % 64;
	}
	return 0;
}

// The first tick after now at which a filled slot begins.
static uint64_t next_tick(const struct nat_wheel *wheel)
{
	uint64_t next = UINT64_MAX;

	for (uint32_t level = 0; level < NAT_WHEEL_LEVELS; level++) {
		uint64_t turn = wheel->now >> level * SLOT_BITS;
		uint32_t step = ahead(wheel->filled[level], turn & (NAT_WHEEL_SLOTS - 1));

		if (step != 0)
			next = MW_MIN(next, (turn + step) << level * SLOT_BITS);
	}
	return next;
}

// What the next ones of a slot are about is looked up together: it lies anywhere in memory. @return how many.
static uint32_t look_ahead(const struct nat_wheel *wheel, uint32_t head, const struct nat_wheel_due *due)
{
	uint32_t numbers[AHEAD], count = 0, seen = 0;

	for (uint32_t at = wheel->nodes[head].after; at != head && seen < AHEAD; at = wheel->nodes[at].after, seen++) {
		if (wheel->nodes[at].deadline <= wheel->now)
			numbers[count++] = at;
	}
	if (due->soon != NULL)
		due->soon(due->context, numbers, count);
	return seen;
}

static void empty(struct nat_wheel *wheel, uint32_t level, const struct nat_wheel_due *due)
{
	uint64_t slot = wheel->now >> level * SLOT_BITS & (NAT_WHEEL_SLOTS - 1);
	uint32_t head = slot_node(wheel, level, slot), number, seen = 0;

	wheel->filled[level][slot / 64] &= ~(UINT64_C(1) << slot % 64);
	while ((number = wheel->nodes[head].after) != head) {
		if (seen == 0)
			seen = look_ahead(wheel, head, due);
		seen--;
		nat_wheel_stop(wheel, number);
		if (wheel->nodes[number].deadline <= wheel->now)
			due->due(due->context, number);
		else
			place(wheel, number);
	}
}

void nat_wheel_advance(struct nat_wheel *wheel, uint64_t time_ns, const struct nat_wheel_due *due)
{
	uint64_t target = time_ns >> NAT_WHEEL_TICK_BITS, next;

	if (target <= wheel->now)
		return;
	while ((next = next_tick(wheel)) <= target) {
		wheel->now = next;
		for (uint32_t level = NAT_WHEEL_LEVELS; level-- > 0;)
			if ((next & ((UINT64_C(1) << level * SLOT_BITS) - 1)) == 0)
				empty(wheel, level, due);
	}
	wheel->now = target;
}
