// SPDX-License-Identifier: BSD-3-Clause
// What differs with the kind of finding: which rows concern it, which packets are kept, and the words beside them.
// Neighbours: detectors/*/evidence.c each have one or two.
#ifndef MW_EVIDENCE_KIND_H
#define MW_EVIDENCE_KIND_H

#include "mw_evidence_packets.h"

#define MW_EVIDENCE_FILE_BYTES (4u << 20) // none is larger
#define MW_EVIDENCE_HEAD_BYTES 1024u
#define MW_EVIDENCE_PLACES_MAX 192u // packets of a subject

struct mw_evidence_kind {
	const struct mw_record *record; // whose rows concern it
	uint32_t places; // packets kept of a subject, at most MW_EVIDENCE_PLACES_MAX
	uint32_t frame_bytes; // longer frames are cut: headers and the beginning of data prove
	bool wants_arp; // of subjects whose ends are prefixes, all of it
	bool wants_cut; // of these subjects, frames that are not analysed because their IP headers say more than there is
	size_t state_bytes; // what it remembers of a subject while packets pass, zeroed at first
	/**
	 * Fills the zeroed subject, and key with that of its finding, by the same words of code. @return false: nothing.
	 */
	bool (*row)(const void *row, struct mw_evidence_subject *subject, char key[DIAGNOSIS_KEY_BYTES]);
	/** Keeps what it wants of a packet within from_ns and to_ns that has to do with both ends of the subject. */
	void (*take)(struct mw_evidence_packets *packets, const struct mw_packet *packet, struct mw_evidence_packet *about);
	/** All was read; gives up what proved to be of no use. May be NULL. */
	void (*finish)(struct mw_evidence_packets *packets);
	/** Appends to text why this one of packets is there. */
	void (*comment)(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
					struct mw_text *text);
};

/** What a packet takes in a file, at most. */
#define MW_EVIDENCE_PACKET_BYTES(frame_bytes) ((size_t)(frame_bytes) + MW_EVIDENCE_COMMENT_BYTES + 48)

/** A file of the longest packets keeps within its bound. */
#define MW_EVIDENCE_FITS(places, frame_bytes)                                                                          \
	((places) <= MW_EVIDENCE_PLACES_MAX &&                                                                             \
	 MW_EVIDENCE_SUBJECTS * (places)*MW_EVIDENCE_PACKET_BYTES(frame_bytes) + MW_EVIDENCE_HEAD_BYTES <=                 \
		 MW_EVIDENCE_FILE_BYTES)

#endif
