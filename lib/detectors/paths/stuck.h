// SPDX-License-Identifier: BSD-3-Clause
// What a stuck connection, or sizes that are never answered, show of a path: one table from sure to doubtful.
// Neighbours: sum.c. Follows RFC 2923 section 2.1, RFC 4821, RFC 8899.
#ifndef PATHS_STUCK_H
#define PATHS_STUCK_H

#include "sum.h"

/** Large packets were lost for good, at that size. */
bool path_stuck_is_lost(const struct path_facts *facts);

/** The first that fits; PATH_SHOWS when it shows nothing of the path. facts: lost ones that no report explains. */
enum path_show path_stuck_shows(const struct path_facts *facts, uint64_t retransmits_at_least);

#endif
