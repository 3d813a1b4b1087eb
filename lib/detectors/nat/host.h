// SPDX-License-Identifier: BSD-3-Clause
// What the inside hosts do beside the model's numbers: how much goes unanswered, where to, and the habits of the worst.
// Neighbours: control.c feeds it, rows.c tells of it; habit.h. Control half: fixed memory.
#ifndef NAT_HOST_H
#define NAT_HOST_H

#include "mw_address.h"
#include "mw_hash.h"
#include "habit.h"
#include "mw_kit_index.h"

#define NAT_HOST_TOPS   4 // destinations that share the places for the most frequent one
#define NAT_HOST_HABITS 512 // hosts whose habits are followed: those with most unanswered connections
#define NAT_HOST_NONE   UINT32_MAX

struct nat_host_top {
	uint32_t dst; // IPv4
	uint32_t count; // of the "frequent" algorithm of Misra and Gries: at most what went there
	uint16_t port;
};

/** Line 0 is all that an answer touches; what opens a connection touches both. */
struct nat_host {
	struct mw_kit_index_node node;
	uint32_t line; // place of its line
	struct mw_address address;
	uint32_t opened, answered; // connections, in this interval
	uint32_t opened_ever;
	uint32_t habit; // its place, or NAT_HOST_NONE
	uint64_t last_ns;
	bool used;
	bool real; // it was answered once, or sent again and again
	_Alignas(MW_CACHE_LINE_BYTES) struct nat_host_top tops[NAT_HOST_TOPS];
};
_Static_assert(sizeof(struct nat_host) == 2 * MW_CACHE_LINE_BYTES, "no more than it needs");

struct nat_hosts;

/** Copies the key. @return NULL without memory. */
struct nat_hosts *nat_hosts_new(uint32_t hosts_max, const struct mw_hash_key *hash_key);
void nat_hosts_free(struct nat_hosts *hosts);

/** What the hosts are found by. For tests. */
const struct mw_kit_index *nat_hosts_index(const struct nat_hosts *hosts);

/** The host by its hash; NULL when it is not there. */
struct nat_host *nat_hosts_find(const struct nat_hosts *hosts, uint64_t hash, uint32_t line,
								const struct mw_address *address);

/** What a host is found by: mw_nat_host_hash. */
uint64_t nat_hosts_hash(const struct nat_hosts *hosts, uint32_t line, const struct mw_address *address);

/**
 * The host by its hash, made anew if need be. When all places are taken one that never showed to be real gives way: a
 * flood of made-up hosts never drives out a true one. @return NULL when there is no such place.
 */
struct nat_host *nat_hosts_get(struct nat_hosts *hosts, uint64_t hash, uint32_t line, const struct mw_address *address,
							   uint64_t now_ns);

/**
 * Fetches what nat_hosts_get will look at: first where the hash leads, then the host itself; with its destinations when
 * it opens a connection.
 */
void nat_hosts_soon(const struct nat_hosts *hosts, uint64_t hash);
void nat_hosts_near(const struct nat_hosts *hosts, uint64_t hash, bool opens);

/** A connection that the host opened, and the answer to one. */
void nat_hosts_opened(struct nat_hosts *hosts, struct nat_host *host, uint64_t now_ns, uint8_t protocol, uint16_t port,
					  const struct mw_address *dst, uint16_t dst_port);
void nat_hosts_answered(struct nat_hosts *hosts, struct nat_host *host, uint8_t protocol, const struct mw_address *dst,
						uint16_t dst_port);

/** It sent again and again: it was not made up. */
void nat_host_shows(struct nat_host *host);

/** Where most of its new connections went; count 0 when it opened none. */
struct nat_host_top nat_host_top(const struct nat_host *host);

/** The habit as it looks now; known is false for hosts that are not followed. */
void nat_hosts_judge(const struct nat_hosts *hosts, const struct nat_host *host, uint64_t now_ns,
					 const struct nat_hints *hints, struct mw_nat_habit *habit);

/** Begins a new interval: forgets hosts that were silent in the last one, and follows those that need it most. */
void nat_hosts_interval(struct nat_hosts *hosts, uint64_t interval_start_ns, uint64_t now_ns);

#endif
