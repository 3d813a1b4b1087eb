// SPDX-License-Identifier: BSD-3-Clause
// Weighs both sides as independent witnesses, and lets doubt stand: a false accusation is worse than a miss.
// Neighbours: judge.h; weights in weights.c.
#include "judge.h"

#include "facts.h"

#define ENDPOINT_AT    500 // an endpoint is named from here, in thousandths
#define ENDPOINT_DOUBT 150 // and with no more than this against it
#define DEFENCE_PART   5 // an exact forgery looks like the endpoint: its defence counts a fifth
#define ONE_WAY_DOUBT  5 // percent points
#define LOSSY_DOUBT    5
#define CONFIDENCE_MAX 99 // of what is seen from outside, nothing is certain

/** Outcomes that a listener beside the path has: it did not know how far the connection had come, or the data went on,
 * which a box that the connection runs through could have stopped. What its device shows besides decides (origin.c). */
#define OFF_PATH_TESTS                                                                                                 \
	(RESET_BIT(RESET_STALE_ABORT) | RESET_BIT(RESET_STALE_ANSWER) | RESET_BIT(RESET_STAIRCASE) |                       \
	 RESET_BIT(RESET_BEYOND_WINDOW) | RESET_BIT(RESET_AHEAD) | RESET_LATER_TESTS)

/** Outcomes that no excuse explains away. */
#define HARD_TESTS (RESET_BIT(RESET_DATA_AFTER) | RESET_BIT(RESET_STAIRCASE) | RESET_BIT(RESET_PAYLOAD))

/** Excuses: a text known from endpoints' own stacks; a connection that was closing, where stacks, translators and load
 * balancers send resets of every shape and nobody is hurt (NDSS 2009 leaves them out too). */
#define EXCUSE_TESTS                                                                                                   \
	(RESET_BIT(RESET_BENIGN_TEXT) | RESET_BIT(RESET_AFTER_FIN) | RESET_BIT(RESET_AFTER_CLOSE) |                        \
	 RESET_BIT(RESET_AFTER_RESET))

/** Numbers that the named sender would use: the next of its own, or one that the other side acknowledged. */
#define NUMBER_TESTS (RESET_BIT(RESET_IN_WINDOW) | RESET_BIT(RESET_ANSWERS))

/** What another stack of the same host has of its own; no sign beside a plain reset, which needs no socket. */
#define OTHER_STACK_TESTS (RESET_BIT(RESET_IP_ID) | RESET_BIT(RESET_WINDOW) | RESET_BIT(RESET_TTL_INITIAL))

/** What a translator that owns the address has of its own: another place on the path, besides. */
#define OTHER_HOST_TESTS (OTHER_STACK_TESTS | RESET_BIT(RESET_TTL_SPLIT) | RESET_BIT(RESET_TTL_SPLIT_THIN))

/** What the witnesses of both sides come to. */
struct weighed {
	uint32_t side[2]; // thousandths; 0 for the endpoint, 1 for forgery
	uint32_t names;
};

_Static_assert(MW_RESET_EVIDENCES < 32, "a test without a name has a bit of its own, which is cut away");

/** 1000 - product of (1 - weight): independent witnesses, each side for itself. */
static struct weighed weigh(uint64_t outcomes)
{
	uint32_t doubt[2] = {1000000, 1000000}, names = 0;

	for (; outcomes != 0; outcomes &= outcomes - 1) {
		const struct reset_test_row *test = &reset_tests[__builtin_ctzll(outcomes)];

		doubt[test->forged] = doubt[test->forged] * (100u - test->weight) / 100;
		names |= 1u << test->name;
	}
	return (struct weighed){{1000 - doubt[0] / 1000, 1000 - doubt[1] / 1000}, names & ~(1u << MW_RESET_EVIDENCES)};
}

uint32_t reset_suspicion(uint64_t outcomes)
{
	return weigh(outcomes).side[true];
}

/** What the episode itself shows; its device may show more. */
static uint8_t origin_of(uint64_t outcomes)
{
	// the devices that write such texts stand in the path, whatever number they use
	if (outcomes & reset_bit(RESET_PAYLOAD))
		return MW_MIDDLEBOX_ORIGIN_IN_PATH;
	if (outcomes & OFF_PATH_TESTS)
		return MW_MIDDLEBOX_ORIGIN_OFF_PATH;
	// out of a silence only what keeps the connection's state acts: a listener waits for a packet. An exact number
	// alone decides nothing, as a listener knows it too
	return outcomes & reset_bit(RESET_BOTH_ENDS) ? MW_MIDDLEBOX_ORIGIN_IN_PATH : MW_MIDDLEBOX_ORIGIN_UNKNOWN;
}

/**
 * True when nothing but what came after accuses a reset with a number that its named sender would use. A host that
 * resets one segment may keep its connection (RFC 9293 3.5.2, group 1; 3.10.7.3; 3.10.7.4): a translator let one
 * segment through as it was, or a kernel knows nothing of the connection of a stack beside it. A segment far outside
 * the window is no connection's own: the translator itself answers it.
 */
static bool may_answer_one_segment(uint64_t outcomes, bool plain)
{
	// what came after: a port used again or frames out of order can look like this; both are one sign, it lives on
	uint64_t others = outcomes & RESET_FORGED_TESTS & ~(RESET_LATER_TESTS | (plain ? OTHER_STACK_TESTS : 0));

	if (outcomes & reset_bit(RESET_ODD_TRIGGER) && outcomes & reset_bit(RESET_ANSWERS))
		others &= ~OTHER_HOST_TESTS;
	return (outcomes & NUMBER_TESTS) != 0 && others == 0;
}

/**
 * Its named sender is on this link, and wrote the frame. A box in the path may copy the address, as its text shows, and
 * an attacker on the link may: no host's own tool guesses ever higher numbers.
 */
static bool is_senders_own_frame(uint64_t outcomes)
{
	return (outcomes & (reset_bit(RESET_SAME_MAC) | reset_bit(RESET_PAYLOAD) | reset_bit(RESET_STAIRCASE))) ==
		   reset_bit(RESET_SAME_MAC);
}

/** Another host on this link has the address, and answers for itself: nobody is spoken for. */
static bool shares_address(uint64_t outcomes)
{
	return (outcomes & (reset_bit(RESET_SENT_TO_IT) | reset_bit(RESET_CLAIMS_ADDRESS))) != 0 &&
		   (outcomes & reset_bit(RESET_PAYLOAD)) == 0;
}

struct reset_judgement reset_judge(uint64_t outcomes, struct reset_doubts doubts, uint32_t forged_at)
{
	struct weighed weighed = weigh(outcomes);
	struct reset_judgement judgement = {MW_RESET_UNKNOWN, MW_MIDDLEBOX_ORIGIN_UNKNOWN, RESET_NOT_KNOWN, weighed.names};
	uint32_t accusation = weighed.side[true];
	uint32_t defence = weighed.side[false];
	uint32_t doubt = (doubts.one_way ? ONE_WAY_DOUBT : 0u) + (doubts.lossy ? LOSSY_DOUBT : 0u);
	uint32_t forged = (accusation - MW_MIN(accusation, defence / DEFENCE_PART)) / 10;
	bool excused = outcomes & EXCUSE_TESTS && !(outcomes & HARD_TESTS);
	bool known_text = outcomes & reset_bit(RESET_BENIGN_TEXT) && excused;

	forged -= MW_MIN(forged, doubt);
	if (forged >= forged_at && !excused && !is_senders_own_frame(outcomes) && !shares_address(outcomes) &&
		!may_answer_one_segment(outcomes, doubts.plain)) {
		judgement.verdict = MW_RESET_FORGED;
		judgement.origin = origin_of(outcomes);
		judgement.confidence = (uint8_t)MW_MIN(forged, (uint32_t)CONFIDENCE_MAX);
	} else if (defence >= ENDPOINT_AT && (accusation <= ENDPOINT_DOUBT || known_text)) {
		judgement.verdict = MW_RESET_ENDPOINT;
		judgement.origin = MW_MIDDLEBOX_ORIGIN_ENDPOINT;
		judgement.confidence = (uint8_t)((defence - MW_MIN(defence, accusation / 2)) / 10 - doubt);
	}
	return judgement;
}

struct reset_judgement reset_judge_facts(const struct reset_facts *facts, uint64_t more, uint32_t forged_at)
{
	struct reset_doubts doubts = {
		.one_way = facts->one_way, .lossy = facts->lossy, .plain = !(facts->tcp_flags & MW_TCP_ACK)};

	return reset_judge(facts->outcomes | more, doubts, forged_at);
}
