// SPDX-License-Identifier: BSD-3-Clause
// Too-big reports whose quote fits no connection, and stuck packets that no report explains, joined where they agree in
// all but one thing: a translator between them left the quote as it is (RFC 5508 section 4.2).
// Neighbours: control.c tells of both; sum.c takes what fits. Control half: memory is fixed.
#ifndef PATHS_QUOTES_H
#define PATHS_QUOTES_H

#include "paths.h"
#include "mw_event.h"
#include "mw_hash.h"
#include "facts.h"

#define PATH_QUOTES_SETS 256
#define PATH_QUOTES_WAYS 4
#define PATH_QUOTES_LOST 256
#define PATH_QUOTES_NEAR (64u << 10) // bytes behind the stuck packet that may be quoted as well, at most

/** Reports that quote the same ends and went to the same host. */
struct path_stray {
	struct mw_event_flow quoted;
	struct mw_address reporter, told;
	uint64_t first_ns, last_ns;
	uint32_t mtu_bytes, quoted_bytes; // of the latest
	uint32_t seq, ip_id; // of the latest; ip_id 0: not known
	uint32_t count; // of those that agree in their numbers, too
	uint32_t waiting; // of them, those that no stuck packet was found for
};

/** A large TCP packet that was sent again in vain. */
struct path_lost {
	struct mw_event_flow ends;
	uint64_t from_ns, to_ns;
	uint32_t size, seq, ip_id, outstanding_bytes;
	bool used;
};

/** Zeroed memory is empty. */
struct path_quotes {
	struct path_stray strays[PATH_QUOTES_SETS * PATH_QUOTES_WAYS]; // count 0: free
	struct path_lost lost[PATH_QUOTES_LOST]; // a ring
	uint32_t lost_next;
};

/** The numbers of packets that one sender may have sent together. */
static inline bool path_quotes_number_near(uint32_t a, uint32_t b)
{
	return a - b < PATH_QUOTES_NEAR || b - a < PATH_QUOTES_NEAR;
}

/** What is called for each pair that fits; then the stray's waiting becomes 0. */
struct path_quotes_found {
	void (*found)(void *context, const struct path_lost *lost, const struct path_stray *stray);
	void *context;
};

/** Takes a report that path_sum_believes does not, and looks for its packet. */
void path_quotes_report(struct path_quotes *quotes, const struct mw_hash_key *hash_key, const struct mw_event *event,
						const struct path_facts *facts, const struct path_quotes_found *found);

/** Takes a stuck packet (PATH_STUCK), and looks for reports on it. */
void path_quotes_stuck(struct path_quotes *quotes, const struct mw_event *event, const struct path_facts *facts,
					   const struct path_quotes_found *found);

/** Which part of the quote is not the packet's. */
enum mw_path_misquote path_quotes_differ(const struct path_lost *lost, const struct path_stray *stray);

#endif
