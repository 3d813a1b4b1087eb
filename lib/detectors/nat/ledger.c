// SPDX-License-Identifier: BSD-3-Clause
// A translator gives a port to another session when the timer of the last one has ended, not before: each port that
// comes back bounds a timer. What comes back sooner than any timer ends was never free: then pools are apart, or ports
// serve several peers.
// Neighbours: ledger.h. Follows RFC 4787 sections 4.1 and 4.3, RFC 5382 REQ-5, RFC 5508 REQ-2; the least times are
// those of translators in use, which are shorter.
#include "ledger.h"

#include <string.h>

#define DS_NS       (100 * MW_NS_PER_MS)
#define S_DS(s)     ((s)*10u)
#define KIND        0x0f
#define TALKED      0x10 // more than a question and its answer: it may rest and go on
#define OVERTAKEN   0x20 // another protocol began at this number while this one may live
#define NOT_IN_SET  UINT32_MAX
#define SOON_DS     30u // one program may turn to several peers at once
#define SAVES_TCP   3 // different ports that prove it: nobody opens two connections from one port
#define SAVES_MIN   4 // but programs do send from one UDP port to several peers: several ports,
#define SAVES_DOUBT 2 // from so many on nothing is concluded of ports that came back to another peer
#define SAMPLES     8 // ports that are looked at to know what chance would make
#define SAVES_PART  3 // and at least this part of what chance would make of it
#define APART_MIN   3
#define MIXED_MIN   4
#define MIXED_FRESH 4 // while one in so many was never used
#define ORDER_STEP  4 // ports between that may be in use
#define ORDER_MIN   16 // sessions on fresh ports that show an order,
#define ORDER_PART  6 // if one in so many follows the one before
#define DOUBT_MIN   6.0 // ports that should have come back: by chance all stay away once in four hundred times
#define DOUBT_PART  6 // at most one in so many did
#define LENGTHENS   3 // a timer that is too short by half of itself

static const uint32_t least_ds[NAT_TIMERS] = {
	[NAT_TIMER_TCP_OPENING] = S_DS(4), [NAT_TIMER_TCP] = S_DS(120),
	[NAT_TIMER_TCP_CLOSING] = S_DS(1), [NAT_TIMER_UDP_UNANSWERED] = S_DS(25),
	[NAT_TIMER_UDP] = S_DS(25),        [NAT_TIMER_DNS] = S_DS(8),
	[NAT_TIMER_ICMP] = S_DS(8),
};

uint64_t nat_ledger_least_ns(enum nat_timer timer)
{
	return least_ds[timer] * DS_NS;
}

static uint32_t index_of(const struct mw_mape_set *set, uint16_t port)
{
	struct mw_mape_layout layout = set->layout;
	uint32_t range_ports = mw_mape_range_ports(layout);
	uint32_t range = (uint32_t)port >> (MW_MAPE_PORT_BITS - layout.offset_bits);

	if (!mw_mape_holds(set, port) || mw_mape_ports(layout) > NAT_LEDGER_PORTS)
		return NOT_IN_SET;
	return (range - (layout.offset_bits != 0)) * range_ports + (port & (range_ports - 1));
}

static bool vote(struct nat_ledger_votes *votes, uint32_t index)
{
	uint64_t bit = UINT64_C(1) << index % 64;

	if (votes->bits[index / 64] & bit)
		return false;
	votes->bits[index / 64] |= bit;
	votes->count++;
	return true;
}

static bool is_voted(const struct nat_ledger_votes *votes, uint32_t index)
{
	return votes->bits[index / 64] >> index % 64 & 1;
}

static uint32_t ds_of(const struct nat_ledger *ledger, uint64_t now_ns)
{
	return (uint32_t)((now_ns - MW_MIN(ledger->base_ns, now_ns)) / DS_NS) + 1;
}

static bool is_fresh(const struct nat_ledger *ledger, uint32_t index)
{
	bool used = false;

	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++)
		used |= ledger->protocols[i].used_ds[index] != 0;
	return !used;
}

/** What the last use of a protocol at this port says, now that a session of use->protocol begins there. */
static void see_rest(struct nat_ledger *ledger, const struct nat_ledger_use *use, uint32_t index, uint8_t protocol,
					 uint32_t now_ds)
{
	uint8_t *kinds = &ledger->protocols[protocol].kinds[index], kind = *kinds & KIND;
	uint32_t rest_ds = now_ds - ledger->protocols[protocol].used_ds[index];
	bool same_peer = ledger->protocols[protocol].peers[index] == use->peer;
	struct nat_rests *rests = &ledger->rests[kind].protocol;

	if (protocol != use->protocol)
		*kinds |= OVERTAKEN;
	else
		rests = same_peer ? &ledger->rests[kind].again : &ledger->rests[kind].peer;
	if (rest_ds >= least_ds[kind])
		nat_rests_add(rests, rest_ds, now_ds, (uint16_t)index);
	else if (protocol != use->protocol)
		vote(&ledger->apart, index);
	else if (!same_peer && (protocol == MW_NAT_TCP || rest_ds >= SOON_DS))
		vote(&ledger->protocols[protocol].saves, index);
}

/** Which protocol used a port last; MW_NAT_PROTOCOLS: none. */
static uint8_t latest_at(const struct nat_ledger *ledger, uint32_t index)
{
	uint8_t latest = MW_NAT_PROTOCOLS;

	for (uint8_t i = 0; i < MW_NAT_PROTOCOLS; i++) {
		uint32_t used_ds = ledger->protocols[i].used_ds[index];

		if (used_ds != 0 && (latest == MW_NAT_PROTOCOLS || used_ds > ledger->protocols[latest].used_ds[index]))
			latest = i;
	}
	return latest;
}

/** A session on a port that its last entry's timer had let go. */
static void see_return(struct nat_ledger *ledger, const struct nat_ledger_use *use, uint32_t index, uint32_t now_ds)
{
	uint8_t last = nat_ledger_pools_apart(ledger) ? use->protocol : latest_at(ledger, index);
	uint32_t rest_ds;
	uint8_t kind;

	if (last == MW_NAT_PROTOCOLS || ledger->protocols[last].used_ds[index] == 0)
		return;
	kind = ledger->protocols[last].kinds[index] & KIND;
	rest_ds = now_ds - ledger->protocols[last].used_ds[index];
	ledger->doubts[kind].came += rest_ds >= ledger->doubts[kind].timer_ds;
	if (rest_ds >= least_ds[kind] && ledger->fresh * MIXED_FRESH >= ledger->ports)
		vote(&ledger->mixed, index);
}

/** What chance would make of it, if a port in use towards one peer were given out to another like any. */
static void expect_soon(struct nat_ledger *ledger, const struct nat_ledger_use *use, uint32_t now_ds)
{
	uint32_t hits = 0;

	for (uint32_t i = 0; i < SAMPLES; i++) {
		uint32_t index = (ledger->sampled++ * 0x9e3779b1u >> 8) % ledger->ports;
		uint32_t used_ds = ledger->protocols[use->protocol].used_ds[index];
		uint8_t kind = ledger->protocols[use->protocol].kinds[index] & KIND;

		hits += used_ds != 0 && now_ds - used_ds >= SOON_DS && now_ds - used_ds < least_ds[kind] &&
				ledger->protocols[use->protocol].peers[index] != use->peer &&
				!is_voted(&ledger->protocols[use->protocol].saves, index);
	}
	ledger->protocols[use->protocol].saves_expected += (double)hits / SAMPLES;
}

static bool follows(uint32_t index, uint32_t before, uint32_t ports)
{
	return (index + ports - before) % ports <= ORDER_STEP;
}

static void see_order(struct nat_ledger *ledger, const struct nat_ledger_use *use, uint32_t index)
{
	if (is_fresh(ledger, index)) {
		ledger->fresh_begun++;
		ledger->in_order += follows(index, ledger->at, ledger->ports) ||
							follows(index, ledger->protocols[use->protocol].at, ledger->ports);
	}
	ledger->at = ledger->protocols[use->protocol].at = index;
}

static void begin(struct nat_ledger *ledger, const struct nat_ledger_use *use, uint32_t index, uint32_t now_ds)
{
	expect_soon(ledger, use, now_ds);
	ledger->protocols[use->protocol].begun++;
	see_return(ledger, use, index, now_ds);
	see_order(ledger, use, index);
	for (uint8_t protocol = 0; protocol < MW_NAT_PROTOCOLS; protocol++) {
		if (ledger->protocols[protocol].used_ds[index] != 0)
			see_rest(ledger, use, index, protocol, now_ds);
	}
}

/** A packet of a session that goes on, or of one that begins again between the same ends. */
static void go_on(struct nat_ledger *ledger, const struct nat_ledger_use *use, uint32_t index, uint32_t now_ds)
{
	uint8_t kinds = ledger->protocols[use->protocol].kinds[index], kind = kinds & KIND;
	uint32_t rest_ds = now_ds - ledger->protocols[use->protocol].used_ds[index];

	if (ledger->protocols[use->protocol].used_ds[index] == 0 ||
		ledger->protocols[use->protocol].peers[index] != use->peer || use->step != NAT_LEDGER_OUT)
		return;
	if (use->protocol != MW_NAT_TCP && !(kinds & TALKED) && rest_ds >= least_ds[kind])
		nat_rests_add(&ledger->rests[kind].again, rest_ds, now_ds, (uint16_t)index);
	else if (kinds & OVERTAKEN && rest_ds < least_ds[kind]) // it was alive all the time
		vote(&ledger->apart, index);
}

static uint8_t kind_after(const struct nat_ledger_use *use, uint8_t before, bool same)
{
	if (use->protocol == MW_NAT_ICMP)
		return NAT_TIMER_ICMP;
	if (use->protocol == MW_NAT_UDP) {
		if (use->dns)
			return NAT_TIMER_DNS;
		return use->step == NAT_LEDGER_IN || (same && before == NAT_TIMER_UDP) ? NAT_TIMER_UDP
																			   : NAT_TIMER_UDP_UNANSWERED;
	}
	if (use->step == NAT_LEDGER_CLOSE || (same && before == NAT_TIMER_TCP_CLOSING && use->step != NAT_LEDGER_BEGIN))
		return NAT_TIMER_TCP_CLOSING;
	return use->step == NAT_LEDGER_BEGIN || (same && before == NAT_TIMER_TCP_OPENING && use->step == NAT_LEDGER_OUT)
			   ? NAT_TIMER_TCP_OPENING
			   : NAT_TIMER_TCP;
}

static void mark(struct nat_ledger *ledger, const struct nat_ledger_use *use, uint32_t index, uint32_t now_ds)
{
	uint8_t *kinds = &ledger->protocols[use->protocol].kinds[index];
	uint32_t *peer = &ledger->protocols[use->protocol].peers[index];
	bool same =
		ledger->protocols[use->protocol].used_ds[index] != 0 && *peer == use->peer && use->step != NAT_LEDGER_BEGIN;
	uint8_t flags = same ? *kinds & (TALKED | OVERTAKEN) : 0;

	if (same && use->step == NAT_LEDGER_OUT)
		flags |= TALKED;
	ledger->fresh -= is_fresh(ledger, index);
	*kinds = kind_after(use, *kinds & KIND, same) | flags;
	*peer = use->peer;
	ledger->protocols[use->protocol].used_ds[index] = now_ds;
}

void nat_ledger_start(struct nat_ledger *ledger, const struct mw_mape_set *set, uint64_t from_ns)
{
	memset(ledger, 0, sizeof(*ledger));
	ledger->set = *set;
	ledger->base_ns = from_ns;
	ledger->ports = ledger->fresh = mw_mape_ports(set->layout);
}

bool nat_ledger_follows(const struct nat_ledger *ledger)
{
	return ledger->base_ns != 0 && ledger->ports <= NAT_LEDGER_PORTS;
}

void nat_ledger_seed(struct nat_ledger *ledger, const struct nat_ledger_use *use)
{
	uint32_t index = nat_ledger_follows(ledger) ? index_of(&ledger->set, use->port) : NOT_IN_SET;

	if (index != NOT_IN_SET && ledger->protocols[use->protocol].used_ds[index] <= ds_of(ledger, use->now_ns))
		mark(ledger, use, index, ds_of(ledger, use->now_ns));
}

void nat_ledger_use(struct nat_ledger *ledger, const struct nat_ledger_use *use)
{
	uint32_t index = nat_ledger_follows(ledger) ? index_of(&ledger->set, use->port) : NOT_IN_SET, now_ds;

	if (index == NOT_IN_SET)
		return;
	now_ds = ds_of(ledger, use->now_ns);
	if (use->step == NAT_LEDGER_BEGIN)
		begin(ledger, use, index, now_ds);
	else
		go_on(ledger, use, index, now_ds);
	mark(ledger, use, index, now_ds);
}

bool nat_ledger_pools_apart(const struct nat_ledger *ledger)
{
	return ledger->apart.count >= APART_MIN;
}

/** As many ports serve several peers at a time as chance would make. */
static bool may_save(const struct nat_ledger *ledger, uint8_t protocol, uint32_t least)
{
	uint32_t count = ledger->protocols[protocol].saves.count;

	return count >= least && count * SAVES_PART >= ledger->protocols[protocol].saves_expected;
}

bool nat_ledger_saves_ports(const struct nat_ledger *ledger, uint8_t protocol)
{
	return protocol == MW_NAT_TCP ? ledger->protocols[protocol].saves.count >= SAVES_TCP
								  : may_save(ledger, protocol, SAVES_MIN);
}

// Boyer, Moore: MJRTY, a fast majority vote algorithm, 1981.
static uint32_t most_used_peer(const struct nat_ledger *ledger)
{
	uint32_t peer = 0, votes = 0;

	for (uint32_t index = 0; index < ledger->ports; index++) {
		uint32_t of = ledger->protocols[MW_NAT_UDP].peers[index];

		if (ledger->protocols[MW_NAT_UDP].used_ds[index] == 0)
			continue;
		peer = votes == 0 ? of : peer;
		votes = of == peer ? votes + 1 : votes - 1;
	}
	return peer;
}

bool nat_ledger_is_for_the_dead(const struct nat_ledger *ledger)
{
	uint32_t peer = most_used_peer(ledger), unanswered = 0;

	for (uint32_t index = 0; index < ledger->ports; index++) {
		if (ledger->protocols[MW_NAT_UDP].used_ds[index] == 0 || ledger->protocols[MW_NAT_UDP].peers[index] != peer)
			continue;
		if ((ledger->protocols[MW_NAT_UDP].kinds[index] & KIND) != NAT_TIMER_UDP_UNANSWERED)
			return false;
		unanswered++;
	}
	return unanswered * 2 >= ledger->ports;
}

bool nat_ledger_chooses_freely(const struct nat_ledger *ledger)
{
	return ledger->mixed.count >= MIXED_MIN ||
		   (ledger->fresh_begun >= ORDER_MIN && ledger->in_order * ORDER_PART < ledger->fresh_begun);
}

static uint8_t protocol_of(enum nat_timer timer)
{
	return timer <= NAT_TIMER_TCP_CLOSING ? MW_NAT_TCP : timer == NAT_TIMER_ICMP ? MW_NAT_ICMP : MW_NAT_UDP;
}

uint64_t nat_ledger_timer_ns(const struct nat_ledger *ledger, enum nat_timer timer, uint64_t assumed_ns)
{
	const struct nat_rests_reading reading = {.assumed_ds = (uint32_t)MW_MIN(assumed_ns / DS_NS, UINT32_MAX / 2),
											  .shared = !nat_ledger_pools_apart(ledger),
											  .saves = may_save(ledger, protocol_of(timer), SAVES_DOUBT),
											  .certain = timer == NAT_TIMER_TCP_CLOSING,
											  .asks = timer == NAT_TIMER_DNS,
											  .chance = ledger->pressed || nat_ledger_chooses_freely(ledger)};
	uint32_t measured_ds = nat_rests_timer_ds(&ledger->rests[timer], &reading);

	if (measured_ds == 0 && ledger->doubts[timer].least_ds > reading.assumed_ds)
		measured_ds = ledger->doubts[timer].least_ds;
	return measured_ds * DS_NS;
}

/** What a look adds up: ports that came free again, by timer. */
struct look {
	uint64_t timers_ds[NAT_TIMERS];
	uint32_t free_again[NAT_TIMERS];
};

static void look_at(const struct nat_ledger *ledger, uint32_t index, uint32_t now_ds, struct look *look,
					struct nat_ledger_count *count)
{
	bool used = false, apart = nat_ledger_pools_apart(ledger);
	uint8_t latest = latest_at(ledger, index);

	for (uint8_t i = 0; i < MW_NAT_PROTOCOLS; i++) {
		uint32_t used_ds = ledger->protocols[i].used_ds[index];
		uint8_t kind = ledger->protocols[i].kinds[index] & KIND;
		bool lives = used_ds != 0 && now_ds < used_ds + look->timers_ds[kind];

		count->each[i] += lives;
		used |= lives;
		if (used_ds != 0 && !lives && (apart || i == latest))
			look->free_again[kind]++;
	}
	count->all += used;
}

/**
 * If which free port comes next is chance, those that a timer has let go come back as often as the fresh ones. When
 * they do not, they are not free: the timer is longer.
 */
static void doubt_timers(struct nat_ledger *ledger, const struct look *look, const struct nat_ledger_count *count)
{
	bool apart = nat_ledger_pools_apart(ledger);

	for (enum nat_timer timer = 0; timer < NAT_TIMERS; timer++) {
		struct nat_ledger_doubt *doubt = &ledger->doubts[timer];
		uint8_t protocol = protocol_of(timer);
		uint32_t used = apart ? count->each[protocol] : count->all, begun = ledger->protocols[protocol].begun;

		for (uint32_t i = 0; !apart && i < MW_NAT_PROTOCOLS; i++)
			begun += i != protocol ? ledger->protocols[i].begun : 0;
		if (used < ledger->ports && nat_ledger_chooses_freely(ledger) && !nat_ledger_saves_ports(ledger, protocol))
			doubt->expected += (double)begun * look->free_again[timer] / (ledger->ports - used);
		doubt->timer_ds = (uint32_t)MW_MIN(look->timers_ds[timer], UINT32_MAX / 2);
		if (doubt->expected < DOUBT_MIN)
			continue;
		if (doubt->came * DOUBT_PART <= doubt->expected)
			doubt->least_ds = doubt->timer_ds + doubt->timer_ds / LENGTHENS;
		doubt->expected = doubt->came = 0;
	}
}

void nat_ledger_look(struct nat_ledger *ledger, uint64_t now_ns, const uint64_t timers_ns[NAT_TIMERS],
					 struct nat_ledger_count *count)
{
	struct look look = {.free_again = {0}};

	*count = (struct nat_ledger_count){.all = 0};
	if (!nat_ledger_follows(ledger))
		return;
	for (uint32_t i = 0; i < NAT_TIMERS; i++)
		look.timers_ds[i] = timers_ns[i] / DS_NS;
	for (uint32_t index = 0; index < ledger->ports; index++)
		look_at(ledger, index, ds_of(ledger, now_ns), &look, count);
	doubt_timers(ledger, &look, count);
	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++)
		ledger->protocols[i].begun = 0;
}
