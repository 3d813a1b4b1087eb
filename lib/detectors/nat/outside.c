// SPDX-License-Identifier: BSD-3-Clause
// What is learned from the ledger of a line's ports, and the rule of exhaustion as it looks from outside.
// Neighbours: outside.h; ledger.c, profile.c.
#include "outside.h"

#include <string.h>

#include "profile.h"

#define DNS_PORT     53
#define BEFORE_NS    (600 * MW_NS_PER_SECOND) // what a candidate did is told late
#define ONE_TIMER_NS (60 * MW_NS_PER_SECOND) // translators that are quick with the unanswered have at most half of it
#define HOLD_NS      (3600 * MW_NS_PER_SECOND)
#define WORTH_PART   64 // of a timer: smaller changes wait for the interval's end
#define NONE_LEFT_PC 1000 // of 1000: nothing is left now
#define FULL_PC      988 // nearly nothing: a packet on its way, a timer's grain
#define RANGES_PC    38 // of 1000 left while one range is full
#define STAYS_PC     955 // it comes and goes while it is exhausted: ports come back one by one
#define SIGNS_ENOUGH 4 // looks at a full set count 2, at a nearly full one 1, and one fades with each look at another
#define SIGNS_MOST   8
#define RATE_SECONDS 90 // the rate before is a mean of about so many
#define EXPECTED_MIN 16 // sessions that would have opened at the rate before,
#define EXPECTED_PCT 34 // and at most this share of them did

static uint32_t hash_of(const struct nat_place *place)
{
	uint32_t v4;

	memcpy(&v4, &place->peer.bytes[12], sizeof(v4));
	return (v4 ^ (uint32_t)place->peer_port << 16 ^ place->peer_port) * 0x9e3779b1u;
}

static void seed(void *context, const struct mw_nat_session_view *session)
{
	const struct nat_place place = {.peer = session->peer, .peer_port = session->peer_port};
	const uint8_t steps[] = {NAT_LEDGER_BEGIN, NAT_LEDGER_IN};
	struct nat_ledger_use use = {.now_ns = session->last_ns,
								 .peer = hash_of(&place),
								 .port = session->port,
								 .protocol = session->protocol,
								 .step = session->closing ? NAT_LEDGER_CLOSE : steps[session->answered],
								 .dns = session->protocol == MW_NAT_UDP && session->peer_port == DNS_PORT};

	nat_ledger_seed(context, &use);
}

static void follow_set(struct nat_line *line, const struct mw_nat *model)
{
	struct nat_ledger *ledger = line->ledger;

	if (ledger->base_ns != 0 && memcmp(&ledger->set, &line->ports.set, sizeof(ledger->set)) == 0)
		return;
	nat_ledger_start(ledger, &line->ports.set, MW_MAX(line->first_ns, BEFORE_NS + 1) - BEFORE_NS); // never 0
	mw_nat_sessions(model, line->model, seed, ledger);
}

static uint8_t step_of(const struct nat_place *place, const struct nat_facts *facts)
{
	if (facts->what == NAT_CLOSE)
		return NAT_LEDGER_CLOSE;
	if (facts->what == NAT_OPEN && place->outbound)
		return NAT_LEDGER_BEGIN;
	return place->outbound ? NAT_LEDGER_OUT : NAT_LEDGER_IN;
}

static void see_turn(struct nat_line *line, const struct nat_place *place, bool begins, uint64_t now_ns)
{
	const struct nat_turns_use use = {.address = &place->peer,
									  .now_ns = now_ns,
									  .timer_ns = MW_MAX(line->profile.udp_ns, line->profile.udp_unanswered_ns),
									  .peer_port = place->peer_port,
									  .port = place->port,
									  .begins = begins,
									  .inbound = !place->outbound};

	nat_turns_use(&line->ledger->turns, &line->ledger->set, &use);
}

void nat_outside_use(struct nat_line *line, const struct mw_nat *model, const struct nat_place *place,
					 const struct nat_facts *facts, uint64_t now_ns)
{
	struct nat_ledger_use use;

	if (nat_line_is_inside(line) || !line->ports.set_known)
		return;
	use = (struct nat_ledger_use){.now_ns = now_ns,
								  .peer = hash_of(place),
								  .port = place->port,
								  .protocol = place->protocol,
								  .step = step_of(place, facts),
								  .dns = place->protocol == MW_NAT_UDP && place->peer_port == DNS_PORT};
	follow_set(line, model);
	if (place->protocol == MW_NAT_UDP)
		see_turn(line, place, use.step == NAT_LEDGER_BEGIN, now_ns);
	// what comes from outside may meet nothing: it prolongs, but it opens nothing
	if (facts->what != NAT_OPEN || place->outbound)
		nat_ledger_use(line->ledger, &use);
}

bool nat_outside_counts(const struct nat_line *line)
{
	return !nat_line_is_inside(line) && line->ports.set_known && nat_ledger_follows(line->ledger);
}

static bool learn_timer(const struct nat_ledger *ledger, const struct mw_nat_settings *settings, enum nat_timer timer,
						struct mw_nat_profile *profile)
{
	uint64_t measured_ns = nat_ledger_timer_ns(ledger, timer, nat_profile_timer(profile, timer));

	if (measured_ns != 0 && !nat_profile_timer_told(settings, timer))
		nat_profile_set_timer(profile, timer, measured_ns);
	return measured_ns != 0;
}

// Whoever has one timer for all UDP has it for the answered too, as long as nothing else is seen.
static void learn_udp(const struct nat_ledger *ledger, const struct mw_nat_settings *settings,
					  struct mw_nat_profile *profile)
{
	bool one_timer = profile->udp_unanswered_ns == profile->udp_ns;

	learn_timer(ledger, settings, NAT_TIMER_UDP_UNANSWERED, profile);
	if (!learn_timer(ledger, settings, NAT_TIMER_UDP, profile) && one_timer &&
		profile->udp_unanswered_ns >= ONE_TIMER_NS && !nat_profile_timer_told(settings, NAT_TIMER_UDP))
		profile->udp_ns = profile->udp_unanswered_ns;
	profile->udp_unanswered_ns = MW_MIN(profile->udp_unanswered_ns, profile->udp_ns);
}

void nat_outside_learn(const struct nat_line *line, const struct mw_nat_settings *settings,
					   struct mw_nat_profile *profile)
{
	const struct nat_ledger *ledger = line->ledger;

	if (!nat_outside_counts(line))
		return;
	if (settings->shared_pool == 0 && nat_ledger_pools_apart(ledger))
		profile->shared_pool = false;
	if (settings->udp_mapping == 0 && nat_ledger_saves_ports(ledger, MW_NAT_UDP))
		profile->mapping[MW_NAT_UDP] = MW_NAT_DEPENDENT;
	if (settings->tcp_mapping == 0 && nat_ledger_saves_ports(ledger, MW_NAT_TCP))
		profile->mapping[MW_NAT_TCP] = MW_NAT_DEPENDENT;
	for (uint32_t timer = 0; timer < NAT_TIMERS; timer++) {
		if (timer != NAT_TIMER_UDP && timer != NAT_TIMER_UDP_UNANSWERED)
			learn_timer(ledger, settings, timer, profile);
	}
	learn_udp(ledger, settings, profile);
}

bool nat_outside_learns(const struct nat_line *line, const struct mw_nat_settings *settings)
{
	struct mw_nat_profile learned, entries;
	bool changed;

	nat_profile_outside(settings, &learned, &entries);
	nat_outside_learn(line, settings, &learned);
	changed = learned.shared_pool != line->profile.shared_pool ||
			  (learned.mapping[MW_NAT_UDP] == MW_NAT_DEPENDENT && !line->counts_entries);
	for (uint32_t timer = 0; timer < NAT_TIMERS; timer++) {
		uint64_t was_ns = nat_profile_timer(&line->profile, timer), is_ns = nat_profile_timer(&learned, timer);

		changed |= is_ns < was_ns - was_ns / WORTH_PART || is_ns > was_ns + was_ns / WORTH_PART;
	}
	return changed;
}

uint64_t nat_outside_measured_udp_ns(const struct nat_line *line, const struct mw_nat_settings *settings)
{
	struct mw_nat_profile profile;
	uint64_t unanswered_ns;

	nat_profile_make(settings, &profile);
	unanswered_ns = nat_ledger_timer_ns(line->ledger, NAT_TIMER_UDP_UNANSWERED, profile.udp_unanswered_ns);
	return unanswered_ns != 0 ? unanswered_ns : nat_ledger_timer_ns(line->ledger, NAT_TIMER_UDP, profile.udp_ns);
}

// A line that has run out does not recover because a timer ends that is merely assumed: its ports have to come back.
static uint32_t count_used(struct nat_line *line, const struct mw_nat_settings *settings, uint64_t now_ns)
{
	static const uint8_t held[] = {NAT_TIMER_UDP_UNANSWERED, NAT_TIMER_UDP, NAT_TIMER_DNS};
	const struct mw_nat_profile *profile = &line->profile;
	uint64_t timers_ns[NAT_TIMERS];
	struct nat_ledger_count count;
	uint32_t fullest = 0;

	for (uint32_t timer = 0; timer < NAT_TIMERS; timer++)
		timers_ns[timer] = nat_profile_timer(profile, timer);
	for (uint32_t i = 0; line->seen.exhausted && i < MW_ARRAY_SIZE(held); i++) {
		enum nat_timer timer = held[i];

		if (!nat_profile_timer_told(settings, timer) &&
			nat_ledger_timer_ns(line->ledger, timer, nat_profile_timer(profile, timer)) == 0)
			timers_ns[timer] = MW_MAX(timers_ns[timer], HOLD_NS);
	}
	nat_ledger_look(line->ledger, now_ns, timers_ns, &count);
	line->seen.numbers = count.all;
	if (profile->shared_pool)
		return count.all;
	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++)
		fullest = MW_MAX(fullest, count.each[i]);
	return fullest;
}

// A running mean, whatever the time between two looks; it stands still while the set is full.
static void learn_rate(struct nat_line *line, uint64_t now_ns)
{
	struct nat_outside_state *seen = &line->seen;
	uint64_t elapsed_ns = now_ns - seen->rate_ns;
	double per_s = (double)(line->opened - seen->rate_opened) * MW_NS_PER_SECOND / (double)MW_MAX(elapsed_ns, 1u);

	if (elapsed_ns < MW_NS_PER_SECOND)
		return;
	if (seen->rate_ns == 0)
		seen->rate_from_ns = now_ns;
	else if (seen->full_ns == 0)
		seen->per_s +=
			(per_s - seen->per_s) * MW_MIN(1.0, (double)elapsed_ns / (double)MW_MIN(RATE_SECONDS * MW_NS_PER_SECOND,
																					now_ns - seen->rate_from_ns));
	seen->rate_ns = now_ns;
	seen->rate_opened = line->opened;
}

/** Fewer sessions open than did before the set was full. */
static bool is_short_of_sessions(const struct nat_line *line, uint64_t now_ns)
{
	const struct nat_outside_state *seen = &line->seen;
	double expected = seen->per_s * (double)(now_ns - seen->full_ns) / (double)MW_NS_PER_SECOND;

	return seen->full_ns != 0 && expected >= EXPECTED_MIN &&
		   (double)(line->opened - seen->full_opened) * 100 <= expected * EXPECTED_PCT;
}

// Who lets ports serve several peers takes them from one range of several, Linux does: it fills up before the others.
static bool is_filled(const struct nat_line *line, uint32_t per_thousand)
{
	per_thousand -= line->saves_udp ? RANGES_PC : 0;
	return (uint64_t)line->seen.taken * 1000 >= (uint64_t)line->ledger->ports * per_thousand;
}

/** Counts looks at a full set; whoever looks rarely has missed some. */
static void see_signs(struct nat_line *line, uint64_t now_ns)
{
	struct nat_outside_state *seen = &line->seen;
	bool full = is_filled(line, FULL_PC);

	if (full)
		seen->signs = MW_MIN(seen->signs + (is_filled(line, NONE_LEFT_PC) ? 2 : 1), SIGNS_MOST);
	else
		seen->signs -= seen->signs > 0;
	if (!is_filled(line, STAYS_PC))
		seen->full_ns = 0;
	else if (full && seen->full_ns == 0) {
		seen->full_ns = now_ns;
		seen->full_opened = line->opened;
	}
}

// All ports in use, after timers that the ports themselves do not gainsay. Where ports are taken in order, all of them
// are touched one after the other whether or not they are needed: there it takes sessions that fail to appear.
static bool has_run_out(struct nat_line *line, const struct mw_nat_settings *settings, uint64_t now_ns)
{
	if (line->seen.exhausted)
		return line->seen.full_ns != 0;
	if (settings->udp_timer_ns != 0 && line->seen.signs >= SIGNS_ENOUGH)
		return true;
	line->ledger->pressed |= is_short_of_sessions(line, now_ns);
	return is_short_of_sessions(line, now_ns) ||
		   (line->seen.signs >= SIGNS_ENOUGH && nat_ledger_chooses_freely(line->ledger));
}

/** A timer that was told and that the ports gainsay: then the numbers are too high. */
static bool is_gainsaid(const struct nat_line *line, const struct mw_nat_settings *settings)
{
	uint64_t measured_ns = nat_outside_measured_udp_ns(line, settings);

	return settings->udp_timer_ns != 0 && measured_ns != 0 && measured_ns * 20 < settings->udp_timer_ns * 19;
}

// Where a port serves several peers they run out towards one of them, and one that answers nobody is missed by nobody.
static bool harms_nobody(const struct nat_line *line)
{
	return line->saves_udp && nat_ledger_is_for_the_dead(line->ledger);
}

/** Of an interval the one whose destination answers, and with most ports. */
static void keep_refusal(struct nat_line *line, const struct nat_turns_refusal *refusal)
{
	struct nat_turns_refusal *kept = &line->refusal;

	if (kept->to_ns != 0 &&
		(refusal->answers < kept->answers || (refusal->answers == kept->answers && refusal->ports < kept->ports)))
		return;
	*kept = *refusal;
	if (!refusal->answers)
		return;
	line->scarce = (struct mw_nat_scarce){.peer = refusal->address,
										  .port = refusal->port,
										  .protocol = MW_NAT_UDP,
										  .ports = refusal->ports,
										  .failed_pct = MW_UNKNOWN_DOUBLE,
										  .others_failed_pct = MW_UNKNOWN_DOUBLE};
}

/** Refused before the whole set is full, for the range whose turn it was is. */
static void see_refused_turns(struct nat_line *line, uint64_t now_ns)
{
	struct nat_turns_refusal refusal;

	if (!nat_turns_refuses(&line->ledger->turns, now_ns, &refusal))
		return;
	keep_refusal(line, &refusal);
	if (line->exhausted_from_ns == 0)
		line->exhausted_from_ns = refusal.from_ns;
	line->exhausted_to_ns = MW_MAX(line->exhausted_to_ns, refusal.to_ns);
}

void nat_outside_look(struct nat_line *line, const struct mw_nat_settings *settings, uint32_t busiest, uint64_t now_ns)
{
	struct nat_outside_state *seen = &line->seen;

	seen->used = count_used(line, settings, now_ns);
	seen->taken = line->saves_udp ? busiest : seen->used;
	line->pool_peak = MW_MAX(line->pool_peak, seen->used);
	line->numbers_peak = MW_MAX(line->numbers_peak, seen->numbers);
	learn_rate(line, now_ns);
	see_signs(line, now_ns);
	seen->exhausted = has_run_out(line, settings, now_ns) && !is_gainsaid(line, settings) && !harms_nobody(line);
	see_refused_turns(line, now_ns);
	if (!seen->exhausted)
		return;
	if (line->exhausted_from_ns == 0)
		line->exhausted_from_ns = now_ns;
	if (is_filled(line, FULL_PC))
		line->exhausted_to_ns = now_ns;
}
