// SPDX-License-Identifier: BSD-3-Clause
// The steps that come next are looked up together, so that each finds its host, session and mapping in the cache.
// Neighbours: control.h; model/soon.c does the same for the model. Nothing is changed here.
#include "control.h"

_Static_assert(2 * MW_DETECTOR_SOON_MAX <= MW_NAT_SOON_MAX, "a line may keep ports and entries");

/** What the model will be told of steps, and whose they are. */
struct told {
	struct mw_nat_activity activities[MW_NAT_SOON_MAX];
	struct mw_nat_hashes *hashes[MW_NAT_SOON_MAX];
	uint32_t count;
};

static void tell(struct told *told, const struct nat_place *place, uint32_t line, uint64_t address_hash,
				 struct mw_nat_hashes *hashes)
{
	told->hashes[told->count] = hashes;
	told->activities[told->count++] = (struct mw_nat_activity){.line = line,
															   .protocol = place->protocol,
															   .port = place->port,
															   .peer_port = place->peer_port,
															   .host = place->host,
															   .peer = place->peer,
															   .hashes.host = mw_nat_host_hash(address_hash, line)};
}

static void look(const struct nat_control *self, struct nat_place *place, struct told *told)
{
	const uint64_t address = nat_hosts_address_hash(self->hosts, &place->host);

	place->hashes.host = mw_nat_host_hash(address, nat_lines_place(self->places.lines, place->line));
	nat_hosts_soon(self->hosts, place->hashes.host);
	place->hashes.peers = nat_peers_soon(self->peers, place);
	tell(told, place, place->line->model, address, &place->hashes.ports);
	if (place->line->counts_entries)
		tell(told, place, place->line->entries, address, &place->hashes.entries);
}

static void place(struct nat_control *self, const struct mw_nat_settings *settings, const struct mw_event *event,
				  struct told *told)
{
	struct nat_place *place = &self->ahead.places[self->ahead.count];
	struct nat_facts facts;

	nat_facts_read(event, &facts);
	self->ahead.events[self->ahead.count++] = event;
	if (facts.what == NAT_REPORT || !nat_place_known(&self->places, settings, event, &facts, place) ||
		!place->line->modelled)
		place->line = NULL;
	else
		look(self, place, told);
}

static void near(const struct nat_control *self, const struct nat_place *place, bool opens)
{
	if (place->line == NULL)
		return;
	nat_hosts_near(self->hosts, place->hashes.host, opens);
	if (place->hashes.peers != 0)
		nat_peers_near(self->peers, place->hashes.peers, opens);
}

void nat_control_soon(struct mw_detector_control *control, const struct mw_event *const events[], uint32_t count)
{
	struct nat_control *self = control->state;
	struct told told;

	if (self->model == NULL)
		return;
	told.count = 0;
	self->ahead.count = self->ahead.next = 0;
	self->ahead.changes = nat_places_changes(&self->places);
	for (uint32_t i = 0; i < count; i++)
		place(self, control->settings, events[i], &told);
	for (uint32_t i = 0; i < count; i++)
		near(self, &self->ahead.places[i], nat_what_of(events[i]) == NAT_OPEN);
	mw_nat_soon(self->model, told.activities, told.count);
	for (uint32_t i = 0; i < told.count; i++)
		*told.hashes[i] = told.activities[i].hashes;
}

const struct nat_place *nat_ahead_take(struct nat_control *self, const struct mw_event *event,
									   const struct nat_facts *facts)
{
	struct nat_ahead *ahead = &self->ahead;

	while (ahead->next < ahead->count && ahead->events[ahead->next] != event) // reports are not asked for
		ahead->next++;
	if (ahead->next == ahead->count || ahead->places[ahead->next].line == NULL)
		return NULL;
	return nat_place_stands(&self->places, event, facts, ahead->changes) ? &ahead->places[ahead->next++] : NULL;
}
