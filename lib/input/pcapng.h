// SPDX-License-Identifier: BSD-3-Clause
// Packets of pcapng files: sections in either byte order, interfaces each with a link type, a snap length and a clock
// of its own. Files, compressed ones and pipes alike: the window knows the difference.
// Neighbours: capture.c; libpcap reads the classic format. Follows draft-ietf-opsawg-pcapng.
#ifndef MW_INPUT_PCAPNG_H
#define MW_INPUT_PCAPNG_H

#include "mw_text.h"
#include "record.h"
#include "window.h"

#define PCAPNG_MAGIC          0x0a0d0d0au // the same in either byte order
#define PCAPNG_INTERFACES_MAX 65536u // of a section

/** An interface: ns = rest of a second in ticks * up / down; seconds = count / ticks + offset_s. */
struct pcapng_interface {
	uint64_t ticks; // a second
	uint64_t up, down;
	uint64_t offset_s; // modulo 2^64: may be negative
	uint64_t begin, begin_s; // count and seconds at the begin of the latest packet's second: saves the division
	uint32_t snap_bytes; // 0: no limit
	uint16_t dlt;
	uint8_t link; // enum mw_link
	uint8_t shift; // of the rest of a second: finer than can be told
};

struct pcapng {
	struct window window;
	bool swapped; // the section's integers are in the other byte order than this machine's
	uint32_t record_bytes; // of the block that was peeked at
	uint32_t interfaces_count; // of the section
	struct pcapng_interface *interfaces; // address space for the most; touched as far as it is used
	char why[160]; // what is wrong, once PCAPNG_BROKEN was returned; empty: the bytes end too early, or cannot be read
};

/** What comes next in the file. */
enum pcapng_next {
	PCAPNG_END,
	PCAPNG_PACKET,
	PCAPNG_LATER, // no room in the window: window_release first
	PCAPNG_BROKEN,
};

/** Reads from stream, which stands at its begin and outlives this. @return 0; -ENOMEM. */
int pcapng_start(struct pcapng *pcapng, struct stream *stream);
void pcapng_stop(struct pcapng *pcapng);

/**
 * Looks at the next packet, over everything in front of it; data in place. BROKEN: at window_tell begins what cannot be
 * read, and it will say so again.
 */
enum pcapng_next pcapng_peek(struct pcapng *pcapng, struct record *record);

/** Goes over sections and interfaces to the first interface. @return its DLT_ value; -1 when there is none. */
int pcapng_first_dlt(struct pcapng *pcapng);

/** Takes the packet that was peeked at: its data stay until window_release. */
static inline void pcapng_take(struct pcapng *pcapng)
{
	window_take(&pcapng->window, pcapng->record_bytes);
}

#endif
