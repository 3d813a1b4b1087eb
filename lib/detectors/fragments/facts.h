// SPDX-License-Identifier: BSD-3-Clause
// What the fragment detector's worker half tells, and how it lies in its events.
// Neighbours: fragments.c and emit.c fill it, control.c joins what all workers send.
#ifndef FRAGMENTS_FACTS_H
#define FRAGMENTS_FACTS_H

#include "mw_event.h"
#include "mw_fragment.h"

/** Kinds of events. event.flow.src sent the datagram. */
enum fragment_what {
	FRAGMENT_DATAGRAM, // one ended; event.time_ns: its first piece seen; struct fragment_facts
	FRAGMENT_OUTER, // the first piece of a datagram with a tunnel inside; struct fragment_outer in brief
	FRAGMENT_REPORT, // ICMP: the receiver never had all pieces; event.flow is the quoted packet; struct fragment_report
	FRAGMENT_PAIR, // what was counted of a pair; struct fragment_pair_facts
	FRAGMENT_GAP, // things of this kind were not told; event.time_ns: since when; struct fragment_gap
	FRAGMENT_WHATS,
};

/** Datagrams in pieces of one sender to one receiver since start. */
struct fragment_counts {
	uint32_t complete, incomplete; // complete: passed here whole, or known to have come so
	uint32_t delivered; // of the complete ones: not whole here, and the receiver had all of it
	uint32_t exceeded; // the receiver said so often that it never had all pieces
};

/** A datagram. Of missing, missing_count are carried. */
struct fragment_facts {
	uint64_t last_ns;
	uint32_t id, scope;
	struct fragment_counts counts; // of the pair, this one included
	uint32_t fragments, bytes_seen, bytes_total, largest_bytes; // as in struct mw_fragment_datagram
	uint32_t anomalies;
	uint32_t missing_count;
	uint8_t end; // enum mw_fragment_end
	uint8_t family;
	bool first_seen, last_seen, ports_known, answered;
	uint8_t word; // enum fragment_word
	bool alone; // later pieces, and nothing else passed between the two hosts
	struct mw_fragment_range missing[MW_FRAGMENT_RANGES + 1];
};

/** Anomalies that are facts whatever may still come. */
#define FRAGMENT_CERTAIN                                                                                               \
	(((1u << MW_FRAGMENT_ANOMALIES) - 1) & ~(1u << MW_FRAGMENT_ID_REUSE | 1u << MW_FRAGMENT_SCATTERED))

/** Nobody lost these: no stack sends them so, or nobody asked for them. */
#define FRAGMENT_NO_LOSS                                                                                               \
	(1u << MW_FRAGMENT_TINY | 1u << MW_FRAGMENT_ZERO | 1u << MW_FRAGMENT_NOT_MULTIPLE | 1u << MW_FRAGMENT_UNASKED)

/** No host lost these, either: no network carries what is from its receiver, or from a group (RFC 1122 3.2.1.3). */
static inline bool fragment_is_mangled(const struct mw_address *src, const struct mw_address *dst)
{
	bool group = mw_address_is_v4(src) ? src->bytes[12] >= 224 : src->bytes[0] == 0xff;

	return group || mw_address_compare(src, dst) == 0;
}

struct fragment_outer {
	uint32_t id, bytes; // bytes of its datagram, from 0, in this piece
};

struct fragment_report {
	uint32_t id, scope;
	struct fragment_counts counts;
	bool id_known, ports_known, answered;
	uint8_t padding; // 0
};

struct fragment_pair_facts {
	uint32_t scope;
	struct fragment_counts counts;
};

/** What was not sent: the kinds differ in what control must not conclude then. */
enum fragment_unsent {
	FRAGMENT_UNSENT_OUTER, // first pieces with a tunnel inside
	FRAGMENT_UNSENT_HEADLESS, // datagrams without their first piece
	FRAGMENT_UNSENT_ANSWERED, // others, of answered flows
	FRAGMENT_UNSENT_UNANSWERED,
	FRAGMENT_UNSENTS,
};

struct fragment_gap {
	uint64_t to_ns; // the last of them
	uint8_t unsent; // enum fragment_unsent
	uint8_t padding[7]; // 0
};

_Static_assert(sizeof(struct fragment_facts) <= MW_EVENT_BODY_BYTES, "a datagram fits in an event");
_Static_assert(sizeof(struct fragment_outer) == sizeof(((struct mw_event *)0)->brief), "no more room than this");

#endif
