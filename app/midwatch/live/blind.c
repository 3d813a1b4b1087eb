// SPDX-License-Identifier: BSD-3-Clause
// Gaps from a worker to control without a wait, and losses as a share.
// Neighbours: live/blind.h.
#include "live/blind.h"

void live_gaps_note(struct live_gaps *gaps, uint64_t looked_ns, uint64_t now_ns)
{
	const uint32_t written = atomic_load_explicit(&gaps->written, memory_order_relaxed);
	const uint32_t taken = atomic_load_explicit(&gaps->taken, memory_order_acquire);

	if (gaps->waiting_ns == 0)
		gaps->waiting_ns = looked_ns;
	if (written - taken == LIVE_BLIND_GAPS)
		return;
	gaps->gaps[written % LIVE_BLIND_GAPS].from_ns = gaps->waiting_ns;
	gaps->gaps[written % LIVE_BLIND_GAPS].to_ns = now_ns;
	gaps->waiting_ns = 0;
	atomic_store_explicit(&gaps->written, written + 1, memory_order_release);
}

bool live_gaps_take(struct live_gaps *gaps, struct mw_blind *blind)
{
	const uint32_t taken = atomic_load_explicit(&gaps->taken, memory_order_relaxed);

	if (taken == atomic_load_explicit(&gaps->written, memory_order_acquire))
		return false;
	*blind = (struct mw_blind){.from_ns = gaps->gaps[taken % LIVE_BLIND_GAPS].from_ns,
							   .to_ns = gaps->gaps[taken % LIVE_BLIND_GAPS].to_ns,
							   .why = MW_BLIND_STOPPED};
	atomic_store_explicit(&gaps->taken, taken + 1, memory_order_release);
	return true;
}

bool live_blind_lost(struct live_blind *self, uint64_t now_ns, uint64_t lost, uint64_t received, struct mw_blind *blind)
{
	const uint64_t since_ns = self->looked_ns, lost_now = lost - self->lost;
	const uint64_t all = lost_now + received - self->received;

	*blind = (struct mw_blind){.from_ns = since_ns, .to_ns = now_ns, .why = MW_BLIND_LOST};
	self->looked_ns = now_ns;
	self->lost = lost;
	self->received = received;
	return since_ns != 0 && lost_now * 100 > all * LIVE_BLIND_LOST_PCT;
}
