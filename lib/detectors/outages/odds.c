// SPDX-License-Identifier: BSD-3-Clause
// Wald's test with the share that fails on this line: where a third of all questions fails, three prove nothing.
// Neighbours: odds.h; silence.c has the test with the share of a line on which nothing is wrong.
#include "odds.h"

#include <math.h>

#include "mw_base.h"

#define HALF_NS       (30 * MW_NS_PER_SECOND)
#define DOWN_FAILS    0.98 // of the questions on a line that is down
#define UP_FAILS      0.02 // and on one that is up, where nothing else is known
#define FAILED_LEAST  4 // fewer say nothing of the line
#define SEEN_LEAST_NS MW_NS_PER_SECOND // a shorter time does not

struct outages_fare *outages_odds_now(struct outages_odds *odds, uint64_t now_ns)
{
	if (odds->began_ns == 0 || now_ns >= odds->began_ns + 2 * HALF_NS) {
		odds->halves[0] = odds->halves[1] = (struct outages_fare){0};
		odds->began_ns = now_ns;
	} else if (now_ns >= odds->began_ns + HALF_NS) {
		odds->halves[1] = odds->halves[0];
		odds->halves[1].within_ns = HALF_NS;
		odds->halves[0] = (struct outages_fare){0};
		odds->began_ns += HALF_NS;
	}
	if (now_ns > odds->began_ns)
		odds->halves[0].within_ns = now_ns - odds->began_ns;
	return &odds->halves[0];
}

struct outages_fare outages_odds_fare(const struct outages_odds *odds)
{
	struct outages_fare sum = odds->halves[0];

	sum.answered += odds->halves[1].answered;
	sum.failed += odds->halves[1].failed;
	sum.steps += odds->halves[1].steps;
	sum.within_ns += odds->halves[1].within_ns;
	return sum;
}

static double fails_on(const struct outages_fare *fare)
{
	if (fare->failed < FAILED_LEAST)
		return UP_FAILS;
	return fmax(UP_FAILS, (double)fare->failed / (double)(fare->failed + fare->answered));
}

/** How often something comes, each nanosecond; as often as may be where too little was seen. */
static double rate_on(const struct outages_fare *fare)
{
	return fare->within_ns < SEEN_LEAST_NS ? INFINITY : (double)fare->steps / (double)fare->within_ns;
}

bool outages_odds_tell(const struct outages_fare *before, const struct outages_fare *after, uint32_t asked,
					   uint64_t silent_ns, uint64_t failures)
{
	const double proof = (double)failures * log(DOWN_FAILS / UP_FAILS);
	const double fails = fmax(fails_on(before), fails_on(after));
	const double rate = fmin(rate_on(before), rate_on(after));

	return asked * log(DOWN_FAILS / fails) >= proof || (double)silent_ns * rate >= proof;
}
