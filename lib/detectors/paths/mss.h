// SPDX-License-Identifier: BSD-3-Clause
// Which hosts show one reduced MSS: a value that unrelated hosts share was written by something in the path.
// Neighbours: control.c tells of handshakes, verdict.c asks. RFC 9293 3.7.1, RFC 6691. Control half: a place
// for each value, so nothing is ever given up and memory is fixed.
#ifndef PATHS_MSS_H
#define PATHS_MSS_H

#include "mw_address.h"
#include "mw_hash.h"

#define PATH_MSS_ETHERNET     1460 // of IPv4 in 1500 bytes
#define PATH_MSS_REACHED_SETS 1024
#define PATH_MSS_REACHED_WAYS 8
#define PATH_MSS_SENDERS      4
#define PATH_MSS_HOSTS        3 // counted exactly up to here: more prove nothing more

enum path_mss_side {
	PATH_MSS_NONE,
	PATH_MSS_SYN, // limits what the server sends
	PATH_MSS_SYN_ACK, // limits what the client sends
	PATH_MSS_SIDES,
};

/** Hosts that sent one value on one side. */
struct path_mss_hosts {
	struct mw_address hosts[PATH_MSS_HOSTS], networks[PATH_MSS_HOSTS];
	uint8_t hosts_count, networks_count;
};

struct path_mss_sender {
	struct mw_address from;
	uint32_t mss; // the smallest that it showed; 0: free
	bool near; // on this side of every line to the outside, always
};

/** What reached a host, of those of whom it got most. */
struct path_mss_reached {
	struct mw_address host;
	uint32_t side; // enum path_mss_side
	bool used;
	uint64_t mark; // of the host: of one set, those with the least stay
	uint64_t last_ns; // packet time of the latest
	struct path_mss_sender senders[PATH_MSS_SENDERS];
};

/** Zeroed memory with a hash key is an empty table. */
struct path_mss_table {
	struct mw_hash_key hash_key;
	struct path_mss_reached reached[PATH_MSS_REACHED_SETS * PATH_MSS_REACHED_WAYS];
	struct path_mss_hosts values[2][PATH_MSS_SIDES - 1][PATH_MSS_ETHERNET]; // family, side, value
};

/** IP and TCP header without options, in bytes. */
static inline uint32_t path_mss_headers(bool v6)
{
	return v6 ? 60 : 40;
}

/** Below that of Ethernet; 0 (not known) is not. */
static inline bool path_mss_is_reduced(bool v6, uint32_t mss)
{
	return mss > 0 && mss + path_mss_headers(v6) < PATH_MSS_ETHERNET + 40;
}

/** host sent a SYN or SYN-ACK with this MSS. Values that are not reduced are not kept. */
void path_mss_saw(struct path_mss_table *table, bool v6, enum path_mss_side side, uint32_t mss,
				  const struct mw_address *host);

/** No line to the outside lies between them: one network, or private addresses, which only their own routers route. */
bool path_mss_is_near(const struct mw_address *a, const struct mw_address *b);

/**
 * An MSS of sender reached host at time_ns. Who stays in a full set does not depend on the order in which they are
 * told, nor on how often, as long as all were told within an hour.
 */
void path_mss_reach(struct path_mss_table *table, const struct mw_address *host, enum path_mss_side side,
					const struct path_mss_sender *sender, uint64_t time_ns);

/**
 * The largest that is known to have reached host, of one that never showed a smaller one; 0 none. near_too: of those
 * near it as well, who are not behind what reduces the MSS of others.
 */
uint32_t path_mss_most(const struct path_mss_table *table, const struct mw_address *host, enum path_mss_side side,
					   bool near_too);

/**
 * Who shares a reduced value; NULL for one that says nothing: not reduced, or one that small stacks choose by
 * themselves (536 and 1220, RFC 9293 section 3.7.1, or less).
 */
const struct path_mss_hosts *path_mss_shared(const struct path_mss_table *table, bool v6, enum path_mss_side side,
											 uint32_t mss);

#endif
