// SPDX-License-Identifier: BSD-3-Clause
// One event a second of a host and a size, at most; beyond the budget one for all hosts, so that what is not told
// clears nobody less. Neighbours: passes.h.
#include "passes.h"

#include <string.h>

#include "mw_flow.h"
#include "mw_hash.h"
#include "mw_kit_event.h"
#include "mss.h"
#include "paths.h"
#include "tcp.h"
#include "worker.h"

/** Whether it was not told of this second; remembers it. */
static bool is_new(struct path_passes *passes, const struct mw_detector_ctx *ctx, const struct path_facts *facts,
				   const struct mw_address *host)
{
	uint64_t hash = mw_hash_address(ctx->hash_key, host->bytes);
	uint32_t mark = (uint32_t)(hash >> 32) ^ facts->largest_acked;
	uint32_t second = (uint32_t)(facts->to_ns / MW_NS_PER_SECOND), at = (uint32_t)(hash % PATH_PASSES_TOLD);

	if (passes->told[at].mark == mark && passes->told[at].second >= second)
		return false;
	passes->told[at].mark = mark;
	passes->told[at].second = second;
	return true;
}

static void tell(struct mw_detector_ctx *ctx, const struct mw_flow *flow, uint8_t sender, uint32_t payload)
{
	const struct mw_path_settings *settings = ctx->settings;
	struct path_worker *worker = ctx->worker_state;
	struct mw_flow_key key;
	struct mw_event_flow ends;
	struct path_facts facts;

	mw_flow_key_of(flow, &key);
	memset(&facts, 0, sizeof(facts));
	memset(&ends, 0, sizeof(ends));
	ends.dst = sender == 0 ? key.b : key.a;
	facts.what = PATH_PASSED;
	facts.largest_acked = payload + path_mss_headers(!mw_address_is_v4(&ends.dst));
	facts.to_ns = mw_flow_side_last_ns(flow, !sender);
	if (!is_new(&worker->passes, ctx, &facts, &ends.dst))
		return;
	if (!mw_kit_budget_take(&worker->passes.budget, ctx->clock_ns, settings->steps_per_second / 4)) {
		if (!mw_kit_budget_take(&worker->passes.all_budget, ctx->clock_ns, 1))
			return;
		memset(&ends, 0, sizeof(ends));
		facts.to_ns = ctx->clock_ns;
	}
	mw_kit_emit(ctx, 0, facts.to_ns, &ends, &facts, sizeof(facts));
}

void path_passes_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, const uint16_t links[2])
{
	if (mw_flow_tcp_state(flow) == MW_FLOW_TCP_NONE)
		return;
	for (uint8_t sender = 0; sender < 2; sender++) {
		uint32_t payload = path_tcp_acked_full(flow, sender);

		if (payload != 0 && links[sender] != PATH_LINK_SHRANK)
			tell(ctx, flow, sender, payload);
	}
}
