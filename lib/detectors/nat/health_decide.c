// SPDX-License-Identifier: BSD-3-Clause
// The rule of exhaustion. A translator that is full refuses whoever comes, to wherever, while those inside go on; a
// port that comes free lets the next one in, so the same destination fails and answers by turns.
// - A server that is down answers nobody: it alone never counts, and two of them only beside a full model.
// - Loss takes packets of open connections too. Retransmission hides some: hence, without a full model, a strict limit
//   and a second look when other packets had the time to be lost.
// - In an outage open connections fall silent: one that received after the latest failure is asked for.
// Neighbours: health_decide.h; facts of the field on signatures of exhaustion.
#include "health_decide.h"

#define PLACES_MAX 64 // in one look back
#define CAP        4 // connections to one place weigh no more than so many: a flood to one is not all
#define LATE_S     (NAT_HEALTH_GIVEN_S + 1) // now minus the latest second that is judged
#define LASTING_S  30 // of open connections, and of recovery
#define IPV6_S     15 // of IPv6 connections, besides those since the first refusal
#define PLACES_S   16 // of destinations that are told apart
#define FORGET_S   120 // without a single try, exhaustion is not known any more

/** What is asked for; percentages of connections. */
struct rule {
	uint32_t window_s; // back from the latest judged second
	double failed, failed_pct;
	uint32_t old_out; // samples of open connections in LASTING_S
	uint32_t old_lost_pct; // at most
	uint32_t hosts; // that were refused
	bool single; // one place alone may do: the model says that its ports are gone (endpoint-dependent mapping)
};

static const struct rule rules[2] = {
	[false] = {.window_s = 16, .failed = 5, .failed_pct = 60, .old_out = 10, .old_lost_pct = 2, .hosts = 2},
	[true] =
		{.window_s = 8, .failed = 3, .failed_pct = 50, .old_out = 3, .old_lost_pct = 10, .hosts = 1, .single = true},
};

#define ALL_FAILED_PCT 90 // where nothing that failed was seen to answer again
#define ALL_ADDRESSES  5

/** A destination, looking back. */
struct place {
	uint32_t place, address, tried, failed;
	bool turns; // failed, and answered after that
};

struct tally {
	struct place places[PLACES_MAX];
	uint32_t count, addresses_failed, hosts_failed, host;
	double tried, failed; // each place weighs CAP at most
	bool turns, single;
};

static struct place *find_place(struct tally *tally, const struct nat_health_try *try)
{
	for (uint32_t i = 0; i < tally->count; i++) {
		if (tally->places[i].place == try->place)
			return &tally->places[i];
	}
	if (tally->count == PLACES_MAX)
		return NULL;
	tally->places[tally->count] = (struct place){.place = try->place, .address = try->address};
	return &tally->places[tally->count++];
}

static bool address_failed(const struct tally *tally, uint32_t address)
{
	for (uint32_t i = 0; i < tally->count; i++) {
		if (tally->places[i].address == address && tally->places[i].failed > 0)
			return true;
	}
	return false;
}

static void weigh(struct tally *tally, const struct place *place, double sign)
{
	double weight = MW_MIN(place->tried, CAP);

	if (place->tried == 0)
		return;
	tally->tried += sign * weight;
	tally->failed += sign * weight * place->failed / place->tried;
}

static void count_failed(struct tally *tally, struct place *place, const struct nat_health_try *try)
{
	if (!address_failed(tally, try->address))
		tally->addresses_failed++;
	if (tally->hosts_failed == 0 || (tally->hosts_failed == 1 && tally->host != try->host))
		tally->hosts_failed++;
	if (tally->hosts_failed == 1)
		tally->host = try->host;
	place->turns |= place->failed < place->tried; // those counted so far came later
	tally->turns |= place->turns;
	place->failed++;
}

/** Adds the next older connection. */
static void add_try(struct tally *tally, const struct nat_health_try *try)
{
	struct place *place = find_place(tally, try);

	if (place == NULL)
		return;
	weigh(tally, place, -1);
	if (!try->answered)
		count_failed(tally, place, try);
	place->tried++;
	weigh(tally, place, 1);
	tally->single |= place->turns && place->failed >= CAP && place->failed * 2 >= place->tried;
}

static bool refuses(const struct tally *tally, const struct rule *rule)
{
	if (rule->single && tally->single)
		return true;
	if (tally->failed < rule->failed || tally->failed * 100 < rule->failed_pct * tally->tried ||
		tally->hosts_failed < rule->hosts)
		return false;
	if (rule->single)
		return tally->turns || tally->addresses_failed >= 2;
	if (tally->turns)
		return tally->addresses_failed >= 2;
	return tally->addresses_failed >= ALL_ADDRESSES && tally->failed * 100 >= ALL_FAILED_PCT * tally->tried;
}

/** Of the IPv6 connections that began in a stretch of seconds at most one of so many failed. */
static bool ipv6_works(const struct nat_health *health, uint64_t from_s, uint64_t latest_s, uint32_t one_of)
{
	uint32_t tried = 0, failed = 0;

	for (uint64_t second = from_s; second <= latest_s; second++) {
		const struct nat_health_second *slot = nat_health_second_at(health, second);

		for (uint32_t i = 0; slot != NULL && i < slot->tries_count; i++) {
			if (slot->tries[i].kind == NAT_HEALTH_V6) {
				tried++;
				failed += !slot->tries[i].answered;
			}
		}
	}
	return failed * one_of <= tried;
}

/** Open connections are answered: over a while, and after the latest failure that counts. */
static bool open_ones_live(const struct nat_health *health, uint64_t latest_s, const struct rule *rule)
{
	uint32_t out = 0, lost = 0, received = 0, out_now = 0, lost_now = 0;

	for (uint64_t back = 3; back < LASTING_S && back <= health->now_s; back++) { // the latest may be answered yet
		const struct nat_health_second *slot = nat_health_second_at(health, health->now_s - back);

		if (slot == NULL)
			continue;
		out += slot->old_out;
		lost += slot->old_lost;
		if (back < rule->window_s) {
			out_now += slot->old_out;
			lost_now += slot->old_lost;
		}
	}
	for (uint64_t second = latest_s + 1; second <= health->now_s; second++) {
		const struct nat_health_second *slot = nat_health_second_at(health, second);

		received += slot != NULL ? slot->old_in : 0;
	}
	return received > 0 && out >= rule->old_out && lost * 100 <= rule->old_lost_pct * out &&
		   lost_now * 100 <= rule->old_lost_pct * out_now;
}

static bool counts(const struct nat_health_try *try)
{
	return try->kind == NAT_HEALTH_V4 || try->kind == NAT_HEALTH_PING4; // identifiers are numbers of the pool too
}

/** Looks back over a window; @return the earliest failure from which on the rule holds, 0 none. NULL: only counts. */
static uint64_t look_back(const struct nat_health *health, uint32_t window_s, const struct rule *rule,
						  struct tally *tally)
{
	uint64_t latest_s = health->now_s - LATE_S, since_ns = 0;

	for (uint64_t second = latest_s; second > latest_s - window_s; second--) {
		const struct nat_health_second *slot = nat_health_second_at(health, second);

		for (uint32_t i = slot != NULL ? slot->tries_count : 0; i-- > 0;) {
			if (!counts(&slot->tries[i]))
				continue;
			add_try(tally, &slot->tries[i]);
			if (rule != NULL && !slot->tries[i].answered && refuses(tally, rule))
				since_ns = second * MW_NS_PER_SECOND + slot->tries[i].opened_ns;
		}
	}
	return since_ns;
}

uint64_t nat_health_refused_since(const struct nat_health *health, bool full)
{
	const struct rule *rule = &rules[full];
	struct tally tally = {0};
	uint64_t latest_s = health->now_s - LATE_S, since_ns;

	if (health->now_s < NAT_HEALTH_SECONDS)
		return 0;
	since_ns = look_back(health, rule->window_s, rule, &tally);
	if (since_ns == 0 || !ipv6_works(health, since_ns / MW_NS_PER_SECOND, latest_s, 5) ||
		!ipv6_works(health, latest_s - IPV6_S, latest_s, 3) || !open_ones_live(health, latest_s, rule))
		return 0;
	return since_ns;
}

bool nat_health_recovered(const struct nat_health *health, uint64_t since_s)
{
	struct tally tally = {0};

	if (health->now_s < since_s + LASTING_S + LATE_S)
		return false;
	look_back(health, LASTING_S, NULL, &tally);
	if (tally.tried < 3)
		return health->now_s - nat_health_time(health->last_failed_ns) / MW_NS_PER_SECOND > FORGET_S;
	return !tally.single && tally.failed * 10 <= tally.tried;
}

uint64_t nat_health_last_failed(const struct nat_health *health)
{
	uint64_t latest_s = health->now_s - LATE_S;
	const struct nat_health_second *slot = nat_health_second_at(health, latest_s);

	for (uint32_t i = slot != NULL ? slot->tries_count : 0; i-- > 0;) {
		if (counts(&slot->tries[i]) && !slot->tries[i].answered)
			return latest_s * MW_NS_PER_SECOND + slot->tries[i].opened_ns;
	}
	return 0;
}

static void count_place(struct nat_health_place_look looks[], uint32_t *count, uint32_t room,
						const struct nat_health_try *try)
{
	uint32_t i = 0;

	while (i < *count && looks[i].place != try->place)
		i++;
	if (i == room)
		return;
	if (i == *count)
		looks[(*count)++] = (struct nat_health_place_look){.place = try->place};
	looks[i].tried++;
	looks[i].failed += !try->answered;
}

uint32_t nat_health_places(const struct nat_health *health, struct nat_health_place_look looks[], uint32_t room)
{
	uint32_t count = 0;

	for (uint64_t back = LATE_S; back < LATE_S + PLACES_S && back <= health->now_s; back++) {
		const struct nat_health_second *slot = nat_health_second_at(health, health->now_s - back);

		for (uint32_t i = 0; slot != NULL && i < slot->tries_count; i++) {
			if (slot->tries[i].kind == NAT_HEALTH_V4)
				count_place(looks, &count, room, &slot->tries[i]);
		}
	}
	return count;
}
