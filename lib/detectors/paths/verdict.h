// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a path, how sure that is, and between which sizes its MTU lies: rules in one table.
// Neighbours: sum.h has what is known; row.c writes it. Follows RFC 1191, 8201, 4821, 8899, 2923.
#ifndef PATHS_VERDICT_H
#define PATHS_VERDICT_H

#include "hosts.h"
#include "mss.h"
#include "sum.h"

#define PATH_CONFIDENCE_LEAST 40 // below it nobody is accused
#define PATH_CONFIDENCE_MAX   95 // from outside nothing is certain

struct path_verdict {
	uint8_t verdict; // enum mw_path_verdict
	uint8_t confidence; // 0 to 100
	enum path_show show; // what it rests on; PATH_SHOWS with MW_PATH_OK
	const char *rule; // its name
	uint32_t networks; // whose packets to the host fare alike, when it rests on them; else 0
};

/** Both included, in bytes; 0 not known. */
struct path_range {
	uint32_t low, high;
};

/**
 * The first rule that holds and is sure enough; the last one always is. host: what the flights to the receiver show.
 */
struct path_verdict path_judge(const struct path_sum *sum, const struct path_mss_table *mss,
							   const struct path_host_shows *host);

/** Where the path MTU lies, in the light of the verdict. low is never above high. */
struct path_range path_mtu_range(const struct path_sum *sum, const struct path_verdict *verdict);

/** The smallest packet that was lost to the black hole, in bytes; 0 not known. */
uint32_t path_black_hole_lost(const struct path_sum *sum);
/** Connections that speak for a black hole. */
uint32_t path_black_hole_flows(const struct path_sum *sum);

/** How serious a verdict is, above 0 and below PATH_RANKS. */
uint8_t path_verdict_rank(uint8_t verdict);

#endif
