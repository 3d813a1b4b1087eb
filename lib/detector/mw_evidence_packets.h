// SPDX-License-Identifier: BSD-3-Clause
// The packets of one subject that are kept: a bounded choice in fixed places, and a comment for each.
// Neighbours: mw_evidence_kind.h chooses; app/ reads and writes. Control thread.
#ifndef MW_EVIDENCE_PACKETS_H
#define MW_EVIDENCE_PACKETS_H

#include "mw_evidence.h"
#include "mw_detector.h"
#include "mw_packet.h"

#define MW_EVIDENCE_COMMENT_BYTES 576u
#define MW_EVIDENCE_PARTS         8u // of a kind: packets that are there for one reason

struct mw_evidence_kind;

/** A packet as it was kept, and what comments need of it. */
struct mw_evidence_packet {
	uint64_t number; // in the order of reading
	uint64_t time_ns;
	const uint8_t *data;
	uint32_t captured_bytes; // 0: the place is free
	uint32_t wire_bytes;
	uint16_t link_type; // LINKTYPE_ of its file
	uint8_t part; // of the kind's own
	struct mw_detector_mark mark; // of the kind's detector
	bool proves; // not only what is around
	bool from_named; // of the subject's src
	bool decides; // a reset that looks like the one that decided
	bool is_piece; // of a datagram in fragments: from, to, more and id are valid
	bool more;
	uint8_t slot; // of the kind's own
	uint8_t family, protocol, ttl, tcp_flags, icmp_type, icmp_code;
	uint16_t sport, dport, mss_bytes;
	uint32_t ip_bytes; // whole IP packet
	uint32_t payload_bytes; // on the wire
	uint32_t payload_at; // in data; captured_bytes without any
	uint32_t from, to; // bytes of the IP payload, [from, to)
	uint32_t id, seq, ack;
	uint32_t mtu_bytes, quoted_bytes, quoted_seq; // of an ICMP error; 0 not given
	struct mw_address src, dst, quoted_src, quoted_dst;
};

/** Where a kind's part has its places. */
struct mw_evidence_part {
	uint32_t at, count;
	bool latest; // full, it gives up its oldest
	bool proves;
};

/** One subject. */
struct mw_evidence_packets {
	const struct mw_evidence_kind *kind;
	const struct mw_evidence_subject *subject;
	bool vlan_matters; // equal addresses of two VLANs are two hosts
	uint32_t seen[MW_EVIDENCE_PARTS]; // packets of each part, kept or not
	void *state; // of the kind
	struct mw_evidence_packet *packets; // as many as the kind has places
	uint8_t *frames; // of the kind's frame_bytes each
};

/** Bytes of memory that a subject of this kind takes. Zeroed pages are given when they are touched. */
size_t mw_evidence_packets_bytes(const struct mw_evidence_kind *kind);

/** Places packets in memory: zeroed, aligned to 16, of mw_evidence_packets_bytes. */
void mw_evidence_packets_init(struct mw_evidence_packets *packets, const struct mw_evidence_kind *kind,
							  const struct mw_evidence_subject *subject, void *memory);

/**
 * Takes a decoded packet that has to do with both ends of the subject. number counts all packets read; mark is that of
 * the kind's detector.
 */
void mw_evidence_packets_take(struct mw_evidence_packets *packets, const struct mw_packet *packet, uint16_t link_type,
							  uint64_t number, struct mw_detector_mark mark);

/** All was read. */
void mw_evidence_packets_finish(struct mw_evidence_packets *packets);

/** Appends to text why this one of packets is there, as "midwatch: ...". */
void mw_evidence_packets_comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
								 struct mw_text *text);

/** For kinds: keeps a packet in one of the part's places. seen counts those of the part. @return NULL when full. */
struct mw_evidence_packet *mw_evidence_packets_keep(struct mw_evidence_packets *packets,
													const struct mw_evidence_part *part, uint32_t *seen,
													const struct mw_packet *packet,
													const struct mw_evidence_packet *about);

/** For kinds: frees all places of a part. */
void mw_evidence_packets_drop(struct mw_evidence_packets *packets, const struct mw_evidence_part *part, uint32_t *seen);

/** For kinds: true for an address within the subject's source, or within its destination. */
bool mw_evidence_is_src(const struct mw_evidence_subject *subject, const struct mw_address *address);
bool mw_evidence_is_dst(const struct mw_evidence_subject *subject, const struct mw_address *address);

/** For kinds: appends "203.0 ms before the first reset", or after, or at; what is "the first reset". */
void mw_evidence_add_when(struct mw_text *text, uint64_t time_ns, uint64_t mark_ns, const char *what);

#endif
