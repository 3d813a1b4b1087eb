// SPDX-License-Identifier: BSD-3-Clause
// The limit of a line that is seen from inside, by what its hosts held when the first of them was refused. It is as
// right as the model's timers: both are in the same measure, so a line is held against its own limit.
// Neighbours: control.c asks and feeds it, line_ports.c tells the limit. Control half: fixed memory.
#ifndef NAT_SHORTAGE_H
#define NAT_SHORTAGE_H

#include "nat_model.h"

#define NAT_SHORTAGE_SECONDS 64 // exhaustion is told no later than that after the first refusal

/** Zeroed memory knows nothing. */
struct nat_shortage {
	uint64_t second; // the latest of those below
	uint32_t demand[NAT_SHORTAGE_SECONDS]; // ports of the fullest pool as each second began
	uint32_t limit, least; // 0: not known; least: with the shortest timers in use, at most limit
};

/** Ports needed as a second begins; seconds never go back. */
void nat_shortage_see(struct nat_shortage *shortage, uint64_t second, uint32_t demand);

/**
 * The line has run out; its first refusal was at since_ns. Looks at each of its sessions in the model once. Nothing is
 * learned when since_ns is too old, or 0.
 */
void nat_shortage_learn(struct nat_shortage *shortage, const struct mw_nat *model, uint32_t line, uint64_t since_ns);

/** Demand is beyond the limit and nobody is refused: there is none, or another. */
void nat_shortage_forget(struct nat_shortage *shortage);

#endif
