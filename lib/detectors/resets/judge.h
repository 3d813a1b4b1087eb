// SPDX-License-Identifier: BSD-3-Clause
// From outcomes of tests to a verdict: forged, endpoint or unknown, with a confidence and an origin.
// Neighbours: weights.h has the weights.
#ifndef RESETS_JUDGE_H
#define RESETS_JUDGE_H

#include "facts.h"
#include "weights.h"

struct reset_judgement {
	uint8_t verdict, origin;
	uint8_t confidence; // 0 to 100; RESET_NOT_KNOWN with an unknown verdict
	uint32_t evidence; // names, bits of enum mw_reset_evidence
};

/** How far outcomes speak for forgery (0 to 1000); to find the most suspicious reset of an episode. */
uint32_t reset_suspicion(uint64_t outcomes);

/** What takes from the weight of outcomes. */
struct reset_doubts {
	bool one_way; // the named sender's direction alone passed: lowers the confidence
	bool lossy; // some packets of the connection never passed: so too
	bool plain; // the reset has no ACK flag: so answers a host that has no socket for a segment
};

/**
 * Judges one episode by its most suspicious reset and by what came after.
 * forged_at: confidence from which a reset is called forged.
 */
struct reset_judgement reset_judge(uint64_t outcomes, struct reset_doubts doubts, uint32_t forged_at);

/** The same of an episode; more: outcomes that its packets do not show. */
struct reset_judgement reset_judge_facts(const struct reset_facts *facts, uint64_t more, uint32_t forged_at);

#endif
