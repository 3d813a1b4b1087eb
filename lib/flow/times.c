// SPDX-License-Identifier: BSD-3-Clause
// The slow half of a flow's times. Where there is no room for a story, they are off by what it would have kept: a late
// packet counts as one of now, a side that is silent for longer than 4.3 s as silent for so long.
// Neighbours: times.h.
#include "times.h"

// Before another clock than the reset's hides it, or passes for it.
static void keep_reset(const struct flow_entry *flow, struct flow_story *story)
{
	if (((flow->seen[0] | flow->seen[1]) & FLOW_SEEN_RST) == 0 || (story->uses & STORY_RESET) != 0)
		return;
	PUBLISH(story->reset_last_ns, time_reset_last_of(flow, story));
	PUBLISH(story->uses, story->uses | STORY_RESET);
}

static struct flow_story *move_apart(struct flow_entry *flow)
{
	const uint64_t last_ns[2] = {time_side_last(flow, 0), time_side_last(flow, 1)};
	struct flow_story *story = story_begin(flow, STORY_TIMES);

	if (story == NULL)
		return NULL;
	PUBLISH(story->side_last_ns[0], last_ns[0]);
	PUBLISH(story->side_last_ns[1], last_ns[1]);
	return story;
}

struct flow_story *time_move_apart(struct flow_entry *flow, uint64_t clock_ns)
{
	struct flow_story *story = move_apart(flow);

	if (story == NULL)
		return NULL;
	keep_reset(flow, story);
	PUBLISH_FACT(flow, APART, 3);
	PUBLISH(flow->clock_ns, clock_ns);
	return story;
}

uint64_t time_before_reset(const struct flow_entry *flow, unsigned side)
{
	const uint32_t lag = time_reset_lag(flow);

	if (lag == 0 || !entry_is_known(flow, side))
		return 0;
	return flow->clock_ns - (lag - 1) - (FLOW_FACT(flow, RECENT) == side ? 0 : flow->lag_ns);
}

// Where the lag of a reset has a place. @return false, and no change, when it has none.
static bool lag_behind_reset(struct flow_entry *flow, uint64_t clock_ns)
{
	const uint32_t before = time_reset_lag(flow);
	const uint64_t lag = clock_ns - flow->clock_ns + (before == 0 ? 1 : before);
	const unsigned side = entry_has_acked(flow, 0) ? 1 : 0;

	if (entry_has_acked(flow, side) || lag > UINT32_MAX || story_for(flow, STORY_TIMES | STORY_RESET) != NULL)
		return false;
	PUBLISH(flow->hot[side].ack, lag);
	PUBLISH_FACT(flow, APART, 3);
	PUBLISH(flow->clock_ns, clock_ns);
	return true;
}

// Another packet comes: the times go to a story. Where there is no room for it, the reset has not moved the clock.
static void leave_reset(struct flow_entry *flow)
{
	const uint32_t unknown = (entry_is_known(flow, 0) ? 0u : 1u) | (entry_is_known(flow, 1) ? 0u : 2u);

	if (move_apart(flow) == NULL) {
		PUBLISH(flow->clock_ns, flow->clock_ns - (time_reset_lag(flow) - 1));
		PUBLISH_FACT(flow, APART, unknown);
	}
	PUBLISH(flow->hot[entry_has_acked(flow, 0) ? 1 : 0].ack, 0);
}

void time_reset(struct flow_entry *flow, uint64_t time_ns, uint64_t clock_ns)
{
	const bool spoke = entry_is_known(flow, 0) || entry_is_known(flow, 1);
	const bool plain = time_ns == clock_ns && clock_ns >= flow->clock_ns;
	struct flow_story *story;

	if (spoke && MW_LIKELY(plain) && lag_behind_reset(flow, clock_ns))
		return;
	if (MW_UNLIKELY(time_reset_lag(flow) != 0))
		leave_reset(flow);
	story = spoke || !plain ? time_move_apart(flow, clock_ns) : story_for(flow, STORY_RESET);
	if (story != NULL && (!plain || (story->uses & STORY_RESET) != 0)) {
		PUBLISH(story->reset_last_ns, MW_MAX(story->reset_last_ns, time_ns));
		PUBLISH(story->uses, story->uses | STORY_RESET);
	}
	if (!spoke)
		PUBLISH(flow->clock_ns, clock_ns);
}

// The other side's time, when it no longer fits beside the clock. @return false when there is no room for it.
static bool part_from_other(struct flow_entry *flow, unsigned side, uint64_t last_ns)
{
	struct flow_story *story = story_begin(flow, STORY_TIMES);

	if (story != NULL)
		PUBLISH(story->side_last_ns[!side], last_ns);
	return story != NULL;
}

static void follow_clock(struct flow_entry *flow, unsigned side, uint64_t clock_ns)
{
	uint32_t facts = flow->facts, apart = FLOW_FACT(flow, APART);
	const uint64_t lag_ns = clock_ns - flow->clock_ns + (FLOW_FACT(flow, RECENT) == side ? flow->lag_ns : 0);

	if ((apart >> !side & 1) == 0) { // the other side's time stays relative, while it fits
		if (MW_UNLIKELY(lag_ns > UINT32_MAX) && part_from_other(flow, side, clock_ns - lag_ns))
			apart |= 1u << !side;
		else
			PUBLISH(flow->lag_ns, MW_MIN(lag_ns, (uint64_t)UINT32_MAX));
	} else { // as the quick way has it, and nobody reads
		PUBLISH(flow->lag_ns, lag_ns);
	}
	apart &= ~(1u << side);
	facts = FLOW_WITH(facts, APART, apart);
	PUBLISH(flow->facts, FLOW_WITH(facts, RECENT, side));
	PUBLISH(flow->clock_ns, clock_ns);
	if (apart == 0)
		story_end(flow, STORY_TIMES);
}

void time_packet(struct flow_entry *flow, unsigned side, uint64_t time_ns, uint64_t clock_ns)
{
	struct flow_story *story;
	uint64_t last_ns;

	if (MW_UNLIKELY(FLOW_FACT(flow, STATE) == MW_FLOW_TCP_RESET) && time_reset_lag(flow) != 0)
		leave_reset(flow);
	last_ns = time_side_last(flow, side);
	if (MW_UNLIKELY(time_ns != clock_ns || clock_ns < flow->clock_ns ||
					((FLOW_FACT(flow, APART) >> side & 1) != 0 && last_ns > time_ns))) {
		story = time_move_apart(flow, clock_ns);
		if (story != NULL) {
			PUBLISH(story->side_last_ns[side], MW_MAX(last_ns, time_ns));
			return;
		}
	}
	follow_clock(flow, side, clock_ns);
}

static const struct {
	unsigned at, bits;
} steps[] = {[TIME_SYN_ACK] = {FLOW_SYN_ACK_AT, FLOW_SYN_ACK_BITS}, [TIME_ACK] = {FLOW_ACK_AT, FLOW_ACK_BITS}};

// A step is a number of units plus 1, and in its lowest bits which unit: ns up to a ms, us up to a second, else ms.
#define UNIT_BITS 2
static const uint32_t units_ns[] = {1, MW_NS_PER_US, MW_NS_PER_MS};

int64_t time_step_ns(const struct flow_entry *flow, unsigned which)
{
	const uint64_t step = flow_field(flow->opening, steps[which].at, steps[which].bits);

	return step == 0 ? -1 : (int64_t)(((step >> UNIT_BITS) - 1) * units_ns[step & ((1 << UNIT_BITS) - 1)]);
}

// When the SYN-ACK came that the client acknowledges: to the ns while it is the last of its side.
static uint64_t syn_ack_ns(const struct flow_entry *flow)
{
	const uint64_t step = flow_field(flow->opening, steps[TIME_SYN_ACK].at, steps[TIME_SYN_ACK].bits);
	const uint64_t kept_ns = entry_first_ns(flow) + (uint64_t)time_step_ns(flow, TIME_SYN_ACK);
	const uint64_t last_ns = time_side_last(flow, !FLOW_FACT(flow, CLIENT));

	return last_ns - kept_ns < units_ns[step & ((1 << UNIT_BITS) - 1)] ? last_ns : kept_ns;
}

// at and bits are known where it is called.
static inline __attribute__((always_inline)) void set_step(struct flow_entry *flow, unsigned at, unsigned bits,
														   uint64_t from_ns, uint64_t time_ns)
{
	const uint64_t most = (UINT64_C(1) << (bits - UNIT_BITS)) - 1;
	const uint64_t since_ns = time_ns > from_ns ? time_ns - from_ns : 0;
	uint64_t count = since_ns;
	unsigned unit = 0;

	while (unit + 1 < MW_ARRAY_SIZE(units_ns) && count >= most)
		count = since_ns / units_ns[++unit];
	PUBLISH(flow->opening, flow_field_with(flow->opening, at, bits, MW_MIN(count + 1, most) << UNIT_BITS | unit));
}

void time_set_step(struct flow_entry *flow, unsigned which, uint64_t time_ns)
{
	if (which == TIME_SYN_ACK)
		set_step(flow, FLOW_SYN_ACK_AT, FLOW_SYN_ACK_BITS, entry_first_ns(flow), time_ns);
	else
		set_step(flow, FLOW_ACK_AT, FLOW_ACK_BITS, syn_ack_ns(flow), time_ns);
}
