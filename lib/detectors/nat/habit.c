// SPDX-License-Identifier: BSD-3-Clause
// The destinations of a host that take most unanswered sessions: "space saving" of Metwally, Agrawal, El Abbadi 2005.
// Neighbours: habit.h; habit_period.c finds the rhythm, habit_text.c says it.
#include "habit.h"

#include <string.h>

#define TICK_NS        (MW_NS_PER_SECOND / 4)
#define UNANSWERED     5 // sessions in an interval: fewer are no habit
#define ROTATING_PCT   80 // of openings with another source port than the one before
#define PORTS_OF_A_DST 3 // as many ports of one destination are "several"

static struct nat_habit_peer *find_peer(struct nat_habit *habit, uint8_t protocol, const struct mw_address *dst,
										uint16_t dport)
{
	for (uint32_t i = 0; i < habit->peers_count; i++) {
		struct nat_habit_peer *peer = &habit->peers[i];

		if (peer->dport == dport && peer->protocol == protocol && mw_address_compare(&peer->dst, dst) == 0)
			return peer;
	}
	return NULL;
}

/** A place for a new destination: a free one, else that of the lightest, whose weight it takes over. */
static struct nat_habit_peer *new_peer(struct nat_habit *habit)
{
	struct nat_habit_peer *lightest = &habit->peers[0];

	if (habit->peers_count < NAT_HABIT_PEERS)
		return &habit->peers[habit->peers_count++];
	for (uint32_t i = 1; i < NAT_HABIT_PEERS; i++) {
		if (habit->peers[i].weight < lightest->weight)
			lightest = &habit->peers[i];
	}
	return lightest;
}

static void mark_tick(struct nat_habit_peer *peer, uint64_t tick)
{
	if (tick > peer->last_tick) {
		uint64_t gap = MW_MIN(tick - peer->last_tick, NAT_HABIT_TICKS);

		for (uint64_t back = 0; back < gap; back++)
			peer->ticks[(tick - back) % NAT_HABIT_TICKS / 64] &= ~(UINT64_C(1) << (tick - back) % 64);
		peer->last_tick = tick;
	}
	if (peer->last_tick - tick < NAT_HABIT_TICKS)
		peer->ticks[tick % NAT_HABIT_TICKS / 64] |= UINT64_C(1) << tick % 64;
}

void nat_habit_opened(struct nat_habit *habit, uint64_t now_ns, uint8_t protocol, uint16_t sport,
					  const struct mw_address *dst, uint16_t dport)
{
	struct nat_habit_peer *peer = find_peer(habit, protocol, dst, dport);
	uint64_t tick = now_ns / TICK_NS;

	if (peer == NULL) {
		peer = new_peer(habit);
		*peer = (struct nat_habit_peer){.dst = *dst,
										.dport = dport,
										.protocol = protocol,
										.weight = peer->weight,
										.new_ports = 1,
										.first_tick = tick,
										.last_tick = tick};
	} else if (peer->last_sport != sport) {
		peer->new_ports++;
	}
	peer->weight++;
	peer->opened++;
	peer->last_sport = sport;
	mark_tick(peer, tick);
}

void nat_habit_answered(struct nat_habit *habit, uint8_t protocol, const struct mw_address *dst, uint16_t dport)
{
	struct nat_habit_peer *peer = find_peer(habit, protocol, dst, dport);

	if (peer == NULL)
		return;
	peer->ever_answered = true;
	peer->weight -= peer->weight > 0;
}

/** Unanswered sessions to a peer's address, and to how many of its ports. */
static uint32_t unanswered_of(const struct nat_habit *habit, const struct nat_habit_peer *peer, uint32_t *ports)
{
	uint32_t opened = 0;

	*ports = 0;
	for (uint32_t i = 0; i < habit->peers_count; i++) {
		const struct nat_habit_peer *other = &habit->peers[i];

		if (other->ever_answered || other->opened == 0 || other->protocol != peer->protocol ||
			mw_address_compare(&other->dst, &peer->dst) != 0)
			continue;
		opened += other->opened;
		++*ports;
	}
	return opened;
}

static void describe(const struct nat_habit_peer *peer, bool several, const struct nat_hints *hints,
					 struct mw_nat_habit *result)
{
	const char *hint = nat_hints_find(hints, peer->protocol, peer->dport);
	struct mw_text text = mw_text_in(result->hint, sizeof(result->hint));

	result->known = true;
	result->dst = peer->dst;
	result->dport = several ? 0 : peer->dport;
	result->protocol = peer->protocol;
	result->rotating_port = peer->opened > 1 && peer->new_ports * 100 >= peer->opened * ROTATING_PCT;
	result->dst_private = mw_address_is_private(&peer->dst);
	result->period_ms = several ? 0 : nat_habit_period_ms(peer);
	if (hint != NULL)
		mw_text_add(&text, "%s", hint);
}

void nat_habit_judge(const struct nat_habit *habit, uint64_t interval_ns, const struct nat_hints *hints,
					 struct mw_nat_habit *result)
{
	const struct nat_habit_peer *best = NULL;
	uint32_t most = 0, most_ports = 0;

	memset(result, 0, sizeof(*result));
	for (uint32_t i = 0; i < habit->peers_count; i++) {
		const struct nat_habit_peer *peer = &habit->peers[i];
		uint32_t ports, opened = unanswered_of(habit, peer, &ports);

		if (peer->ever_answered || opened < UNANSWERED || opened < most)
			continue;
		if (best != NULL && opened == most && peer->opened <= best->opened)
			continue;
		best = peer;
		most = opened;
		most_ports = ports;
	}
	if (best == NULL)
		return;
	describe(best, most_ports >= PORTS_OF_A_DST && best->opened * 2 < most, hints, result);
	if (interval_ns > 0)
		result->per_s = (double)most * (double)MW_NS_PER_SECOND / (double)interval_ns;
}

void nat_habit_interval(struct nat_habit *habit)
{
	for (uint32_t i = 0; i < habit->peers_count; i++) {
		habit->peers[i].opened = 0;
		habit->peers[i].new_ports = 0;
		habit->peers[i].weight /= 2;
	}
}
