// SPDX-License-Identifier: BSD-3-Clause
// The numbers of a host or a line.
// Neighbours: tally.h.
#include "tally.h"

uint32_t nat_demand_of(const struct nat_demand *demand, uint8_t protocol)
{
	return demand->each[protocol] + demand->again[protocol];
}

uint32_t nat_demand_all(const struct nat_demand *demand, bool shared_pool)
{
	uint32_t each = 0, sum = 0, most = 0;

	for (uint32_t protocol = 0; protocol < MW_NAT_PROTOCOLS; protocol++) {
		each += demand->each[protocol];
		sum += demand->again[protocol];
		most = MW_MAX(most, demand->again[protocol]);
	}
	return each + (shared_pool ? most : sum);
}

void nat_tally_map(struct nat_tally *tally, uint8_t protocol)
{
	tally->demand.each[protocol]++;
	tally->sessions++;
	tally->opened++;
}

void nat_tally_unmap(struct nat_tally *tally, uint8_t protocol)
{
	tally->demand.each[protocol]--;
	tally->sessions--;
}

uint32_t nat_tally_raise(struct nat_tally *tally, struct nat_bins *bins, uint8_t protocol, uint32_t bin)
{
	bin = nat_histogram_raise(bins, &tally->peers[protocol], bin);
	tally->demand.again[protocol] = nat_histogram_top(bins, &tally->peers[protocol]);
	tally->sessions++;
	tally->opened++;
	return bin;
}

uint32_t nat_tally_lower(struct nat_tally *tally, struct nat_bins *bins, uint8_t protocol, uint32_t bin)
{
	bin = nat_histogram_lower(bins, &tally->peers[protocol], bin);
	tally->demand.again[protocol] = nat_histogram_top(bins, &tally->peers[protocol]);
	tally->sessions--;
	return bin;
}

void nat_tally_peaks(struct nat_tally *tally, bool shared_pool)
{
	uint32_t ports = nat_demand_all(&tally->demand, shared_pool);

	tally->sessions_peak = MW_MAX(tally->sessions_peak, tally->sessions);
	tally->ports_peak = MW_MAX(tally->ports_peak, ports);
}

void nat_tally_interval(struct nat_tally *tally, bool shared_pool)
{
	tally->sessions_peak = tally->ports_peak = 0;
	tally->opened = tally->ended = tally->ended_unanswered = tally->refused = 0;
	nat_tally_peaks(tally, shared_pool);
}

void nat_tally_counts(const struct nat_tally *tally, bool shared_pool, struct mw_nat_counts *counts)
{
	*counts = (struct mw_nat_counts){.sessions = tally->sessions,
									 .sessions_peak = tally->sessions_peak,
									 .ports_all = nat_demand_all(&tally->demand, shared_pool),
									 .ports_peak = tally->ports_peak,
									 .opened = tally->opened,
									 .ended = tally->ended,
									 .ended_unanswered = tally->ended_unanswered,
									 .refused = tally->refused};
	for (uint32_t protocol = 0; protocol < MW_NAT_PROTOCOLS; protocol++)
		counts->ports[protocol] = nat_demand_of(&tally->demand, (uint8_t)protocol);
}
