// SPDX-License-Identifier: BSD-3-Clause
// The evidence table and its tests. A test that needs what was not seen is withheld: it neither accuses nor clears.
// Neighbours: weights.h. Follows RFC 9293 3.5.2 and 3.10.7, RFC 7323, and Weaver et al., NDSS 2009.
#include "weights.h"

#include <string.h>

#include "link.h"
#include "pair.h"
#include "text.h"

#define NDSS "Weaver, Sommer, Paxson: Detecting Forged TCP Reset Packets, NDSS 2009"

#define HOPS_TOLERANCE     2 // a route may change by this much under a live connection
#define NEAR_BYTES         (1u << 20) // sequence numbers further apart than this belong to another connection
#define ALIVE_AFTER_NS     MW_NS_PER_MS // frames of one mirror are out of order by less
#define OVERTAKEN_NS       (10 * MW_NS_PER_MS) // and those of several, stamped when they arrive, by less than this
#define ID_STEP            2048 // an IP identification moves on by less between two packets of one flow
#define SILENCE_SLACK_NS   (50 * MW_NS_PER_MS)
#define SILENCE_UNKNOWN_NS (500 * MW_NS_PER_MS)
#define RTT_LEAST_NS       MW_NS_PER_MS // a shorter one is within the mirror's own delays
#define RTT_MOST_NS        (900 * MW_NS_PER_MS) // a longer one holds the repetition of a SYN: RFC 6298 section 2.1
#define AT_ONCE_NS         (200 * MW_NS_PER_US) // resets of both ends that are no further apart have one cause
#define DEAD_AFTER_NS      (2 * MW_NS_PER_SECOND) // nothing but a reset for this long: the connection is over

#define NAME(symbol) MW_RESET_EVIDENCE_##symbol

const struct reset_test_row reset_tests[RESET_TESTS] = {
	[RESET_PAYLOAD] = {NAME(PAYLOAD_SIGNATURE), 95, true, true, "it carries text that only a middlebox writes",
					   "config/signatures/middlebox.sig"},
	[RESET_TEXT] = {NAME(PAYLOAD_TEXT), 60, true, true, "it carries text that no signature knows: few stacks write any",
					"p0f p0fr.fp and draft-ietf-tcpm-rst-diagnostic-payload: what stacks do write is known"},
	[RESET_TTL_SPLIT] = {NAME(TTL_SPLIT), 80, true, true,
						 "it travelled another number of hops than its named sender's packets",
						 "weberblog.net, Who sends TCP RSTs; rst-forensics"},
	[RESET_TTL_SPLIT_THIN] = {NAME(TTL_SPLIT), 40, true, true,
							  "another number of hops, but only one packet to compare with", "as ttl-split"},
	[RESET_TTL_INITIAL] = {NAME(TTL_SPLIT), 40, true, true,
						   "another initial TTL over the same number of hops: some stacks do so for resets",
						   "nmap OS detection: T1 against T5 to T7"},
	[RESET_TTL_MIRRORS] = {NAME(TTL_MIRRORS_TRIGGER), 15, true, true, "its TTL is that of the packets it answers",
						   "net4people/bbs 294, tracevis 47"},
	[RESET_IP_ID] = {NAME(IP_ID_BREAK), 10, true, true, "its IP identification does not follow its named sender's",
					 "SIGCOMM 2023, Global, Passive Detection of Connection Tampering"},
	[RESET_WINDOW] = {NAME(WINDOW_ODD), 10, true, true, "its window is far above what its named sender advertised",
					  "rst-forensics; weak: stacks differ"},
	[RESET_STALE_ABORT] = {NAME(SEQ_STALE), 45, true, true,
						   "a reset with ACK below what its named sender had sent, and no answer to any segment",
						   NDSS ", DATA_SEQ_RST"},
	[RESET_STALE_ANSWER] = {NAME(SEQ_STALE), 15, true, true,
							"below what its named sender had sent; may answer a segment that the mirror lost",
							NDSS ", DATA_SEQ_RST"},
	[RESET_STAIRCASE] = {NAME(SEQ_STAIRCASE), 85, true, true, "each further reset guesses a higher sequence number",
						 NDSS ", RST_SEQ_CHANGE"},
	[RESET_BEYOND_WINDOW] = {NAME(SEQ_OUTSIDE_WINDOW), 60, true, true,
							 "beyond what its receiver would accept, so its named sender cannot have got there",
							 "RFC 9293 section 3.10.7"},
	[RESET_AHEAD] = {NAME(SEQ_OUTSIDE_WINDOW), 30, true, true,
					 "beyond what its named sender had sent; a lossy mirror can look like this",
					 NDSS ", RST_SEQ_CHANGE"},
	[RESET_ACK_CHANGE] = {NAME(ACK_CHANGE), 25, true, true, "acknowledges something else than the reset before it",
						  NDSS ", RST_ACK_CHANGE"},
	[RESET_DATA_AFTER] = {NAME(DATA_AFTER_RESET), 90, true, false, "its named sender went on sending afterwards",
						  NDSS ", RST_SEQ_DATA"},
	[RESET_IGNORED] = {NAME(IGNORED_BY_RECEIVER), 30, true, false, "its receiver went on as if nothing had come",
					   "Suricata stream.suspected_rst_inject"},
	[RESET_TIMESTAMP_OFF] = {NAME(TIMESTAMP_OFF), 50, true, true,
							 "its TCP timestamp is far from its named sender's clock",
							 "net4people/bbs 442; RFC 7323 section 5"},
	[RESET_OPTIONS] = {NAME(OPTIONS_MISSING), 20, true, true,
					   "the connection uses TCP timestamps, and this reset with the next number has none",
					   "RFC 7323 section 3.2; weak: it is only a recommendation for resets"},
	[RESET_MAC] = {NAME(MAC_CHANGE), 45, true, true, "another router on this link sent it: it took another way",
				   "Snort 3 gid 129, sid 9 and 10"},
	[RESET_MAC_NEAR] = {NAME(MAC_CHANGE), 80, true, true,
						"its named sender is on this very link, and another device sent it; hosts with two links exist",
						"Snort 3 gid 129, sid 9 and 10"},
	[RESET_FASTER] =
		{NAME(FASTER_THAN_RTT), 75, true, true,
		 "it acknowledges what its named sender cannot have received yet; a proxy may answer handshakes late",
		 "rst-forensics: sooner than half the round trip"},
	[RESET_CLUSTER] = {NAME(CLUSTER), 60, true, true,
					   "it looks like a device that forges resets of unrelated hosts, and not like its named sender",
					   "Clayton, Murdoch, Watson: Ignoring the Great Firewall of China, PET 2006"},
	[RESET_BOTH_ENDS] = {NAME(BOTH_ENDS), 88, true, true,
						 "both ends were reset at once out of a silence: neither can have known of the other",
						 "Azure Load Balancer: TCP reset at idle timeout goes to both ends"},
	[RESET_TURNED_ROUND] = {NAME(TURNED_ROUND), 85, true, true,
							"it has the IP identification of the packet that it answers, not one of its named sender's",
							"RFC 791 section 3.2: each sender counts for itself"},
	[RESET_IN_WINDOW] = {NAME(IN_WINDOW), 25, false, true, "exactly the next sequence number",
						 "RFC 9293 section 3.5.3"},
	[RESET_ANSWERS] = {NAME(ANSWERS_SEGMENT), 30, false, true, "its number is one that the other side acknowledged",
					   "RFC 9293 section 3.5.2"},
	[RESET_CLOSED_PORT] = {NAME(CLOSED_PORT), 55, false, true, "refuses a connection attempt, as a closed port does",
						   "RFC 9293 section 3.10.7.1"},
	[RESET_AFTER_FIN] = {NAME(AFTER_FIN), 30, false, false, "the other side had closed already", NDSS},
	[RESET_AFTER_RESET] = {NAME(AFTER_FIN), 30, false, false,
						   "the other side had reset already, and this may answer it: nobody is harmed",
						   "user-mode NAT of slirp, which answers a reset with one of its own"},
	[RESET_AFTER_CLOSE] = {NAME(AFTER_CLOSE), 30, false, false, "its sender had closed already", NDSS},
	[RESET_SAME_TTL] = {NAME(SAME_TTL), 35, false, true, "the TTL of its named sender's packets", "rst-forensics"},
	[RESET_TIMESTAMP_FITS] = {NAME(TIMESTAMP_FITS), 30, false, true, "its TCP timestamp continues its sender's clock",
							  "RFC 7323"},
	[RESET_BENIGN_TEXT] = {MW_RESET_EVIDENCES, 60, false, true,
						   "it carries text that an endpoint's stack is known to write",
						   "config/signatures/benign.sig"},
	[RESET_ODD_TRIGGER] = {MW_RESET_EVIDENCES, 1, false, true,
						   "what it answers lies far outside the window: a host without the connection answers it",
						   "RFC 9293 section 3.5.2, group 1"},
	[RESET_SENT_TO_IT] =
		{NAME(SENT_TO_IT), 40, false, true,
		 "the packet that it answers was sent to the MAC address that it comes from: another host has the address",
		 "RFC 5227: two hosts with one address"},
	[RESET_CLAIMS_ADDRESS] = {NAME(CLAIMS_ADDRESS), 40, false, false,
							  "its MAC address claims its named sender's address by ARP or neighbour discovery",
							  "RFC 5227, RFC 4861: two hosts with one address"},
	[RESET_SAME_MAC] =
		{NAME(SAME_MAC), 35, false, true,
		 "the MAC address of its named sender, which is on this very link: nobody beside the path wrote it",
		 "a sender whose TTL no router has lowered is on the link that its frames name"},
};

/** True when the TTL is known from two different packets; mirrored duplicates and resets do not count. */
static bool ttl_is_settled(const struct mw_flow_side *side)
{
	int opened = (side->seen & (MW_SIDE_SYN | MW_SIDE_SYN_ACK)) != 0;

	return side->ack_count + ((side->seen & MW_SIDE_SYN) != 0) >= 2 || side->data_packets + opened >= 2;
}

/**
 * True when packets of side had this TTL, or others so near on both sides of it that a route in between may have it.
 */
static bool has_ttl(const struct mw_flow_side *side, uint8_t ttl)
{
	return ttl == side->ttl || ttl == side->ttl_min || ttl == side->ttl_max ||
		   (ttl > side->ttl_min && ttl < side->ttl_max && side->ttl_max - side->ttl_min <= 2 * HOPS_TOLERANCE);
}

static uint64_t ttl_tests(const struct mw_packet *packet, const struct mw_flow_side *side,
						  const struct mw_flow_side *peer)
{
	int hops, expected, away;
	uint64_t outcome;

	if (has_ttl(side, packet->ttl))
		return reset_bit(RESET_SAME_TTL);
	hops = reset_initial_ttl(packet->ttl) - packet->ttl;
	expected = reset_initial_ttl(side->ttl) - side->ttl;
	away = hops > expected ? hops - expected : expected - hops;
	if (packet->ttl + HOPS_TOLERANCE >= side->ttl_min && packet->ttl <= side->ttl_max + HOPS_TOLERANCE)
		return 0;
	if (away <= HOPS_TOLERANCE)
		return reset_bit(RESET_TTL_INITIAL);
	outcome = reset_bit(ttl_is_settled(side) ? RESET_TTL_SPLIT : RESET_TTL_SPLIT_THIN);
	// an undecremented TTL is the same for every sender nearby: no mirroring
	if (reset_side_known(peer) && packet->ttl == peer->ttl && packet->ttl != reset_initial_ttl(packet->ttl))
		outcome |= reset_bit(RESET_TTL_MIRRORS);
	return outcome;
}

static bool acknowledged_lately(const struct mw_flow_side *peer, uint32_t seq)
{
	for (uint8_t i = 0; i < peer->ack_count; i++) {
		if (peer->ack_recent[i] == seq)
			return true;
	}
	return false;
}

/** The right edge of what peer accepts; false when its window scale is not known. */
static bool right_edge(const struct mw_flow_side *peer, uint32_t *edge)
{
	if (peer->ack_count == 0 || peer->wscale > 14)
		return false;
	*edge = peer->ack_recent[0] + ((uint32_t)peer->window << peer->wscale);
	return true;
}

static uint64_t ahead_tests(const struct mw_flow_side *peer, uint32_t seq, const struct reset_previous *previous)
{
	uint32_t edge;

	// a step of one is a FIN that the mirror lost: two honest resets answer what came before it and after
	if (previous->any && mw_seq_after(seq, previous->seq_first + 1) && seq - previous->seq_first < NEAR_BYTES)
		return reset_bit(RESET_STAIRCASE);
	return reset_bit(right_edge(peer, &edge) && mw_seq_after(seq, edge) ? RESET_BEYOND_WINDOW : RESET_AHEAD);
}

/** Where the sequence number stands: an honest one is at the end of what was sent, or at a number that peer named. */
static uint64_t seq_tests(const struct mw_packet *packet, const struct mw_flow_side *side,
						  const struct mw_flow_side *peer, const struct reset_previous *previous)
{
	uint32_t seq = packet->tcp.seq;
	uint64_t outcome = 0;

	if (acknowledged_lately(peer, seq))
		outcome |= reset_bit(RESET_ANSWERS);
	if (!reset_side_known(side))
		return outcome;
	if (seq == side->seq_next)
		return outcome | reset_bit(RESET_IN_WINDOW);
	if (outcome != 0)
		return outcome;
	if (mw_seq_after(seq, side->seq_next))
		return ahead_tests(peer, seq, previous);
	// without the other side's packets, or the numbers in them, nobody can say what this answers
	if (!reset_side_known(peer) || peer->acks_cut)
		return 0;
	return reset_bit(packet->tcp.flags & MW_TCP_ACK ? RESET_STALE_ABORT : RESET_STALE_ANSWER);
}

static uint64_t timestamp_tests(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	uint64_t elapsed_ms;
	int64_t step;

	if (!flow->timestamps || !(side->seen & MW_SIDE_TIMESTAMPS))
		return 0;
	if (!(packet->tcp.present & MW_TCP_OPTION_TIMESTAMP)) {
		// a reset without a socket behind it has none on most stacks; one with the next number comes from a socket
		return packet->tcp.flags & MW_TCP_ACK && packet->tcp.seq == side->seq_next ? reset_bit(RESET_OPTIONS) : 0;
	}
	elapsed_ms = packet->time_ns > side->ts_time_ns ? (packet->time_ns - side->ts_time_ns) / MW_NS_PER_MS : 0;
	step = (int32_t)(packet->tcp.ts_value - side->ts_value);
	// clocks tick 1 to 1000 times a second; a faster one, or one that stands still, is not called off
	if (step < -1000 || step > (int64_t)elapsed_ms * 10 + 60000)
		return reset_bit(RESET_TIMESTAMP_OFF);
	return step >= 0 && step <= (int64_t)elapsed_ms * 2 + 1000 ? reset_bit(RESET_TIMESTAMP_FITS) : 0;
}

static uint64_t stack_tests(const struct mw_packet *packet, const struct mw_flow_side *side)
{
	uint64_t outcome = 0;
	uint16_t id_step = (uint16_t)(packet->ip_id - side->ip_id);

	// 0 is no identification: Linux sends it without a socket, and with DF on a handshake
	if (packet->family == 4 && packet->ip_id_known && packet->ip_id != 0 && side->ip_id != 0 && id_step > ID_STEP)
		outcome |= reset_bit(RESET_IP_ID);
	if (packet->tcp.window > 4u * side->window)
		outcome |= reset_bit(RESET_WINDOW);
	return outcome;
}

/** True when side itself has acknowledged all that its peer sent. */
static bool has_acknowledged_all(const struct mw_flow_side *side, const struct mw_flow_side *peer)
{
	return side->ack_count > 0 && side->ack_recent[0] == peer->seq_next;
}

/**
 * Of the handshake; less, where the side has acknowledged data much sooner: then whatever answers is nearer, or accepts
 * late. 0 unknown.
 */
static uint64_t least_rtt_ns(const struct mw_flow_view *flow, uint8_t direction)
{
	const struct mw_flow_side *side = &flow->side[direction];
	uint64_t rtt_ns = reset_rtt_ns(flow, direction);

	return side->answer_most_ns != 0 && rtt_ns > 2ull * side->answer_most_ns ? side->answer_least_ns : rtt_ns;
}

/**
 * Sooner than half a round trip after the segment that it acknowledges came by on its way to the named sender, who has
 * not acknowledged it yet: what is nearer than the handshake's other end may acknowledge for it.
 */
static bool faster_than_rtt(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	const struct mw_flow_side *peer = &flow->side[!packet->direction];
	uint64_t rtt_ns;

	if (!(packet->tcp.flags & MW_TCP_ACK) || !peer->ahead || packet->tcp.ack != peer->seq_next ||
		has_acknowledged_all(side, peer))
		return false;
	rtt_ns = least_rtt_ns(flow, packet->direction);
	return rtt_ns >= RTT_LEAST_NS && rtt_ns <= RTT_MOST_NS && packet->time_ns > peer->last_ns &&
		   packet->time_ns - peer->last_ns < rtt_ns / 2;
}

/** True when peer has reset the connection some time ago and nothing came since: late resets do no harm. */
static bool reset_long_ago(const struct mw_packet *packet, const struct mw_flow_view *flow,
						   const struct mw_flow_side *peer)
{
	uint64_t alive_ns = MW_MAX(flow->side[0].last_ns, flow->side[1].last_ns);

	return peer->seen & MW_SIDE_RST && flow->last_ns > alive_ns && packet->time_ns > flow->last_ns + DEAD_AFTER_NS;
}

/**
 * How soon what sends in the name of this side answers: of the handshake and its last acknowledgement the sooner; 0
 * unknown.
 */
static uint64_t soonest_answer_ns(const struct mw_flow_view *flow, uint8_t direction)
{
	const struct mw_flow_side *side = &flow->side[direction], *peer = &flow->side[!direction];
	uint64_t rtt_ns = reset_rtt_ns(flow, direction);

	if (!has_acknowledged_all(side, peer) || !peer->ahead || side->last_ns <= peer->last_ns)
		return rtt_ns;
	return rtt_ns == 0 ? side->last_ns - peer->last_ns : MW_MIN(rtt_ns, side->last_ns - peer->last_ns);
}

/** True when its sender may have had the other side's own reset: whoever forges both ends' sends them at once. */
static bool may_answer_reset(const struct mw_packet *packet, const struct mw_flow_view *flow, uint64_t peers_reset_ns)
{
	uint64_t soonest_ns;

	if (peers_reset_ns == 0)
		return false;
	soonest_ns = soonest_answer_ns(flow, packet->direction);
	return packet->time_ns >= peers_reset_ns + (soonest_ns != 0 ? soonest_ns / 2 : AT_ONCE_NS);
}

/** A reset that answers a SYN; where the mirror shows none, by the number 0 that only such an answer has. */
static bool refuses_syn(const struct mw_packet *packet, const struct mw_flow_side *peer)
{
	if (!reset_side_known(peer))
		return packet->tcp.seq == 0;
	return peer->seen & MW_SIDE_SYN && packet->tcp.ack == peer->seq_first + 1;
}

static uint64_t closing_tests(const struct mw_packet *packet, const struct mw_flow_view *flow, uint64_t peers_reset_ns)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	const struct mw_flow_side *peer = &flow->side[!packet->direction];
	uint64_t outcome = 0;

	if (!reset_side_known(side) && packet->tcp.flags & MW_TCP_ACK && refuses_syn(packet, peer))
		outcome |= reset_bit(RESET_CLOSED_PORT);
	if (peer->seen & MW_SIDE_FIN || reset_long_ago(packet, flow, peer))
		outcome |= reset_bit(RESET_AFTER_FIN);
	if (side->seen & MW_SIDE_FIN)
		outcome |= reset_bit(RESET_AFTER_CLOSE);
	if (may_answer_reset(packet, flow, peers_reset_ns))
		outcome |= reset_bit(RESET_AFTER_RESET);
	return outcome;
}

/** Of an open connection alone: where it closes, each may answer a segment of its own. */
static bool changes_ack(const struct mw_packet *packet, const struct reset_previous *previous, uint64_t closing)
{
	return previous->any_ack && packet->tcp.flags & MW_TCP_ACK && packet->tcp.ack != previous->ack && closing == 0;
}

uint64_t reset_evidence_of(const struct mw_packet *packet, const struct mw_flow_view *flow,
						   const struct reset_previous *previous, uint64_t peers_reset_ns, int means)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	const struct mw_flow_side *peer = &flow->side[!packet->direction];
	uint64_t closing = closing_tests(packet, flow, peers_reset_ns);
	uint64_t outcome = seq_tests(packet, side, peer, previous) | closing;

	if (means == MW_SIGNATURE_MIDDLEBOX)
		outcome |= reset_bit(RESET_PAYLOAD);
	else if (reset_has_text(packet, flow))
		outcome |= reset_bit(RESET_TEXT);
	if (means == MW_SIGNATURE_BENIGN)
		outcome |= reset_bit(RESET_BENIGN_TEXT);
	if (changes_ack(packet, previous, closing))
		outcome |= reset_bit(RESET_ACK_CHANGE);
	if (!reset_side_known(side))
		return outcome;
	outcome |= reset_link_tests(packet, flow);
	if (reset_is_turned_round(packet, flow))
		outcome |= reset_bit(RESET_TURNED_ROUND);
	if (faster_than_rtt(packet, flow))
		outcome |= reset_bit(RESET_FASTER);
	return outcome | ttl_tests(packet, side, peer) | timestamp_tests(packet, flow) | stack_tests(packet, side);
}

bool reset_is_own(uint64_t outcomes)
{
	const uint64_t number = reset_bit(RESET_IN_WINDOW) | reset_bit(RESET_ANSWERS);
	const uint64_t origin = reset_bit(RESET_SAME_TTL) | reset_bit(RESET_SAME_MAC) | reset_bit(RESET_TIMESTAMP_FITS);

	return (outcomes & RESET_FORGED_TESTS) == 0 && (outcomes & number) != 0 && (outcomes & origin) != 0;
}

uint64_t reset_rtt_ns(const struct mw_flow_view *flow, uint8_t side)
{
	uint64_t asked = side == flow->client ? flow->syn_ack_ns : flow->syn_ns;
	uint64_t answered = side == flow->client ? flow->handshake_ns : flow->syn_ack_ns;

	return asked != 0 && answered > asked ? answered - asked : 0;
}

/** True when the segment continues what this side sent before, and is no stray of another connection. */
static bool belongs(const struct mw_packet *packet, const struct mw_flow_side *side)
{
	uint32_t forward = packet->tcp.seq - side->seq_next;

	return reset_side_known(side) && (forward < NEAR_BYTES || -forward < NEAR_BYTES);
}

bool reset_opens_again(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	const struct mw_flow_side *peer = &flow->side[!packet->direction];

	if (packet->kinds & MW_KIND_SYN_ACK)
		return peer->seen & MW_SIDE_SYN && packet->tcp.ack != peer->seq_first + 1;
	return packet->kinds & MW_KIND_SYN || (reset_side_known(side) && !belongs(packet, side));
}

/** True when the segment may have been sent before the reset, and overtaken by it on the way to the tap. */
static bool may_be_older(const struct mw_packet *packet, const struct reset_previous *resets, uint64_t after_ns)
{
	// where both have the host's own clock, it decides
	if (resets->any_clock && packet->tcp.present & MW_TCP_OPTION_TIMESTAMP)
		return !mw_seq_after(packet->tcp.ts_value, resets->clock);
	if (after_ns >= OVERTAKEN_NS)
		return false;
	if (packet->payload_wire_bytes > 0)
		return !mw_seq_after(packet->tcp.seq + packet->payload_wire_bytes, resets->seq_first);
	return packet->kinds & MW_KIND_FIN || (resets->any_ack && !mw_seq_after(packet->tcp.ack, resets->ack));
}

bool reset_sender_lives(const struct mw_packet *packet, const struct mw_flow_view *flow, uint64_t reset_ns,
						const struct reset_previous *resets)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	const struct mw_flow_side *peer = &flow->side[!packet->direction];

	if (packet->time_ns < reset_ns + ALIVE_AFTER_NS)
		return false;
	if (packet->kinds & MW_KIND_SYN_ACK) // refused and accepted at once: the answer to the same SYN only
		return peer->seen & MW_SIDE_SYN && packet->tcp.ack == peer->seq_first + 1;
	if (packet->kinds & MW_KIND_SYN || !belongs(packet, side) ||
		may_be_older(packet, resets, packet->time_ns - reset_ns))
		return false;
	if (packet->payload_wire_bytes > 0 || packet->kinds & MW_KIND_FIN)
		return true;
	return packet->tcp.flags & MW_TCP_ACK && side->ack_count > 0 && mw_seq_after(packet->tcp.ack, side->ack_recent[0]);
}

bool reset_receiver_goes_on(const struct mw_packet *packet, const struct mw_flow_view *flow, uint64_t reset_ns)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	uint64_t rtt_ns = reset_rtt_ns(flow, packet->direction);
	uint64_t silence_ns = rtt_ns != 0 ? 2 * rtt_ns + SILENCE_SLACK_NS : SILENCE_UNKNOWN_NS;

	if (packet->time_ns < reset_ns + silence_ns || packet->kinds & MW_KIND_SYN || !belongs(packet, side))
		return false;
	if (packet->payload_wire_bytes > 0 && mw_seq_after(packet->tcp.seq + packet->payload_wire_bytes, side->seq_next))
		return true;
	return packet->tcp.flags & MW_TCP_ACK && side->ack_count > 0 && mw_seq_after(packet->tcp.ack, side->ack_recent[0]);
}
