// SPDX-License-Identifier: BSD-3-Clause
// Steps that come soon are looked up before, so that each finds its host, session and mapping in the cache. A step
// takes three looks, each of which needs what the one before has fetched; between two of them lie the steps before it,
// so memory is waited for while they are worked on, and never by many at once.
// Neighbours: control.h; model/soon.c does the same for the model. Nothing is changed here.
#include "control.h"

#define APART                                                                                                          \
	(MW_DETECTOR_SOON_MAX / MW_NAT_LOOKS) // steps between two looks at one, and before the first of them comes

static struct nat_ahead_step *step_at(struct nat_ahead *ahead, uint32_t number)
{
	return &ahead->steps[number % MW_DETECTOR_SOON_MAX];
}

static struct nat_place *place_at(struct nat_ahead *ahead, uint32_t number)
{
	return &ahead->places[number % MW_DETECTOR_SOON_MAX];
}

static void tell(const struct nat_control *self, struct nat_ahead_step *step, const struct nat_place *place,
				 uint32_t line, struct mw_nat_hashes *hashes)
{
	struct mw_nat_activity *activity = &step->activities[step->activities_count];

	if (line == NAT_LINE_NONE) // the model had no room
		return;
	*activity = (struct mw_nat_activity){.line = line,
										 .protocol = place->protocol,
										 .step = step->opens ? MW_NAT_OUTBOUND : MW_NAT_INBOUND,
										 .port = place->port,
										 .peer_port = place->peer_port,
										 .host = place->host,
										 .peer = place->peer};
	mw_nat_soon(self->model, activity, 0);
	*hashes = activity->hashes;
	step->activities_count++;
}

static void look_first(const struct nat_control *self, struct nat_place *place, struct nat_ahead_step *step)
{
	place->hashes.host = nat_hosts_hash(self->hosts, nat_lines_place(self->places.lines, place->line), &place->host);
	nat_hosts_soon(self->hosts, place->hashes.host);
	place->hashes.peers = nat_peers_soon(self->peers, place);
	tell(self, step, place, place->line->model, &place->hashes.ports);
	if (place->line->counts_entries)
		tell(self, step, place, place->line->entries, &place->hashes.entries);
}

static void look(struct nat_control *self, uint32_t number, unsigned look)
{
	struct nat_ahead_step *step = step_at(&self->ahead, number);
	const struct nat_place *place = place_at(&self->ahead, number);

	if (step->known != NAT_PLACE_AT_LINE)
		return;
	if (look == 1) {
		nat_hosts_near(self->hosts, place->hashes.host, step->opens);
		if (place->hashes.peers != 0)
			nat_peers_near(self->peers, place->hashes.peers, step->opens);
	}
	for (uint32_t i = 0; i < step->activities_count; i++)
		mw_nat_soon(self->model, &step->activities[i], look);
}

/** The other looks at those before it that have not come yet. */
static void look_further(struct nat_control *self)
{
	const struct nat_ahead *ahead = &self->ahead;

	for (unsigned i = 1; i < MW_NAT_LOOKS && ahead->told - ahead->taken > i * APART; i++)
		look(self, ahead->told - 1 - i * APART, i);
}

void nat_control_soon(struct mw_detector_control *control, const struct mw_event *event)
{
	struct nat_control *self = control->state;
	struct nat_ahead *ahead = &self->ahead;
	struct nat_ahead_step *step = step_at(ahead, ahead->told);
	struct nat_place *place = place_at(ahead, ahead->told);
	struct nat_facts facts;

	if (self->model == NULL)
		return;
	nat_facts_read(event, &facts);
	step->event = event;
	step->changes = nat_places_changes(&self->places);
	step->activities_count = 0;
	step->known = NAT_PLACE_UNKNOWN;
	if (facts.what != NAT_REPORT)
		step->known = (uint8_t)nat_place_known(&self->places, control->settings, event, &facts, place);
	if (step->known == NAT_PLACE_AT_LINE && !place->line->modelled)
		step->known = NAT_PLACE_UNKNOWN;
	if (step->known == NAT_PLACE_AT_LINE) {
		step->opens = facts.what == NAT_OPEN && place->outbound;
		look_first(self, place, step);
	}
	ahead->told++;
	look_further(self);
}

enum nat_place_known nat_ahead_take(struct nat_control *self, const struct mw_event *event,
									const struct nat_facts *facts, const struct nat_place **place)
{
	struct nat_ahead *ahead = &self->ahead;
	const struct nat_ahead_step *step = step_at(ahead, ahead->taken);

	*place = place_at(ahead, ahead->taken);
	if (ahead->taken == ahead->told || step->event != event) // it was not told
		return NAT_PLACE_UNKNOWN;
	ahead->taken++;
	if (step->known == NAT_PLACE_UNKNOWN)
		return NAT_PLACE_UNKNOWN;
	return nat_place_stands(&self->places, event, facts, (enum nat_place_known)step->known, step->changes);
}
