// SPDX-License-Identifier: BSD-3-Clause
// Sessions are paired by destination and moment, each once. Lines that have nothing to do with each other may open the
// same by chance, but not four of five, to several destinations.
// Neighbours: sides.h.
#include "sides.h"

#include "nat_model.h"

#define NEAR_NS    (100 * MW_NS_PER_MS) // a slow router forwards within; mirrors show it within
#define WANTED_NS  (60 * MW_NS_PER_SECOND)
#define OPENED_MIN 16
#define FOUND_PCT  80
#define DECIDED    64 // sessions after which nothing changes any more
#define DNS_PORT   53

static bool is_telling(uint16_t port, uint8_t protocol)
{
	return protocol != MW_NAT_ICMP && port != DNS_PORT;
}

void nat_sides_inside(struct nat_sides *sides, uint64_t now_ns, uint32_t line, const struct mw_address *peer,
					  uint16_t port, uint8_t protocol)
{
	if (sides->asked_ns == 0 || now_ns > sides->asked_ns + WANTED_NS || !is_telling(port, protocol))
		return; // nobody outside, as nearly everywhere
	sides->recent[sides->count++ % NAT_SIDES_RECENT] = (struct nat_sides_open){
		.at_ns = now_ns, .peer = mw_nat_v4(peer), .line = line, .port = port, .protocol = protocol};
}

/** The latest open of the same destination; NULL: none. */
static struct nat_sides_open *find(struct nat_sides *sides, uint64_t now_ns, uint32_t peer, uint16_t port,
								   uint8_t protocol)
{
	for (uint32_t back = 1; back <= MW_MIN(sides->count, (uint32_t)NAT_SIDES_RECENT); back++) {
		struct nat_sides_open *open = &sides->recent[(sides->count - back) % NAT_SIDES_RECENT];

		if (open->at_ns != 0 && open->at_ns + NEAR_NS < now_ns)
			return NULL;
		if (open->at_ns != 0 && open->peer == peer && open->port == port && open->protocol == protocol)
			return open;
	}
	return NULL;
}

static void add_peer(struct nat_side *side, uint32_t peer)
{
	for (uint32_t i = 0; i < side->peers_count; i++) {
		if (side->peers[i] == peer)
			return;
	}
	if (side->peers_count < NAT_SIDES_PEERS)
		side->peers[side->peers_count++] = peer;
}

void nat_sides_outside(struct nat_sides *sides, struct nat_side *side, uint64_t now_ns, const struct mw_address *peer,
					   uint16_t port, uint8_t protocol)
{
	struct nat_sides_open *open;

	if (side->opened == DECIDED || !is_telling(port, protocol))
		return;
	sides->asked_ns = now_ns;
	open = find(sides, now_ns, mw_nat_v4(peer), port, protocol);
	if (sides->count == 0)
		return; // nothing inside is in view yet
	side->opened++;
	if (open == NULL)
		return;
	if (open->line != side->line || side->found == 0)
		*side = (struct nat_side){.line = open->line, .opened = side->found == 0 ? side->opened : 1};
	side->found++;
	add_peer(side, open->peer);
	open->at_ns = 0;
}

bool nat_side_is_known(const struct nat_side *side)
{
	return side->opened >= OPENED_MIN && side->found * 100 >= side->opened * FOUND_PCT &&
		   side->peers_count == NAT_SIDES_PEERS;
}
