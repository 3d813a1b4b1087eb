// SPDX-License-Identifier: BSD-3-Clause
// Each piece of time goes to one account, when what comes next shows whose it is.
// Neighbours: ledger.h.
#include "ledger.h"

#define HOLE_LATEST_NS (5 * MW_NS_PER_SECOND) // a silence of the mirror is told within this time

static void go_unasked(struct outages_ledger *ledger, const struct mw_kit_blind *blind, uint64_t to_ns)
{
	const uint64_t from_ns = ledger->until_ns, hidden_ns = mw_kit_blind_within(blind, from_ns, to_ns);

	ledger->blind_ns += hidden_ns;
	ledger->unasked_ns += to_ns - from_ns - hidden_ns;
	ledger->until_ns = to_ns;
	if (hidden_ns > 0 ||
		(ledger->hole_to_ns + HOLE_LATEST_NS > to_ns && to_ns - from_ns < ledger->hole_to_ns - ledger->hole_from_ns))
		return;
	ledger->hole_from_ns = from_ns;
	ledger->hole_to_ns = to_ns;
}

static void go_seen(struct outages_ledger *ledger, const struct mw_kit_blind *blind, uint64_t to_ns)
{
	const uint64_t hidden_ns = mw_kit_blind_within(blind, ledger->until_ns, to_ns);

	ledger->blind_ns += hidden_ns;
	ledger->seen_ns += to_ns - ledger->until_ns - hidden_ns;
	ledger->until_ns = to_ns;
}

void outages_ledger_note(struct outages_ledger *ledger, const struct mw_kit_blind *blind, uint64_t from_ns,
						 uint64_t to_ns)
{
	if (ledger->from_ns == 0)
		ledger->from_ns = ledger->until_ns = from_ns;
	if (from_ns > ledger->until_ns)
		go_unasked(ledger, blind, from_ns);
	if (to_ns > ledger->until_ns)
		go_seen(ledger, blind, to_ns);
}

void outages_ledger_hidden(struct outages_ledger *ledger, uint64_t from_ns, uint64_t to_ns)
{
	const uint64_t start_ns = MW_MAX(from_ns, ledger->hole_from_ns), end_ns = MW_MIN(to_ns, ledger->hole_to_ns);

	if (end_ns <= start_ns)
		return;
	ledger->unasked_ns -= end_ns - start_ns;
	ledger->blind_ns += end_ns - start_ns;
	ledger->hole_from_ns = ledger->hole_to_ns = 0;
}

void outages_ledger_one_way(struct outages_ledger *ledger, uint64_t time_ns)
{
	const uint64_t hidden_ns = MW_MIN(time_ns, ledger->seen_ns);

	ledger->seen_ns -= hidden_ns;
	ledger->blind_ns += hidden_ns;
}

static double seconds(uint64_t time_ms)
{
	return (double)time_ms / 1e3;
}

struct outages_ledger outages_ledger_at(const struct outages_ledger *ledger, const struct mw_kit_blind *blind,
										uint64_t now_ns)
{
	struct outages_ledger now = *ledger;

	if (now_ns > now.until_ns)
		go_unasked(&now, blind, now_ns);
	else if (now.until_ns - now_ns <= now.seen_ns) { // what the latest packet says of the time to come
		now.seen_ns -= now.until_ns - now_ns;
		now.until_ns = now_ns;
	}
	return now;
}

void outages_ledger_row(const struct outages_ledger *ledger, const struct mw_kit_blind *blind, uint64_t now_ns,
						struct outages_coverage *row)
{
	const struct outages_ledger now = outages_ledger_at(ledger, blind, now_ns);
	const uint64_t wall_ms = (now.until_ns - now.from_ns) / MW_NS_PER_MS;
	const uint64_t seen_ms = now.seen_ns / MW_NS_PER_MS, blind_ms = now.blind_ns / MW_NS_PER_MS;

	row->from_ns = now.from_ns;
	row->until_ns = now.until_ns;
	row->wall_s = seconds(wall_ms);
	row->seen_s = seconds(seen_ms);
	row->blind_s = seconds(blind_ms);
	row->unasked_s = seconds(wall_ms - seen_ms - blind_ms);
}
