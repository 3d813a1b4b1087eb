// SPDX-License-Identifier: BSD-3-Clause
// Tests that a reset passes or fails: each with its name for the reader, its weight, its reason and its source.
// Neighbours: resets.c runs them, judge.c weighs the outcome.
#ifndef RESETS_WEIGHTS_H
#define RESETS_WEIGHTS_H

#include "resets.h"

/**
 * A test, those that speak for forgery first; several may share one name in the output. A set of outcomes is a mask of
 * RESET_BIT(test).
 */
enum reset_test {
	RESET_PAYLOAD,
	RESET_TEXT,
	RESET_TTL_SPLIT,
	RESET_TTL_SPLIT_THIN,
	RESET_TTL_INITIAL,
	RESET_TTL_MIRRORS,
	RESET_IP_ID,
	RESET_WINDOW,
	RESET_STALE_ABORT,
	RESET_STALE_ANSWER,
	RESET_STAIRCASE,
	RESET_BEYOND_WINDOW,
	RESET_AHEAD,
	RESET_ACK_CHANGE,
	RESET_DATA_AFTER,
	RESET_IGNORED,
	RESET_TIMESTAMP_OFF,
	RESET_OPTIONS,
	RESET_MAC,
	RESET_MAC_NEAR,
	RESET_FASTER,
	RESET_CLUSTER,
	RESET_BOTH_ENDS,
	RESET_TURNED_ROUND,
	RESET_IN_WINDOW,
	RESET_ANSWERS,
	RESET_CLOSED_PORT,
	RESET_AFTER_FIN,
	RESET_AFTER_CLOSE,
	RESET_SAME_TTL,
	RESET_TIMESTAMP_FITS,
	RESET_BENIGN_TEXT,
	RESET_SAME_MAC,
	RESET_AFTER_RESET,
	RESET_SENT_TO_IT,
	RESET_CLAIMS_ADDRESS,
	RESET_ODD_TRIGGER,
	RESET_TESTS,
};

#define RESET_BIT(test) (UINT64_C(1) << (test))
_Static_assert(RESET_TESTS <= 64, "outcomes are one word");

/** Outcomes that speak for forgery: those of the tests before this one. A test holds the table to it. */
#define RESET_FORGED_TESTS (RESET_BIT(RESET_IN_WINDOW) - 1)

/** Of those, the ones that what came afterwards decides, no fact of the reset's own. So too. */
#define RESET_LATER_TESTS (RESET_BIT(RESET_DATA_AFTER) | RESET_BIT(RESET_IGNORED))

struct reset_test_row {
	uint8_t name; // enum mw_reset_evidence, or MW_RESET_EVIDENCES for none
	uint8_t weight; // 0 to 100: how far this alone carries
	bool forged; // speaks for forgery; else for the endpoint
	bool shape; // a fact of the reset's own; else of what came around it
	const char *reason;
	const char *source;
};

extern const struct reset_test_row reset_tests[RESET_TESTS];

/** The resets of the same episode so far. */
struct reset_previous {
	bool any, any_ack, any_clock;
	bool any_own; // that its named sender sent, as reset_may_be_own says
	uint32_t seq_first; // lowest so far
	uint32_t ack; // of the last one with the ACK flag
	uint32_t clock; // TSval of the last one that fits its named sender's clock
};

static inline uint64_t reset_bit(enum reset_test test)
{
	return RESET_BIT(test);
}

/** True once side has sent a packet that is no reset: then its baselines stand. */
static inline bool reset_side_known(const struct mw_flow_side *side)
{
	return side->ttl_max != 0;
}

/**
 * Runs every test that one reset alone decides, against its flow as it was before it. previous: of its episode.
 * peers_reset_ns: when the other side sent its own first one, 0 for none. means: of its signature (enum
 * mw_signature_means), or -1. @return outcomes.
 */
uint64_t reset_evidence_of(const struct mw_packet *packet, const struct mw_flow_view *flow,
						   const struct reset_previous *previous, uint64_t peers_reset_ns, int means);

/** True when the outcomes of a reset say that its named sender sent it, and nothing says otherwise. */
bool reset_is_own(uint64_t outcomes);

/** The TTL that a stack started from, of the usual 32, 64, 128 and 255: the lowest not below ttl. */
static inline uint8_t reset_initial_ttl(uint8_t ttl)
{
	return ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

/** Round-trip time from the tap to an end, from the handshake, in ns; 0 unknown. */
uint64_t reset_rtt_ns(const struct mw_flow_view *flow, uint8_t side);

/** True when this packet belongs to another connection between the same ends, also where its SYN was not seen. */
bool reset_opens_again(const struct mw_packet *packet, const struct mw_flow_view *flow);

/** True when this later packet shows that the named sender of resets, the first at reset_ns, did not send them. */
bool reset_sender_lives(const struct mw_packet *packet, const struct mw_flow_view *flow, uint64_t reset_ns,
						const struct reset_previous *resets);

/** True when this packet shows that the receiver of a reset at reset_ns went on as if there had been none. */
bool reset_receiver_goes_on(const struct mw_packet *packet, const struct mw_flow_view *flow, uint64_t reset_ns);

#endif
