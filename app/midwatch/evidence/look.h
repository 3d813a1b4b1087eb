// SPDX-License-Identifier: BSD-3-Clause
// The detectors' second look: a pipeline of one worker, apart from the run's, whose events nobody hears. It sees the
// packets between wanted hosts alone, and their worker halves mark those that matter.
// Neighbours: evidence/read.c. One thread.
#ifndef EVIDENCE_LOOK_H
#define EVIDENCE_LOOK_H

#include "engine.h"
#include "mw_evidence_kind.h"

struct evidence_look;

/** With the engine's settings, signatures and hash key; its memory is given as it is touched. @return 0 or -errno. */
int evidence_look_new(const struct engine *engine, struct evidence_look **look);
/** NULL is fine. */
void evidence_look_free(struct evidence_look *look);

/** The capture filter from now on; NULL lets everything pass. */
void evidence_look_filter(struct evidence_look *look, const struct mw_filter *filter);

/** Decodes a packet. @return false when the filter rejects it. */
bool evidence_look_receive(struct evidence_look *look, struct mw_packet *packet);

/** Gives a decoded packet to the detectors. */
void evidence_look_at(struct evidence_look *look, struct mw_packet *packet);

/** What the kind's detector marked the packet of the latest evidence_look_at with; not marked: zeroes. */
struct mw_detector_mark evidence_look_mark(const struct evidence_look *look, const struct mw_evidence_kind *kind);

#endif
