// SPDX-License-Identifier: BSD-3-Clause
// The seconds of a line: which connections to answering destinations began and were answered, how open ones live.
// Neighbours: health.h; health_decide.c looks at what is kept here.
#include "health.h"

#include <math.h>
#include <string.h>

#include "health_decide.h"

#define PLACE_S        600 // a destination that was silent for longer is not known any more
#define OLD_S          30 // a connection that received nothing for so long is over, or one-way by nature
#define OLD_TAKE_S     10 // a connection without packets for so long gives its place to another
#define OLD_SHIFT      31 // of each direction the first packet in 2^31 ns is told: an answer may have been told before
#define OLD_GIVEN      (MW_NS_PER_SECOND + MW_NS_PER_SECOND / 5) // to answer, into the next such time
#define CONFIRM_S      16 // a look without a full model is confirmed by a second one after so long
#define CONFIRM_LAST_S 30 // and no later: open connections are looked at for so long
#define QUICK_NS       (MW_NS_PER_SECOND - MW_NS_PER_SECOND / 10) // RFC 6298: TCP's first repetition is a second late
#define MINIMUM        3 // of a percentage
#define SHIFT_LIMIT    20
#define BASE_S         32 // seconds older than that are what was before
#define BASE_MOST      4096

_Static_assert(NAT_HEALTH_SECONDS > 2 * NAT_HEALTH_GIVEN_S, "a second is kept until it is judged");

/** Mixes a word in; the same on every machine and run, so that results are. Collisions cost a sample, no more. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	hash ^= hash >> 29;
	hash *= 0xbf58476d1ce4e5b9;
	return hash ^ hash >> 32;
}

// Of IPv4 the first word is 0, and what it makes of a constant is one.
static inline uint64_t mix_address(uint64_t hash, const struct mw_address *address)
{
	uint64_t words[2];

	memcpy(words, address->bytes, sizeof(words));
	return mix(MW_LIKELY(words[0] == 0) ? mix(hash, 0) : mix(hash, be64toh(words[0])), be64toh(words[1]));
}

static uint8_t kind_of(const struct nat_health_flow *flow)
{
	if (!mw_address_is_v4(&flow->peer))
		return NAT_HEALTH_V6;
	return flow->protocol == MW_NAT_ICMP ? NAT_HEALTH_PING4 : NAT_HEALTH_V4;
}

/** Where it goes: of most connections nothing else is asked. */
struct target {
	uint64_t address, place; // hashes
};

static inline struct target target_of(const struct nat_health_flow *flow)
{
	uint16_t peer_port = flow->protocol == MW_NAT_ICMP ? 0 : flow->peer_port;
	uint64_t address = mix_address(1, &flow->peer);

	return (struct target){address, mix(address, (uint64_t)flow->protocol << 16 | peer_port)};
}

uint32_t nat_health_place_hash(const struct nat_health_flow *flow)
{
	return (uint32_t)target_of(flow).place;
}

static inline uint32_t flow_hash(const struct nat_health_flow *flow, uint64_t place, uint64_t host)
{
	return (uint32_t)mix(mix(place, host), flow->port);
}

/** Whether one flow of 2^shift is this one. */
static bool is_sampled(uint32_t flow, uint32_t shift)
{
	return (flow >> (32 - SHIFT_LIMIT) & ((1u << shift) - 1)) == 0;
}

static struct nat_health_second *second_of(struct nat_health *health, uint64_t second)
{
	struct nat_health_second *slot = &health->seconds[second % NAT_HEALTH_SECONDS];

	return slot->second == second ? slot : NULL;
}

const struct nat_health_second *nat_health_second_at(const struct nat_health *health, uint64_t second)
{
	const struct nat_health_second *slot = &health->seconds[second % NAT_HEALTH_SECONDS];

	return slot->second == second ? slot : NULL;
}

/** Adds a second, whose connections had their time, to the interval. */
static void judge_second(struct nat_health *health, const struct nat_health_second *slot)
{
	for (uint32_t i = 0; i < slot->tries_count; i++) {
		health->tried[slot->tries[i].kind]++;
		health->failed[slot->tries[i].kind] += !slot->tries[i].answered;
	}
	health->old_out += slot->old_out;
	health->old_lost += slot->old_lost;
}

/** What fails when nothing is wrong; halved now and then, so that it follows. */
static void learn_base(struct nat_health *health, const struct nat_health_second *slot)
{
	for (uint32_t i = 0; i < slot->tries_count; i++) {
		if (slot->tries[i].kind == NAT_HEALTH_V6)
			continue;
		health->base_tried++;
		health->base_failed += !slot->tries[i].answered;
	}
	if (health->base_tried < BASE_MOST)
		return;
	health->base_tried /= 2;
	health->base_failed /= 2;
}

/** So that next second's connections fit, if they are as many. */
static void adapt_sampling(struct nat_health *health, const struct nat_health_second *ended)
{
	uint32_t shift = 0;

	while (shift < SHIFT_LIMIT && ended->offered >> shift > NAT_HEALTH_TRIES)
		shift++;
	health->sample_shift = shift;
}

static void begin_second(struct nat_health *health)
{
	health->seconds[health->now_s % NAT_HEALTH_SECONDS] =
		(struct nat_health_second){.second = health->now_s, .shift = health->sample_shift};
}

static void next_second(struct nat_health *health)
{
	struct nat_health_second *ended = second_of(health, health->now_s);
	struct nat_health_second *judged;

	if (ended != NULL)
		adapt_sampling(health, ended);
	health->now_s++;
	judged = second_of(health, health->now_s - NAT_HEALTH_GIVEN_S - 1);
	if (judged != NULL)
		judge_second(health, judged);
	judged = second_of(health, health->now_s - BASE_S);
	if (judged != NULL && !health->exhausted)
		learn_base(health, judged);
	begin_second(health);
}

static __attribute__((noinline)) void move_to(struct nat_health *health, uint64_t second)
{
	if (health->now_s == 0) {
		health->now_s = second;
		begin_second(health);
	}
	for (uint32_t i = 0; i < NAT_HEALTH_SECONDS && health->now_s < second; i++)
		next_second(health);
	if (health->now_s < second) { // a long silence: all that was kept is judged by now
		health->now_s = second;
		begin_second(health);
	}
}

/** Ends the seconds before now_ns. */
static inline void move(struct nat_health *health, uint64_t now_ns)
{
	if (health->now_s == 0 || health->now_s != now_ns / MW_NS_PER_SECOND)
		move_to(health, now_ns / MW_NS_PER_SECOND);
}

static struct nat_health_place *place_of(struct nat_health *health, uint32_t place)
{
	return &health->places[place % NAT_HEALTH_PLACES];
}

static bool answers(struct nat_health *health, uint32_t place)
{
	const struct nat_health_place *slot = place_of(health, place);

	return slot->place == place && slot->answered_s != 0 && (uint32_t)health->now_s - slot->answered_s <= PLACE_S;
}

static void learn_place(struct nat_health *health, uint32_t place)
{
	struct nat_health_place *slot = place_of(health, place);

	// two destinations in one slot take turns: the one that is in use stays for a while
	if (slot->place != place && slot->answered_s != 0 && (uint32_t)health->now_s - slot->answered_s < OLD_TAKE_S)
		return;
	*slot = (struct nat_health_place){.place = place, .answered_s = (uint32_t)health->now_s};
}

void nat_health_tried(struct nat_health *health, uint64_t packet_ns, const struct nat_health_flow *flow)
{
	const struct target target = target_of(flow);
	const uint64_t now_ns = nat_health_time(packet_ns);
	struct nat_health_second *slot;
	uint64_t host;
	uint32_t hash;

	move(health, now_ns);
	slot = second_of(health, now_ns / MW_NS_PER_SECOND);
	if (slot == NULL || !answers(health, (uint32_t)target.place))
		return;
	slot->offered++;
	host = mix_address(2, &flow->host);
	hash = flow_hash(flow, target.place, host);
	if (!is_sampled(hash, slot->shift) || slot->tries_count == NAT_HEALTH_TRIES)
		return;
	slot->tries[slot->tries_count++] = (struct nat_health_try){.flow = hash,
															   .place = (uint32_t)target.place,
															   .address = (uint32_t)target.address,
															   .host = (uint32_t)host,
															   .opened_ns = (uint32_t)(now_ns % MW_NS_PER_SECOND),
															   .kind = kind_of(flow),
															   .protocol = flow->protocol};
}

static struct nat_health_old *old_of(struct nat_health *health, uint32_t flow)
{
	return &health->flows[flow % NAT_HEALTH_FLOWS];
}

static uint64_t old_last(const struct nat_health_old *old)
{
	return MW_MAX(old->in_ns, old->out_ns);
}

static bool same_time(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns >> OLD_SHIFT == b_ns >> OLD_SHIFT;
}

static void old_received(struct nat_health *health, uint64_t now_ns, uint32_t flow)
{
	struct nat_health_old *old = old_of(health, flow);
	struct nat_health_second *slot = second_of(health, now_ns / MW_NS_PER_SECOND);
	struct nat_health_second *sent;

	if (old->flow != flow && now_ns - old_last(old) < OLD_TAKE_S * MW_NS_PER_SECOND)
		return;
	if (old->flow != flow)
		*old = (struct nat_health_old){.flow = flow};
	if (old->out_ns != 0 && (same_time(old->out_ns, now_ns) || now_ns - old->out_ns <= OLD_GIVEN)) {
		sent = second_of(health, old->out_ns / MW_NS_PER_SECOND);
		if (sent != NULL && sent->old_lost > 0)
			sent->old_lost--;
	}
	old->out_ns = 0;
	old->in_ns = now_ns;
	if (slot != NULL)
		slot->old_in++;
}

/** Only one that received lately: others are over, refused, or one-way by nature. */
static void old_sent(struct nat_health *health, uint64_t now_ns, uint32_t flow)
{
	struct nat_health_old *old = old_of(health, flow);
	struct nat_health_second *slot = second_of(health, now_ns / MW_NS_PER_SECOND);

	if (old->flow != flow || slot == NULL || now_ns - old->in_ns > OLD_S * MW_NS_PER_SECOND)
		return;
	slot->old_out++;
	if (same_time(old->in_ns, now_ns))
		return;
	slot->old_lost++;
	old->out_ns = now_ns;
}

static void came_in(struct nat_health *health, uint64_t now_ns)
{
	struct nat_health_second *slot = second_of(health, now_ns / MW_NS_PER_SECOND);
	uint32_t within_ns = (uint32_t)(now_ns % MW_NS_PER_SECOND) + 1;

	if (slot == NULL)
		return;
	slot->in_last_ns = within_ns;
	if (slot->in_first_ns == 0)
		slot->in_first_ns = within_ns;
}

static void mark(struct nat_health_second *slot, uint32_t flow, bool quick)
{
	for (uint32_t i = 0; i < slot->tries_count; i++) {
		slot->tries[i].answered |= slot->tries[i].flow == flow;
		slot->tries[i].quick |= slot->tries[i].flow == flow && quick;
	}
}

void nat_health_answered(struct nat_health *health, uint64_t packet_ns, const struct nat_health_flow *flow,
						 uint64_t first_ns)
{
	const uint64_t now_ns = nat_health_time(packet_ns), opened_ns = nat_health_time(first_ns);
	const uint64_t place = target_of(flow).place;
	uint32_t hash;

	move(health, now_ns);
	learn_place(health, (uint32_t)place);
	if (kind_of(flow) != NAT_HEALTH_V6)
		came_in(health, now_ns);
	if (now_ns - opened_ns > NAT_HEALTH_GIVEN_S * MW_NS_PER_SECOND)
		return;
	hash = flow_hash(flow, place, mix_address(2, &flow->host));
	// the clock of what was tried may be later than its packet, where events of several workers are joined
	for (uint64_t second = opened_ns / MW_NS_PER_SECOND; second <= now_ns / MW_NS_PER_SECOND; second++) {
		struct nat_health_second *slot = second_of(health, second);

		if (slot != NULL && is_sampled(hash, slot->shift))
			mark(slot, hash, now_ns - opened_ns < QUICK_NS);
	}
}

void nat_health_lives(struct nat_health *health, uint64_t packet_ns, const struct nat_health_flow *flow, bool out)
{
	const uint64_t now_ns = nat_health_time(packet_ns);
	uint32_t hash;

	move(health, now_ns);
	if (kind_of(flow) == NAT_HEALTH_V6)
		return;
	hash = flow_hash(flow, target_of(flow).place, mix_address(2, &flow->host));
	if (out) {
		old_sent(health, now_ns, hash);
		return;
	}
	came_in(health, now_ns);
	old_received(health, now_ns, hash);
}

/** The first look only suspects. @return the first refusal when a later look confirms it, else 0. */
static uint64_t suspect(struct nat_health *health, uint64_t since_ns)
{
	uint64_t age_s = health->now_s - health->suspected_s;

	if (health->suspected_s == 0 || age_s > CONFIRM_LAST_S) {
		health->suspected_s = health->now_s;
		health->suspected_ns = since_ns;
	} else if (age_s >= CONFIRM_S) {
		health->suspected_s = 0;
		return health->suspected_ns;
	}
	return 0;
}

bool nat_health_advance(struct nat_health *health, uint64_t now_ns, bool full)
{
	uint64_t since_ns;

	move(health, nat_health_time(now_ns));
	if (health->decided_s == health->now_s)
		return false;
	health->decided_s = health->now_s;
	health->last_failed_ns = MW_MAX(health->last_failed_ns, nat_health_packet_time(nat_health_last_failed(health)));
	if (health->exhausted) {
		health->exhausted = !nat_health_recovered(health, health->found_s);
		if (!health->exhausted)
			health->exhausted_to_ns = MW_MAX(health->last_failed_ns, health->exhausted_from_ns);
		return false;
	}
	since_ns = nat_health_packet_time(nat_health_refused_since(health, full));
	if (since_ns != 0 && !full)
		since_ns = suspect(health, since_ns);
	if (since_ns == 0)
		since_ns = nat_health_packet_time(nat_health_onset(health));
	if (since_ns == 0)
		return false;
	health->exhausted = true;
	health->found_s = health->now_s;
	if (health->exhausted_from_ns == 0) // else it began again within the interval
		health->exhausted_from_ns = since_ns;
	return true;
}

void nat_health_withdraw(struct nat_health *health)
{
	health->exhausted = false;
	health->suspected_s = 0;
	health->exhausted_from_ns = health->exhausted_to_ns = 0;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole < MINIMUM ? NAN : 100.0 * (double)part / (double)whole;
}

void nat_health_look(const struct nat_health *health, struct nat_health_look *look)
{
	uint64_t to_ns =
		health->exhausted ? nat_health_packet_time((health->now_s + 1) * MW_NS_PER_SECOND) : health->exhausted_to_ns;

	*look = (struct nat_health_look){
		.new_v4_failed_pct = percent(health->failed[NAT_HEALTH_V4], health->tried[NAT_HEALTH_V4]),
		.established_v4_failed_pct = percent(health->old_lost, health->old_out),
		.new_v6_failed_pct = percent(health->failed[NAT_HEALTH_V6], health->tried[NAT_HEALTH_V6]),
		.ping4_failed_pct = percent(health->failed[NAT_HEALTH_PING4], health->tried[NAT_HEALTH_PING4]),
		.exhausted = health->exhausted_from_ns != 0,
		.from_ns = health->exhausted_from_ns,
		.to_ns = health->exhausted_from_ns != 0 ? to_ns : 0,
	};
}

void nat_health_interval(struct nat_health *health, uint64_t start_ns)
{
	memset(health->tried, 0, sizeof(health->tried));
	memset(health->failed, 0, sizeof(health->failed));
	health->old_out = 0;
	health->old_lost = 0;
	health->exhausted_from_ns = health->exhausted ? start_ns : 0;
	health->exhausted_to_ns = 0;
}
