// SPDX-License-Identifier: BSD-3-Clause
// IKE, control half: joins what all workers tell of one attempt, and writes its row when it has ended.
// Neighbours: ike.c names these functions to the detector; table.c, attempt.c, decide.c, row.c.
#ifndef IKE_CONTROL_H
#define IKE_CONTROL_H

#include "table.h"
#include "ike.h"
#include "mw_hash.h"
#include "mw_kit_blind.h"

#define IKE_RESPONDERS_MAX 512 // whose largest response is known

/** The largest response of a responder that was not in RFC 7383 fragments. */
struct ike_responder {
	struct mw_address address;
	uint32_t response_bytes; // 0: free
};

struct ike_control {
	struct ike_table *table;
	uint64_t clock_ns; // never goes back
	struct mw_kit_blind blind;
	uint64_t early, early_logged; // attempts that ended early for want of room
	struct ike_responder responders[IKE_RESPONDERS_MAX];
};

/** @return 0 or -ENOMEM. */
int ike_control_start(struct mw_detector_control *control);
void ike_control_stop(struct mw_detector_control *control);

/** Takes one event, and ends attempts whose time is over. */
void ike_control_event(struct mw_detector_control *control, const struct mw_event *event);

/** A time in which answers may have passed unseen. */
void ike_control_blind(struct mw_detector_control *control, const struct mw_blind *blind);

/** Ends attempts whose time is over at now_ns. */
void ike_control_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);

/** The input has ended at now_ns: ends all attempts. */
void ike_control_end(struct mw_detector_control *control, uint64_t now_ns);

#endif
