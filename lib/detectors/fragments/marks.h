// SPDX-License-Identifier: BSD-3-Clause
// A memory of datagrams by sender, receiver and identification: of fixed size, the oldest goes first.
// Neighbours: control.h has three of them. The hash is keyed; what is found does not depend on it.
#ifndef FRAGMENTS_MARKS_H
#define FRAGMENTS_MARKS_H

#include "mw_address.h"
#include "mw_event.h"
#include "mw_hash.h"
#include "mw_kit_index.h"

struct fragment_mark {
	uint64_t first_ns, last_ns; // of the datagram; of an ICMP report its time
	uint64_t arrived_ns; // clock of control when it was put in
	struct mw_event_flow flow;
	uint32_t id;
	uint32_t scope; // reports
	uint32_t bytes; // outer first pieces: from 0
	bool done; // joined: it only takes up room
	bool ports_known, answered; // reports
};

struct fragment_marks {
	struct mw_hash_key key;
	uint32_t room, first, count; // a ring
	uint64_t forgotten_ns; // last_ns of the latest one that had to go while it was not done
	struct fragment_mark *marks;
	struct mw_kit_index index; // of those that are not done: place in the ring + 1
};

/** Copies the key. @return 0 or -ENOMEM. */
int fragment_marks_start(struct fragment_marks *marks, uint32_t room, const struct mw_hash_key *key);
void fragment_marks_stop(struct fragment_marks *marks);

/** The mark of this datagram that is not done, or NULL. There is at most one. */
struct fragment_mark *fragment_marks_find(const struct fragment_marks *marks, const struct mw_address *src,
										  const struct mw_address *dst, uint32_t id);

/** Puts a mark in. One of the same datagram that is not done is forgotten; when there is no room, the oldest is. */
void fragment_marks_put(struct fragment_marks *marks, const struct fragment_mark *mark);

/** The one that was put in first, or NULL. */
struct fragment_mark *fragment_marks_oldest(const struct fragment_marks *marks);
void fragment_marks_drop_oldest(struct fragment_marks *marks);

/** Takes the mark out of what can be found. */
void fragment_marks_finish(struct fragment_marks *marks, struct fragment_mark *mark);

#endif
