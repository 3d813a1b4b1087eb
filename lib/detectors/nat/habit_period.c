// SPDX-License-Identifier: BSD-3-Clause
// The rhythm of a destination's openings, by autocorrelation of the quarter seconds that had any. An application that
// asks again and again keeps time; independent openings (a Poisson process) do not.
// Neighbours: habit.c keeps the ticks.
#include "habit.h"

#define TICK_MS    250
#define LAG_MIN    4 // a second: faster rhythms blur into quarter seconds
#define BURSTS_MIN 6 // runs of ticks with openings
#define CYCLES_MIN 5 // in view
#define PEAK       0.5 // of the correlation coefficient; independent openings stay below 0.3 in 256 ticks
#define SECOND     0.3 // at twice the lag: one lag alone may be chance
#define VALLEY     0.3 // so much below the peak in between: a long burst correlates with itself

/** Openings, each spread over three ticks against jitter, less their mean. */
struct series {
	double values[NAT_HABIT_TICKS];
	uint32_t count;
	double power;
	uint32_t bursts;
};

static bool has_tick(const struct nat_habit_peer *peer, uint64_t tick)
{
	return peer->ticks[tick % NAT_HABIT_TICKS / 64] >> tick % 64 & 1;
}

static void fill(const struct nat_habit_peer *peer, struct series *series)
{
	uint64_t span = peer->last_tick - peer->first_tick + 1;
	uint64_t from;
	double sum = 0;
	bool before = false;

	*series = (struct series){.count = (uint32_t)MW_MIN(span, NAT_HABIT_TICKS)};
	from = peer->last_tick + 1 - series->count;
	for (uint32_t i = 0; i < series->count; i++) {
		bool now = has_tick(peer, from + i);

		series->bursts += now && !before;
		before = now;
		for (uint32_t at = i > 0 ? i - 1 : 0; now && at <= i + 1 && at < series->count; at++)
			series->values[at] = 1;
	}
	for (uint32_t i = 0; i < series->count; i++)
		sum += series->values[i];
	for (uint32_t i = 0; i < series->count; i++) {
		series->values[i] -= sum / series->count;
		series->power += series->values[i] * series->values[i];
	}
}

/** The correlation coefficient at a lag. */
static double correlation(const struct series *series, uint32_t lag)
{
	double sum = 0;

	if (lag >= series->count)
		return 0;
	for (uint32_t i = lag; i < series->count; i++)
		sum += series->values[i] * series->values[i - lag];
	return sum / series->power * series->count / (series->count - lag);
}

/** The lag around `at` that correlates best. */
static uint32_t best_near(const struct series *series, uint32_t at, uint32_t around)
{
	uint32_t best = at;

	for (uint32_t lag = at - around; lag <= at + around; lag++) {
		if (correlation(series, lag) > correlation(series, best))
			best = lag;
	}
	return best;
}

/** The shortest lag that correlates nearly as well as the best; 0 none. */
static uint32_t find_lag(const struct series *series)
{
	double values[NAT_HABIT_TICKS / CYCLES_MIN + 2] = {0}, highest = 0, lowest = 1;
	uint32_t last = series->count / CYCLES_MIN;

	for (uint32_t lag = 2; lag <= last + 1; lag++) {
		values[lag] = correlation(series, lag);
		if (lag >= LAG_MIN && lag <= last)
			highest = MW_MAX(highest, values[lag]);
	}
	for (uint32_t lag = 2; lag <= last; lag++) {
		lowest = MW_MIN(lowest, values[lag]);
		if (lag < LAG_MIN || values[lag] < PEAK || values[lag] < highest * 0.8 || values[lag] < lowest + VALLEY)
			continue;
		return values[lag + 1] > values[lag] ? lag + 1 : lag;
	}
	return 0;
}

uint32_t nat_habit_period_ms(const struct nat_habit_peer *peer)
{
	struct series series;
	uint32_t lag, cycles = 1;
	double period;

	fill(peer, &series);
	if (series.bursts < BURSTS_MIN || series.power <= 0)
		return 0;
	lag = find_lag(&series);
	if (lag == 0 || correlation(&series, best_near(&series, 2 * lag, 2)) < SECOND)
		return 0;
	period = lag;
	while ((cycles + 1) * (uint32_t)(period + 1) < series.count / 2) { // each further cycle sharpens it
		uint32_t at = best_near(&series, (uint32_t)((cycles + 1) * period + 0.5), 1);

		if (correlation(&series, at) < SECOND)
			break;
		period = (double)at / ++cycles;
	}
	return (uint32_t)(period * TICK_MS + 0.5);
}
