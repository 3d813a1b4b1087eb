// SPDX-License-Identifier: BSD-3-Clause
// What the control half keeps of moments: the latest ones by number, the others by how busy they were.
// Neighbours: load.c.
#ifndef MIRROR_LOAD_H
#define MIRROR_LOAD_H

#include "mirror.h"

#define MIRROR_LOAD_MOMENTS 1024u // a power of two: of ten seconds
#define MIRROR_LOAD_HOLES   4096u // at a time
#define MIRROR_LOAD_STEPS   8u // an octave
#define MIRROR_LOAD_CLASSES (40u * MIRROR_LOAD_STEPS) // of bytes in a moment

/** Moments that were as busy as each other, within an eighth of an octave. */
struct mirror_load_class {
	uint64_t moments, lossy, episodes; // lossy: that lost something; episodes: that lost it first after a while
	uint64_t load_bytes, segment_bytes, lost_bytes;
	double lost_squares; // of the bytes of each moment
};

/** A moment of the last ten seconds. */
struct mirror_load_moment {
	uint64_t number;
	uint64_t packets, load_bytes, segment_bytes, lost_bytes;
	uint64_t counted_bytes; // lost, in its class already; 0: it is not lossy
	uint16_t holes; // the first that ends in it, its place + 1; 0: none
	bool judged;
};

/** Bytes that were lost in one of several moments. */
struct mirror_load_hole {
	uint64_t from, bytes; // from: number of a moment; it ends in the one that has it
	uint16_t next; // place + 1; of a free one the next free one
};

/** The control half's memory. */
struct mirror_control {
	struct mirror_load_moment moments[MIRROR_LOAD_MOMENTS]; // by number
	struct mirror_load_hole holes[MIRROR_LOAD_HOLES];
	uint16_t free, holes_count; // free: the first one given back, its place + 1
	uint64_t judged; // moments before this number are
	bool ended; // the input: none comes any more
	struct mirror_load_class classes[MIRROR_LOAD_CLASSES];
	struct mirror_load_class unplaced; // holes that are of none of these: each as a moment of its own
	uint64_t lossy, unplaced_latest; // the latest moment that lost something; in which something unplaced was told
	uint64_t peak_bytes; // of a moment, of those judged since the last interval
	int64_t hidden; // bytes of frames that were cut in the interval before, and not missed yet
	int64_t acked, unseen, dropped; // since the classes are empty: bytes, bytes, packets
	uint64_t packets;
};

#endif
