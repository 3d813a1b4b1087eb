// SPDX-License-Identifier: BSD-3-Clause
// The destination that is short of ports is one that fails and has them: who has most sessions at all, or never gets an
// answer, may be somebody else.
// Neighbours: scarce.h.
#include "scarce.h"

#define PLACES     64
#define FAILED_MIN 3
#define FAILED_PCT 30
#define FULL_PCT   90 // of the limit, or of what the fullest destination has

/** A destination with what is open to it. */
struct place {
	struct nat_health_place_look look;
	struct mw_address peer;
	uint16_t port;
	uint8_t protocol;
	uint32_t ports;
};

struct places {
	const struct mw_nat_profile *profile;
	struct place places[PLACES];
	uint32_t count;
};

uint8_t nat_scarce_reused(const struct mw_nat_profile *profile)
{
	uint8_t reused = 0;

	for (uint32_t i = 0; i < MW_NAT_PROTOCOLS; i++)
		reused |= (uint8_t)((profile->mapping[i] == MW_NAT_DEPENDENT) << i);
	return profile->shared_pool && reused != (1u << MW_NAT_PROTOCOLS) - 1 ? 0 : reused;
}

static void count_session(void *context, const struct mw_nat_session_view *session)
{
	struct places *places = context;
	const struct nat_health_flow flow = {
		.peer = session->peer, .peer_port = session->peer_port, .protocol = session->protocol};
	uint32_t hash;

	if (places->profile->mapping[session->protocol] != MW_NAT_DEPENDENT)
		return;
	hash = nat_health_place_hash(&flow);
	for (uint32_t i = 0; i < places->count; i++) {
		struct place *place = &places->places[i];

		if (place->look.place != hash)
			continue;
		place->peer = session->peer;
		place->port = session->peer_port;
		place->protocol = session->protocol;
		place->ports++;
	}
}

static void list_places(struct places *places, const struct nat_health *health, struct nat_health_place_look *all)
{
	struct nat_health_place_look looks[PLACES];
	uint32_t count = nat_health_places(health, looks, PLACES);

	for (uint32_t i = 0; i < count; i++) {
		all->tried += looks[i].tried;
		all->failed += looks[i].failed;
		if (looks[i].failed >= FAILED_MIN && looks[i].failed * 100 >= looks[i].tried * FAILED_PCT)
			places->places[places->count++] = (struct place){.look = looks[i]};
	}
}

/** A destination with so few ports has others left. */
static uint32_t least_of(const struct mw_nat *model, uint32_t line, uint8_t protocol, uint32_t limit)
{
	struct mw_nat_counts counts;

	mw_nat_line_counts(model, line, &counts);
	return MW_MAX(1u, (limit != 0 ? limit : counts.ports[protocol]) * FULL_PCT / 100);
}

static double percent(uint32_t part, uint32_t whole)
{
	return whole == 0 ? MW_UNKNOWN_DOUBLE : 100.0 * part / whole;
}

void nat_scarce_look(struct mw_nat_scarce *scarce, const struct nat_health *health, const struct mw_nat *model,
					 uint32_t line, const struct mw_nat_profile *profile, uint32_t limit)
{
	struct places places = {.profile = profile};
	struct nat_health_place_look all = {0};
	const struct place *worst = NULL;

	list_places(&places, health, &all);
	if (places.count == 0)
		return;
	mw_nat_sessions(model, line, count_session, &places);
	for (uint32_t i = 0; i < places.count; i++) {
		const struct place *place = &places.places[i];

		if (place->ports >= least_of(model, line, place->protocol, limit) &&
			(worst == NULL || place->look.failed > worst->look.failed))
			worst = place;
	}
	if (worst == NULL || (scarce->ports > 0 && percent(worst->look.failed, worst->look.tried) < scarce->failed_pct))
		return;
	*scarce = (struct mw_nat_scarce){.peer = worst->peer,
									 .port = worst->port,
									 .protocol = worst->protocol,
									 .failed_pct = percent(worst->look.failed, worst->look.tried),
									 .others_failed_pct =
										 percent(all.failed - worst->look.failed, all.tried - worst->look.tried)};
	nat_scarce_holders(scarce, model, line);
}

/** Sessions come host by host. */
struct holders {
	struct mw_nat_scarce *scarce;
	struct mw_address host;
	uint32_t held;
};

static void hold_session(void *context, const struct mw_nat_session_view *session)
{
	struct holders *holders = context;
	struct mw_nat_scarce *scarce = holders->scarce;

	if (session->protocol != scarce->protocol || session->peer_port != scarce->port ||
		mw_address_compare(&session->peer, &scarce->peer) != 0)
		return;
	if (holders->held == 0 || mw_address_compare(&holders->host, &session->host) != 0) {
		holders->host = session->host;
		holders->held = 0;
	}
	scarce->ports++;
	if (++holders->held <= scarce->held)
		return;
	scarce->host = holders->host;
	scarce->held = holders->held;
}

void nat_scarce_holders(struct mw_nat_scarce *scarce, const struct mw_nat *model, uint32_t line)
{
	struct holders holders = {.scarce = scarce};

	scarce->ports = scarce->held = 0;
	mw_nat_sessions(model, line, hold_session, &holders);
}
