// SPDX-License-Identifier: BSD-3-Clause
// The side table: state of the few flows of which a detector needs more than its bytes in every flow hold.
// Neighbours: a detector declares it in struct mw_detector (side_max, side_bytes), the pipeline lays it out, the worker
// half finds it in its ctx. One worker, nothing is allocated.
#ifndef MW_KIT_SIDE_H
#define MW_KIT_SIDE_H

#include "mw_hash.h"

#define MW_KIT_SIDE_WORTHS 4 // how much a flow can be worth: 0 to 3

struct mw_flow;
struct mw_kit_side;

/** Bytes of a side table for max flows with entry_bytes each; 0 for none. */
size_t mw_kit_side_bytes(uint32_t max, uint32_t entry_bytes);

/** An empty table in zeroed memory on a cache line, of mw_kit_side_bytes. Copies the key. Entries lie on 8 bytes. */
struct mw_kit_side *mw_kit_side_init(void *memory, uint32_t max, uint32_t entry_bytes,
									 const struct mw_hash_key *hash_key);

/** The flow's entry, found from the flow alone and in one step, or NULL. Lives until it is forgotten or gives way. */
void *mw_kit_side_find(const struct mw_kit_side *side, const struct mw_flow *flow);

/**
 * Begins anew with a flow: its entry, zeroed, the newest of what is worth as much. When all are taken the one begun
 * first of those worth least gives way, but none to a flow that is worth less than it. Whether the table's room did not
 * suffice depends on no hash.
 * evicted_out: the flow that gave way, or NULL. It must not be looked at when it has ended: its end has to be reported.
 * @return NULL when none may give way.
 */
void *mw_kit_side_begin(struct mw_kit_side *side, struct mw_flow *flow, uint32_t worth, struct mw_flow **evicted_out);

/** The flow has ended, or is of no interest any more. Nothing happens to one without an entry. */
void mw_kit_side_forget(struct mw_kit_side *side, const struct mw_flow *flow);

#endif
