// SPDX-License-Identifier: BSD-3-Clause
// Midwatch itself did not see: a row, and no sign of that time proves anything.
// Neighbours: control.h; app/ tells of these times live. In a file the mirror's silence is what there is (mirror.c).
#include <string.h>

#include "control.h"
#include "mw_time.h"

#define OWN_LINE  "midwatch"
#define JOINED_NS MW_NS_PER_SECOND // spans closer than this are one row
#define OVER_NS   (2 * MW_NS_PER_SECOND) // after its end, what was blind is over
#define ROW_NS    (3600 * MW_NS_PER_SECOND) // what lasts is written once in this time
#define ASKED_NS  MW_NS_PER_SECOND // before a question that is repeated, the one before it

static const char *const whys[MW_BLIND_WHYS] = {
	[MW_BLIND_STOPPED] = "a worker did not look at its queues: the process or the machine stood still, or had no core",
	[MW_BLIND_STARTING] = "midwatch was starting: what came before its workers had caught up found no room",
	[MW_BLIND_LOST] = "more than 1 % of the packets or events were lost on the way to the analysis",
	[MW_BLIND_CLOCK] = "the wall clock was set: times go on without a jump, and nothing was missed",
	[MW_BLIND_UNLINKED] = "a port of midwatch's own had no link, so that nothing could come",
};

bool outages_is_own(const void *data)
{
	const struct outages_row *row = data;

	return row->verdict == OUTAGES_BLIND && strcmp(row->line, OWN_LINE) == 0;
}

double outages_own_s(const void *data)
{
	return ((const struct outages_row *)data)->duration_s;
}

static void write(struct mw_detector_control *control, const struct outages_blind *blind)
{
	struct outages_row row = {.start_earliest_ns = blind->from_ns,
							  .start_ns = blind->from_ns,
							  .end_ns = blind->to_ns,
							  .end_earliest_ns = blind->to_ns,
							  .duration_s = (double)(blind->to_ns - blind->from_ns) / 1e9,
							  .ipv4_lag_s = MW_UNKNOWN_DOUBLE,
							  .since_previous_s = MW_UNKNOWN_DOUBLE,
							  .flows_before = MW_UNKNOWN_I64,
							  .confidence = 100,
							  .verdict = OUTAGES_BLIND};
	struct mw_text line = mw_text_in(row.line, sizeof(row.line));
	struct mw_text text = mw_text_in(row.evidence, sizeof(row.evidence));

	mw_text_add(&line, OWN_LINE);
	for (unsigned why = 0; why < MW_BLIND_WHYS; why++) {
		if (blind->whys >> why & 1)
			mw_text_add(&text, "%s%s", text.len_bytes > 0 ? "; " : "", whys[why]);
	}
	control->rows.row(control->rows.context, &outages_record, &row);
}

void outages_blind_flush(struct mw_detector_control *control, uint64_t now_ns)
{
	struct outages_control *self = control->state;

	if (self->blind.whys == 0 ||
		(now_ns < self->blind.to_ns + OVER_NS && self->blind.to_ns - self->blind.from_ns < ROW_NS))
		return;
	write(control, &self->blind);
	self->blind.whys = 0;
}

void outages_on_blind(struct mw_detector_control *control, const struct mw_blind *blind)
{
	const struct outages_settings *settings = control->settings;
	struct outages_control *self = control->state;
	const uint8_t why = (uint8_t)(1u << blind->why);

	if (!settings->enabled)
		return;
	mw_kit_blind_add(&self->times, blind->from_ns, blind->to_ns);
	if (self->blind.whys != 0 && blind->from_ns > self->blind.to_ns + JOINED_NS) {
		write(control, &self->blind);
		self->blind.whys = 0;
	}
	if (self->blind.whys == 0)
		self->blind = (struct outages_blind){.from_ns = blind->from_ns, .to_ns = blind->to_ns};
	self->blind.from_ns = MW_MIN(self->blind.from_ns, blind->from_ns);
	self->blind.to_ns = MW_MAX(self->blind.to_ns, blind->to_ns);
	self->blind.whys |= why;
}

bool outages_blind_hides(const struct outages_control *self, const struct outages_sign *sign, uint64_t deadline_ns)
{
	const uint64_t before_ns = sign->kind == SIGN_LOST ? 0 : ASKED_NS;

	if (sign->kind != SIGN_LOST && sign->kind != SIGN_UNANSWERED && sign->kind != SIGN_AHEAD)
		return false;
	return mw_kit_blind_touches(&self->times, sign->time_ns - MW_MIN(sign->time_ns, before_ns),
								sign->time_ns + deadline_ns);
}

void outages_blind_weigh(const struct outages_control *self, struct outages_row *row)
{
	const size_t used = strlen(row->evidence);
	struct mw_text text = mw_text_in(row->evidence + used, sizeof(row->evidence) - used);
	uint64_t hidden_ns;

	if (row->end_ns <= row->start_ns || outages_is_blind(row->verdict))
		return;
	hidden_ns = mw_kit_blind_within(&self->times, row->start_ns, row->end_ns);
	if (hidden_ns == 0)
		return;
	mw_text_add(&text, "%snothing was seen for ", used > 0 ? "; " : "");
	mw_time_add_duration(&text, hidden_ns);
	mw_text_add(&text, " of it: see the rows blind and mirror-silent");
	if (hidden_ns >= (row->end_ns - row->start_ns) / 2)
		row->verdict = OUTAGES_BLIND;
}
