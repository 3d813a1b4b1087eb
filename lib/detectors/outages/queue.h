// SPDX-License-Identifier: BSD-3-Clause
// Signs in the order of their time: an exchange without an answer is told seconds after its packets.
// Neighbours: control.c. Bounded: when it is full the earliest is taken before its time. Control thread.
#ifndef OUTAGES_QUEUE_H
#define OUTAGES_QUEUE_H

#include "outages.h"

#define OUTAGES_QUEUE_MAX 65536

/** What happened at a time; the first four sort by what HEARD and LOST do to a silence. */
enum outages_sign_kind {
	SIGN_HEARD, // something came through the next hop
	SIGN_LOST, // a question of a host that had no answer, or late: at until_ns; to a remote that may have lived
	SIGN_UNANSWERED, // a transmission without an answer; says when, and proves nothing alone
	SIGN_AHEAD, // an acknowledgement of what never passed
	SIGN_RESUMED, // a flow goes on that was silent since until_ns
	SIGN_RESET, // or is reset
	SIGN_JUMPED, // a flow goes on beyond bytes that never passed, silent since until_ns
	SIGN_NEIGHBOUR, // of the next hop itself: sort
};

struct outages_sign {
	uint64_t time_ns, until_ns;
	uint64_t line; // MAC address and VLAN of the next hop
	struct mw_address asker, remote;
	uint64_t asker_line; // MAC address and VLAN of who asked
	uint32_t flow;
	uint8_t kind, class, sort, protocol;
	uint32_t rtt_us; // HEARD: a round trip, 0 none
	uint32_t question; // LOST: by ends and ports
	bool reported; // LOST: a neighbour said unreachable
	bool forwarded; // HEARD: an answer to what was asked through the next hop
	bool again; // LOST: it was sent again
	uint8_t zero[5];
};

struct outages_queue {
	struct outages_sign *signs; // a heap: the earliest first
	uint32_t count;
};

/** @return 0 or -ENOMEM; outages_queue_stop is due in both cases. */
int outages_queue_start(struct outages_queue *queue);
void outages_queue_stop(struct outages_queue *queue);

static inline bool outages_queue_full(const struct outages_queue *queue)
{
	return queue->count == OUTAGES_QUEUE_MAX;
}

/** Adds one; it must not be full. */
void outages_queue_push(struct outages_queue *queue, const struct outages_sign *sign);

/** Takes the earliest; there must be one. */
struct outages_sign outages_queue_pop(struct outages_queue *queue);

#endif
