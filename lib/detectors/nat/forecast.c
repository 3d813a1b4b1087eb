// SPDX-License-Identifier: BSD-3-Clause
// Rates over at least a minute: a page that is opened is a burst, a program that polls is a rate.
// Neighbours: forecast.h.
#include "forecast.h"

#define SPAN_NS     (60 * MW_NS_PER_SECOND) // what a rate is taken over, at least
#define OPENED_MIN  20 // connections that make a rate
#define WARNING_PCT 85 // of the limit
#define LONG_S      1e9 // longer is never

static double seconds(uint64_t ns)
{
	return (double)ns / (double)MW_NS_PER_SECOND;
}

static double per(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/**
 * New ones a second times their timer, for UDP; what TCP and ICMP hold is taken as it is, for how long their
 * connections last is not known. So is UDP where ports are used again towards other peers.
 */
static double steady_of(const struct nat_line *line, const struct mw_nat_profile *profile,
						const struct mw_nat_counts *counts, const struct nat_forecast_now *now, double *timed_per_s)
{
	const struct nat_line_rate *a = &line->before, *b = &line->now;
	uint64_t from_ns = a->from_ns != 0 ? a->from_ns : b->from_ns;
	double opened = (double)a->opened + b->opened;
	double udp = (double)a->udp + b->udp, answered = (double)a->udp_answered + b->udp_answered;
	double dns = (double)a->dns + b->dns, entries = (double)(a->entries + b->entries + counts->opened);
	double span_s = seconds(now->now_ns - from_ns), held, each;

	if (now->now_ns < from_ns + SPAN_NS || opened < OPENED_MIN)
		return MW_UNKNOWN_DOUBLE;
	if (profile->mapping[MW_NAT_UDP] == MW_NAT_DEPENDENT)
		return now->pool;
	answered = MW_MIN(answered, udp);
	held = answered * seconds(profile->udp_ns) + (udp - answered) * seconds(profile->udp_unanswered_ns) +
		   dns * seconds(profile->dns_ns);
	each = MW_MIN(1.0, per(entries, opened)) / span_s; // several connections may share an entry
	*timed_per_s = udp * each;
	return held * each + counts->ports[MW_NAT_TCP] + counts->ports[MW_NAT_ICMP];
}

void nat_forecast_make(const struct nat_line *line, const struct mw_nat_profile *profile,
					   const struct mw_nat_counts *counts, const struct nat_forecast_now *now,
					   struct nat_forecast *forecast)
{
	double growth = per((double)now->pool - line->pool_before, seconds(now->interval_ns));
	double left = (double)now->limit - now->pool;

	*forecast = (struct nat_forecast){.new_per_s = per((double)counts->opened, seconds(now->interval_ns)),
									  .exhaustion_in_s = MW_UNKNOWN_I64};
	forecast->steady_ports = steady_of(line, profile, counts, now, &forecast->timed_per_s);
	if (now->limit == 0)
		return;
	if (left <= 0)
		forecast->exhaustion_in_s = 0;
	else if (growth > 0 && left / growth < LONG_S)
		forecast->exhaustion_in_s = (int64_t)(left / growth + 0.5);
	forecast->warning = (uint64_t)now->pool_peak * 100 >= (uint64_t)now->limit * WARNING_PCT ||
						(growth > 0 && forecast->steady_ports > (double)now->limit);
}

void nat_forecast_interval(struct nat_line *line, const struct mw_nat_counts *counts,
						   const struct nat_forecast_now *now)
{
	line->now.entries += counts->opened;
	line->pool_before = now->pool;
	line->pool_most = MW_MAX(line->pool_most, now->pool_peak);
	if (now->now_ns < line->now.from_ns + SPAN_NS)
		return;
	line->before = line->now;
	line->now = (struct nat_line_rate){.from_ns = now->now_ns};
}
