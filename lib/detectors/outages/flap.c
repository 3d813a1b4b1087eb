// SPDX-License-Identifier: BSD-3-Clause
// A host that only had nothing to say has no flows that all pause, and does not ask for its neighbours anew.
// Neighbours: flap.h.
#include "flap.h"

#include <string.h>

#include "line.h"

#define SILENT_NS   (3 * MW_NS_PER_SECOND)
#define SLEEPS_NS   (60 * MW_NS_PER_SECOND) // who is silent for longer sleeps
#define BUSY_NS     (2 * MW_NS_PER_SECOND) // its flows spoke so shortly before
#define LOOKS_NS    MW_NS_PER_SECOND // after its return, for what a host does whose link came up
#define FLOWS_LEAST 3
// Neighbours are asked for once a second (RFC 4861 RETRANS_TIMER, RFC 1122 2.3.2.1): so late is the first packet.
#define EDGE_NS (1500 * MW_NS_PER_MS)

enum { IPV4_MARKS = 0, IPV6_MARKS = 4 };

static unsigned mark_of(unsigned sort, bool is_ipv6)
{
	return 1u << (sort + (is_ipv6 ? IPV6_MARKS : IPV4_MARKS));
}

static bool is_looked_at(const struct outages_flap *flap, const struct outages_sign *sign)
{
	return flap->back_ns != 0 && sign->time_ns <= flap->back_ns + LOOKS_NS;
}

// Who waits for an acknowledgement tries again after twice the time (RFC 6298 section 5.5): a connection that was
// silent for so long goes on within as long again.
static uint64_t follows_until(const struct outages_flap *flap)
{
	return flap->back_ns + MW_MAX(flap->back_ns - flap->gap_ns, LOOKS_NS);
}

void outages_flap_heard(struct outages_flap *flap, struct outages_flaps *flaps, const struct outages_sign *sign)
{
	const uint64_t step = sign->time_ns / OUTAGES_STEP_NS;

	if (flap->back_ns == 0 && flap->heard_ns != 0 && sign->time_ns > flap->heard_ns + SILENT_NS &&
		sign->time_ns < flap->heard_ns + SLEEPS_NS) {
		flap->gap_ns = flap->heard_ns;
		flap->back_ns = sign->time_ns;
		flap->between = flaps->steps - flap->others;
		flap->flows_count = flap->marks = 0;
	}
	if (is_looked_at(flap, sign) && sign->kind == SIGN_NEIGHBOUR && sign->sort <= OUTAGES_STARTS)
		flap->marks |= (uint8_t)mark_of(sign->sort, outages_is_ipv6(sign->class));
	flaps->steps += !flap->forwards && step > flaps->step;
	if (!flap->forwards)
		flaps->step = MW_MAX(flaps->step, step);
	flap->heard_ns = MW_MAX(flap->heard_ns, outages_step_of(sign->time_ns));
	flap->others = flaps->steps;
}

void outages_flap_flow(struct outages_flap *flap, const struct outages_sign *sign)
{
	if (flap->back_ns == 0 || sign->time_ns > follows_until(flap) || sign->flow == 0 ||
		sign->until_ns + BUSY_NS < flap->gap_ns || sign->until_ns > flap->gap_ns + OUTAGES_STEP_NS ||
		flap->flows_count == OUTAGES_FLAP_FLOWS)
		return;
	for (unsigned i = 0; i < flap->flows_count; i++) {
		if (flap->flows[i] == sign->flow)
			return;
	}
	flap->flows[flap->flows_count++] = sign->flow;
}

// Its link came up, or it asks in both families for neighbours that it knew.
static bool came_up(const struct outages_flap *flap)
{
	const unsigned starts = mark_of(OUTAGES_STARTS, false) | mark_of(OUTAGES_STARTS, true);
	const unsigned asks = mark_of(OUTAGES_ASKS, false) | mark_of(OUTAGES_ASKS, true);

	return (flap->marks & starts) != 0 || (flap->marks & asks) == asks;
}

static void fill(const struct outages_flap *flap, uint64_t line, struct outages_row *row)
{
	struct mw_text text = mw_text_in(row->evidence, sizeof(row->evidence));

	memset(row, 0, sizeof(*row));
	outages_write_line(line, row->line, sizeof(row->line));
	mw_text_add(&text, "others were heard meanwhile; %u flows that were busy go on; the host's link came up",
				(unsigned)flap->flows_count);
	row->start_earliest_ns = flap->gap_ns;
	row->start_ns = MW_MIN(flap->gap_ns + EDGE_NS, flap->back_ns);
	row->end_ns = row->ipv6_ns = row->ipv4_ns = flap->back_ns;
	row->end_earliest_ns = row->ipv6_earliest_ns = row->ipv4_earliest_ns = flap->back_ns - EDGE_NS;
	row->duration_s = (double)(row->end_ns - row->start_ns) / 1e9;
	row->ipv4_lag_s = row->since_previous_s = MW_UNKNOWN_DOUBLE;
	row->flows_before = flap->flows_count;
	row->confidence = 70;
	row->scope = OUTAGES_SCOPE_LINK;
	row->verdict = OUTAGES_LINK_FLAP;
}

bool outages_flap_judge(struct outages_flap *flap, uint64_t line, uint64_t now_ns, struct outages_row *row)
{
	const uint64_t silent_ns = flap->back_ns - flap->gap_ns;
	bool is_flap;

	if (flap->back_ns == 0 || now_ns <= follows_until(flap))
		return false;
	is_flap = !flap->forwards && flap->flows_count >= FLOWS_LEAST && came_up(flap) &&
			  flap->between * OUTAGES_STEP_NS * 2 >= silent_ns;
	if (is_flap)
		fill(flap, line, row);
	flap->back_ns = 0;
	return is_flap;
}
