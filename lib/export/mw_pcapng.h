// SPDX-License-Identifier: BSD-3-Clause
// A pcapng file that appears whole: an interface a link type, packets at nanosecond resolution, a comment on each.
// Neighbours: app/ writes evidence with it; csv_file.c publishes files the same way. draft-ietf-opsawg-pcapng.
// One thread uses a file at a time.
#ifndef MW_PCAPNG_H
#define MW_PCAPNG_H

#include "mw_base.h"

/** What stands before the packets. Texts may be NULL. */
struct mw_pcapng_head {
	const uint16_t *link_types; // LINKTYPE_ values, an interface each
	uint32_t link_types_count;
	uint32_t snap_bytes; // no packet is longer
	const char *application; // who wrote the file
	const char *comment; // on the whole of it
};

/** One packet. captured_bytes of data are stored, at most the head's snap_bytes. */
struct mw_pcapng_packet {
	uint64_t time_ns; // since the epoch
	const uint8_t *data;
	uint32_t captured_bytes, wire_bytes;
	uint32_t interface; // index in the head's link_types
	const char *comment; // NULL: none
};

/** A comment is cut to this. */
#define MW_PCAPNG_COMMENT_BYTES 4096

/** Bytes that a packet takes in the file, at most. */
#define MW_PCAPNG_PACKET_BYTES(captured_bytes, comment_bytes) ((size_t)(captured_bytes) + (comment_bytes) + 48)

struct mw_pcapng;

/**
 * Makes directory/.NAME.tmp-PID and writes the head into it. Temporary files of captures (.*.pcapng.tmp-PID) that a
 * dead process left in directory are removed.
 * @return 0; -EBUSY when a living process writes it; -errno; logged with the path.
 */
int mw_pcapng_create(const char *directory, const char *name, const struct mw_pcapng_head *head,
					 struct mw_pcapng **file);

/** Appends a packet. What fails is reported by mw_pcapng_publish. */
void mw_pcapng_add(struct mw_pcapng *file, const struct mw_pcapng_packet *packet);

/** Bytes that the file has so far. */
uint64_t mw_pcapng_bytes(const struct mw_pcapng *file);

/** What failed first; nothing is appended behind it. @return 0 or -errno. */
int mw_pcapng_error(const struct mw_pcapng *file);

/**
 * Syncs and renames to directory/NAME, over an older file of that name, and frees. After a failure, of this or of an
 * mw_pcapng_add, there is neither a new file nor a temporary one. @return 0 or -errno, logged with the path.
 */
int mw_pcapng_publish(struct mw_pcapng *file);

/** Gives the file up, without a word. NULL is fine. */
void mw_pcapng_drop(struct mw_pcapng *file);

#endif
