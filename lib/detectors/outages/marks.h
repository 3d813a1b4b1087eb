// SPDX-License-Identifier: BSD-3-Clause
// Marks of a router that starts, or ends: each makes a restart surer and is told, none decides alone.
// Neighbours: near.c reads them, line.c has them of each line, cause.c weighs them. Control thread.
#ifndef OUTAGES_MARKS_H
#define OUTAGES_MARKS_H

#include "queue.h"

enum outages_mark {
	OUTAGES_MARK_LINK, // its link came up: DAD, an MLD report, a router solicitation
	OUTAGES_MARK_LEFT, // it had said goodbye
	OUTAGES_MARK_ADVERTISES, // it began to advertise anew
	OUTAGES_MARK_BOOTS, // its boot number rose
	OUTAGES_MARK_QUERIES4, // it began to ask for groups anew
	OUTAGES_MARK_QUERIES6,
	OUTAGES_MARK_SOLICITS4, // on the side of the line it sought who gives it an address
	OUTAGES_MARK_SOLICITS6,
	OUTAGES_MARK_DIALS,
	OUTAGES_MARKS
};

#define OUTAGES_RHYTHMS 3 // of what a router says more often when it starts
#define OUTAGES_DEVICES 4 // of a host that have boot numbers

/** Of a next hop. Zeroed: nothing was heard of it. */
struct outages_marks {
	struct outages_rhythm {
		uint64_t said_ns; // last
		uint32_t close; // those that followed each other as the first ones do, less one
		bool talks; // they always follow each other so: that says nothing
	} rhythms[OUTAGES_RHYTHMS];
	uint64_t left_ns; // when it last said that it is no router any more
	struct {
		uint32_t device, boot;
	} devices[OUTAGES_DEVICES];
	uint32_t devices_count; // ever
};

/**
 * Takes SIGN_NEIGHBOUR of the next hop itself, in order of time. seen: the bits of an outage that is open; else NULL.
 */
void outages_marks_take(struct outages_marks *marks, const struct outages_sign *sign, uint32_t *seen);

/** True when it said goodbye within the seconds before an outage that began at from_ns, or in it. */
bool outages_marks_left(const struct outages_marks *marks, uint64_t from_ns);

/** How much surer the marks in seen make a restart, of 100. */
int64_t outages_marks_weigh(uint32_t seen);

/** What a mark shows, in words; mark: enum outages_mark. */
const char *outages_marks_words(unsigned mark);

#endif
