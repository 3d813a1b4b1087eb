// SPDX-License-Identifier: BSD-3-Clause
// How connections ended, counted by side and pattern: counters of the worker half, rows of tampering.csv.
// Neighbours: resets.c puts the counters at the end of its table and counts, pattern.c finds the pattern.
#ifndef RESETS_TAMPERING_H
#define RESETS_TAMPERING_H

#include "resets.h"

/** Counters for each side and pattern: number side * MW_RESET_PATTERNS + pattern from the first. */
#define RESET_TAMPERING_COUNTS ((int)MW_RESET_SIDES * (int)MW_RESET_PATTERNS)

// Patterns as counters' names have them.
#define RESET_TAMPERING_SYN_NONE        "syn-none"
#define RESET_TAMPERING_SYN_RST         "syn-rst"
#define RESET_TAMPERING_SYN_RSTACK      "syn-rst-ack"
#define RESET_TAMPERING_SYN_BOTH        "syn-rst-and-rst-ack"
#define RESET_TAMPERING_ACK_NONE        "ack-none"
#define RESET_TAMPERING_ACK_RST         "ack-rst"
#define RESET_TAMPERING_ACK_RSTS        "ack-rsts"
#define RESET_TAMPERING_ACK_RSTACK      "ack-rst-ack"
#define RESET_TAMPERING_ACK_RSTACKS     "ack-rst-acks"
#define RESET_TAMPERING_PSH_NONE        "psh-none"
#define RESET_TAMPERING_PSH_RST         "psh-rst"
#define RESET_TAMPERING_PSH_RSTACK      "psh-rst-ack"
#define RESET_TAMPERING_PSH_BOTH        "psh-rst-and-rst-ack"
#define RESET_TAMPERING_PSH_RSTACKS     "psh-rst-acks"
#define RESET_TAMPERING_PSH_RSTS_SAME   "psh-rsts-same-ack"
#define RESET_TAMPERING_PSH_RSTS_DIFFER "psh-rsts-other-ack"
#define RESET_TAMPERING_PSH_RST_ZERO    "psh-rsts-ack-0"
#define RESET_TAMPERING_LATER_RST       "data-rst"
#define RESET_TAMPERING_LATER_RSTACK    "data-rst-ack"

#define RESET_TAMPERING_CLIENT(symbol, stage, name)                                                                    \
	,                                                                                                                  \
	{                                                                                                                  \
		"client-" RESET_TAMPERING_##symbol, "connections that ended as " name ", the client named or silent"           \
	}
#define RESET_TAMPERING_SERVER(symbol, stage, name)                                                                    \
	,                                                                                                                  \
	{                                                                                                                  \
		"server-" RESET_TAMPERING_##symbol, "connections that ended as " name ", the server named or silent"           \
	}
#define RESET_TAMPERING_BEHIND(...)         RESET_TAMPERING_BEHIND_(__VA_ARGS__)
#define RESET_TAMPERING_BEHIND_(first, ...) __VA_ARGS__

/**
 * Initialisers of RESET_TAMPERING_COUNTS struct mw_counter, parted by commas, none at the end. In a table:
 * `[COUNT_TAMPERING] = RESET_TAMPERING_COUNTERS,` as its last line.
 */
#define RESET_TAMPERING_COUNTERS                                                                                       \
	RESET_TAMPERING_BEHIND(0 MW_RESET_PATTERN_TABLE(RESET_TAMPERING_CLIENT)                                            \
							   MW_RESET_PATTERN_TABLE(RESET_TAMPERING_SERVER))

/**
 * At an interval's end: one row for each side and pattern that was counted in it, the clients' first.
 * counters_first: number of the detector's first such counter. start_ns: when the interval began.
 */
void reset_tampering_rows(struct mw_detector_control *control, uint32_t counters_first, uint64_t start_ns);

#endif
