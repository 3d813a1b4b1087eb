// SPDX-License-Identifier: BSD-3-Clause
// Datagrams in pieces, control half: joins what workers saw of one datagram, and what its receiver said.
// Neighbours: fragments.c tells, row.c writes the rows.
#ifndef FRAGMENTS_CONTROL_H
#define FRAGMENTS_CONTROL_H

#include "gaps.h"
#include "mw_kit_blind.h"
#include "marks.h"
#include "pairs.h"
#include "reflected.h"
#include "tally.h"
#include "mw_detector.h"

#define FRAGMENT_WAITING_MAX   4096
#define FRAGMENT_CONTROL_PAIRS 16384
#define FRAGMENT_OUTERS_MAX    16384
#define FRAGMENT_REPORTS_MAX   4096
#define FRAGMENT_TOLD_MAX      32768

/** The input has ended: nothing is waited for any more. */
void fragment_control_end(struct mw_detector_control *control, uint64_t now_ns);

/** A datagram that may still be joined. */
struct fragment_waiting {
	uint64_t arrived_ns; // clock of control
	uint64_t first_ns;
	bool doubtful; // counted so in its pair
	uint8_t told; // enum fragment_told
	struct mw_event_flow flow;
	struct mw_address other; // with MW_FRAGMENT_TWO_SOURCES: the source of its other half
	struct fragment_facts facts;
};

struct fragment_control {
	struct fragment_marks outers; // first pieces around a tunnel whose later pieces nobody told of yet
	struct fragment_marks reports; // of receivers, that fit no datagram yet
	struct fragment_marks told; // datagrams that workers told of
	struct fragment_gaps gaps;
	struct mw_kit_blind blind; // when pieces may have passed unseen
	struct fragment_waiting waiting[FRAGMENT_WAITING_MAX]; // a ring
	uint32_t waiting_keys[FRAGMENT_WAITING_MAX]; // of each: fragment_sources_key
	uint32_t waiting_first, waiting_count;
	struct fragment_pair pairs[FRAGMENT_CONTROL_PAIRS];
	struct fragment_reflected reflected[FRAGMENT_REFLECTED_MAX];
	struct fragment_tally tally;
	uint64_t batch_ns; // clock of the latest batch of events
	bool ended; // nothing more will come
};

int fragment_control_start(struct mw_detector_control *control);
void fragment_control_stop(struct mw_detector_control *control);
void fragment_control_event(struct mw_detector_control *control, const struct mw_event *event);
void fragment_control_blind(struct mw_detector_control *control, const struct mw_blind *blind);
void fragment_control_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);

#endif
