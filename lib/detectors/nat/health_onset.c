// SPDX-License-Identifier: BSD-3-Clause
// The onset of exhaustion, told while ports still come free one by one and only some are refused. What fails is a new
// mapping, whatever it is for: several sources fail from hosts of which nearly nothing failed before, beside open
// connections that go on.
// - Loss, which takes every packet alike, is held against all that passed meanwhile and would have suffered, too.
// - Pools may be apart: then one protocol is refused and the others show that the line is well.
// - A gap of a few seconds takes all: of failures in a row one counts until something has come in.
// Neighbours: health_decide.h; health.c keeps the seconds.
#include <math.h>

#include "health_decide.h"

#define ONSET_S      24 // that are looked back
#define LATE_S       3 // now minus the latest second: its connections had two seconds, and few answers take longer
#define SOURCES      48
#define FAILED_MIN   5
#define FAILED_PCT   20
#define SPREAD_S     4 // from the first failure to the last
#define BEFORE_MIN   30 // connections of before,
#define BEFORE_PART  50 // of which one in so many failed at most
#define ELSEWHERE    2 // failures beside those of the source that failed most,
#define CHANCE       0.01 // and more than chance makes of what failed before
#define SOURCES_MIN  3 // that failed
#define SPARED       0.02 // the chance that all but two addresses fail so rarely, if all were alike
#define PRIOR        2 // connections that came through, added to a share so that few are not taken for sure
#define LOSS         4.5 // minus the logarithm of the chance that loss spared what passed: one in ninety,
#define LOSS_V6      2.5 // one in twelve where IPv6, over the same line, is among it
#define V6_MIN       5
#define OLD_MIN      10 // samples of open connections,
#define OLD_LOST_PCT 2 // of which at most so many were lost
#define ALL_PCT      90 // failed: then nothing has to answer again,
#define ALL_MIN      5 // if so many addresses failed

/** Kinds of connections that are refused together: by one pool, or by pools and mappings of their own. */
enum { TCP = 1u << MW_NAT_TCP, UDP = 1u << MW_NAT_UDP, ICMP = 1u << MW_NAT_ICMP };
static const uint32_t groups[] = {TCP | UDP | ICMP, UDP | ICMP, UDP, TCP};

/** Where connections fail as a rule of its own: an address's services, or its echo. */
struct source {
	uint32_t address;
	bool echo;
	struct {
		uint32_t tried, failed;
		bool turns; // failed, and answered after that
	} of[MW_NAT_PROTOCOLS];
};

/** Looking back, so far. */
struct look {
	const struct nat_health *health;
	struct source sources[SOURCES];
	uint32_t count;
	uint64_t failed_ns; // the one that was added last; at first now
	struct {
		uint32_t tried, quick, slow, hosts, host; // slow: answered late or never, with those that do not count
		uint64_t last_s; // failed then
	} of[MW_NAT_PROTOCOLS];
	uint32_t v6_tried, v6_failed;
	uint32_t old_out, old_lost;
};

/** A group of protocols in a look. */
struct sum {
	uint32_t tried, failed, sources, addresses, hosts;
	struct tally {
		uint32_t address, tried, failed;
	} most, first, second; // of sources; of addresses, the two that failed most
	uint32_t others; // of other protocols, that passed at once; 0 when not all did
	uint64_t last_s;
	bool turns;
};

static bool came_in_between(const struct nat_health *health, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t last_s = to_ns / MW_NS_PER_SECOND;

	for (uint64_t second = from_ns / MW_NS_PER_SECOND; second <= last_s; second++) {
		const struct nat_health_second *slot = nat_health_second_at(health, second);

		if (slot != NULL && slot->in_first_ns != 0 && second * MW_NS_PER_SECOND + slot->in_last_ns > from_ns &&
			second * MW_NS_PER_SECOND + slot->in_first_ns < to_ns)
			return true;
	}
	return false;
}

static struct source *source_of(struct look *look, const struct nat_health_try *try)
{
	bool echo = try->kind == NAT_HEALTH_PING4;
	uint32_t i = 0;

	while (i < look->count && (look->sources[i].address != try->address || look->sources[i].echo != echo))
		i++;
	if (i == SOURCES)
		return NULL;
	if (i == look->count)
		look->sources[look->count++] = (struct source){.address = try->address, .echo = echo};
	return &look->sources[i];
}

static void add_failed(struct look *look, struct source *source, const struct nat_health_try *try, uint64_t second)
{
	uint8_t protocol = try->protocol;

	source->of[protocol].turns |= source->of[protocol].failed < source->of[protocol].tried; // what was seen came later
	source->of[protocol].failed++;
	if (look->of[protocol].last_s == 0)
		look->of[protocol].last_s = second;
	if (look->of[protocol].hosts == 0 || (look->of[protocol].hosts == 1 && look->of[protocol].host != try->host))
		look->of[protocol].hosts++;
	if (look->of[protocol].hosts == 1)
		look->of[protocol].host = try->host;
}

/** Adds the next older connection. @return whether it failed, and that counts. */
static bool add(struct look *look, const struct nat_health_try *try, uint64_t second)
{
	uint64_t now_ns = second * MW_NS_PER_SECOND + try->opened_ns;
	struct source *source;
	bool failed = !try->answered;

	if (try->kind == NAT_HEALTH_V6) {
		look->v6_tried++;
		look->v6_failed += failed;
		return false;
	}
	source = source_of(look, try);
	look->of[try->protocol].slow += !try->quick;
	if (source == NULL || (failed && !came_in_between(look->health, now_ns, look->failed_ns)))
		return false;
	if (failed) {
		add_failed(look, source, try, second);
		look->failed_ns = now_ns;
	}
	source->of[try->protocol].tried++;
	look->of[try->protocol].tried++;
	look->of[try->protocol].quick += try->quick;
	return failed;
}

static struct tally tally_of(const struct source *source, uint32_t group, bool *turns)
{
	struct tally tally = {.address = source->address};

	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++) {
		if (!(group >> i & 1))
			continue;
		tally.tried += source->of[i].tried;
		tally.failed += source->of[i].failed;
		*turns |= source->of[i].turns;
	}
	return tally;
}

/** An address: its services and its echo. */
static void add_address(struct sum *sum, struct tally tally)
{
	sum->addresses += tally.failed > 0;
	if (tally.failed > sum->first.failed) {
		sum->second = sum->first;
		sum->first = tally;
	} else if (tally.failed > sum->second.failed) {
		sum->second = tally;
	}
}

static void add_sources(const struct look *look, uint32_t group, struct sum *sum)
{
	for (uint32_t i = 0; i < look->count; i++) {
		struct tally source = tally_of(&look->sources[i], group, &sum->turns), address = source;
		bool added = false;

		sum->tried += source.tried;
		sum->failed += source.failed;
		sum->sources += source.failed > 0;
		if (source.failed > sum->most.failed)
			sum->most = source;
		for (uint32_t j = 0; j < look->count; j++) {
			struct tally other;

			if (j == i || look->sources[j].address != source.address)
				continue;
			other = tally_of(&look->sources[j], group, &sum->turns);
			address.tried += other.tried;
			address.failed += other.failed;
			added |= j < i;
		}
		if (!added)
			add_address(sum, address);
	}
}

static void sum_up(const struct look *look, const struct look *whole, uint32_t group, struct sum *sum)
{
	uint32_t host = 0, slow = 0;

	*sum = (struct sum){.tried = 0};
	add_sources(look, group, sum);
	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++) {
		if (!(group >> i & 1)) {
			sum->others += look->of[i].quick;
			slow += whole->of[i].slow;
			continue;
		}
		sum->last_s = MW_MAX(sum->last_s, look->of[i].last_s);
		if (look->of[i].hosts == 0)
			continue;
		if (look->of[i].hosts > 1 || (sum->hosts > 0 && host != look->of[i].host))
			sum->hosts = 2;
		sum->hosts = MW_MAX(sum->hosts, 1u);
		host = look->of[i].host;
	}
	if (slow > 0)
		sum->others = 0;
}

/** The chance of at least count events where so many are expected (Poisson). */
static double chance_of(uint32_t count, double expected)
{
	double term = exp(-expected), below = 0;

	for (uint32_t i = 0; i < count; i++) {
		below += term;
		term *= expected / (i + 1);
	}
	return 1 - below;
}

/** The chance of at most count of all, if each has this share (binomial). */
static double chance_of_few(uint32_t count, uint32_t all, double share)
{
	double term = pow(1 - share, all), sum = term;

	for (uint32_t i = 0; i < count && i < all; i++) {
		term *= share / (1 - share) * (all - i) / (i + 1);
		sum += term;
	}
	return sum;
}

static double share_of(const struct sum *sum)
{
	return (double)sum->failed / (sum->tried + PRIOR);
}

/** More sources than one fail, not as they did before; and not two addresses alone, that may be in trouble together. */
static bool is_general(const struct nat_health *health, const struct sum *sum)
{
	uint32_t elsewhere = sum->failed - sum->most.failed;
	uint32_t rest_tried = sum->tried - sum->first.tried - sum->second.tried;
	uint32_t rest_failed = sum->failed - sum->first.failed - sum->second.failed;
	double before = (double)(health->base_failed + 1) / (double)(health->base_tried + 2);

	return elsewhere >= ELSEWHERE && sum->addresses >= 2 && sum->sources >= SOURCES_MIN &&
		   chance_of(elsewhere, before * (sum->tried - sum->most.tried)) <= CHANCE &&
		   chance_of_few(rest_failed, rest_tried, share_of(sum)) > SPARED &&
		   (sum->turns || (sum->addresses >= ALL_MIN && sum->failed * 100 >= sum->tried * ALL_PCT));
}

static bool is_spotless(const struct look *look)
{
	return look->v6_failed == 0 && look->old_lost * 100 <= look->old_out * OLD_LOST_PCT;
}

/**
 * Whether loss that took such a share of the new ones would have spared what passed since the first of them failed. Of
 * open connections a sample shows only what was lost four times in a row: they send again.
 */
static bool is_no_loss(const struct look *look, const struct look *whole, const struct sum *sum)
{
	double share = share_of(sum), spared = -log1p(-share) * look->v6_tried;
	double least = share - sqrt(share * (1 - share) / sum->tried); // which group it is was chosen by what failed

	if (least > 0)
		spared -= log1p(-least) * sum->others;
	if (whole->old_lost == 0 && least > 0)
		spared -= log1p(-least * least * least * least) * look->old_out;
	return is_spotless(look) && spared >= (look->v6_tried >= V6_MIN ? LOSS_V6 : LOSS);
}

/** first_s: of the failure that was added last. */
static bool is_onset(const struct look *look, const struct look *whole, uint64_t first_s)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(groups); i++) {
		struct sum sum;

		sum_up(look, whole, groups[i], &sum);
		if (sum.failed >= FAILED_MIN && sum.failed * 100 >= sum.tried * FAILED_PCT && sum.hosts >= 2 &&
			sum.last_s >= first_s + SPREAD_S && is_general(look->health, &sum) && is_no_loss(look, whole, &sum))
			return true;
	}
	return false;
}

static bool received_since(const struct nat_health *health, uint64_t second)
{
	while (second < health->now_s && nat_health_second_at(health, second) == NULL)
		second++;
	for (; second <= health->now_s; second++) {
		const struct nat_health_second *slot = nat_health_second_at(health, second);

		if (slot != NULL && slot->old_in > 0)
			return true;
	}
	return false;
}

/** Looks back; with the whole of it known, @return the earliest failure from which on it is an onset, 0 none. */
static uint64_t look_back(const struct nat_health *health, const struct look *whole, struct look *look)
{
	uint64_t latest_s = health->now_s - LATE_S, since_ns = 0;

	*look = (struct look){.health = health, .failed_ns = (health->now_s + 1) * MW_NS_PER_SECOND};
	for (uint64_t second = latest_s; second > latest_s - ONSET_S; second--) {
		const struct nat_health_second *slot = nat_health_second_at(health, second);

		for (uint32_t i = slot != NULL ? slot->tries_count : 0; i-- > 0;) {
			if (add(look, &slot->tries[i], second) && whole != NULL && is_onset(look, whole, second))
				since_ns = second * MW_NS_PER_SECOND + slot->tries[i].opened_ns;
		}
		look->old_out += slot != NULL ? slot->old_out : 0;
		look->old_lost += slot != NULL ? slot->old_lost : 0;
	}
	return since_ns;
}

uint64_t nat_health_onset(const struct nat_health *health)
{
	struct look whole, look;

	if (!health->demand_high || health->base_tried < BEFORE_MIN ||
		health->base_failed * BEFORE_PART > health->base_tried || !received_since(health, health->now_s - LATE_S))
		return 0;
	look_back(health, NULL, &whole);
	if (whole.old_out < OLD_MIN || !is_spotless(&whole))
		return 0;
	return look_back(health, &whole, &look);
}
