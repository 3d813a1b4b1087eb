// SPDX-License-Identifier: BSD-3-Clause
// Sixteen rests in order of length, and where they begin to lie close together.
// Neighbours: rests.h.
#include "rests.h"

#include <string.h>

#define OLD_DS     (6 * 3600 * 10u) // the router may be set anew
#define AGREE      3 // ports that make a timer
#define CERTAIN    3 // where each is a proof, however far they lie apart
#define SPREAD_PCT 15 // by which they may differ,
#define SPREAD_DS  20 // and by as much: of a connection a packet in two seconds is told
#define LOOSE_PCT  100 // the same for what came back to another protocol: no program does that with its socket
#define LOOSE_DS   50
#define ASKS_AGREE 4 // the same for ports that come back to the resolver: some programs ask from one socket
#define ASKS_PCT   30
#define EDGE       4 // ports that make an edge
#define EDGE_PART  8 // within this part of what it is beyond the assumed timer
#define NEAR_PART  20 // a port comes back when it is asked for, a little after its timer has ended

static void drop(struct nat_rests *rests, uint32_t place)
{
	memmove(&rests->rests[place], &rests->rests[place + 1], (rests->count - place - 1) * sizeof(rests->rests[0]));
	rests->count--;
}

/** Old ones go, and a longer one of the same port. @return false when the port has a shorter one. */
static bool make_room(struct nat_rests *rests, uint32_t rest_ds, uint32_t at_ds, uint16_t port)
{
	for (uint32_t i = rests->count; i-- > 0;) {
		const struct nat_rest *rest = &rests->rests[i];

		if (at_ds - rest->at_ds > OLD_DS)
			drop(rests, i);
		else if (rest->port == port && rest->rest_ds <= rest_ds)
			return false;
		else if (rest->port == port)
			drop(rests, i);
	}
	return true;
}

void nat_rests_add(struct nat_rests *rests, uint32_t rest_ds, uint32_t at_ds, uint16_t port)
{
	uint32_t place;

	if (!make_room(rests, rest_ds, at_ds, port) ||
		(rests->count == NAT_RESTS_MAX && rest_ds >= rests->rests[NAT_RESTS_MAX - 1].rest_ds))
		return;
	if (rests->count == NAT_RESTS_MAX)
		rests->count--;
	for (place = rests->count; place > 0 && rests->rests[place - 1].rest_ds > rest_ds; place--)
		rests->rests[place] = rests->rests[place - 1];
	rests->rests[place] = (struct nat_rest){.rest_ds = rest_ds, .at_ds = at_ds, .port = port};
	rests->count++;
}

static uint32_t merge(const struct nat_rests *a, const struct nat_rests *b, uint32_t merged[2 * NAT_RESTS_MAX])
{
	uint32_t count = 0, j = 0;

	for (uint32_t i = 0; i < a->count || j < b->count;) {
		if (j == b->count || (i < a->count && a->rests[i].rest_ds <= b->rests[j].rest_ds))
			merged[count++] = a->rests[i++].rest_ds;
		else
			merged[count++] = b->rests[j++].rest_ds;
	}
	return count;
}

/** The first rest that enough others nearly agree with; 0: none. */
static uint32_t first_agreed(const uint32_t *rests_ds, uint32_t count, uint32_t agree, uint32_t spread_pct,
							 uint32_t spread_ds)
{
	for (uint32_t i = 0; i + agree <= count; i++) {
		if (rests_ds[i + agree - 1] - rests_ds[i] <= rests_ds[i] * spread_pct / 100 + spread_ds)
			return i + 1;
	}
	return 0;
}

/** Whether rests begin all at once there: with a shorter timer some would have come back since it ended. */
static bool is_edge(const uint32_t *rests_ds, uint32_t count, uint32_t first, uint32_t assumed_ds)
{
	uint32_t last = first + EDGE - 1;

	return last < count && (rests_ds[last] - rests_ds[first]) * EDGE_PART <= rests_ds[first] - assumed_ds;
}

/** Longer than assumed only where that is an edge. */
static bool is_shown(const uint32_t *rests_ds, uint32_t count, uint32_t first, const struct nat_rests_reading *reading)
{
	uint32_t assumed_ds = reading->assumed_ds;

	return rests_ds[first] <= assumed_ds + assumed_ds / NEAR_PART ||
		   (reading->chance && is_edge(rests_ds, count, first, assumed_ds));
}

/** A resolver is asked all the time: what comes back to it soonest does when its timer has ended. 0: too little. */
static uint32_t asked_again_ds(const struct nat_rests_lists *lists, const struct nat_rests_reading *reading)
{
	static const struct nat_rests none;
	uint32_t again[2 * NAT_RESTS_MAX], count = merge(&lists->again, &none, again);
	uint32_t first = first_agreed(again, count, ASKS_AGREE, ASKS_PCT, SPREAD_DS);

	return first > 0 && is_shown(again, count, first - 1, reading) ? again[first - 1] : 0;
}

/**
 * Each is a proof that the timer is no longer; three, for a packet may have been missed. Ports come back at random
 * after it has ended: as long as they lie apart on average, it is shorter than the first. 0: too few, or longer than
 * assumed.
 */
static uint32_t begun_anew_ds(const struct nat_rests_lists *lists, const struct nat_rests_reading *reading)
{
	const struct nat_rest *rests = lists->peer.rests;
	uint32_t apart_ds;

	if (!reading->certain || reading->saves || lists->peer.count < CERTAIN || rests[0].rest_ds >= reading->assumed_ds)
		return 0;
	apart_ds = (rests[CERTAIN - 1].rest_ds - rests[0].rest_ds) / (CERTAIN - 1);
	return rests[0].rest_ds - MW_MIN(apart_ds, rests[0].rest_ds / 2);
}

uint32_t nat_rests_timer_ds(const struct nat_rests_lists *lists, const struct nat_rests_reading *reading)
{
	static const struct nat_rests none;
	const struct nat_rests *apart = reading->shared ? &lists->protocol : &none;
	uint32_t merged[2 * NAT_RESTS_MAX], count = merge(apart, &none, merged);
	uint32_t first = first_agreed(merged, count, AGREE, LOOSE_PCT, LOOSE_DS),
			 timer_ds = first > 0 ? merged[first - 1] : 0;
	uint32_t sooner_ds = reading->asks ? asked_again_ds(lists, reading) : begun_anew_ds(lists, reading);

	count = merge(reading->saves ? &lists->again : &lists->peer, apart, merged);
	first = first_agreed(merged, count, AGREE, SPREAD_PCT, SPREAD_DS);
	if (first > 0 && (timer_ds == 0 || timer_ds > merged[first - 1]))
		timer_ds = merged[first - 1];
	if (timer_ds > reading->assumed_ds + reading->assumed_ds / NEAR_PART)
		timer_ds = first > 0 && is_shown(merged, count, first - 1, reading) ? merged[first - 1] : 0;
	if (timer_ds == 0 || (sooner_ds != 0 && sooner_ds < timer_ds))
		return sooner_ds;
	return timer_ds;
}
