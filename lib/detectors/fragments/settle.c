// SPDX-License-Identifier: BSD-3-Clause
// Decides what was told: a datagram with the first piece that another worker saw and with what its receiver said, a
// first piece whose later ones never came, a report about a datagram that was whole here.
// Neighbours: settle.h. Follows RFC 792, RFC 1122 section 3.3.2, RFC 8200 section 4.5.
#include "settle.h"

#include "outer.h"
#include "row.h"
#include "settings.h"
#include "words.h"

/** How long one half of the truth may come later than the other: events of other workers, ticks, reports under way. */
#define HOLD_NS (5 * MW_NS_PER_SECOND)
/** Receivers give up 30 s (Linux, IPv4), 60 s (RFC 8200) or up to 120 s (RFC 1122) after the first piece. */
#define GIVE_UP_NS (125 * MW_NS_PER_SECOND)
/** At the end of the input: pieces that could still have come. */
#define YOUNG_NS (2 * MW_NS_PER_SECOND)
#define NEAR_NS  MW_NS_PER_SECOND // pieces of one datagram that come further apart are no burst of a sender

static uint64_t timeout_of(const struct mw_detector_control *control)
{
	const struct fragment_settings *settings = control->settings;

	return settings->tracker.timeout_ns;
}

static uint64_t before(uint64_t time_ns, uint64_t span_ns)
{
	return MW_MAX(time_ns, span_ns + 1) - span_ns; // never 0, when nothing was
}

static bool is_due(const struct mw_detector_control *control, uint64_t arrived_ns, uint64_t wait_ns, uint64_t now_ns)
{
	const struct fragment_control *self = control->state;

	return self->ended || arrived_ns + wait_ns <= now_ns;
}

struct fragment_pair *fragment_settle_pair(struct mw_detector_control *control, const struct mw_event_flow *flow,
										   uint32_t scope, const struct fragment_counts *counts, bool answered)
{
	struct fragment_control *self = control->state;
	struct fragment_pair *pair =
		fragment_pairs_get(self->pairs, FRAGMENT_CONTROL_PAIRS, control->hash_key, &flow->src, &flow->dst, scope,
						   control->clock_ns, answered && counts->complete > 0);

	if (pair == NULL)
		return NULL;
	// events of one batch are sorted by first pieces: the largest count is the newest
	pair->counts.complete = MW_MAX(pair->counts.complete, counts->complete);
	pair->counts.incomplete = MW_MAX(pair->counts.incomplete, counts->incomplete);
	pair->counts.delivered = MW_MAX(pair->counts.delivered, counts->delivered);
	pair->counts.exceeded = MW_MAX(pair->counts.exceeded, counts->exceeded);
	return pair;
}

static struct fragment_pair *find_pair(struct mw_detector_control *control, const struct mw_event_flow *flow,
									   uint32_t scope)
{
	struct fragment_control *self = control->state;

	return fragment_pairs_find(self->pairs, FRAGMENT_CONTROL_PAIRS, control->hash_key, &flow->src, &flow->dst, scope);
}

struct fragment_pair *fragment_settle_pair_of(struct mw_detector_control *control,
											  const struct fragment_waiting *waiting)
{
	const struct fragment_facts *facts = &waiting->facts;

	if (facts->end != MW_FRAGMENT_INCOMPLETE && facts->end != MW_FRAGMENT_UNFINISHED &&
		fragment_counts_sum(&facts->counts) == 0)
		return find_pair(control, &waiting->flow, facts->scope);
	return fragment_settle_pair(control, &waiting->flow, facts->scope, &facts->counts, facts->answered);
}

/** The pair's counts as the join has mended them; told alone when the pair has no place. */
static struct fragment_counts mend(const struct fragment_pair *pair, const struct fragment_counts *told)
{
	struct fragment_counts counts = pair == NULL ? *told : pair->counts;

	if (pair == NULL)
		return counts;
	counts.complete += pair->joined;
	counts.incomplete += pair->added + pair->contradicted;
	counts.complete -= MW_MIN(pair->contradicted, counts.complete);
	counts.delivered -= MW_MIN(pair->contradicted, counts.delivered);
	counts.incomplete -= MW_MIN(pair->doubtful, counts.incomplete);
	return counts;
}

static void write_row(struct mw_detector_control *control, struct mw_fragment_row *row,
					  const struct fragment_pair *pair, const struct fragment_counts *told)
{
	struct fragment_counts counts = mend(pair, told);

	row->pair_complete = counts.complete;
	row->pair_incomplete = counts.incomplete;
	row->pair_delivered = counts.delivered;
	row->pair_exceeded = counts.exceeded;
	row->known |= pair != NULL && pair->proven;
	control->rows.row(control->rows.context, &mw_fragment_record, row);
}

/** Adds the first piece that another worker saw. @return true when nothing is missing any more. */
static bool join_outer(struct mw_detector_control *control, struct fragment_waiting *waiting)
{
	struct fragment_control *self = control->state;
	uint64_t timeout_ns = timeout_of(control);
	struct fragment_mark *outer;

	if (waiting->facts.first_seen || !fragment_outer_may_hide(waiting->flow.protocol))
		return false;
	outer = fragment_marks_find(&self->outers, &waiting->flow.src, &waiting->flow.dst, waiting->facts.id);
	if (outer == NULL || outer->first_ns < before(waiting->first_ns, timeout_ns) ||
		outer->first_ns > waiting->facts.last_ns + timeout_ns)
		return false;
	waiting->first_ns = MW_MIN(waiting->first_ns, outer->first_ns);
	waiting->facts.last_ns = MW_MAX(waiting->facts.last_ns, outer->first_ns);
	fragment_marks_finish(&self->outers, outer);
	return fragment_outer_join(&waiting->facts, outer->bytes);
}

enum fragment_told fragment_settle_told(const struct mw_detector_control *control, const struct fragment_facts *facts)
{
	if (facts->end == MW_FRAGMENT_UNFINISHED)
		return facts->last_ns + YOUNG_NS > control->clock_ns ? FRAGMENT_TOLD_CUT : FRAGMENT_TOLD_UNKNOWN;
	return facts->end == MW_FRAGMENT_EVICTED ? FRAGMENT_TOLD_EVICTED : FRAGMENT_TOLD_LACKING;
}

bool fragment_settle_join(struct mw_detector_control *control, struct fragment_waiting *waiting)
{
	struct fragment_control *self = control->state;
	struct fragment_facts *facts = &waiting->facts;
	struct fragment_pair *pair;

	if (!join_outer(control, waiting))
		return false;
	self->tally.whole[waiting->told]++;
	pair = fragment_settle_pair_of(control, waiting);
	if (pair != NULL)
		pair->joined++;
	waiting->doubtful = false; // as complete it stays out of those that are incomplete
	facts->end = MW_FRAGMENT_IRREGULAR;
	return facts->anomalies == 0;
}

/** True when midwatch itself did not see for a part of the time in which pieces of a datagram pass. */
static bool was_hidden(const struct fragment_control *self, uint64_t first_ns, uint64_t last_ns)
{
	return mw_kit_blind_touches(&self->blind, before(first_ns, NEAR_NS), last_ns + NEAR_NS);
}

/** True when nobody can know that the datagram is incomplete. */
static bool is_unknown(const struct mw_detector_control *control, const struct fragment_waiting *waiting)
{
	const struct fragment_control *self = control->state;
	const struct fragment_facts *facts = &waiting->facts;

	if (was_hidden(self, waiting->first_ns, facts->last_ns))
		return true;
	if (facts->end == MW_FRAGMENT_UNFINISHED) // with its first piece known, the reason may be gone
		return !facts->first_seen || facts->anomalies & 1u << MW_FRAGMENT_ID_REUSE ||
			   facts->last_ns + YOUNG_NS > control->clock_ns;
	// the first piece alone is missing: it may have passed, with a tunnel inside, and was not told
	return !facts->first_seen && fragment_outer_may_hide(waiting->flow.protocol) && facts->missing_count == 1 &&
		   facts->missing[0].from == 0 &&
		   ((self->outers.forgotten_ns != 0 && waiting->first_ns <= self->outers.forgotten_ns + MW_NS_PER_SECOND) ||
			fragment_gaps_touch(&self->gaps, FRAGMENT_UNSENT_OUTER, waiting->first_ns, facts->last_ns));
}

static bool is_protocol_known(const struct fragment_waiting *waiting)
{
	return waiting->facts.family == 4 || waiting->facts.first_seen;
}

static void join_report(struct mw_detector_control *control, struct fragment_waiting *waiting)
{
	struct fragment_control *self = control->state;
	struct fragment_mark *report =
		fragment_marks_find(&self->reports, &waiting->flow.src, &waiting->flow.dst, waiting->facts.id);

	if (report == NULL || report->first_ns < waiting->first_ns ||
		report->first_ns > waiting->facts.last_ns + GIVE_UP_NS ||
		(is_protocol_known(waiting) && report->flow.protocol != waiting->flow.protocol))
		return;
	waiting->facts.anomalies |= 1u << MW_FRAGMENT_RECEIVER;
	fragment_marks_finish(&self->reports, report);
}

/** Nobody can know whether it came whole; but what is odd about it is a fact. */
static void write_irregular(struct mw_detector_control *control, struct fragment_waiting *waiting)
{
	struct fragment_facts *facts = &waiting->facts;
	struct fragment_pair *pair = fragment_settle_pair_of(control, waiting);
	struct mw_fragment_row row;

	facts->end = MW_FRAGMENT_IRREGULAR;
	facts->missing_count = 0;
	fragment_row_datagram(waiting, &row);
	write_row(control, &row, pair, &facts->counts);
}

/** What was waited for did not come, or was not enough. */
static void settle_datagram(struct mw_detector_control *control, struct fragment_waiting *waiting)
{
	struct fragment_control *self = control->state;
	struct fragment_facts *facts = &waiting->facts;
	struct fragment_pair *pair;
	struct mw_fragment_row row;

	if (fragment_settle_join(control, waiting))
		return;
	if (is_unknown(control, waiting)) {
		self->tally.unknown[waiting->told] += waiting->told == FRAGMENT_TOLD_LACKING;
		if (facts->anomalies & FRAGMENT_CERTAIN)
			write_irregular(control, waiting);
		return;
	}
	pair = fragment_settle_pair_of(control, waiting);
	if (pair != NULL && waiting->doubtful && pair->doubtful > 0 &&
		!(facts->anomalies & 1u << MW_FRAGMENT_TWO_SOURCES && !facts->first_seen))
		pair->doubtful--;
	if (pair != NULL && facts->end == MW_FRAGMENT_UNFINISHED)
		pair->added++;
	if (facts->end == MW_FRAGMENT_UNFINISHED) {
		self->tally.lacking[waiting->told]++;
		facts->end = MW_FRAGMENT_INCOMPLETE;
	}
	join_report(control, waiting);
	if (facts->alone && !facts->first_seen && !(facts->anomalies & 1u << MW_FRAGMENT_TWO_SOURCES) &&
		fragment_reflected_is(self->reflected, &waiting->flow))
		facts->anomalies |= 1u << MW_FRAGMENT_UNASKED;
	if (facts->word != FRAGMENT_NO_WORD && facts->anomalies & 1u << MW_FRAGMENT_RECEIVER) {
		facts->word = FRAGMENT_NO_WORD;
		if (pair != NULL)
			pair->contradicted++;
	}
	fragment_row_datagram(waiting, &row);
	write_row(control, &row, pair, &facts->counts);
}

void fragment_settle_oldest(struct mw_detector_control *control)
{
	struct fragment_control *self = control->state;

	settle_datagram(control, &self->waiting[self->waiting_first]);
	self->waiting_first = (self->waiting_first + 1) % FRAGMENT_WAITING_MAX;
	self->waiting_count--;
}

/** True when a worker told of a datagram like mark's, of which a piece was seen between these times. */
static bool was_told(const struct fragment_control *self, const struct fragment_mark *mark, uint64_t from_ns,
					 uint64_t to_ns)
{
	const struct fragment_mark *told = fragment_marks_find(&self->told, &mark->flow.src, &mark->flow.dst, mark->id);

	return (told != NULL && told->first_ns <= to_ns && told->last_ns >= from_ns) || self->told.forgotten_ns >= from_ns;
}

/** A first piece with a tunnel inside, and nothing was told of later ones: are they lost? */
static void settle_outer(struct mw_detector_control *control, const struct fragment_mark *outer, uint64_t now_ns)
{
	struct fragment_control *self = control->state;
	uint64_t from_ns = before(outer->first_ns, timeout_of(control)), to_ns = outer->first_ns + timeout_of(control);
	struct fragment_counts counts = {0};
	struct mw_fragment_row row;
	struct fragment_pair *pair;

	if (outer->done || was_told(self, outer, from_ns, to_ns))
		return;
	if (outer->first_ns + YOUNG_NS > now_ns) {
		self->tally.outers_cut++;
		return;
	}
	if (fragment_gaps_touch(&self->gaps, FRAGMENT_UNSENT_HEADLESS, from_ns, to_ns) ||
		was_hidden(self, outer->first_ns, outer->first_ns)) {
		self->tally.outers_unknown++;
		return;
	}
	self->tally.outers_lacking++;
	pair = fragment_settle_pair(control, &outer->flow, 0, &counts, false);
	counts.incomplete = 1;
	if (pair != NULL)
		pair->added++;
	fragment_row_outer(outer, &row);
	write_row(control, &row, pair, &counts);
}

static bool is_gap(const struct fragment_control *self, const struct fragment_mark *report, uint64_t from_ns)
{
	const struct fragment_gaps *gaps = &self->gaps;

	return fragment_gaps_touch(gaps, FRAGMENT_UNSENT_HEADLESS, from_ns, report->first_ns) ||
		   fragment_gaps_touch(gaps, FRAGMENT_UNSENT_ANSWERED, from_ns, report->first_ns) ||
		   (!report->answered && fragment_gaps_touch(gaps, FRAGMENT_UNSENT_UNANSWERED, from_ns, report->first_ns));
}

/**
 * A receiver never had all pieces of a datagram that nobody told of: it was whole here, and was lost further on. Only
 * of a pair whose datagrams are seen here: anybody can write such a report.
 */
static void settle_report(struct mw_detector_control *control, const struct fragment_mark *report)
{
	struct fragment_control *self = control->state;
	uint64_t from_ns = before(report->first_ns, GIVE_UP_NS);
	struct fragment_counts none = {0}, counts;
	struct fragment_pair *pair;
	struct mw_fragment_row row;

	if (report->done || was_told(self, report, from_ns, report->first_ns) || is_gap(self, report, from_ns))
		return;
	pair = find_pair(control, &report->flow, report->scope);
	counts = mend(pair, &none);
	if (counts.complete == 0)
		return;
	fragment_row_report(report, &row);
	write_row(control, &row, pair, &none);
}

void fragment_settle(struct mw_detector_control *control, uint64_t now_ns)
{
	struct fragment_control *self = control->state;
	const uint64_t wait_ns = timeout_of(control) + 2 * HOLD_NS;
	const struct fragment_mark *mark;

	while (self->waiting_count > 0 && is_due(control, self->waiting[self->waiting_first].arrived_ns, HOLD_NS, now_ns))
		fragment_settle_oldest(control);
	while ((mark = fragment_marks_oldest(&self->outers)) != NULL &&
		   is_due(control, mark->arrived_ns, wait_ns, now_ns)) {
		settle_outer(control, mark, now_ns);
		fragment_marks_drop_oldest(&self->outers);
	}
	while ((mark = fragment_marks_oldest(&self->reports)) != NULL &&
		   is_due(control, mark->arrived_ns, wait_ns, now_ns)) {
		settle_report(control, mark);
		fragment_marks_drop_oldest(&self->reports);
	}
}
