// SPDX-License-Identifier: BSD-3-Clause
// How a payload that an expression matches may begin: never too little is allowed, often too much.
// Neighbours: look.c makes its tables of this. Syntax: PCRE as Hyperscan takes it with HS_FLAG_DOTALL alone.
#ifndef PREFIX_H
#define PREFIX_H

#include "path.h"

#define PREFIX_PATHS 4 // told apart: ^(\x00{4})?abc has two

/** A payload that matches begins as one of the paths says. */
struct prefix {
	struct path paths[PREFIX_PATHS]; // all their bytes are set
	uint32_t count; // at least 1
};

/**
 * Fills prefix for an expression that Hyperscan takes and whose shortest match has width_min bytes. What is not
 * understood may be any byte.
 */
void prefix_parse(const char *expression, uint32_t width_min, struct prefix *prefix);

#endif
