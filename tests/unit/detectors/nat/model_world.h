// SPDX-License-Identifier: BSD-3-Clause
// A translator model and short words for what happens to it.
// Neighbours: the model_*_test.c of this folder; lib/detectors/nat/model/nat_model.h.
#ifndef NAT_MODEL_WORLD_H
#define NAT_MODEL_WORLD_H

#include "nat_model.h"

#define SECOND MW_NS_PER_SECOND
#define START  (UINT64_C(1700000000) * SECOND)

/** All timers of so many seconds but TCP established (an hour) and closing (10 s); everything independent, no limit. */
struct mw_nat_profile profile_of(uint64_t timer_s);

struct mw_nat *new_nat(uint32_t lines_max, uint32_t hosts_max, uint32_t sessions_max);

/** 10.x.y.z of a number. */
struct mw_address inside(uint32_t host);
struct mw_address outside(uint32_t peer);

/** A step at START + at_s of line 0: UDP to port 4000 of a peer unless something else is said. */
struct mw_nat_activity udp(double at_s, uint32_t host, uint16_t port, uint32_t peer);
struct mw_nat_activity tcp(double at_s, uint32_t host, uint16_t port, uint32_t peer);
struct mw_nat_activity with_step(struct mw_nat_activity activity, enum mw_nat_step step);

enum mw_nat_outcome happen(struct mw_nat *nat, struct mw_nat_activity activity);

/** Of line 0 at START + at_s. */
struct mw_nat_counts line_at(struct mw_nat *nat, double at_s);
/** Of a host of line 0, as they stand; fails when it is not known. */
struct mw_nat_counts host_now(const struct mw_nat *nat, uint32_t host);
/** Hosts that line 0 knows. */
uint32_t hosts_now(const struct mw_nat *nat);

#endif
