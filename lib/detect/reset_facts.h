// SPDX-License-Identifier: BSD-3-Clause
// What the reset detector carries from its worker half to its control half: the body of its one event.
// Neighbours: reset.c fills it, reset_judge.c decides, reset_row.c makes the row.
#ifndef RESET_FACTS_H
#define RESET_FACTS_H

#include "mw_detect_reset.h"

#define RESET_NOT_KNOWN 255 // of the 8-bit fields below

/** One episode, judged. No pointer in it. In an event its payload follows. */
struct reset_facts {
	uint64_t last_ns;
	uint32_t count;
	uint32_t evidence; // bits of enum mw_reset_evidence
	int32_t seq_offset; // from what its named sender had sent so far
	uint32_t rtt_fraction_milli; // UINT32_MAX unknown
	uint32_t ip_id; // UINT32_MAX unknown
	uint16_t window;
	uint16_t signature; // rule index + 1
	uint8_t payload_bytes; // up to MW_RESET_PAYLOAD_BYTES
	uint8_t payload_cut : 1; // there was more
	uint8_t side_known : 1; // ttl_expected and seq_offset mean something
	uint8_t verdict, origin, confidence, stage;
	uint8_t ttl, ttl_expected;
};

_Static_assert(sizeof(struct reset_facts) == 40, "no padding: an episode is two cache lines");
_Static_assert(MW_RESET_PAYLOAD_BYTES <= UINT8_MAX, "payload_bytes counts them");
_Static_assert(sizeof(struct reset_facts) + MW_RESET_PAYLOAD_BYTES <= MW_EVENT_BODY_BYTES, "an episode fits one event");

#endif
