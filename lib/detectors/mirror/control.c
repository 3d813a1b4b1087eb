// SPDX-License-Identifier: BSD-3-Clause
// Control half: what the workers counted in an interval becomes three rows, one a direction and one of both.
// Neighbours: mirror.h; worker.c counts. load.c keeps what moments lost.
#include <string.h>

#include "load.h"

static void set_loss(struct mirror_row *row)
{
	const int64_t acked = row->amounts[MIRROR_ACKED] - row->amounts[MIRROR_BLIND];
	const int64_t segments = row->amounts[MIRROR_SEGMENTS];
	const double share = acked <= 0 ? 0 : MW_MIN(1.0, (double)row->amounts[MIRROR_UNSEEN] / (double)acked);
	const struct mirror_bounds bounds = mirror_share_bounds(share, (double)segments);
	const bool known = acked > 0 && segments >= MIRROR_SEGMENTS_LEAST;

	row->loss_pct = known ? 100 * share : MW_UNKNOWN_DOUBLE;
	row->loss_pct_low = known ? 100 * bounds.low : MW_UNKNOWN_DOUBLE;
	row->loss_pct_high = known ? 100 * bounds.high : MW_UNKNOWN_DOUBLE;
}

static void set_others(struct mw_detector_control *control, struct mirror_row *row)
{
	const uint64_t *counted = control->counted;

	row->packets = (int64_t)control->packets;
	row->copies = (int64_t)counted[MIRROR_COUNT_COPIES];
	row->copies_ttl = (int64_t)counted[MIRROR_COUNT_COPIES_TTL];
	row->copies_hop = (int64_t)counted[MIRROR_COUNT_COPIES_HOP];
	row->copies_alike = (int64_t)counted[MIRROR_COUNT_COPIES_ALIKE];
	for (unsigned i = 0; i < MIRROR_DELAYS; i++)
		row->delays[i] = (int64_t)counted[MIRROR_COUNT_DELAYS + i];
	row->copies_pct = row->packets == 0 ? MW_UNKNOWN_DOUBLE : 100 * (double)row->copies / (double)row->packets;
	row->delay_us_p50 = mirror_delay_us(row->delays, 0.5);
	row->delay_us_p99 = mirror_delay_us(row->delays, 0.99);
	row->cut = (int64_t)control->cut;
	row->cut_refused = (int64_t)control->cut_refused;
	row->cut_pct = row->packets == 0 ? MW_UNKNOWN_DOUBLE : 100 * (double)row->cut / (double)row->packets;
	row->cut_at_bytes = row->cut == 0 ? MW_UNKNOWN_I64 : (int64_t)control->cut_bytes / row->cut;
	row->cut_ip_bytes =
		row->cut == 0 ? MW_UNKNOWN_I64 : (int64_t)(control->cut_bytes - control->cut_link_bytes) / row->cut;
	row->retagged = (int64_t)counted[MIRROR_COUNT_COPIES_RETAGGED];
	row->one_way = (int64_t)counted[MIRROR_COUNT_ONE_WAY];
	row->both_ways = (int64_t)counted[MIRROR_COUNT_BOTH_WAYS];
	row->late_sides = (int64_t)counted[MIRROR_COUNT_LATE_SIDES];
	row->late_ms = (int64_t)counted[MIRROR_COUNT_LATE_MS];
	row->load = mirror_load_of(control, row->end_ns, row->amounts[MIRROR_ACKED] - row->amounts[MIRROR_BLIND],
							   row->amounts[MIRROR_UNSEEN]);
	row->ttl_delta = MW_UNKNOWN_I64;
	if (mirror_is_most(row->copies_hop, row->copies_ttl))
		row->ttl_delta = 1;
	else if (mirror_is_most(row->copies_alike, row->copies_ttl))
		row->ttl_delta = 0;
}

static int64_t counted_of(const struct mw_detector_control *control, unsigned direction, unsigned amount)
{
	return (int64_t)control->counted[MIRROR_COUNT_AMOUNTS + direction * MIRROR_AMOUNTS + amount];
}

// Frames that the mirror cut are not analysed, but they were shown: what they had, as their IP headers say, is not
// lost. Of which connections they were nobody knows. What is missed of them is missed within an interval or two.
static double lost_part(struct mw_detector_control *control)
{
	struct mirror_control *self = control->state;
	const int64_t unseen = counted_of(control, MIRROR_FROM_CLIENTS, MIRROR_UNSEEN) +
						   counted_of(control, MIRROR_FROM_SERVERS, MIRROR_UNSEEN);
	const int64_t shown = self->hidden + (int64_t)control->cut_refused_bytes;
	const int64_t explained = MW_MIN(unseen, shown);

	self->hidden = MW_MIN(shown - explained, (int64_t)control->cut_refused_bytes);
	if (explained == 0)
		return 1;
	mirror_load_forget(control);
	return (double)(unseen - explained) / (double)unseen;
}

static void add(struct mirror_row *row, const struct mw_detector_control *control, unsigned direction, double lost)
{
	for (unsigned i = 0; i < MIRROR_AMOUNTS; i++) {
		const bool is_loss = i == MIRROR_UNSEEN || i == MIRROR_FLOWS_LOSSY;

		row->amounts[i] += (int64_t)((double)counted_of(control, direction, i) * (is_loss ? lost : 1));
	}
}

void mirror_on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	const struct mirror_settings *settings = control->settings;

	double lost;

	if (!settings->enabled || control->counted == NULL)
		return;
	lost = lost_part(control);
	for (unsigned direction = 0; direction <= MIRROR_BOTH; direction++) {
		struct mirror_row row = {.ts_ns = interval_start_ns,
								 .end_ns = now_ns,
								 .from_ns = control->from_ns,
								 .direction = (uint8_t)direction,
								 .copies = MW_UNKNOWN_I64,
								 .copies_pct = MW_UNKNOWN_DOUBLE,
								 .delay_us_p50 = MW_UNKNOWN_DOUBLE,
								 .delay_us_p99 = MW_UNKNOWN_DOUBLE,
								 .ttl_delta = MW_UNKNOWN_I64,
								 .one_way = MW_UNKNOWN_I64,
								 .both_ways = MW_UNKNOWN_I64,
								 .retagged = MW_UNKNOWN_I64,
								 .cut = MW_UNKNOWN_I64,
								 .cut_refused = MW_UNKNOWN_I64,
								 .cut_at_bytes = MW_UNKNOWN_I64,
								 .cut_ip_bytes = MW_UNKNOWN_I64,
								 .cut_pct = MW_UNKNOWN_DOUBLE,
								 .load = mirror_load_unknown};

		for (unsigned i = 0; i < MIRROR_DIRECTIONS; i++) {
			if (direction == i || direction == MIRROR_BOTH)
				add(&row, control, i, lost);
		}
		if (direction == MIRROR_BOTH)
			row.amounts[MIRROR_FLOWS] /= MIRROR_DIRECTIONS; // each was counted in both
		set_loss(&row);
		if (direction == MIRROR_BOTH)
			set_others(control, &row);
		if (row.amounts[MIRROR_ACKED] > 0 || row.copies > 0 || row.one_way > 0 || row.cut > 0 || row.late_sides > 0)
			control->rows.row(control->rows.context, &mirror_record, &row);
	}
}
