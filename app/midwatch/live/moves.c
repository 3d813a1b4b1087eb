// SPDX-License-Identifier: BSD-3-Clause
// Turns of each worker, held against a steady clock.
// Neighbours: live/moves.h.
#include "live/moves.h"

#include "mw_log.h"

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
	return (double)(to_ns - from_ns) / (double)MW_NS_PER_SECOND;
}

void live_moves_start(struct live_moves *moves, uint64_t steady_ns)
{
	moves->looked_ns = steady_ns;
	for (uint32_t i = 0; i < MW_WORKERS_MAX; i++) {
		moves->seen[i] = 0;
		moves->moved_ns[i] = steady_ns;
		moves->told[i] = false;
	}
}

// Whoever slept cannot say how the others did meanwhile.
static void excuse_all(struct live_moves *moves, uint64_t steady_ns)
{
	mw_log_warning("midwatch stood still for %.1f s: it was stopped, or other programs had its cores; what came "
				   "meanwhile beyond the queues' room is lost",
				   seconds(moves->looked_ns, steady_ns));
	for (uint32_t i = 0; i < MW_WORKERS_MAX; i++) {
		if (!moves->told[i])
			moves->moved_ns[i] = steady_ns;
	}
}

static bool look_at(struct live_moves *moves, uint16_t worker, uint64_t steady_ns)
{
	uint64_t turns = atomic_load_explicit(&moves->turns[worker].count, memory_order_relaxed);

	if (turns != moves->seen[worker]) {
		if (moves->told[worker])
			mw_log_warning("worker %u moves again, after %.1f s: packets that its queues had no room for are lost "
						   "(midwatchctl show ports)",
						   worker, seconds(moves->moved_ns[worker], steady_ns));
		moves->seen[worker] = turns;
		moves->moved_ns[worker] = steady_ns;
		moves->told[worker] = false;
		return true;
	}
	if (steady_ns - moves->moved_ns[worker] < LIVE_STILL_NS)
		return true;
	if (!moves->told[worker])
		mw_log_error("worker %u has not moved for %.1f s and sees nothing: something else has its core, or it hangs; "
					 "give it a core of its own (--cores)",
					 worker, seconds(moves->moved_ns[worker], steady_ns));
	moves->told[worker] = true;
	return false;
}

bool live_moves_look(struct live_moves *moves, uint16_t workers, uint64_t steady_ns)
{
	bool all = true;

	if (steady_ns - moves->looked_ns >= LIVE_STILL_NS)
		excuse_all(moves, steady_ns);
	moves->looked_ns = steady_ns;
	for (uint16_t i = 0; i < workers; i++)
		all &= look_at(moves, i, steady_ns);
	return all;
}
