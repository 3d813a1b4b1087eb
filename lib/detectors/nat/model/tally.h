// SPDX-License-Identifier: BSD-3-Clause
// Numbers of a host or a line, kept while sessions come and go.
// Neighbours: session.c changes them, model.c shows them. Follows the facts of port saving: the demand towards all
// peers is that of the most used one.
#ifndef NAT_MODEL_TALLY_H
#define NAT_MODEL_TALLY_H

#include "nat_model.h"
#include "histogram.h"

/** Outside ports needed: one each, or used again towards other peers, where the most used peer counts. */
struct nat_demand {
	uint32_t each[MW_NAT_PROTOCOLS], again[MW_NAT_PROTOCOLS];
};

struct nat_tally {
	uint64_t opened, ended, ended_unanswered, refused;
	uint32_t sessions, sessions_peak, ports_peak;
	uint32_t uses; // 5-tuples that live, of a host
	struct nat_demand demand;
	struct nat_histogram peers[MW_NAT_PROTOCOLS]; // sessions of each peer, where ports are used again
};

/** Ports of one protocol. */
uint32_t nat_demand_of(const struct nat_demand *demand, uint8_t protocol);
/** Ports of all protocols: of a shared pool, numbers used again serve every protocol that may do so. */
uint32_t nat_demand_all(const struct nat_demand *demand, bool shared_pool);

/** A mapping of its own began or ended. */
void nat_tally_map(struct nat_tally *tally, uint8_t protocol);
void nat_tally_unmap(struct nat_tally *tally, uint8_t protocol);
/** One more or less session towards a peer that stands on a bin. @return its new bin. */
uint32_t nat_tally_raise(struct nat_tally *tally, struct nat_bins *bins, uint8_t protocol, uint32_t bin);
uint32_t nat_tally_lower(struct nat_tally *tally, struct nat_bins *bins, uint8_t protocol, uint32_t bin);

/** After a session opened. */
void nat_tally_peaks(struct nat_tally *tally, bool shared_pool);
void nat_tally_interval(struct nat_tally *tally, bool shared_pool);
void nat_tally_counts(const struct nat_tally *tally, bool shared_pool, struct mw_nat_counts *counts);

#endif
