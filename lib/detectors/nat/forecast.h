// SPDX-License-Identifier: BSD-3-Clause
// Where a line's port demand leads: time to exhaustion, the steady state of the present rate, and whether that is worth
// a warning.
// Neighbours: rows.c asks. Arithmetic: in the long run, ports in use are new ones a second times their timer.
#ifndef NAT_FORECAST_H
#define NAT_FORECAST_H

#include "line.h"

struct nat_forecast {
	double new_per_s; // entries, in this interval
	double steady_ports; // NaN: too little seen
	double timed_per_s; // of which the UDP timer makes so many new ones a second into ports
	int64_t exhaustion_in_s; // MW_UNKNOWN_I64: it does not grow, or there is no limit
	bool warning;
};

/** An interval's end: ports of the fullest pool that are live and most at once in it, and the line's limit; 0 none. */
struct nat_forecast_now {
	uint32_t pool, pool_peak, limit;
	uint64_t interval_ns, now_ns;
};

void nat_forecast_make(const struct nat_line *line, const struct mw_nat_profile *profile,
					   const struct mw_nat_counts *counts, const struct nat_forecast_now *now,
					   struct nat_forecast *forecast);

/** At an interval's end: what was counted becomes the past once it is long enough to tell a rate. */
void nat_forecast_interval(struct nat_line *line, const struct mw_nat_counts *counts,
						   const struct nat_forecast_now *now);

#endif
