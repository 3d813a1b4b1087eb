// SPDX-License-Identifier: BSD-3-Clause
// Datagrams in pieces around a tunnel: decode enters the first piece, which then is another pair's and mostly another
// worker's. Both halves are told, and the control half finds those that passed whole.
// Neighbours: paths.c tells, control.c counts. As in lib/detectors/fragments, which judges those that did not.
#ifndef PATHS_OUTER_H
#define PATHS_OUTER_H

#include "mw_detector.h"
#include "mw_kit_index.h"

#define PATH_OUTERS_MAX 8192

/** Kinds of events beside the facts of paths, which are kind 0. The ends are those of the outer datagram. */
enum path_event { PATH_EVENT_FACTS, PATH_EVENT_FIRST, PATH_EVENT_LATER, PATH_EVENTS };

/** The brief of both: event.time_ns is the first piece that it tells of. */
struct path_outer {
	uint32_t id;
	uint32_t bytes; // FIRST: of the datagram, from 0, in it; LATER: up to here everything is missing, nothing behind
};

/** A half that waits for the other one. */
struct path_outer_half {
	struct mw_address src, dst;
	uint64_t time_ns;
	struct path_outer outer;
	bool first, done;
};

struct path_outers {
	struct mw_hash_key key;
	struct path_outer_half *halves; // a ring
	uint32_t next;
	struct mw_kit_index index; // places + 1
};

/** Worker: tells of the first piece around a tunnel, when packet is one. */
void path_outer_first(struct mw_detector_ctx *ctx, const struct mw_packet *packet);
/** Worker: tells of the later pieces of one, when nothing else is missing. */
void path_outer_later(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram);

/** Copies the key. @return 0 or -ENOMEM; path_outers_stop is due in both cases. */
int path_outers_start(struct path_outers *outers, const struct mw_hash_key *key);
void path_outers_stop(struct path_outers *outers);

/** Takes an event of kind FIRST or LATER. @return true when with it a datagram passed whole. */
bool path_outers_take(struct path_outers *outers, const struct mw_event *event);

#endif
