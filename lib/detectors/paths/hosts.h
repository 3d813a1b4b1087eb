// SPDX-License-Identifier: BSD-3-Clause
// Hosts that large packets of several networks do not reach: a black hole on the line of the receiver, of which each
// pair shows too little. Neighbours: control.c tells of flights and of what passed; verdict.c asks. Control half:
// memory is fixed.
#ifndef PATHS_HOSTS_H
#define PATHS_HOSTS_H

#include "mw_event.h"
#include "mw_hash.h"
#include "facts.h"

#define PATH_HOSTS_SETS        256
#define PATH_HOSTS_WAYS        4
#define PATH_HOST_NETWORKS     8 // the latest; more prove nothing more
#define PATH_HOST_PASSES       65536 // places by hash of the host: two that meet clear each other
#define PATH_HOST_SIZES        4 // classes of sizes
#define PATH_HOST_NETWORKS_ASK 3 // fewer say nothing of the host
#define PATH_HOST_TOGETHER_NS  (600 * MW_NS_PER_SECOND) // flights that are farther apart do not count together

/** The latest flight of a network whose large packets were lost, and whose small one alone arrived. */
struct path_host_flight {
	struct mw_address network; // of its sender
	uint64_t from_ns, opened_ns; // the loss; when the handshake was over, 0 not seen
	uint32_t size; // of the packets that were lost
};

struct path_host {
	struct mw_address host;
	uint32_t count; // of flights; 0: the place is free
	bool shown; // at the latest look
	struct path_host_flight flights[PATH_HOST_NETWORKS];
};

/** Zeroed memory with a hash key is empty. */
struct path_hosts {
	struct mw_hash_key hash_key;
	struct path_host hosts[PATH_HOSTS_SETS * PATH_HOSTS_WAYS];
	uint32_t passed_s[PATH_HOST_PASSES][PATH_HOST_SIZES]; // second of packet time of the latest packet of that size
	uint32_t all_passed_s; // until then any host may have had one
};

/** What the flights to a host show together. */
struct path_host_shows {
	uint32_t networks; // that have such a flight, counted up to PATH_HOST_NETWORKS; 0: nothing
};

/**
 * The host acknowledged a packet of that size, or as much data: until time_ns large ones reached it. host NULL: that is
 * not known of any.
 */
void path_hosts_passed(struct path_hosts *hosts, const struct mw_address *host, uint32_t size, uint64_t time_ns);

/**
 * A connection to event->flow.dst shows PATH_SHOWS_FLIGHT. Who is kept does not depend on the order of what is told.
 */
void path_hosts_flight(struct path_hosts *hosts, const struct mw_event *event, const struct path_facts *facts);

/**
 * What the flights to host show, in the eyes of one of them that was lost at from_ns, of that size: how many networks
 * had theirs lost close together, after anything as large had reached it. Nothing, unless they are
 * PATH_HOST_NETWORKS_ASK, of which one was opened when another was stuck already.
 */
struct path_host_shows path_hosts_judge(const struct path_hosts *hosts, const struct mw_address *host, uint64_t from_ns,
										uint32_t size);

/** Whether what the flights to host show has changed since the latest call. */
bool path_hosts_turned(struct path_hosts *hosts, const struct mw_address *host);

#endif
