// SPDX-License-Identifier: BSD-3-Clause
// Takes the events: each into the memory where the others find it.
// Neighbours: control.h; settle.c decides.
#include "control.h"

#include <string.h>

#include "outer.h"
#include "settle.h"
#include "sources.h"

int fragment_control_start(struct mw_detector_control *control)
{
	struct fragment_control *self = control->state;
	int error = fragment_marks_start(&self->outers, FRAGMENT_OUTERS_MAX, control->hash_key);

	error = error != 0 ? error : fragment_marks_start(&self->reports, FRAGMENT_REPORTS_MAX, control->hash_key);
	return error != 0 ? error : fragment_marks_start(&self->told, FRAGMENT_TOLD_MAX, control->hash_key);
}

void fragment_control_stop(struct mw_detector_control *control)
{
	struct fragment_control *self = control->state;

	fragment_marks_stop(&self->outers);
	fragment_marks_stop(&self->reports);
	fragment_marks_stop(&self->told);
}

static void read_body(const struct mw_event *event, void *body, size_t bytes)
{
	memset(body, 0, bytes);
	memcpy(body, event->body, MW_MIN((size_t)event->body_bytes, bytes));
}

/**
 * A report about it must not make a second row. Of a pair that sent nothing whole none is believed, so a flood of odd
 * datagrams need not be remembered.
 */
static bool is_worth_remembering(const struct fragment_waiting *waiting)
{
	return waiting->facts.end != MW_FRAGMENT_IRREGULAR || waiting->facts.answered || waiting->facts.counts.complete > 0;
}

// An identification comes again: then the mark stands for all that had it.
static void remember_told(struct fragment_control *self, const struct fragment_waiting *waiting)
{
	struct fragment_mark mark = {.first_ns = waiting->first_ns,
								 .last_ns = waiting->facts.last_ns,
								 .arrived_ns = waiting->arrived_ns,
								 .flow = waiting->flow,
								 .id = waiting->facts.id};
	struct fragment_mark *same = fragment_marks_find(&self->told, &mark.flow.src, &mark.flow.dst, mark.id);

	if (same != NULL) {
		mark.first_ns = MW_MIN(mark.first_ns, same->first_ns);
		mark.last_ns = MW_MAX(mark.last_ns, same->last_ns);
		fragment_marks_finish(&self->told, same);
	}
	fragment_marks_put(&self->told, &mark);
}

static void take_datagram(struct mw_detector_control *control, const struct mw_event *event)
{
	struct fragment_control *self = control->state;
	struct fragment_waiting waiting = {
		.arrived_ns = control->clock_ns, .first_ns = event->time_ns, .flow = event->flow};
	struct fragment_pair *pair;
	uint32_t place;

	read_body(event, &waiting.facts, sizeof(waiting.facts));
	if (waiting.facts.alone)
		fragment_reflected_take(self->reflected, &waiting.flow, control->clock_ns);
	waiting.told = (uint8_t)fragment_settle_told(control, &waiting.facts);
	pair = fragment_settle_pair_of(control, &waiting);
	waiting.doubtful = pair != NULL && waiting.facts.end == MW_FRAGMENT_INCOMPLETE && !waiting.facts.first_seen &&
					   fragment_outer_may_hide(waiting.flow.protocol);
	if (waiting.doubtful)
		pair->doubtful++;
	if (fragment_settle_join(control, &waiting))
		return;
	if (is_worth_remembering(&waiting))
		remember_told(self, &waiting);
	if (self->waiting_count == FRAGMENT_WAITING_MAX)
		fragment_settle_oldest(control);
	place = (self->waiting_first + self->waiting_count++) % FRAGMENT_WAITING_MAX;
	self->waiting[place] = waiting;
	self->waiting_keys[place] = fragment_sources_key(&waiting);
	fragment_sources_join(control);
}

static void take_outer(struct mw_detector_control *control, const struct mw_event *event)
{
	struct fragment_control *self = control->state;
	struct fragment_outer outer;
	struct fragment_mark mark = {
		.first_ns = event->time_ns, .last_ns = event->time_ns, .arrived_ns = control->clock_ns, .flow = event->flow};

	memcpy(&outer, event->brief, sizeof(outer));
	mark.id = outer.id;
	mark.bytes = outer.bytes;
	fragment_marks_put(&self->outers, &mark);
}

static void take_report(struct mw_detector_control *control, const struct mw_event *event)
{
	struct fragment_control *self = control->state;
	struct fragment_report report;
	struct fragment_mark mark = {
		.first_ns = event->time_ns, .last_ns = event->time_ns, .arrived_ns = control->clock_ns, .flow = event->flow};

	read_body(event, &report, sizeof(report));
	fragment_settle_pair(control, &event->flow, report.scope, &report.counts, report.answered);
	mark.id = report.id;
	mark.scope = report.scope;
	mark.ports_known = report.ports_known;
	mark.answered = report.answered;
	if (report.id_known)
		fragment_marks_put(&self->reports, &mark);
}

static void take_pair(struct mw_detector_control *control, const struct mw_event *event)
{
	struct fragment_pair_facts facts;

	read_body(event, &facts, sizeof(facts));
	fragment_settle_pair(control, &event->flow, facts.scope, &facts.counts, false);
}

static void take_gap(struct mw_detector_control *control, const struct mw_event *event)
{
	struct fragment_control *self = control->state;
	struct fragment_gap gap;

	read_body(event, &gap, sizeof(gap));
	if (gap.unsent < FRAGMENT_UNSENTS)
		fragment_gaps_add(&self->gaps, gap.unsent, event->time_ns, gap.to_ns);
}

static void (*const TAKES[FRAGMENT_WHATS])(struct mw_detector_control *control, const struct mw_event *event) = {
	[FRAGMENT_DATAGRAM] = take_datagram, [FRAGMENT_OUTER] = take_outer, [FRAGMENT_REPORT] = take_report,
	[FRAGMENT_PAIR] = take_pair,         [FRAGMENT_GAP] = take_gap,
};

void fragment_control_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct fragment_control *self = control->state;
	uint32_t what = event->kind & 0xff;

	// an interval may be long: what was due at the batch before does not wait for its end
	if (control->clock_ns != self->batch_ns && !self->ended)
		fragment_settle(control, self->batch_ns);
	self->batch_ns = control->clock_ns;
	if (what < FRAGMENT_WHATS)
		TAKES[what](control, event);
}

void fragment_control_blind(struct mw_detector_control *control, const struct mw_blind *blind)
{
	struct fragment_control *self = control->state;

	mw_kit_blind_add(&self->blind, blind->from_ns, blind->to_ns);
}

void fragment_control_end(struct mw_detector_control *control, uint64_t now_ns)
{
	struct fragment_control *self = control->state;

	(void)now_ns;
	self->ended = true; // the last interval settles all
}

void fragment_control_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	(void)interval_start_ns;
	fragment_settle(control, now_ns);
}
