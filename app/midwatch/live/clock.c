// SPDX-License-Identifier: BSD-3-Clause
// Following the wall clock without a jump.
// Neighbours: live/clock.h. As adjtime(3) does it, with a rate at which an hour takes four days.
#include "live/clock.h"

#include <stdlib.h>

#include "mw_log.h"
#include "mw_time.h"

#define NEAR_NS MW_NS_PER_MS // so near, the wall clock is reached again

static uint64_t size_of(int64_t difference_ns)
{
	return (uint64_t)llabs(difference_ns);
}

void live_clock_start(struct live_clock *clock, uint64_t steady_ns, uint64_t wall_ns)
{
	*clock = (struct live_clock){.looked_ns = steady_ns};
	atomic_store_explicit(&clock->offset_ns, (int64_t)(wall_ns - steady_ns), memory_order_release);
}

// Two clients of time that fight over a clock would fill the log.
static bool may_tell(struct live_clock *clock, uint64_t steady_ns)
{
	if (clock->told_ns != 0 && steady_ns - clock->told_ns < LIVE_CLOCK_QUIET_NS)
		return false;
	clock->told_ns = steady_ns;
	return true;
}

static void tell_step(int64_t by_ns, int64_t off_ns)
{
	char by[48], reached[48];
	struct mw_text by_text = mw_text_in(by, sizeof(by)), reached_text = mw_text_in(reached, sizeof(reached));

	mw_time_add_duration(&by_text, size_of(by_ns));
	mw_time_add_duration(&reached_text, size_of(off_ns) * LIVE_CLOCK_FOLLOW);
	mw_log_warning("the system's clock was set %s by %s: times in rows go on without a jump and reach it in about %s; "
				   "restart midwatch to take it over at once",
				   by_ns < 0 ? "back" : "forward", by, reached);
}

void live_clock_follow(struct live_clock *clock, uint64_t steady_ns, uint64_t wall_ns)
{
	int64_t offset_ns = atomic_load_explicit(&clock->offset_ns, memory_order_relaxed);
	int64_t most_ns = (int64_t)((steady_ns - clock->looked_ns) / LIVE_CLOCK_FOLLOW);
	int64_t off_ns = (int64_t)(wall_ns - steady_ns) - offset_ns;
	int64_t by_ns = off_ns - clock->off_ns;
	int64_t taken_ns = off_ns < 0 ? -MW_MIN(-off_ns, most_ns) : MW_MIN(off_ns, most_ns);

	if (size_of(by_ns) > LIVE_CLOCK_STEP_NS)
		clock->untold_ns += by_ns;
	if (size_of(clock->untold_ns) > LIVE_CLOCK_STEP_NS && may_tell(clock, steady_ns)) {
		tell_step(clock->untold_ns, off_ns);
		clock->untold_ns = 0;
		clock->stepped = true;
	}
	clock->off_ns = off_ns - taken_ns;
	clock->looked_ns = steady_ns;
	atomic_store_explicit(&clock->offset_ns, offset_ns + taken_ns, memory_order_release);
	if (!clock->stepped || size_of(clock->off_ns) > NEAR_NS)
		return;
	clock->stepped = false;
	mw_log_notice("times in rows are the system's clock's again");
}
