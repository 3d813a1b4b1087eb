// SPDX-License-Identifier: BSD-3-Clause
// The packets of one forged episode that are kept: a bounded choice in fixed places, and a comment for each.
// Neighbours: evidence_write.c reads and writes; evidence_text.c has the words.
#ifndef EVIDENCE_PACKETS_H
#define EVIDENCE_PACKETS_H

#include "evidence.h"
#include "mw_packet.h"

#define EVIDENCE_FRAME_BYTES   7168u // longer frames are cut to this: headers and the beginning of data prove
#define EVIDENCE_COMMENT_BYTES 512u
#define EVIDENCE_AFTER_NS      (3 * MW_NS_PER_SECOND) // after the last reset

/** Why a packet is kept, and how many of each kind: 64 an episode. */
enum evidence_part {
	EVIDENCE_BEGINNING, // the first of the connection: its handshake
	EVIDENCE_BEFORE, // the last before the resets: what they answer, and what their named sender looked like
	EVIDENCE_RESETS, // the first of the episode
	EVIDENCE_DECIDING, // later ones that look like the one that decided
	EVIDENCE_AFTER, // what became of the connection
	EVIDENCE_PARTS,
};
#define EVIDENCE_PACKETS 64 // sum of the parts

struct evidence_packet {
	uint64_t number; // in the order of reading
	uint64_t time_ns;
	const uint8_t *data;
	uint32_t captured_bytes, wire_bytes;
	uint16_t link_type; // LINKTYPE_ of its file
	uint8_t part; // enum evidence_part
	uint8_t family, ttl, tcp_flags;
	uint32_t payload_bytes; // on the wire
	bool from_named; // of the episode's src
	bool decides; // a reset that looks like the one that decided
};

/** Zeroed at first, then episode and frames are set. */
struct evidence_packets {
	const struct evidence_episode *episode;
	uint8_t (*frames)[EVIDENCE_FRAME_BYTES]; // EVIDENCE_PACKETS of them
	uint32_t seen[EVIDENCE_PARTS]; // packets of each part, kept or not
	uint32_t opening_seq; // of the connection's SYN
	bool opening_known;
	bool over; // another connection of the same addresses and ports has begun
	uint64_t latest_ns;
	struct evidence_packet packets[EVIDENCE_PACKETS]; // captured_bytes 0: free
};

/** Takes a decoded TCP packet between the episode's ends, either way. number counts all packets read. */
void evidence_packets_take(struct evidence_packets *packets, const struct mw_packet *packet, uint16_t link_type,
						   uint64_t number);

/** Appends to text why this one of packets is there, as "midwatch: ...". */
void evidence_packets_comment(const struct evidence_packets *packets, const struct evidence_packet *packet,
							  struct mw_text *text);

#endif
