// SPDX-License-Identifier: BSD-3-Clause
// What the path detector's worker half tells of one direction of a pair: the body of its events.
// Neighbours: paths.c fills it, control.c joins it. event.flow.src is the sender of the large packets, .dst where
// they go (of a report: the ends of the packet that it quotes); time_ns is the first packet of what it tells.
#ifndef PATHS_FACTS_H
#define PATHS_FACTS_H

#include "mw_address.h"
#include "mw_base.h"

enum path_what {
	PATH_REPORT, // fragmentation needed (ICMP 3/4), packet too big (ICMPv6 2)
	PATH_REACTION, // what the sender did after a report
	PATH_STUCK, // a large TCP segment was sent again and again
	PATH_HOLE, // large TCP segments never passed the tap, and the receiver never had them
	PATH_HANDSHAKE, // SYN and SYN-ACK, one of them with an MSS below that of Ethernet
	PATH_FULL_MSS, // an MSS of Ethernet, or more, of event.flow.dst reached event.flow.src
	PATH_SIZES, // UDP: sizes that were answered, and sizes that never were
	PATH_PIECES, // datagrams in pieces that passed whole
	PATH_PASSED, // TCP: event.flow.dst acknowledged as much as a full packet of largest_acked bytes, last at to_ns
	PATH_WHATS,
};

enum path_reaction {
	PATH_NONE_SEEN, // it sent nothing more
	PATH_HONOURED, // what came later fits
	PATH_IGNORED, // what came later, when it must have had the report, is still too big
	PATH_DISPROVED, // what came later is still too big, and the receiver acknowledged it
};

/** How a stuck segment or a hole ended. */
enum path_end {
	PATH_GOT_THROUGH, // the same size got through in the end: loss, or an outage
	PATH_SHRANK, // the same bytes got through in smaller packets
	PATH_GAVE_UP, // the connection ended, or went idle, without
	PATH_UNSEEN, // acknowledged though it never passed: the mirror lost it
};

/** One struct for all; fields that do not belong to what are 0. Sizes are of whole IP packets, in bytes. */
struct path_facts {
	uint8_t what; // enum path_what
	uint8_t reaction; // enum path_reaction
	uint8_t end; // enum path_end
	bool
		flow_known; // REPORT, REACTION: the quoted packet's connection is known, and may have sent it; PIECES: answered
	bool gaps_grow; // STUCK: the times between the retransmissions grow
	bool receiver_alive; // STUCK, HOLE: the receiver sent something after the first retransmission
	bool small_acked; // STUCK, HOLE: smaller packets of this direction were acknowledged
	bool large_acked; // STUCK, HOLE: this size may have got through before (it cannot be excluded)
	bool burst_small; // STUCK, HOLE: a small packet of the same burst arrived, and none as large before
	bool fresh; // STUCK: the receiver had spoken shortly before
	bool near; // HANDSHAKE, FULL_MSS: both ends are on the tap's link
	bool merged; // STUCK, REPORT: the packet was put together from several (merged.h)
	bool full_size; // STUCK, HOLE: as large as the MSS allows, or as the sender's largest
	bool mirror_gaps; // the tap missed packets of this connection that were acknowledged
	bool reported; // STUCK, HOLE: a too-big report came for it
	uint32_t count; // REPORT, HANDSHAKE, PIECES: how many since the last event
	// REPORT
	uint32_t alike; // of count, those that quote the ends of the latest, and a number near its
	struct mw_address reporter, told; // told: the report's own destination
	uint32_t mtu_bytes; // 0 not given
	uint32_t quoted_bytes; // length of the packet that was too big; 0 not known
	uint32_t seq, ip_id; // REPORT: of the packet that the latest quotes; STUCK: of the packet. ip_id 0: not known
	// REACTION
	uint32_t sent_after; // packets larger than the report allows, after it
	// sizes; 0 not known
	uint32_t largest_acked; // the largest that is known to have got through
	uint32_t smallest_lost; // the smallest that did not
	uint32_t retransmits; // of the segment with most
	uint32_t segments_lost; // different large packets that did not get through
	uint32_t answered,
		unanswered; // SIZES: packets up to largest_acked with an answer; packets from smallest_lost without
	// STUCK, HOLE, SIZES: from the first loss to the last; REACTION: the report, what disproves it; REPORT: to the
	// latest
	uint64_t from_ns, to_ns;
	uint64_t opened_ns; // STUCK, HOLE, REACTION: when the handshake was over; 0 not seen
	// HANDSHAKE; STUCK and HOLE too, as far as it was seen
	uint16_t mss_syn, mss_synack; // bytes, 0 not known; event.flow: HANDSHAKE has the client as src
	uint16_t mss_before; // the same SYN or SYN-ACK was seen with this MSS elsewhere on its way; 0 no
};

#endif
