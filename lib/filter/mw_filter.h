// SPDX-License-Identifier: BSD-3-Clause
// The operator's capture filter: a pcap expression, compiled once, run on raw frames before decode.
// Neighbours: pipeline/ calls it. Syntax: pcap-filter(7). libpcap's own interpreter, not rte_bpf (see docs/decisions).
// The control thread makes and frees a filter; any worker may match.
#ifndef MW_FILTER_H
#define MW_FILTER_H

#include "mw_base.h"
#include "mw_packet.h"
#include "mw_text.h"

struct mw_filter;

/**
 * Compiles expression for frames of link type dlt (a DLT_ value) cut at snap_bytes.
 * @return 0; -EINVAL with libpcap's message appended to problem; -ENOMEM.
 */
int mw_filter_new(const char *expression, int dlt, uint32_t snap_bytes, struct mw_text *problem,
				  struct mw_filter **filter);
/** Frees a filter that no worker uses any more; NULL is allowed. */
void mw_filter_free(struct mw_filter *filter);

/** True when the frame passes. Immutable: any number of workers may share one filter. */
bool mw_filter_match(const struct mw_filter *filter, const struct mw_packet *packet);

#endif
