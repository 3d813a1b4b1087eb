// SPDX-License-Identifier: BSD-3-Clause
// What differs with the kind of finding: which rows tell of it, which packets are kept, and the words beside them.
// Neighbours: evidence_resets.c, evidence_fragments.c, evidence_paths.c, evidence_ike.c each have one or two.
#ifndef EVIDENCE_KIND_H
#define EVIDENCE_KIND_H

#include "evidence_packets.h"
#include "mw_pcapng.h"

#define EVIDENCE_FILE_BYTES (4u << 20) // none is larger
#define EVIDENCE_HEAD_BYTES 1024u
#define EVIDENCE_PLACES_MAX 192u // packets of a subject

struct evidence_kind {
	enum mw_finding_kind finding;
	const struct mw_record *record; // whose rows tell of it
	uint32_t places; // packets kept of a subject, at most EVIDENCE_PLACES_MAX
	uint32_t frame_bytes; // longer frames are cut: headers and the beginning of data prove
	size_t state_bytes; // what it remembers of a subject while packets pass, zeroed at first
	/** Fills the zeroed subject and the key of its group, as findings have it. @return false: nothing to show. */
	bool (*row)(const void *row, struct evidence_subject *subject, struct mw_text *key);
	/** Keeps what it wants of a packet within from_ns and to_ns that has to do with both ends of the subject. */
	void (*take)(struct evidence_packets *packets, const struct mw_packet *packet, struct evidence_packet *about);
	/** All was read; gives up what proved to be of no use. May be NULL. */
	void (*finish)(struct evidence_packets *packets);
	/** Appends to text why this one of packets is there. */
	void (*comment)(const struct evidence_packets *packets, const struct evidence_packet *packet, struct mw_text *text);
};

/** A file of the longest packets keeps within its bound. */
#define EVIDENCE_FITS(places, frame_bytes)                                                                             \
	((places) <= EVIDENCE_PLACES_MAX &&                                                                                \
	 EVIDENCE_SUBJECTS * (places)*MW_PCAPNG_PACKET_BYTES(frame_bytes, EVIDENCE_COMMENT_BYTES) + EVIDENCE_HEAD_BYTES <= \
		 EVIDENCE_FILE_BYTES)

extern const struct evidence_kind *const evidence_kinds[];
extern const uint32_t evidence_kinds_count;

/** The kind of such findings, or NULL when they have no evidence. */
const struct evidence_kind *evidence_kind_of(uint8_t finding_kind);

#endif
