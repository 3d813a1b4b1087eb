// SPDX-License-Identifier: BSD-3-Clause
// Timers of numbered things: five wheels of 256 slots, one turn of the smaller is a slot of the larger.
// Neighbours: session.c. Follows Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987).
#ifndef NAT_MODEL_WHEEL_H
#define NAT_MODEL_WHEEL_H

#include "mw_base.h"

#define NAT_WHEEL_TICK_BITS 24 // ns of a tick: 17 ms. Five levels of 8 bits make up the 64 of a time.
#define NAT_WHEEL_SLOTS     256
#define NAT_WHEEL_LEVELS    5

#define NAT_WHEEL_HEADS (NAT_WHEEL_LEVELS * NAT_WHEEL_SLOTS)

struct nat_wheel {
	struct nat_wheel_node {
		uint32_t before, after; // of its slot; both 0: not running
		uint64_t deadline; // tick; may be later than its slot's
	} * zero; // of number 0, which is no thing's: they lie in the caller's things
	size_t node_bytes; // apart
	uint64_t now; // tick
	uint32_t max;
	struct nat_wheel_node heads[NAT_WHEEL_HEADS]; // the slots themselves: numbers above max
	uint64_t filled[NAT_WHEEL_LEVELS][NAT_WHEEL_SLOTS / 64]; // slots that may hold something
};

/**
 * Timers for numbers 1 to max, whose nodes lie so many bytes apart, that of number 0 at zero. A thing's is zeroed
 * before its first timer.
 */
void nat_wheel_init(struct nat_wheel *wheel, uint32_t max, struct nat_wheel_node *zero, size_t node_bytes);

/** It is due when the tick of this time begins, but not in the present tick. A later time than before costs little. */
void nat_wheel_set(struct nat_wheel *wheel, uint32_t number, uint64_t time_ns);
void nat_wheel_stop(struct nat_wheel *wheel, uint32_t number);

/** Whether this time lies in a tick that the wheels have come to, so that going on to it changes nothing. */
static inline bool nat_wheel_stands(const struct nat_wheel *wheel, uint64_t time_ns)
{
	return time_ns >> NAT_WHEEL_TICK_BITS <= wheel->now;
}

/** What is done with timers that run out. */
struct nat_wheel_due {
	void (*due)(void *context, uint32_t number); // may set and stop timers
	/** Timers that run out next, if none stops them: to fetch what they need. May be NULL. */
	void (*soon)(void *context, const uint32_t numbers[], uint32_t count);
	void *context;
};

/**
 * Goes on to a time (an earlier one changes nothing) and calls due for each timer that ran out. However far the jump,
 * the work is that of the timers met, at most five steps each.
 */
void nat_wheel_advance(struct nat_wheel *wheel, uint64_t time_ns, const struct nat_wheel_due *due);

#endif
