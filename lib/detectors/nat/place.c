// SPDX-License-Identifier: BSD-3-Clause
// From addresses and tunnel to the line: inside hosts first, then known lines, then candidates.
// Neighbours: place.h.
#include "place.h"

#include <errno.h>
#include <netinet/in.h>

int nat_places_start(struct nat_places *places, const struct mw_nat_settings *settings,
					 const struct mw_hash_key *hash_key)
{
	places->candidates = nat_candidates_new(hash_key);
	return places->candidates == NULL ? -ENOMEM : nat_lines_new(settings, hash_key, &places->lines);
}

void nat_places_stop(struct nat_places *places)
{
	nat_candidates_free(places->candidates);
	nat_lines_free(places->lines);
}

enum mw_nat_protocol nat_place_protocol(const struct mw_event_flow *flow)
{
	switch (flow->protocol) {
	case IPPROTO_TCP:
		return MW_NAT_TCP;
	case IPPROTO_UDP:
		return MW_NAT_UDP;
	case IPPROTO_ICMP:
		return MW_NAT_ICMP;
	default:
		return MW_NAT_PROTOCOLS;
	}
}

static void orient(const struct mw_event_flow *flow, const struct nat_facts *facts, bool opened_inside,
				   struct nat_place *place)
{
	*place = (struct nat_place){.host = opened_inside ? flow->src : flow->dst,
								.peer = opened_inside ? flow->dst : flow->src,
								.port = opened_inside ? flow->src_port : flow->dst_port,
								.peer_port = opened_inside ? flow->dst_port : flow->src_port,
								.protocol = (uint8_t)nat_place_protocol(flow),
								.opened_inside = opened_inside,
								.outbound = facts->from_opener == opened_inside};
	if (place->protocol == MW_NAT_ICMP)
		place->peer_port = 0;
}

/** What answers, or sends again and again, lives on this side. */
static void see_networks(struct nat_places *places, const struct mw_event_flow *flow, const struct nat_facts *facts)
{
	if (facts->what == NAT_ANSWER) {
		nat_inside_saw(&places->inside, &flow->src);
		nat_inside_saw(&places->inside, &flow->dst);
	} else if (facts->what == NAT_ALIVE) {
		nat_inside_saw(&places->inside, facts->from_opener ? &flow->src : &flow->dst);
	}
}

static struct nat_line_key inside_key(const struct nat_places *places, const struct mw_address *host)
{
	uint32_t number = nat_lines_named(places->lines, host);
	struct nat_line_key key = {.side = NAT_LINE_INSIDE};

	if (number != NAT_LINE_NONE) {
		key.ce.bytes[0] = 1;
		key.address.bytes[15] = (uint8_t)number;
	} else {
		key.address.bytes[15] = mw_address_is_v4(host) && host->bytes[12] == 100;
	}
	return key;
}

/** The line of a key, opened if need be. Each inside host is one of few lines: no candidates here. */
static bool place_inside(struct nat_places *places, uint64_t now_ns, struct nat_place *place)
{
	struct nat_line_key key = inside_key(places, &place->host);

	place->line = nat_lines_find(places->lines, &key);
	if (place->line == NULL && place->outbound)
		place->line = nat_lines_open(places->lines, &key, now_ns);
	return place->line != NULL;
}

static bool is_configured(const struct nat_places *places, const struct nat_line_key *key)
{
	return nat_lines_named(places->lines, &key->address) != NAT_LINE_NONE ||
		   nat_lines_named(places->lines, &key->ce) != NAT_LINE_NONE;
}

// A candidate keeps what it opens, until something shows that it is a line.
static bool place_candidate(struct nat_places *places, const struct nat_line_key *key, const struct nat_facts *facts,
							uint64_t now_ns, struct nat_place *place)
{
	struct nat_candidate_session session = {
		.host = place->host,
		.peer = place->peer,
		.port = place->port,
		.peer_port = place->peer_port,
		.protocol = place->protocol,
		.last_ns = now_ns,
	};
	bool opens = facts->what == NAT_OPEN && (facts->syn || place->protocol != MW_NAT_TCP);
	struct nat_candidate *candidate = nat_candidates_find(places->candidates, key, now_ns, opens);

	if (candidate == NULL)
		return false;
	if (opens)
		nat_candidate_opened(candidate, &session);
	else if (facts->what == NAT_ANSWER || facts->what == NAT_ALIVE)
		nat_candidate_lives(candidate, &session);
	else if (facts->what == NAT_CLOSE)
		nat_candidate_closed(candidate, &session);
	if (!nat_candidate_is_line(candidate) && !is_configured(places, key))
		return false;
	place->line = nat_lines_open(places->lines, key, now_ns);
	place->before = candidate;
	return place->line != NULL;
}

static bool place_known(const struct nat_places *places, const struct nat_line_key *key, struct nat_place *place)
{
	place->line = nat_lines_find(places->lines, key);
	return place->line != NULL;
}

/** The CE is the outer address on the inside end's side of the tunnel, whichever way this packet goes. */
static struct nat_line_key tunnel_key(const struct nat_facts *facts, const struct nat_place *place)
{
	bool translated = !nat_inside_private(&place->host);

	return (struct nat_line_key){
		.side = translated ? NAT_LINE_TUNNEL : NAT_LINE_DS_LITE,
		.address = translated ? place->host : (struct mw_address){{0}},
		.ce = place->outbound ? facts->outer_src : facts->outer_dst,
	};
}

/** One that is known, either way round. */
static bool known_tunnel(const struct nat_places *places, const struct mw_event_flow *flow,
						 const struct nat_facts *facts, struct nat_place *place)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct nat_line_key key;

		orient(flow, facts, i == 0, place);
		key = tunnel_key(facts, place);
		if (place_known(places, &key, place))
			return true;
	}
	return false;
}

// A CE may send to a private address: routers send what they do not know to their default route. What answers from one
// is the host of a DS-Lite line.
static bool place_tunnel(struct nat_places *places, const struct mw_event_flow *flow, const struct nat_facts *facts,
						 uint64_t now_ns, struct nat_place *place)
{
	struct nat_line_key key;

	if (mw_address_is_v4(&facts->outer_src) || mw_address_is_v4(&facts->outer_dst))
		return false; // within another tunnel: the CE is not in view
	if (known_tunnel(places, flow, facts, place))
		return true;
	if (nat_inside_private(&flow->dst) && !nat_inside_private(&flow->src) && !facts->from_opener)
		return false;
	orient(flow, facts, true, place);
	key = tunnel_key(facts, place);
	return place_candidate(places, &key, facts, now_ns, place);
}

/** Both ends are outside: the line may be either; two lines that talk are told of the one that opened. */
static bool known_outside(const struct nat_places *places, const struct mw_event_flow *flow,
						  const struct nat_facts *facts, bool opened_inside, struct nat_place *place)
{
	const struct nat_line_key key = {.side = NAT_LINE_OUTSIDE, .address = opened_inside ? flow->src : flow->dst};

	orient(flow, facts, opened_inside, place);
	return place_known(places, &key, place);
}

static bool place_outside(struct nat_places *places, const struct mw_event_flow *flow, const struct nat_facts *facts,
						  uint64_t now_ns, struct nat_place *place)
{
	const struct nat_line_key src = {.side = NAT_LINE_OUTSIDE, .address = flow->src};

	if (known_outside(places, flow, facts, false, place))
		return true;
	orient(flow, facts, true, place);
	return place_candidate(places, &src, facts, now_ns, place);
}

// A line's own outside address holds a port for what it opens wherever that goes: to a private address as well, which a
// router may send to its default route, and of whose network others may live here.
static bool place_native(struct nat_places *places, const struct mw_nat_settings *settings,
						 const struct mw_event_flow *flow, const struct nat_facts *facts, uint64_t now_ns,
						 struct nat_place *place)
{
	see_networks(places, flow, facts);
	if (nat_inside_host(settings, &flow->src)) {
		orient(flow, facts, true, place);
		return nat_inside_translated(&places->inside, settings, &flow->src, &flow->dst) &&
			   place_inside(places, now_ns, place);
	}
	if (known_outside(places, flow, facts, true, place))
		return true;
	if (nat_inside_here(&places->inside, settings, &flow->dst)) {
		orient(flow, facts, false, place);
		return place_inside(places, now_ns, place);
	}
	return place_outside(places, flow, facts, now_ns, place);
}

static bool is_translatable(const struct mw_event_flow *flow)
{
	return mw_address_is_v4(&flow->src) && mw_address_is_v4(&flow->dst) &&
		   nat_place_protocol(flow) != MW_NAT_PROTOCOLS && !nat_inside_local(&flow->src) &&
		   !nat_inside_local(&flow->dst);
}

// Seen natively; from_inside: an inside host opened it.
static bool known_native(const struct nat_places *places, const struct mw_nat_settings *settings,
						 const struct mw_event_flow *flow, const struct nat_facts *facts, bool from_inside,
						 struct nat_place *place)
{
	struct nat_line_key key;

	if (!from_inside && known_outside(places, flow, facts, true, place))
		return true;
	if (!from_inside && !nat_inside_here(&places->inside, settings, &flow->dst))
		return known_outside(places, flow, facts, false, place);
	orient(flow, facts, from_inside, place);
	key = inside_key(places, &place->host);
	return place_known(places, &key, place);
}

enum nat_place_known nat_place_known(const struct nat_places *places, const struct mw_nat_settings *settings,
									 const struct mw_event *event, const struct nat_facts *facts,
									 struct nat_place *place)
{
	const struct mw_event_flow *flow = &event->flow;
	bool from_inside, known;

	if (flow->tunnel != MW_LAYER_IPV4_IN_IPV6 && nat_place_protocol(flow) != MW_NAT_PROTOCOLS &&
		nat_inside_stays(&places->inside, settings, &flow->src, &flow->dst))
		return NAT_PLACE_NONE; // as what follows says: most of a LAN
	if (!is_translatable(flow))
		return NAT_PLACE_UNKNOWN;
	if (flow->tunnel == MW_LAYER_IPV4_IN_IPV6)
		return known_tunnel(places, flow, facts, place) ? NAT_PLACE_AT_LINE : NAT_PLACE_UNKNOWN;
	from_inside = nat_inside_host(settings, &flow->src);
	if (from_inside && !nat_inside_translated(&places->inside, settings, &flow->src, &flow->dst))
		return NAT_PLACE_NONE;
	known = known_native(places, settings, flow, facts, from_inside, place);
	return known ? NAT_PLACE_AT_LINE : NAT_PLACE_UNKNOWN;
}

uint32_t nat_places_changes(const struct nat_places *places)
{
	return places->inside.changes + nat_lines_changes(places->lines);
}

enum nat_place_known nat_place_stands(struct nat_places *places, const struct mw_event *event,
									  const struct nat_facts *facts, enum nat_place_known known, uint32_t changes)
{
	if (event->flow.tunnel != MW_LAYER_IPV4_IN_IPV6)
		see_networks(places, &event->flow, facts);
	return known == NAT_PLACE_NONE || nat_places_changes(places) == changes ? known : NAT_PLACE_UNKNOWN;
}

bool nat_place_find(struct nat_places *places, const struct mw_nat_settings *settings, const struct mw_event *event,
					const struct nat_facts *facts, uint64_t now_ns, struct nat_place *place)
{
	const struct mw_event_flow *flow = &event->flow;

	if (!is_translatable(flow))
		return false;
	if (flow->tunnel == MW_LAYER_IPV4_IN_IPV6)
		return place_tunnel(places, flow, facts, now_ns, place);
	return place_native(places, settings, flow, facts, now_ns, place);
}
