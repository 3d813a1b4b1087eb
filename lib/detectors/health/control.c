// SPDX-License-Identifier: BSD-3-Clause
// Control half: counts each exchange in the interval that asked; an interval is written when what it asked has ended.
// Neighbours: control.h; rows.c writes, cells.c remembers.
#include "control.h"

#include <string.h>

#include "mw_hash.h"

/** An exchange ends at most so long after it was asked, and its event is told soon after: see exchange.timeout. */
#define SETTLED_NS (12 * MW_NS_PER_SECOND)
#define HIDDEN_NS  (3 * MW_NS_PER_SECOND) // so late after the last question an answer may come

int health_control_start(struct mw_detector_control *control)
{
	struct health_control *self = control->state;
	int error = health_cells_start(&self->cells);

	return error != 0 ? error : mw_kit_lives_start(&self->peers, HEALTH_PEERS_MAX);
}

void health_control_stop(struct mw_detector_control *control)
{
	struct health_control *self = control->state;

	health_cells_stop(&self->cells);
	mw_kit_lives_stop(&self->peers);
}

// What was asked before the oldest one counts there.
static uint32_t interval_of(const struct health_control *self, uint64_t time_ns)
{
	uint32_t interval = self->latest;

	while (interval != self->oldest && time_ns < self->intervals[(interval - 1) % HEALTH_INTERVALS_MAX].end_ns)
		interval--;
	return interval;
}

static struct health_cell *cell_at(struct mw_detector_control *control, const struct mw_event *event,
								   const struct health_brief *brief, uint64_t time_ns)
{
	struct health_control *self = control->state;
	struct health_cell *cell =
		health_cells_get(&self->cells, control->hash_key, interval_of(self, time_ns), brief, &event->flow.dst);

	cell->first_ns = cell->first_ns == 0 ? time_ns : MW_MIN(cell->first_ns, time_ns);
	cell->last_ns = MW_MAX(cell->last_ns, time_ns);
	return cell;
}

static void count_dns(struct health_counts *counts, const struct health_brief *brief)
{
	enum { SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5 }; // RFC 1035 section 4.1.1

	counts->servfail += brief->rcode == SERVFAIL;
	counts->nxdomain += brief->rcode == NXDOMAIN;
	counts->dns_refused += brief->rcode == REFUSED;
	counts->truncated += brief->truncated;
}

static void note_failed(struct health_cell *cell, uint32_t question, uint64_t host, uint64_t first_ns, uint64_t last_ns)
{
	cell->askers |= UINT64_C(1) << host % 64;
	cell->failed_first_ns = cell->failed_first_ns == 0 ? first_ns : MW_MIN(cell->failed_first_ns, first_ns);
	cell->failed_last_ns = MW_MAX(cell->failed_last_ns, last_ns);
	cell->failed_questions |= UINT32_C(1) << question;
}

static void count_end(struct health_cell *cell, const struct health_brief *brief, uint64_t last_ns)
{
	const bool answered = health_is_answered(brief);

	cell->slices[health_slice_of(last_ns)].exchanges++;
	cell->slices[health_slice_of(last_ns)].unanswered += !answered;
	cell->counts.exchanges++;
	cell->counts.answered += answered;
	cell->counts.unanswered += !answered;
	cell->counts.refused += brief->end == MW_EXCHANGE_REFUSED;
	cell->counts.unreachable += brief->end == MW_EXCHANGE_UNREACHABLE;
	if (brief->service == HEALTH_DNS)
		count_dns(&cell->counts, brief);
	if (brief->end == MW_EXCHANGE_ANSWERED && brief->transmissions == 1 && !brief->early)
		mw_kit_histogram_add(&cell->round_trips, brief->us);
}

void health_on_blind(struct mw_detector_control *control, const struct mw_blind *blind)
{
	struct health_control *self = control->state;

	mw_kit_blind_add(&self->times, blind->from_ns, blind->to_ns);
}

// Its answer may have come while midwatch did not see: nobody knows how it ended.
static bool is_hidden(const struct health_control *self, const struct health_brief *brief, uint64_t asked_ns,
					  uint64_t last_ns)
{
	return brief->end == MW_EXCHANGE_UNANSWERED && mw_kit_blind_touches(&self->times, asked_ns, last_ns + HIDDEN_NS);
}

// Nothing was asked: it says no more than how long it took.
static void count_trip(struct mw_detector_control *control, const struct mw_event *event,
					   const struct health_brief *brief)
{
	struct health_cell *cell = cell_at(control, event, brief, event->time_ns);

	cell->counts.asked++;
	mw_kit_histogram_add(&cell->round_trips, brief->us);
}

static uint32_t sort_of(const struct health_brief *brief)
{
	return (uint32_t)brief->family << 8 | brief->service;
}

// Of a peer that lives; host is the asker's hash.
static void note_living(struct mw_detector_control *control, const struct mw_event *event,
						const struct health_brief *brief, uint64_t last_ns, uint64_t host)
{
	struct health_control *self = control->state;
	const uint32_t interval = interval_of(self, last_ns);

	health_hosts_note(&self->hosts, interval, (uint8_t)brief->family, host, &event->flow.src, brief->transmissions,
					  health_is_answered(brief));
	health_losses_note(&self->losses, interval, brief, event->time_ns, last_ns);
}

static void hear(struct mw_detector_control *control, const struct health_brief *brief, const struct mw_address *peer,
				 uint64_t time_ns)
{
	struct health_control *self = control->state;

	mw_kit_lives_heard(&self->peers, control->hash_key, peer, sort_of(brief), time_ns);
}

// The query's interval may be written, or its cell may have given way.
static void count_answer(struct mw_detector_control *control, const struct mw_event *event,
						 const struct health_brief *brief)
{
	struct health_control *self = control->state;
	const struct health_half answer = {
		.tag = health_answers_tag(control->hash_key, event, brief), .time_ns = event->time_ns, .peer = event->flow.dst};
	struct health_half query;
	struct health_cell *cell;

	if (!health_answers_unasked(&self->answers, &answer, &query))
		return;
	if (mw_address_compare(&query.peer, &answer.peer) == 0)
		hear(control, brief, &answer.peer, answer.time_ns);
	cell = health_cells_find(&self->cells, control->hash_key, interval_of(self, query.last_ns), brief, &query.peer);
	if (cell != NULL)
		health_afterwards_note(&cell->afterwards, &query, &answer);
}

static void follow(struct mw_detector_control *control, const struct mw_event *event, const struct health_brief *brief,
				   uint64_t last_ns, struct health_cell *cell)
{
	struct health_control *self = control->state;
	const struct health_half query = {.tag = health_answers_tag(control->hash_key, event, brief),
									  .time_ns = event->time_ns,
									  .last_ns = last_ns,
									  .peer = event->flow.dst};
	struct health_half answer;

	if (!health_answers_failed(&self->answers, &query, &answer))
		return;
	cell->afterwards.followed++;
	if (answer.time_ns != 0)
		health_afterwards_note(&cell->afterwards, &query, &answer);
}

static void count_query(struct mw_detector_control *control, const struct mw_event *event,
						const struct health_brief *brief, uint64_t last_ns, struct health_cell *cell, uint64_t host)
{
	health_common_add(&cell->common, brief, health_slice_of(last_ns), &event->flow.src, host);
	if (brief->end == MW_EXCHANGE_UNANSWERED)
		follow(control, event, brief, last_ns, cell);
}

void health_on_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct health_control *self = control->state;
	const struct mw_kit_life *peer;
	struct health_brief brief;
	struct health_cell *cell;
	uint64_t last_ns, host;
	bool lives;

	memcpy(&brief, event->brief, sizeof(brief));
	if (brief.service == HEALTH_TCP) {
		count_trip(control, event, &brief);
		return;
	}
	if (brief.end == MW_EXCHANGE_UNASKED) {
		count_answer(control, event, &brief);
		return;
	}
	last_ns = event->time_ns + (brief.transmissions > 1 ? brief.us * MW_NS_PER_US : 0);
	if (is_hidden(self, &brief, event->time_ns, last_ns))
		return;
	cell = cell_at(control, event, &brief, event->time_ns);
	peer = mw_kit_lives_find(&self->peers, control->hash_key, &event->flow.dst, sort_of(&brief));
	lives = mw_kit_life_lived(peer, event->time_ns, HEALTH_LIVES_NS) || brief.end == MW_EXCHANGE_ANSWERED;
	cell->lived |= mw_kit_life_lived(peer, event->time_ns, HEALTH_LIVES_NS);
	cell->counts.asked += brief.transmissions - 1;
	cell = cell_at(control, event, &brief, last_ns); // the first one may have given way for it
	cell->counts.asked++;
	count_end(cell, &brief, last_ns);
	host = mw_hash(control->hash_key, &event->flow.src, sizeof(event->flow.src));
	if (!health_is_answered(&brief))
		note_failed(cell, brief.question, host, event->time_ns, last_ns);
	if (brief.service == HEALTH_DNS)
		count_query(control, event, &brief, last_ns, cell, host);
	if (lives)
		note_living(control, event, &brief, last_ns, host);
	if (brief.end == MW_EXCHANGE_ANSWERED)
		hear(control, &brief, &event->flow.dst, event->time_ns);
}

static bool is_settled(const struct health_control *self, uint32_t interval, uint64_t now_ns)
{
	return self->ended || now_ns - self->intervals[interval % HEALTH_INTERVALS_MAX].end_ns >= SETTLED_NS ||
		   self->latest - interval == HEALTH_INTERVALS_MAX - 1;
}

void health_on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	const struct health_settings *settings = control->settings;
	struct health_control *self = control->state;

	if (!settings->enabled)
		return;
	self->intervals[self->latest % HEALTH_INTERVALS_MAX].start_ns = interval_start_ns;
	self->intervals[self->latest % HEALTH_INTERVALS_MAX].end_ns = now_ns;
	self->latest++;
	for (; self->oldest != self->latest && is_settled(self, self->oldest, now_ns); self->oldest++)
		health_rows_write(control, self->oldest);
}

void health_on_end(struct mw_detector_control *control, uint64_t now_ns)
{
	struct health_control *self = control->state;

	(void)now_ns;
	self->ended = true;
}
