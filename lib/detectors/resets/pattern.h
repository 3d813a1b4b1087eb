// SPDX-License-Identifier: BSD-3-Clause
// The 19 ways in which connections end that tampering leaves behind, among them those that end in silence.
// Neighbours: resets.c asks at the end of an episode and of a flow. Follows SIGCOMM 2023, "Global, Passive Detection of
// Connection Tampering", table 1.
#ifndef RESETS_PATTERN_H
#define RESETS_PATTERN_H

#include "resets.h"
#include "mw_flow.h"

/** What the resets of one episode have in common; the worker keeps it up to date. */
struct reset_mix {
	uint16_t plain, with_ack; // resets without and with the ACK flag, saturating
	uint8_t acks_differ : 1; // two of them with different acknowledgement fields
	uint8_t ack_zero : 1; // a plain one with the field 0
	uint8_t any : 1;
	uint32_t ack_first;
};

/** Adds one reset: its flags (MW_TCP_*) and its acknowledgement field. */
void reset_mix_add(struct reset_mix *mix, uint8_t flags, uint32_t ack);

/** The pattern of an episode at a stage (enum mw_reset_stage, or 255); 255 when none fits. */
uint8_t reset_pattern_of(uint8_t stage, const struct reset_mix *mix);

/**
 * The pattern of a connection that ended in silence: no FIN, no reset, and one side stopped in the middle of the
 * opening dialogue. Reads line 0 of the entry alone. *side: who fell silent, 0 the client, 1 the server. @return 255
 * when the connection did not end so.
 */
uint8_t reset_pattern_silent(const struct mw_flow *flow, uint8_t *side);

#endif
