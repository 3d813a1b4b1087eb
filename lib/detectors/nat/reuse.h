// SPDX-License-Identifier: BSD-3-Clause
// How long outside ports rest before they are given out again: whether the model's timer is the translator's, and seen
// from outside, whether the line has run out.
// Neighbours: control.c feeds it for lines whose port set is known. Control half: fixed memory.
#ifndef NAT_REUSE_H
#define NAT_REUSE_H

#include "mw_mape.h"
#include "nat_model.h"

#define NAT_REUSE_PORTS 1024 // sets with more are not followed: 1,008 is the largest in use
#define NAT_REUSE_AGES  16 // latest rests

/** Zeroed memory knows nothing. */
struct nat_reuse {
	struct mw_mape_set set; // what the numbers below are of
	uint32_t used_ds[NAT_REUSE_PORTS]; // tenths of a second since base_ns, plus 1; 0 never
	uint64_t timed[NAT_REUSE_PORTS / 64]; // its last use was UDP, and not DNS
	uint32_t peers[NAT_REUSE_PORTS]; // IPv4 address it was used to last
	uint64_t base_ns;
	// ports that rested and then began anew to another peer, lately: while the model held them, and after it let go
	uint32_t early, late;
	uint64_t rested_ns; // the latest
	uint32_t rests_ds[NAT_REUSE_AGES]; // a ring by rests_count: of those that began anew while no other was left
	uint32_t rests_count;
};

/** A packet at an outside port of the set; begins: it opens a connection. timed: UDP but DNS. */
struct nat_reuse_use {
	uint64_t now_ns, timer_ns; // timer_ns: of the model, for UDP
	uint32_t peer; // IPv4 address
	uint16_t port;
	bool begins, timed;
	bool exhausted; // no port is left by the model
};
void nat_reuse_used(struct nat_reuse *reuse, const struct mw_mape_set *set, const struct nat_reuse_use *use);

/** Ports are given out again before the model lets them go: its timers are too long, and its numbers too high. */
bool nat_reuse_doubts(const struct nat_reuse *reuse, uint64_t now_ns, uint64_t timer_ns);

/** The translator's UDP timer in seconds, or -1: while no port was left, ports came back after equal rests. */
int64_t nat_reuse_timer_s(const struct nat_reuse *reuse);

#endif
