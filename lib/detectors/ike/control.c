// SPDX-License-Identifier: BSD-3-Clause
// Each event finds its attempt; each attempt ends once.
// Neighbours: control.h.
#include "control.h"

#include <errno.h>
#include <string.h>

#include "row.h"
#include "mw_log.h"

#define REMEMBER   5 // give-up times that an attempt is remembered behind its row: late copies make no second one
#define LOOKS      16 // newest attempts between two ends that an event without SPIs is held against
#define RENEWED_NS (3 * MW_NS_PER_SECOND) // another attempt at once is a second tunnel, later it replaces the first

int ike_control_start(struct mw_detector_control *control)
{
	const struct mw_ike_settings *settings = control->settings;
	struct ike_control *self = control->state;

	self->table = ike_table_new((uint32_t)settings->attempts_max, control->hash_key);
	return self->table == NULL ? -ENOMEM : 0;
}

void ike_control_stop(struct mw_detector_control *control)
{
	struct ike_control *self = control->state;

	ike_table_free(self->table);
	self->table = NULL;
}

// Its bounds show in results, so the portable hash.
static struct ike_responder *responder_of(struct mw_detector_control *control, const struct mw_address *address)
{
	struct ike_control *self = control->state;
	uint64_t hash = mw_hash_portable(control->hash_key, address, sizeof(*address));

	return &self->responders[hash % IKE_RESPONDERS_MAX];
}

static uint32_t known_response(struct mw_detector_control *control, const struct mw_address *address)
{
	const struct ike_responder *responder = responder_of(control, address);

	return mw_address_compare(&responder->address, address) == 0 ? responder->response_bytes : 0;
}

static void learn_response(struct mw_detector_control *control, const struct ike_attempt *attempt)
{
	struct ike_responder *responder = responder_of(control, &attempt->responder);
	uint32_t bytes = MW_MAX(attempt->auth.response.message_bytes, attempt->before_response_bytes);

	if (attempt->skf || bytes == 0)
		return;
	if (mw_address_compare(&responder->address, &attempt->responder) != 0)
		*responder = (struct ike_responder){.address = attempt->responder};
	responder->response_bytes = MW_MAX(responder->response_bytes, bytes);
}

/** Writes the row; the attempt is remembered. */
static void end_attempt(struct mw_detector_control *control, struct ike_attempt *attempt)
{
	struct ike_control *self = control->state;
	struct ike_decision decision;
	struct mw_ike_row row;

	attempt->hidden = mw_kit_blind_touches(&self->blind, attempt->first_ns, self->clock_ns);
	decision = ike_decide(attempt, self->clock_ns);
	ike_row_fill(attempt, &decision, known_response(control, &attempt->responder), &row);
	learn_response(control, attempt);
	ike_table_touch(self->table, attempt, IKE_LIST_WRITTEN, self->clock_ns);
	control->rows.row(control->rows.context, &mw_ike_record, &row);
}

/** Of the attempts without a row, the one that was silent for longest. */
static struct ike_attempt *longest_silent(const struct ike_control *self)
{
	struct ike_attempt *answered = ike_table_oldest(self->table, IKE_LIST_ANSWERED);
	struct ike_attempt *unanswered = ike_table_oldest(self->table, IKE_LIST_UNANSWERED);

	if (answered == NULL || unanswered == NULL)
		return answered == NULL ? unanswered : answered;
	return answered->touched_ns < unanswered->touched_ns ? answered : unanswered;
}

static void end_due(struct mw_detector_control *control)
{
	const struct mw_ike_settings *settings = control->settings;
	struct ike_control *self = control->state;
	struct ike_attempt *attempt;

	while ((attempt = longest_silent(self)) != NULL && attempt->touched_ns + settings->give_up_ns <= self->clock_ns)
		end_attempt(control, attempt);
	while ((attempt = ike_table_oldest(self->table, IKE_LIST_WRITTEN)) != NULL &&
		   attempt->touched_ns + REMEMBER * settings->give_up_ns <= self->clock_ns)
		ike_table_remove(self->table, attempt);
}

static void make_room(struct mw_detector_control *control)
{
	struct ike_control *self = control->state;
	struct ike_attempt *attempt = NULL;

	for (uint32_t list = 0; attempt == NULL; list++)
		attempt = ike_table_oldest(self->table, (enum ike_list)list);
	if (attempt->list != IKE_LIST_WRITTEN) {
		end_attempt(control, attempt);
		self->early++;
	}
	ike_table_remove(self->table, attempt);
}

/** The initiator begins anew from the same port: it has given up what it tried before. */
static void supersede(struct ike_control *self, const struct ike_attempt *attempt, uint16_t port)
{
	struct ike_attempt *other = NULL;

	for (uint32_t i = 0; i < LOOKS; i++) {
		other = ike_table_next(self->table, other, &attempt->initiator, &attempt->responder);
		if (other == NULL)
			return;
		if (other != attempt && other->init_port == port && other->last_ns + RENEWED_NS <= self->clock_ns)
			other->superseded = true;
	}
}

static bool begins_attempt(const struct ike_facts *facts)
{
	return facts->exchange == IKE_SA_INIT || facts->exchange == IKE_AUTH || facts->exchange == IKE_INTERMEDIATE;
}

/** What makes an attempt known. Pieces that were told late do not: their attempt may be over. */
static bool opens_attempt(const struct ike_facts *facts)
{
	return begins_attempt(facts) && (facts->what == IKE_MESSAGE || facts->end == MW_FRAGMENT_COMPLETE);
}

/** The attempt that facts name by their SPIs, or NULL; a new one for an exchange that makes an SA. */
static struct ike_attempt *attempt_of(struct mw_detector_control *control, const struct mw_event *event,
									  const struct ike_facts *facts)
{
	struct ike_control *self = control->state;
	const struct mw_address *initiator = facts->from_initiator ? &event->flow.src : &event->flow.dst;
	const struct mw_address *responder = facts->from_initiator ? &event->flow.dst : &event->flow.src;
	struct ike_attempt *attempt = ike_table_find(self->table, facts->spi_i, initiator, responder);

	if (attempt != NULL || !opens_attempt(facts))
		return attempt;
	attempt = ike_table_add(self->table, facts->spi_i, initiator, responder, self->clock_ns);
	if (attempt == NULL) {
		make_room(control);
		attempt = ike_table_add(self->table, facts->spi_i, initiator, responder, self->clock_ns);
	}
	attempt->first_ns = attempt->last_ns = event->time_ns;
	if (facts->exchange == IKE_SA_INIT && facts->from_initiator)
		supersede(self, attempt, event->flow.src_port);
	return attempt;
}

static void touch(struct ike_control *self, struct ike_attempt *attempt)
{
	enum ike_list list = attempt->heard ? IKE_LIST_ANSWERED : IKE_LIST_UNANSWERED;

	ike_table_touch(self->table, attempt, list, self->clock_ns);
}

/** What follows an SA that stands need not be waited for. */
static bool is_settled(const struct ike_attempt *attempt)
{
	return attempt->child || (ike_attempt_carries_data(attempt) && attempt->auth.response.whole_ns != 0);
}

static void take_message(struct mw_detector_control *control, const struct mw_event *event,
						 const struct ike_facts *facts)
{
	struct ike_control *self = control->state;
	struct ike_attempt *attempt = attempt_of(control, event, facts);

	if (attempt == NULL)
		return;
	if (attempt->list == IKE_LIST_WRITTEN) {
		if (begins_attempt(facts))
			ike_table_touch(self->table, attempt, IKE_LIST_WRITTEN, self->clock_ns);
		return;
	}
	ike_attempt_message(attempt, event, facts);
	touch(self, attempt);
	if (is_settled(attempt))
		end_attempt(control, attempt);
}

/** The newest attempt from initiator to responder that may have awaited these pieces. */
static void guess_pieces(struct ike_control *self, const struct mw_event *event, const struct ike_facts *facts)
{
	struct ike_attempt *attempt = NULL;

	for (uint32_t i = 0; i < LOOKS; i++) {
		attempt = ike_table_next(self->table, attempt, &event->flow.dst, &event->flow.src);
		if (attempt == NULL)
			return;
		if (attempt->list != IKE_LIST_WRITTEN && ike_attempt_guess(attempt, event, facts))
			return;
	}
}

static void take_pieces(struct mw_detector_control *control, const struct mw_event *event,
						const struct ike_facts *facts)
{
	struct ike_control *self = control->state;
	struct ike_attempt *attempt;

	if (!facts->first_seen) {
		guess_pieces(self, event, facts);
		return;
	}
	attempt = attempt_of(control, event, facts);
	if (attempt != NULL && attempt->list != IKE_LIST_WRITTEN)
		ike_attempt_pieces(attempt, event, facts);
}

static bool uses_ports(const struct ike_attempt *attempt, uint16_t initiator_port, uint16_t responder_port)
{
	return attempt->initiator_port == initiator_port && attempt->responder_port == responder_port;
}

/** The attempt whose packet an error quotes: by its identification, else the newest on these ports. */
static struct ike_attempt *quoted_attempt(const struct ike_control *self, const struct mw_event_flow *flow,
										  const struct ike_facts *facts, bool by_initiator)
{
	const struct mw_address *initiator = by_initiator ? &flow->src : &flow->dst;
	const struct mw_address *responder = by_initiator ? &flow->dst : &flow->src;
	uint16_t initiator_port = by_initiator ? flow->src_port : flow->dst_port;
	uint16_t responder_port = by_initiator ? flow->dst_port : flow->src_port;
	struct ike_attempt *attempt = NULL, *newest = NULL;

	for (uint32_t i = 0; i < LOOKS; i++) {
		attempt = ike_table_next(self->table, attempt, initiator, responder);
		if (attempt == NULL || ike_attempt_sent(attempt, facts, by_initiator))
			return attempt == NULL ? newest : attempt;
		if (newest == NULL && uses_ports(attempt, initiator_port, responder_port))
			newest = attempt;
	}
	return newest;
}

static void take_error(struct mw_detector_control *control, const struct mw_event *event, const struct ike_facts *facts)
{
	struct ike_control *self = control->state;

	for (uint32_t by_initiator = 0; by_initiator < 2; by_initiator++) {
		struct ike_attempt *attempt = quoted_attempt(self, &event->flow, facts, by_initiator != 0);

		if (attempt != NULL && attempt->list != IKE_LIST_WRITTEN)
			ike_attempt_error(attempt, facts, by_initiator != 0);
	}
}

/**
 * ESP of one end. It belongs to the newest attempt on these ports that has come to IKE_AUTH; where an attempt has not,
 * it shows that another SA carries data between these ends.
 */
static void mark_data(struct mw_detector_control *control, const struct mw_event_flow *flow, bool by_initiator)
{
	struct ike_control *self = control->state;
	struct ike_attempt *attempt = NULL;

	for (uint32_t i = 0; i < LOOKS; i++) {
		attempt = ike_table_next(self->table, attempt, by_initiator ? &flow->src : &flow->dst,
								 by_initiator ? &flow->dst : &flow->src);
		if (attempt == NULL)
			return;
		if (attempt->auth.type != 0 && !uses_ports(attempt, by_initiator ? flow->src_port : flow->dst_port,
												   by_initiator ? flow->dst_port : flow->src_port))
			continue;
		attempt->data_i |= by_initiator;
		attempt->data_r |= !by_initiator;
		if (attempt->auth.type == 0)
			continue;
		if (attempt->list != IKE_LIST_WRITTEN && is_settled(attempt))
			end_attempt(control, attempt);
		return;
	}
}

static void take_data(struct mw_detector_control *control, const struct mw_event *event, const struct ike_facts *facts)
{
	(void)facts;
	mark_data(control, &event->flow, true);
	mark_data(control, &event->flow, false);
}

static void (*const takes[])(struct mw_detector_control *control, const struct mw_event *event,
							 const struct ike_facts *facts) = {
	[IKE_MESSAGE] = take_message,
	[IKE_PIECES] = take_pieces,
	[IKE_ERROR] = take_error,
	[IKE_DATA] = take_data,
};

// Pieces are told of when they have ended, by the time of their first one: they do not set the clock.
static void set_clock(struct ike_control *self, const struct mw_event *event, const struct ike_facts *facts)
{
	if (facts->what != IKE_PIECES)
		self->clock_ns = MW_MAX(self->clock_ns, event->time_ns);
}

void ike_control_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct ike_control *self = control->state;
	struct ike_facts facts;

	memcpy(&facts, event->body, sizeof(facts));
	if (facts.what >= MW_ARRAY_SIZE(takes) || (facts.version != 0 && facts.version != 2))
		return;
	set_clock(self, event, &facts);
	end_due(control);
	takes[facts.what](control, event, &facts);
}

void ike_control_blind(struct mw_detector_control *control, const struct mw_blind *blind)
{
	struct ike_control *self = control->state;

	mw_kit_blind_add(&self->blind, blind->from_ns, blind->to_ns);
}

// The operator has to know that attempts were judged too early; each time that there are twice as many.
static void log_early(struct ike_control *self)
{
	if (self->early < 2 * self->early_logged + 1)
		return;
	self->early_logged = self->early;
	mw_log_warning(
		"ike: so far %llu attempts ended early for want of room: raise ike.attempts-max, or somebody makes up "
		"senders",
		(unsigned long long)self->early);
}

void ike_control_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	struct ike_control *self = control->state;

	(void)interval_start_ns;
	self->clock_ns = MW_MAX(self->clock_ns, now_ns);
	end_due(control);
	log_early(self);
}

void ike_control_end(struct mw_detector_control *control, uint64_t now_ns)
{
	struct ike_control *self = control->state;
	struct ike_attempt *attempt;

	self->clock_ns = MW_MAX(self->clock_ns, now_ns);
	while ((attempt = longest_silent(self)) != NULL)
		end_attempt(control, attempt);
}
