// SPDX-License-Identifier: BSD-3-Clause
// A line that has run out gives out each port as soon as its timer lets it go: the rest is the timer.
// Neighbours: reuse.h.
#include "reuse.h"

#include <string.h>

#define DS_NS       (100 * MW_NS_PER_MS)
#define EARLY_MIN   3 // ports given out too early, before the model is doubted,
#define EARLY_SHARE 3 // and more than one in so many of those that rested
#define LATELY      64 // rests that are counted before the older ones lose weight
#define RESTS_MIN   5 // equal rests that make a timer
#define SPREAD_PCT  3 // by which equal rests differ, at most,
#define SPREAD_DS   30 // or by so many tenths of a second: connections tell of themselves every few seconds
#define NOT_IN_SET  UINT32_MAX
#define REST_MIN_DS 300 // shorter ones are mostly one program that talks to several

static uint32_t index_of(const struct mw_mape_set *set, uint16_t port)
{
	struct mw_mape_layout layout = set->layout;
	uint32_t range_ports = mw_mape_range_ports(layout);
	uint32_t range = (uint32_t)port >> (MW_MAPE_PORT_BITS - layout.offset_bits);

	if (!mw_mape_holds(set, port) || mw_mape_ports(layout) > NAT_REUSE_PORTS || layout.offset_bits == 0)
		return NOT_IN_SET;
	return (range - 1) * range_ports + (port & (range_ports - 1));
}

// A program that rests and then turns to another peer keeps its port: a few early ones prove nothing.
static void see_rest(struct nat_reuse *reuse, const struct nat_reuse_use *use, uint32_t index, uint32_t rest_ds)
{
	uint64_t timer_ds = use->timer_ns / DS_NS;

	if (rest_ds < REST_MIN_DS || use->peer == reuse->peers[index])
		return;
	if (use->now_ns > reuse->rested_ns + use->timer_ns)
		reuse->early = reuse->late = 0;
	reuse->rested_ns = use->now_ns;
	if (rest_ds < timer_ds - timer_ds / 20)
		reuse->early++;
	else
		reuse->late++;
	if (reuse->early + reuse->late == LATELY) {
		reuse->early /= 2;
		reuse->late /= 2;
	}
	if (use->exhausted)
		reuse->rests_ds[reuse->rests_count++ % NAT_REUSE_AGES] = rest_ds;
}

void nat_reuse_used(struct nat_reuse *reuse, const struct mw_mape_set *set, const struct nat_reuse_use *use)
{
	uint32_t index = index_of(set, use->port), now_ds;
	uint64_t bit = UINT64_C(1) << index % 64;

	if (index == NOT_IN_SET)
		return;
	if (memcmp(&reuse->set, set, sizeof(*set)) != 0) {
		memset(reuse, 0, sizeof(*reuse));
		reuse->set = *set;
		reuse->base_ns = use->now_ns;
	}
	now_ds = (uint32_t)((use->now_ns - reuse->base_ns) / DS_NS) + 1;
	if (use->begins && reuse->used_ds[index] != 0 && reuse->timed[index / 64] & bit)
		see_rest(reuse, use, index, now_ds - reuse->used_ds[index]);
	reuse->used_ds[index] = now_ds;
	reuse->peers[index] = use->peer;
	reuse->timed[index / 64] = use->timed ? reuse->timed[index / 64] | bit : reuse->timed[index / 64] & ~bit;
}

bool nat_reuse_doubts(const struct nat_reuse *reuse, uint64_t now_ns, uint64_t timer_ns)
{
	return reuse->early >= EARLY_MIN && reuse->early * EARLY_SHARE > reuse->early + reuse->late &&
		   now_ns <= reuse->rested_ns + timer_ns;
}

int64_t nat_reuse_timer_s(const struct nat_reuse *reuse)
{
	uint32_t count = MW_MIN(reuse->rests_count, (uint32_t)NAT_REUSE_AGES), least = UINT32_MAX, near = 0;

	for (uint32_t i = 0; i < count; i++)
		least = MW_MIN(least, reuse->rests_ds[i]);
	if (count == 0)
		return -1;
	for (uint32_t i = 0; i < count; i++)
		near += reuse->rests_ds[i] - least <= MW_MAX(least * SPREAD_PCT / 100, (uint32_t)SPREAD_DS);
	// a late one may have had nobody waiting for it
	return near >= RESTS_MIN && near * 2 > count ? (int64_t)((least + 5) / 10) : -1;
}
