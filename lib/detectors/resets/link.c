// SPDX-License-Identifier: BSD-3-Clause
// Frames and their senders. A TTL that no router has lowered places a host on this link, unless it answers as late as
// only distant ones do: gateways exist that set the TTL of all they forward to a full one.
// Neighbours: link.h.
#include "link.h"

#include <string.h>

#define LOW_TTL      32 // no stack of today starts from so little
#define LINK_RTT_NS  (20 * MW_NS_PER_MS) // what takes longer to a host and back is no link
#define LINK_MOST_NS (900 * MW_NS_PER_MS) // a longer one holds the repetition of a SYN: RFC 6298 section 2.1

static bool starts_here(uint8_t ttl)
{
	return ttl == reset_initial_ttl(ttl);
}

static bool is_far(uint64_t rtt_ns)
{
	return rtt_ns > LINK_RTT_NS && rtt_ns <= LINK_MOST_NS;
}

/** A host whose packets have this TTL is on this link. */
static bool is_on_link(uint8_t ttl, uint64_t rtt_ns)
{
	return starts_here(ttl) && !is_far(rtt_ns);
}

/**
 * The TTL that a frame of a host on this link may have. One below any that a stack starts from hardly reaches the other
 * end: a tool beside the host's stack wrote it, to mislead a box in the path.
 */
static bool may_be_own_ttl(uint8_t ttl)
{
	return starts_here(ttl) || ttl <= LOW_TTL;
}

/** True when the other side's latest packet went to the MAC address of this one, not to its named sender's. */
static bool was_asked(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	return packet->flow != NULL && mw_flow_went_to(packet->flow, !packet->direction, packet->mac_src) &&
		   !mw_flow_went_to(packet->flow, !packet->direction, flow->mac[packet->direction]);
}

/** True when the frame names the station that wrote it. */
static bool names_station(const struct mw_packet *packet)
{
	static const uint8_t none[6];

	return packet->tunnel == MW_LAYERS && memcmp(packet->mac_src, none, sizeof(none)) != 0;
}

static bool has_same_mac(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	return memcmp(packet->mac_src, flow->mac[packet->direction], sizeof(packet->mac_src)) == 0;
}

uint64_t reset_link_tests(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	uint64_t rtt_ns = reset_rtt_ns(flow, packet->direction);

	if (!(flow->mac_known & 1u << packet->direction) || !names_station(packet))
		return 0;
	if (has_same_mac(packet, flow))
		return is_on_link(side->ttl_max, rtt_ns) && side->ttl_max > LOW_TTL && may_be_own_ttl(packet->ttl)
				   ? reset_bit(RESET_SAME_MAC)
				   : 0;
	if (!is_on_link(side->ttl, rtt_ns) || !starts_here(packet->ttl))
		return reset_bit(RESET_MAC);
	return reset_bit(RESET_MAC_NEAR) | (was_asked(packet, flow) ? reset_bit(RESET_SENT_TO_IT) : 0);
}

uint64_t reset_link_tests_late(const struct reset_facts *facts, const struct mw_packet *packet,
							   const struct mw_flow_view *flow)
{
	bool answers_syn = packet->kinds & MW_KIND_SYN_ACK && flow->syn_ns != 0 && packet->time_ns > flow->syn_ns;
	uint64_t rtt_ns = answers_syn ? packet->time_ns - flow->syn_ns : 0;

	if (!names_station(packet) || memcmp(packet->mac_src, facts->mac, sizeof(facts->mac)) != 0)
		return 0;
	return is_on_link(packet->ttl, rtt_ns) && packet->ttl > LOW_TTL && may_be_own_ttl(facts->ttl)
			   ? reset_bit(RESET_SAME_MAC)
			   : 0;
}

bool reset_is_from_router(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];

	return starts_here(packet->ttl) && !starts_here(side->ttl) && reset_side_known(side) && names_station(packet) &&
		   (flow->mac_known & 1u << packet->direction) != 0 && has_same_mac(packet, flow);
}
