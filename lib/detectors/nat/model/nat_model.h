// SPDX-License-Identifier: BSD-3-Clause
// A model of address translators: which sessions and outside ports the hosts of each line hold at a moment, after given
// timers and limits. It sees activity, not the translator itself.
// Neighbours: detectors/nat/control.c feeds it by time. Follows RFC 4787, RFC 5382, RFC 5508, RFC 6888 and makers.
#ifndef NAT_MODEL_H
#define NAT_MODEL_H

#include <string.h>

#include "mw_address.h"
#include "mw_base.h"
#include "mw_hash.h"

/** Pools of port numbers; ICMP identifiers are numbers too. */
enum mw_nat_protocol { MW_NAT_TCP, MW_NAT_UDP, MW_NAT_ICMP, MW_NAT_PROTOCOLS };

/**
 * Whether one outside port serves an inside port towards all peers (RFC 4787 section 4.1, endpoint-independent), or the
 * same outside port may be used again towards another peer ("port saving"; endpoint-dependent).
 */
enum mw_nat_mapping { MW_NAT_INDEPENDENT, MW_NAT_DEPENDENT, MW_NAT_MAPPINGS };

/** How the translator behaves. Times in ns; limits: 0 is none. */
struct mw_nat_profile {
	uint64_t udp_ns; // after the last packet
	uint64_t udp_unanswered_ns; // as long as nothing came back; often the same
	uint64_t dns_ns; // UDP to port 53, after the last packet
	uint64_t icmp_ns; // echo
	uint64_t tcp_opening_ns, tcp_established_ns, tcp_closing_ns; // closing: after a FIN of either side or a reset
	uint8_t mapping[MW_NAT_PROTOCOLS]; // enum mw_nat_mapping
	bool inbound_refreshes; // packets from outside prolong a mapping too (RFC 4787 REQ-6: may)
	bool shared_pool; // TCP, UDP and ICMP take their numbers from one pool
	/**
	 * ports_limit, where mapping is independent: what comes back within 2 s to a session refused for it proves that the
	 * translator had a port, so the session is held after all; over the limit, the youngest that nothing came back to
	 * yields. It is one of those that took the last three ports (of fewer than 192: a 64th). Of these, TCP, echo and
	 * DNS that get no answer within 1 s of the last attempt were refused, and are taken back.
	 */
	uint32_t ports_limit, sessions_limit, host_limit; // of a line; host_limit: sessions of one inside host
};

/** Sizes, fixed at start. sessions_max counts 5-tuples, of every kind of mapping: about 180 bytes each. */
struct mw_nat_sizes {
	uint32_t lines_max, hosts_max, sessions_max;
};

/** What happened to a 5-tuple from inside. */
enum mw_nat_step {
	MW_NAT_OUTBOUND, // a packet from inside: the first one opens
	MW_NAT_INBOUND, // a packet from outside
	MW_NAT_CLOSING, // FIN or RST of either side; of TCP alone
	MW_NAT_BEGIN, // as outbound, and a new TCP connection: opens a 5-tuple again that was closing
	MW_NAT_STEPS,
};

/** An IPv4 address as it lies in a packet: neither the model nor the books beside it know any others. */
static inline uint32_t mw_nat_v4(const struct mw_address *address)
{
	uint32_t v4;

	memcpy(&v4, &address->bytes[12], sizeof(v4));
	return v4;
}

/** Back to the mapped form. */
static inline struct mw_address mw_nat_address(uint32_t v4)
{
	uint8_t bytes[sizeof(v4)];

	memcpy(bytes, &v4, sizeof(v4));
	return mw_address_from_v4(bytes);
}

/** What the model finds a session by, by its inside port or all its ends, and its host; 0: not made yet. */
struct mw_nat_hashes {
	uint64_t mapping, host;
	uint64_t sought; // where the session most likely is
};

/** What the host of a line is found by. */
static inline uint64_t mw_nat_host_hash(const struct mw_hash_key *key, const struct mw_address *address, uint32_t line)
{
	return mw_hash_address(key, address->bytes) + line * UINT64_C(0x9e3779b97f4a7c15);
}

struct mw_nat_activity {
	uint64_t time_ns; // lies back only for what is told late: it prolongs from then on, and nothing ends anew
	uint32_t line; // of mw_nat_line_open
	uint8_t protocol; // enum mw_nat_protocol
	uint8_t step; // enum mw_nat_step
	uint16_t port, peer_port; // ICMP: identifier in port, 0 in peer_port
	struct mw_address host, peer; // outside vantage: host is the line's outside address
	struct mw_nat_hashes hashes; // of mw_nat_soon, for the same ends on the same line
};

enum mw_nat_outcome {
	MW_NAT_HELD, // the session lives; it may have been opened now
	MW_NAT_IGNORED, // inbound or closing without a session
	MW_NAT_REFUSED_PORTS, // no port left by the line's limit
	MW_NAT_REFUSED_SESSIONS, // sessions_limit or host_limit
	MW_NAT_NO_ROOM, // this model's own memory: counted
};

/**
 * Numbers of a host or a line. Live ones at the latest time, the others since the last mw_nat_interval. A session is an
 * entry of the translator's table: a mapping of an inside port where mapping is independent, else a 5-tuple. A mapping
 * lives as long as one of its 5-tuples; packets of other peers to it are not known here. A host's ports are those that
 * its own sessions need: the line may need fewer than the sum of its hosts, where ports are used again.
 */
struct mw_nat_counts {
	uint32_t sessions, sessions_peak; // live
	uint32_t ports[MW_NAT_PROTOCOLS]; // outside ports that they need
	uint32_t ports_all, ports_peak; // of all protocols; of a shared pool or the sum
	uint64_t opened; // sessions; with those taken back
	uint64_t ended, ended_unanswered; // sessions whose timer ran out; those that nothing ever came back to
	uint64_t refused; // packets from inside that a limit kept from opening a session
};

struct mw_nat;

/** Copies sizes and key. @return 0, -EINVAL (0, over 2^30, of lines over 2^24), -ENOMEM. No later call allocates. */
int mw_nat_new(const struct mw_nat_sizes *sizes, const struct mw_hash_key *hash_key, struct mw_nat **nat);
void mw_nat_free(struct mw_nat *nat);

/** A new line with its profile (copied). @return its number, or UINT32_MAX when there is no room. */
uint32_t mw_nat_line_open(struct mw_nat *nat, const struct mw_nat_profile *profile);

/**
 * Another profile from now on: sessions keep their mapping, and end after their new timers. Where timers differ the
 * work is that of the line's sessions.
 */
void mw_nat_line_profile(struct mw_nat *nat, uint32_t line, const struct mw_nat_profile *profile);

/**
 * Ends what is due up to now_ns: bounded by what is due, however far the jump. Activities advance by themselves. A
 * session ends up to 17 ms before its deadline, the grain of the timers.
 */
void mw_nat_advance(struct mw_nat *nat, uint64_t now_ns);

/**
 * One step, O(1). Without room, a host gives way that nothing ever came back to (a forged sender): the oldest of those
 * with the fewest sessions (0, 1, 2 to 3, 4 to 7 and so on, up to 63). If there is none, the new session finds no room.
 * Hosts that were answered stay.
 */
enum mw_nat_outcome mw_nat_activity(struct mw_nat *nat, const struct mw_nat_activity *activity);

/**
 * This activity comes soon. Look 0 makes its hashes; each look fetches what is needed by the next one, and the last
 * what the activity itself will touch: so let some time pass between them. In the model nothing changes. Of its step
 * counts who sends: an inbound one is not expected to open anything.
 */
#define MW_NAT_LOOKS 3
void mw_nat_soon(const struct mw_nat *nat, struct mw_nat_activity *activity, unsigned look);

void mw_nat_line_counts(const struct mw_nat *nat, uint32_t line, struct mw_nat_counts *counts);

/** Calls visit for each host of a line that has, had or was refused sessions in this interval, oldest first. */
void mw_nat_hosts(const struct mw_nat *nat, uint32_t line,
				  void (*visit)(void *context, const struct mw_address *host, const struct mw_nat_counts *counts),
				  void *context);

/** A 5-tuple that lives. */
struct mw_nat_session_view {
	struct mw_address host, peer;
	uint64_t last_ns; // its last packet that prolonged it
	uint16_t port, peer_port;
	uint8_t protocol; // enum mw_nat_protocol
	bool answered, closing;
};

/** Calls visit for each 5-tuple of a line. */
void mw_nat_sessions(const struct mw_nat *nat, uint32_t line,
					 void (*visit)(void *context, const struct mw_nat_session_view *session), void *context);

/** Begins a new interval: peaks start from what lives, counts from 0; hosts without sessions are forgotten. */
void mw_nat_interval(struct mw_nat *nat);

/** Sessions, hosts and lines that found no room so far, or had to give way. */
uint64_t mw_nat_no_room(const struct mw_nat *nat);

#endif
