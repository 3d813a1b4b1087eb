// SPDX-License-Identifier: BSD-3-Clause
// Packet records of plain files of the classic format, read in place. Only what is ordinary: everything else is
// libpcap's, and so are the file's header, its end and every complaint.
// Neighbours: capture.c changes between this and libpcap; window.h. Format: draft-ietf-opsawg-pcap.
#ifndef MW_INPUT_DIRECT_H
#define MW_INPUT_DIRECT_H

#include <pcap/pcap.h>

#include "record.h"
#include "window.h"

struct direct {
	struct window window;
	bool usable; // false: this file is libpcap's
	bool swapped; // its integers are in the other byte order than this machine's
	uint32_t captured_max;
	uint32_t fraction_end; // units in a second
	uint32_t fraction_ns; // and their length
	uint32_t record_bytes; // of the record that was peeked at
};

/**
 * Begins with the plain file behind stream, which libpcap has just opened and read up to offset. usable says whether
 * there is anything to do here.
 */
void direct_start(struct direct *direct, struct stream *stream, pcap_t *pcap, uint64_t offset);
void direct_stop(struct direct *direct);

/** libpcap has read on up to offset: goes on there. Gives up all records. */
void direct_resume(struct direct *direct, uint64_t offset);

/** The records taken so far are not needed any more. */
void direct_release(struct direct *direct);

/**
 * Looks at the next packet: record but for its link, data in place.
 * @return false when libpcap has to look at what comes at direct_tell().
 */
bool direct_peek(struct direct *direct, struct record *packet);

/** Takes the packet that was peeked at: its data stay until direct_release or direct_resume. */
static inline void direct_take(struct direct *direct)
{
	window_take(&direct->window, direct->record_bytes);
}

/** Where in the file the next record begins. */
static inline uint64_t direct_tell(const struct direct *direct)
{
	return window_tell(&direct->window);
}

#endif
