// SPDX-License-Identifier: BSD-3-Clause
// The shortest rests after which outside ports came back, and the timer that they betray: none comes back before its
// timer has ended, many do soon after.
// Neighbours: ledger.c keeps one for each kind of entry. Control half: fixed memory.
#ifndef NAT_RESTS_H
#define NAT_RESTS_H

#include "mw_base.h"

#define NAT_RESTS_MAX 16

/**
 * The shortest of the latest hours, one a port: a program that turns to another peer with the same socket counts once.
 */
struct nat_rests {
	uint32_t count;
	struct nat_rest {
		uint32_t rest_ds, at_ds; // tenths of a second; at_ds: when it came back
		uint16_t port; // its place in the set
	} rests[NAT_RESTS_MAX]; // the shortest first
};

void nat_rests_add(struct nat_rests *rests, uint32_t rest_ds, uint32_t at_ds, uint16_t port);

/** The rests of entries with one timer. */
struct nat_rests_lists {
	struct nat_rests peer, protocol, again; // until the port came back to another peer, another protocol, the same peer
};

/** How the lists are to be read. */
struct nat_rests_reading {
	uint32_t assumed_ds; // the timer without them
	bool shared; // protocols share a pool: what comes back to another protocol was free
	bool saves; // a port serves several peers: coming back to another one says nothing, to the same one does
	bool certain; // nobody begins again on a port that is held: TCP, closed
	bool asks; // a question and its answer, from a new port each, mostly to one peer: what comes back to it counts
	bool chance; // which free port comes next is chance: else they all rest for long, whatever the timer
};

/**
 * The timer that the rests show: the shortest that two more ports nearly agree with, for single short ones are programs
 * that use their socket again. One longer than assumed only if it is the edge before which none came back.
 * @return tenths of a second; 0: too little is known.
 */
uint32_t nat_rests_timer_ds(const struct nat_rests_lists *lists, const struct nat_rests_reading *reading);

#endif
