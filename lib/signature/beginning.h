// SPDX-License-Identifier: BSD-3-Clause
// How a payload that an expression matches begins: never too little is allowed, often too much.
// Neighbours: prefilter.c makes its tables of this. Syntax: PCRE as Hyperscan takes it with HS_FLAG_DOTALL alone.
#ifndef BEGINNING_H
#define BEGINNING_H

#include "byte_set.h"

#define BEGINNING_BYTES 32 // positions that are told

struct beginning {
	struct byte_set bytes[BEGINNING_BYTES]; // by distance from the beginning of the payload
	uint32_t count; // every match has so many bytes; behind them is anything, or nothing
};

/** Reads an expression that Hyperscan takes. Ends where it is not plain: at the second group at the latest. */
void beginning_read(struct beginning *beginning, const char *expression);

#endif
