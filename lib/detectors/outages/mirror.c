// SPDX-License-Identifier: BSD-3-Clause
// The mirror was silent: no packet at all, and afterwards connections are further than what was seen of them.
// Neighbours: control.h. In an outage the same segments come again instead; where nobody asks, none is ahead.
#include <string.h>

#include "control.h"

#define SILENT_NS    (2500 * MW_NS_PER_MS) // longer than a window of MW_KIND_FLOW_AGAIN
#define LOOKS_NS     (3 * MW_NS_PER_SECOND) // after it, for flows that went on
#define JUMPED_LEAST 3 // flows
#define EDGE_NS      (500 * MW_NS_PER_MS) // the packets around are no further from the edges

static void fill(const struct outages_mirror *mirror, struct outages_row *row)
{
	struct mw_text line = mw_text_in(row->line, sizeof(row->line));
	struct mw_text text = mw_text_in(row->evidence, sizeof(row->evidence));
	const uint64_t since_ns = mirror->last_ns + EDGE_NS;

	mw_text_add(&line, "mirror");
	mw_text_add(&text, "no packet at all; %u connections went on beyond bytes that never passed", mirror->jumped.count);
	row->start_earliest_ns = mirror->last_ns;
	row->start_ns = since_ns;
	row->end_ns = row->ipv6_ns = row->ipv4_ns = mirror->back_ns;
	row->end_earliest_ns = row->ipv6_earliest_ns = row->ipv4_earliest_ns = mirror->back_ns - EDGE_NS;
	row->duration_s = (double)(mirror->back_ns - since_ns) / 1e9;
	row->ipv4_lag_s = MW_UNKNOWN_DOUBLE;
	row->since_previous_s =
		mirror->previous_ns == 0 ? MW_UNKNOWN_DOUBLE : (double)(since_ns - mirror->previous_ns) / 1e9;
	row->flows_before = mirror->jumped.count;
	row->confidence = MW_MIN(95, 70 + (int64_t)(5 * mirror->jumped.count));
	row->verdict = OUTAGES_MIRROR_SILENT;
}

// Where we did not look ourselves, the mirror may well have shown it.
static bool was_silent(const struct outages_mirror *mirror, const struct mw_kit_blind *blind)
{
	return mirror->jumped.count >= JUMPED_LEAST && mirror->back_ns > mirror->last_ns + SILENT_NS &&
		   mw_kit_blind_within(blind, mirror->last_ns, mirror->back_ns) + SILENT_NS < mirror->back_ns - mirror->last_ns;
}

bool outages_mirror_take(struct outages_mirror *mirror, const struct outages_sign *sign,
						 const struct mw_kit_blind *blind, struct outages_row *row)
{
	const bool jumped = mirror->back_ns != 0 && sign->kind == SIGN_JUMPED && sign->until_ns <= mirror->back_ns;
	bool told = false;

	if (jumped) {
		outages_flows_add(&mirror->jumped, sign->flow);
		mirror->last_ns = MW_MAX(mirror->last_ns, sign->until_ns);
	}
	if (mirror->back_ns != 0 && sign->time_ns > mirror->back_ns + LOOKS_NS) {
		told = was_silent(mirror, blind);
		if (told) {
			memset(row, 0, sizeof(*row));
			fill(mirror, row);
			mirror->previous_ns = row->start_ns;
		}
		mirror->back_ns = 0;
	}
	if (mirror->latest_ns != 0 && sign->time_ns > mirror->latest_ns + SILENT_NS) {
		mirror->last_ns = mirror->latest_ns;
		mirror->back_ns = sign->time_ns;
		mirror->jumped.count = 0;
		if (sign->kind == SIGN_JUMPED) {
			outages_flows_add(&mirror->jumped, sign->flow);
			mirror->last_ns = MW_MAX(mirror->last_ns, sign->until_ns);
		}
	}
	mirror->latest_ns = MW_MAX(mirror->latest_ns, sign->time_ns);
	return told;
}
