// SPDX-License-Identifier: BSD-3-Clause
// What is known at one end of a path takes half a round trip to become known at the tap; and a host has one count of
// packets, and one TTL for what a socket sends.
// Neighbours: pair.h.
#include "pair.h"

#define PAIR_NS      (300 * MW_NS_PER_US) // whoever resets both ends does so in one go
#define RTT_LEAST_NS MW_NS_PER_MS // from the tap to an end and back: nearer ones may know of each other so soon
#define RTT_MOST_NS  (900 * MW_NS_PER_MS) // a longer one holds the repetition of a SYN: RFC 6298 section 2.1
#define SILENCE_NS   MW_NS_PER_SECOND // shorter ones have packets under way
#define SILENCE_RTTS 4
#define ANSWERS      2 // acknowledgements that tell how far an end is, where no handshake does
#define ID_FOLLOWS   16 // an IP identification this little above the sender's latest continues its count
#define ID_STEP      2048 // and one this little above it may

/**
 * From the tap to an end and back at the most: of the handshake; of a connection that began before the capture as long
 * as its soonest acknowledgement took. 0 not known, or so near that it may know of the other end's reset.
 */
static uint64_t distance_ns(const struct mw_flow_view *flow, uint8_t direction)
{
	const struct mw_flow_side *side = &flow->side[direction], *peer = &flow->side[!direction];
	uint64_t rtt_ns = reset_rtt_ns(flow, direction);

	if (side->answer_most_ns != 0 && side->answer_least_ns == 0)
		return 0;
	if (rtt_ns != 0)
		return rtt_ns >= RTT_LEAST_NS && rtt_ns <= RTT_MOST_NS ? rtt_ns : 0;
	if (((side->seen | peer->seen) & (MW_SIDE_SYN | MW_SIDE_SYN_ACK)) != 0 || side->ack_count < ANSWERS ||
		side->ack_recent[0] != peer->seq_next)
		return 0;
	return side->answer_most_ns != 0 ? side->answer_most_ns : RTT_MOST_NS;
}

/** True when it has something that only its named sender knows. */
static bool has_own_mark(const struct reset_facts *facts)
{
	bool counts_on = facts->ip_id_known && facts->ip_id != 0 && (uint16_t)(facts->ip_id_step - 1u) < ID_FOLLOWS;

	return facts->outcomes & reset_bit(RESET_TIMESTAMP_FITS) ||
		   (counts_on && facts->outcomes & reset_bit(RESET_SAME_TTL));
}

static bool are_alike(const struct reset_facts *a, const struct reset_facts *b)
{
	return a->tcp_flags == b->tcp_flags && a->tcp_options == b->tcp_options;
}

uint64_t reset_pair_silence_ns(const struct reset_episode *first, const struct reset_episode *second,
							   const struct mw_flow_view *flow)
{
	uint64_t rtt_ns[2] = {distance_ns(flow, 0), distance_ns(flow, 1)};
	uint64_t spoke_ns = MW_MAX(flow->side[0].last_ns, flow->side[1].last_ns);
	uint64_t least_ns = MW_MAX(SILENCE_NS, SILENCE_RTTS * (rtt_ns[0] + rtt_ns[1]));

	if (second->facts.count != 1 || second->first_ns < first->first_ns || second->first_ns > first->first_ns + PAIR_NS)
		return 0;
	if (!first->facts.side_known || !second->facts.side_known || rtt_ns[0] == 0 || rtt_ns[1] == 0 ||
		first->first_ns < spoke_ns + least_ns)
		return 0;
	if (!are_alike(&first->facts, &second->facts) || has_own_mark(&first->facts) || has_own_mark(&second->facts))
		return 0;
	return first->first_ns - spoke_ns;
}

/** A number that the named sender would use. */
static bool is_exact(uint64_t outcomes)
{
	return (outcomes & (reset_bit(RESET_IN_WINDOW) | reset_bit(RESET_ANSWERS))) != 0;
}

bool reset_may_be_own(uint64_t outcomes)
{
	const uint64_t others = RESET_FORGED_TESTS & ~(RESET_LATER_TESTS | RESET_BIT(RESET_ACK_CHANGE));

	return outcomes & reset_bit(RESET_SAME_TTL) && is_exact(outcomes) && (outcomes & others) == 0;
}

uint64_t reset_beside_own(uint64_t outcomes, uint8_t tcp_flags)
{
	if (!(outcomes & reset_bit(RESET_TTL_INITIAL)) || !(tcp_flags & MW_TCP_ACK) || !is_exact(outcomes))
		return outcomes;
	return (outcomes & ~reset_bit(RESET_TTL_INITIAL)) | reset_bit(RESET_TTL_SPLIT);
}

bool reset_is_turned_round(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	const struct mw_flow_side *peer = &flow->side[!packet->direction];

	if (packet->family != 4 || !packet->ip_id_known || packet->ip_id == 0 || !reset_side_known(side) ||
		!reset_side_known(peer) || (uint16_t)packet->ip_id != peer->ip_id)
		return false;
	return side->ip_id == 0 || (uint16_t)(packet->ip_id - side->ip_id) > ID_STEP;
}
