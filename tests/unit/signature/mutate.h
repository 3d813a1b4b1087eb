// SPDX-License-Identifier: BSD-3-Clause
// Payloads that are nearly the same, the same ones in every run.
// Neighbours: prefilter_test.c, prefilter_random_test.c.
#ifndef MUTATE_H
#define MUTATE_H

#include "mw_base.h"

struct payload {
	uint8_t bytes[512];
	uint32_t count;
};

/** Set it, not to 0, before each test. */
extern uint64_t mutate_seed;

/** A number below `count`. */
uint32_t any_below(uint32_t count);

/** Changes one thing among the first 40 bytes: a byte to one nearby or to any, a length, an order. */
void mutate(struct payload *payload);

#endif
