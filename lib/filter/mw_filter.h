// SPDX-License-Identifier: BSD-3-Clause
// The operator's capture filter: a pcap expression, compiled once a link type, run on raw frames before decode.
// Neighbours: pipeline/ calls it. Syntax: pcap-filter(7). libpcap's own interpreter, not rte_bpf (see docs/decisions).
// The control thread makes and frees a filter; any worker may match.
#ifndef MW_FILTER_H
#define MW_FILTER_H

#include "mw_base.h"
#include "mw_packet.h"
#include "mw_text.h"

struct mw_filter;

#define MW_FILTER_LINKS_MAX 16 // link types of one file

/**
 * Whether an expression compiles without looking up names, which reads files of the system and asks name servers: not
 * for a process that is locked in. @return 0; -EINVAL with the word that libpcap would take for a name. Any thread.
 */
int mw_filter_check_words(const char *expression, struct mw_text *problem);

/** A filter that knows no link type yet. @return 0, -ENOMEM. */
int mw_filter_new(const char *expression, struct mw_filter **filter);
/** True when mw_filter_add was called for this link type (a DLT_ value). */
bool mw_filter_knows(const struct mw_filter *filter, int dlt);
/**
 * Compiles the expression for frames of a link type, before any of them is matched and while nobody else matches. Where
 * that fails, no frame of the link type passes.
 * @return 0; -EINVAL with libpcap's message appended to problem; -ENOSPC beyond MW_FILTER_LINKS_MAX; -ENOMEM.
 */
int mw_filter_add(struct mw_filter *filter, int dlt, struct mw_text *problem);
/** Frees a filter that no worker uses any more; NULL is allowed. */
void mw_filter_free(struct mw_filter *filter);

/**
 * True when the frame passes; never one of a link type that it does not know. Immutable but for mw_filter_add: any
 * number of workers may share one filter.
 */
bool mw_filter_match(const struct mw_filter *filter, const struct mw_packet *packet);

#endif
