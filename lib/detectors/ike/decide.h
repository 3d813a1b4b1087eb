// SPDX-License-Identifier: BSD-3-Clause
// What an attempt that has ended shows: one table of rules in order, and what makes their verdicts surer.
// Neighbours: control.c asks, row.c shows. Follows RFC 7296, RFC 7383.
#ifndef IKE_DECIDE_H
#define IKE_DECIDE_H

#include "attempt.h"
#include "ike.h"

struct ike_decision {
	uint8_t verdict; // enum mw_ike_verdict
	uint8_t confidence; // 0 to 100
	const char *reason; // one sentence
};

/** Judges an attempt after which no message of it was seen until now_ns. */
struct ike_decision ike_decide(const struct ike_attempt *attempt, uint64_t now_ns);

#endif
