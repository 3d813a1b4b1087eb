// SPDX-License-Identifier: BSD-3-Clause
// Packet records of plain capture files, read in place. Only what is ordinary: everything else is libpcap's, and so are
// the file's header, its interfaces' validity, its end and every complaint.
// Neighbours: capture.c changes between this and libpcap; window.h. Formats: draft-ietf-opsawg-pcap, -pcapng.
#ifndef MW_INPUT_DIRECT_H
#define MW_INPUT_DIRECT_H

#include <pcap/pcap.h>

#include "window.h"

#define DIRECT_INTERFACES_MAX 64

/** How a pcapng interface counts time: seconds = count / ticks + offset_s; ns = rest * up / down. */
struct direct_clock {
	uint64_t ticks; // a second
	uint64_t up, down;
	uint64_t offset_s; // modulo 2^64: may be negative
	uint64_t begin, begin_s; // count and seconds at the begin of the latest packet's second: saves the division
};

struct direct {
	struct window window;
	bool usable; // false: this file is libpcap's from here on
	bool is_pcapng;
	bool swapped; // its integers are in the other byte order than this machine's
	uint32_t snap_bytes, captured_max;
	uint32_t fraction_end; // pcap: units in a second
	uint32_t fraction_ns; // and their length
	uint32_t record_bytes; // of the record that was peeked at
	uint32_t clocks_count;
	struct direct_clock clocks[DIRECT_INTERFACES_MAX]; // of the section's interfaces
};

/**
 * Begins with the file behind fd, which libpcap has just opened and read up to offset. usable says whether there is
 * anything to do here.
 */
void direct_start(struct direct *direct, int fd, pcap_t *pcap, uint64_t offset);
void direct_stop(struct direct *direct);

/** libpcap has read on up to offset: learns what it met there. Gives up all records. @return usable. */
bool direct_resume(struct direct *direct, uint64_t offset);

/** The records taken so far are not needed any more. */
void direct_release(struct direct *direct);

/**
 * Looks at the next packet: header as libpcap would fill it at nanosecond precision, data in place.
 * @return false when libpcap has to look at what comes at direct_tell().
 */
bool direct_peek(struct direct *direct, struct pcap_pkthdr *header, const uint8_t **data);

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
