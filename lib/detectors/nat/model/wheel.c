// SPDX-License-Identifier: BSD-3-Clause
// The timer wheels.
// Neighbours: wheel.h.
#include "wheel.h"

#define SLOT_BITS 8
#define AHEAD     32

_Static_assert(NAT_WHEEL_TICK_BITS + SLOT_BITS * NAT_WHEEL_LEVELS == 64, "every time has its slot");
_Static_assert(NAT_WHEEL_SLOTS == 1 << SLOT_BITS, "a slot's number is a few bits of the tick");

static uint32_t slot_node(const struct nat_wheel *wheel, uint32_t level, uint64_t slot)
{
	return wheel->max + 1 + level * NAT_WHEEL_SLOTS + (uint32_t)slot;
}

static struct nat_wheel_node *node_of(struct nat_wheel *wheel, uint32_t number)
{
	if (MW_UNLIKELY(number > wheel->max))
		return &wheel->heads[number - wheel->max - 1];
	return (struct nat_wheel_node *)(void *)((char *)wheel->zero + wheel->node_bytes * number);
}

void nat_wheel_init(struct nat_wheel *wheel, uint32_t max, struct nat_wheel_node *zero, size_t node_bytes)
{
	*wheel = (struct nat_wheel){.max = max, .zero = zero, .node_bytes = node_bytes};
	for (uint32_t i = 0; i < NAT_WHEEL_HEADS; i++)
		wheel->heads[i].before = wheel->heads[i].after = max + 1 + i;
}

// The slot by the distance: less than a turn away, so it comes round once before the deadline.
static void place(struct nat_wheel *wheel, uint32_t number)
{
	struct nat_wheel_node *node = node_of(wheel, number);
	uint64_t distance = node->deadline - wheel->now;
	uint32_t level = (uint32_t)(63 - __builtin_clzll(distance)) / SLOT_BITS;
	uint64_t slot = node->deadline >> level * SLOT_BITS & (NAT_WHEEL_SLOTS - 1);
	uint32_t head = slot_node(wheel, level, slot), last = node_of(wheel, head)->before;

	node->before = last;
	node->after = head;
	node_of(wheel, last)->after = number;
	node_of(wheel, head)->before = number;
	wheel->filled[level][slot / 64] |= UINT64_C(1) << slot % 64;
}

void nat_wheel_stop(struct nat_wheel *wheel, uint32_t number)
{
	struct nat_wheel_node *node = node_of(wheel, number);

	if (node->after == 0)
		return;
	node_of(wheel, node->before)->after = node->after;
	node_of(wheel, node->after)->before = node->before;
	node->before = node->after = 0;
}

void nat_wheel_set(struct nat_wheel *wheel, uint32_t number, uint64_t time_ns)
{
	struct nat_wheel_node *node = node_of(wheel, number);
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
static uint32_t look_ahead(struct nat_wheel *wheel, uint32_t head, const struct nat_wheel_due *due)
{
	uint32_t numbers[AHEAD], count = 0, seen = 0;

	for (uint32_t at = node_of(wheel, head)->after; at != head && seen < AHEAD;
		 at = node_of(wheel, at)->after, seen++) {
		if (node_of(wheel, at)->deadline <= wheel->now)
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
	while ((number = node_of(wheel, head)->after) != head) {
		if (seen == 0)
			seen = look_ahead(wheel, head, due);
		seen--;
		nat_wheel_stop(wheel, number);
		if (node_of(wheel, number)->deadline <= wheel->now)
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
