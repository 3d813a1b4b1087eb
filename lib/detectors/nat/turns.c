// SPDX-License-Identifier: BSD-3-Clause
// Ranges in turn: what is passed over was refused, if it is full. A range that is full and not passed over proves
// nothing, nor one that is passed over and has ports left: a packet was lost, or went another way.
// Neighbours: turns.h.
#include "turns.h"

#include <string.h>

#define RANGES_MIN  4 // of fewer too many follow each other by chance
#define SEEN_MIN    32
#define LEARNED_MIN 45 // of the latest 64 sessions, or as many of fewer; by chance one in so many ranges
#define FORGET_MAX  12
#define REST_LEAST  25u // seconds: no translator in use lets UDP go sooner
#define NEAR_NS     (30 * MW_NS_PER_SECOND)
#define REFUSED_MIN 3 // before it is said; one more keeps it so

static uint32_t second_of(uint64_t now_ns)
{
	return (uint32_t)(now_ns / MW_NS_PER_SECOND);
}

static struct nat_turns_peer *find_peer(struct nat_turns *turns, const struct nat_turns_use *use)
{
	for (uint32_t i = 0; i < NAT_TURNS_PEERS; i++) {
		struct nat_turns_peer *peer = &turns->peers[i];

		if (peer->weight > 0 && peer->port == use->peer_port && mw_address_compare(&peer->address, use->address) == 0)
			return peer;
	}
	return NULL;
}

/** Misra, Gries: whoever finds no place takes one off each. */
static struct nat_turns_peer *take_peer(struct nat_turns *turns, const struct nat_turns_use *use)
{
	struct nat_turns_peer *free_one = NULL;

	for (uint32_t i = 0; i < NAT_TURNS_PEERS; i++) {
		if (turns->peers[i].weight == 0)
			free_one = &turns->peers[i];
	}
	for (uint32_t i = 0; free_one == NULL && i < NAT_TURNS_PEERS; i++)
		turns->peers[i].weight--;
	if (free_one == NULL)
		return NULL;
	memset(free_one, 0, sizeof(*free_one));
	free_one->address = *use->address;
	free_one->port = use->peer_port;
	return free_one;
}

/** A port that came back to the same destination was free: the timer is no longer than it rested. One program that uses
 * its socket again proves nothing, hence the second shortest. */
static void see_rest(struct nat_turns_peer *peer, uint32_t rest_s)
{
	if (rest_s < REST_LEAST)
		return;
	if (peer->rest_s == 0 || rest_s < peer->rest_s) {
		peer->rest2_s = peer->rest_s;
		peer->rest_s = rest_s;
	} else if (peer->rest2_s == 0 || rest_s < peer->rest2_s)
		peer->rest2_s = rest_s;
}

/** How many of its ports live towards it. */
static uint32_t count_ports(const struct nat_turns *turns, const struct nat_turns_peer *peer, uint32_t first,
							uint32_t count, uint64_t now_ns)
{
	uint32_t timer_s = peer->rest2_s != 0 ? MW_MIN(turns->timer_s, peer->rest2_s) : turns->timer_s, ports = 0;

	for (uint32_t i = first; i < first + count; i++)
		ports += peer->used_s[i] != 0 && second_of(now_ns) - peer->used_s[i] <= timer_s;
	return ports;
}

/** Which destination a range is full towards; NAT_TURNS_PEERS: none. */
static uint32_t full_towards(const struct nat_turns *turns, uint32_t first, uint32_t count,
							 const struct nat_turns_use *use)
{
	for (uint32_t i = 0; i < NAT_TURNS_PEERS; i++) {
		const struct nat_turns_peer *peer = &turns->peers[i];

		if (peer->weight > 0 && count_ports(turns, peer, first, count, use->now_ns) == count)
			return i;
	}
	return NAT_TURNS_PEERS;
}

static void see_out_of_turn(struct nat_turns *turns, uint32_t ranges, uint32_t range_ports, uint32_t step,
							const struct nat_turns_use *use)
{
	struct nat_turns_event event = {.at_ns = use->now_ns, .refused = step >= 2};

	for (uint32_t i = 1; event.refused && i < step; i++) {
		event.peer = full_towards(turns, (turns->at + i) % ranges * range_ports, range_ports, use);
		event.refused = event.peer < NAT_TURNS_PEERS;
	}
	turns->events[turns->events_count++ % NAT_TURNS_EVENTS] = event;
}

static void learn(struct nat_turns *turns, bool next)
{
	uint32_t followed;

	turns->recent = turns->recent << 1 | next;
	turns->seen++;
	followed = (uint32_t)__builtin_popcountll(turns->recent);
	if (turns->seen >= SEEN_MIN && followed * 64 >= LEARNED_MIN * MW_MIN(turns->seen, 64u))
		turns->learned = true;
	else if (turns->seen >= 64 && followed <= FORGET_MAX)
		turns->learned = false;
}

static void begin(struct nat_turns *turns, uint32_t ranges, uint32_t range_ports, uint32_t index,
				  const struct nat_turns_use *use)
{
	uint32_t range = index / range_ports, step = (range + ranges - turns->at) % ranges;

	if (turns->learned && step != 1)
		see_out_of_turn(turns, ranges, range_ports, step, use);
	learn(turns, step == 1);
	turns->at = range;
}

static void mark(struct nat_turns *turns, uint32_t index, const struct nat_turns_use *use)
{
	struct nat_turns_peer *peer = find_peer(turns, use);
	uint32_t now_s = second_of(use->now_ns);

	if (peer == NULL && use->begins)
		peer = take_peer(turns, use);
	if (peer == NULL)
		return;
	if (use->begins && peer->used_s[index] != 0)
		see_rest(peer, now_s - peer->used_s[index]);
	peer->weight += use->begins;
	peer->answers |= use->inbound;
	peer->used_s[index] = now_s;
}

void nat_turns_use(struct nat_turns *turns, const struct mw_mape_set *set, const struct nat_turns_use *use)
{
	struct mw_mape_layout layout = set->layout;
	uint32_t ranges = mw_mape_ranges(layout), range_ports = mw_mape_range_ports(layout), range;

	if (ranges < RANGES_MIN || mw_mape_ports(layout) > NAT_TURNS_PORTS || !mw_mape_holds(set, use->port))
		return;
	range = ((uint32_t)use->port >> (MW_MAPE_PORT_BITS - layout.offset_bits)) -
			1; // several ranges: the lowest has no ports
	range = range * range_ports + (use->port & (range_ports - 1));
	turns->timer_s = second_of(use->timer_ns);
	if (use->begins)
		begin(turns, ranges, range_ports, range, use);
	mark(turns, range, use);
}

/** Of destinations that answer rather than of others, then the later one. */
static bool shows_more(const struct nat_turns *turns, const struct nat_turns_event *event,
					   const struct nat_turns_event *than)
{
	bool answers = turns->peers[event->peer].answers, others = turns->peers[than->peer].answers;

	return answers != others ? answers : event->at_ns >= than->at_ns;
}

static void tell(const struct nat_turns *turns, const struct nat_turns_peer *peer, uint64_t now_ns,
				 struct nat_turns_refusal *refusal)
{
	refusal->address = peer->address;
	refusal->port = peer->port;
	refusal->answers = peer->answers;
	refusal->ports = count_ports(turns, peer, 0, NAT_TURNS_PORTS, now_ns);
}

bool nat_turns_refuses(struct nat_turns *turns, uint64_t now_ns, struct nat_turns_refusal *refusal)
{
	const struct nat_turns_event *shown = NULL;
	uint32_t refused = 0, others = 0;

	*refusal = (struct nat_turns_refusal){.from_ns = UINT64_MAX};
	for (uint32_t i = 0; i < MW_MIN(turns->events_count, (uint32_t)NAT_TURNS_EVENTS); i++) {
		const struct nat_turns_event *event = &turns->events[i];

		if (event->at_ns + NEAR_NS < now_ns)
			continue;
		refused += event->refused;
		others += !event->refused;
		if (!event->refused)
			continue;
		refusal->from_ns = MW_MIN(refusal->from_ns, event->at_ns);
		refusal->to_ns = MW_MAX(refusal->to_ns, event->at_ns);
		if (shown == NULL || shows_more(turns, event, shown))
			shown = event;
	}
	if (shown != NULL)
		tell(turns, &turns->peers[shown->peer], now_ns, refusal);
	turns->refuses = turns->learned && (turns->refuses ? refused > 0 : refused >= REFUSED_MIN && refused > others);
	return turns->refuses;
}
