// SPDX-License-Identifier: BSD-3-Clause
// The rules. What one end repeats shows that it got no answer; one missing packet may be the mirror's fault.
// Neighbours: decide.h.
#include "decide.h"

#define SMALL_BYTES 100 // too small for IDr, AUTH, SA and two TS: about 190 with the shortest of each
#define SOON_NS     (2 * MW_NS_PER_SECOND) // the shortest time after which silence says anything
#define QUIET_NS    (10 * MW_NS_PER_SECOND) // the longest known time before a request is repeated for the first time

struct view {
	const struct ike_attempt *attempt;
	const struct ike_exchange *at; // where it stands
	uint64_t quiet_ns; // since its last message
};

static bool is_auth(const struct view *view)
{
	return view->at->type == IKE_AUTH;
}

static bool is_whole(const struct view *view)
{
	return view->at->response.whole_ns != 0;
}

static bool is_silent(const struct view *view)
{
	return view->at->response.sent == 0 && !is_whole(view);
}

static bool is_repeated(const struct view *view)
{
	return view->at->request.sent >= 2;
}

static bool has_given_up(const struct view *view)
{
	return view->attempt->superseded;
}

static bool carries_traffic(const struct view *view)
{
	return view->attempt->child || ike_attempt_carries_data(view->attempt);
}

/** Encrypted, and with room for an error alone. */
static bool is_small(const struct view *view)
{
	return is_auth(view) && is_whole(view) && view->at->response.message_bytes <= SMALL_BYTES;
}

// One INFORMATIONAL may be a farewell: it proves something only where the answer is known to have come.
static bool speaks_on(const struct view *view)
{
	const struct ike_attempt *attempt = view->attempt;

	if (!is_auth(view) || attempt->informs == 0)
		return false;
	if (is_small(view))
		return attempt->inform_ns >= view->at->response.whole_ns + QUIET_NS;
	return attempt->informs >= 2 || is_whole(view) || !is_repeated(view);
}

static bool says_error(const struct view *view)
{
	bool answered = is_auth(view) && is_whole(view) && !is_small(view);

	return view->attempt->notify != 0 && !answered;
}

static bool port_is_closed(const struct view *view)
{
	return view->attempt->port_closed && is_silent(view);
}

static bool is_small_and_last(const struct view *view)
{
	return is_small(view) && view->at->after == 0 && (view->quiet_ns >= QUIET_NS || has_given_up(view));
}

static bool is_small_with_farewell(const struct view *view)
{
	return is_small(view) && view->attempt->informs > 0 && view->attempt->notify == 0;
}

/** A responder repeats its answer when it is asked again, and never else (RFC 7296 section 2.1). */
static bool answers_unseen_requests(const struct view *view)
{
	return view->at->request.sent == 0 && view->at->response.sent >= 2;
}

/** Answers that passed behind the first whole one. */
static uint32_t answers_after(const struct ike_side *response)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MW_MIN(response->sent, (uint32_t)IKE_SENDINGS); i++)
		count += response->sendings[i].time_ns > response->whole_ns;
	return count;
}

/** How often the request was repeated behind its whole answer, as far as either end shows it. */
static uint32_t repeats_after(const struct view *view)
{
	return answers_unseen_requests(view) ? answers_after(&view->at->response) : view->at->after;
}

static bool repeats_what_was_answered(const struct view *view)
{
	bool sure = has_given_up(view) || view->at->exceeded_response;
	uint32_t repeats = repeats_after(view);

	return is_whole(view) && (repeats >= 2 || (repeats == 1 && sure));
}

static bool is_answered(const struct view *view)
{
	return is_auth(view) && is_whole(view) && !is_small(view);
}

static bool is_answered_and_quiet(const struct view *view)
{
	return view->quiet_ns >= QUIET_NS && view->at->after == 0;
}

// What was not seen then may have passed; what an end says that it never had did not.
static bool was_hidden(const struct view *view)
{
	return view->attempt->hidden && !view->at->exceeded_request && !view->at->exceeded_response;
}

static bool pieces_came(const struct view *view)
{
	return ike_side_partial(&view->at->response) && (view->at->repeated > 0 || view->at->exceeded_response ||
													 has_given_up(view) || answers_unseen_requests(view));
}

static bool pieces_are_guessed(const struct view *view)
{
	return view->at->guesses > 0 && is_silent(view) && is_repeated(view);
}

static bool is_too_soon(const struct view *view)
{
	return view->quiet_ns < SOON_NS && !is_repeated(view);
}

static bool was_to_begin_again(const struct view *view)
{
	return view->attempt->begin_again;
}

/** The responder refuses what was asked so: it wants a cookie or another group, and did not get it. */
static bool is_refused_so(const struct view *view)
{
	return view->attempt->begin_again && !view->attempt->asked_in_vain &&
		   view->attempt->again_notify != IKE_NOTIFY_REDIRECT && (view->quiet_ns >= QUIET_NS || has_given_up(view));
}

static bool request_lacks_pieces(const struct view *view)
{
	return is_silent(view) && ike_side_partial(&view->at->request) && (is_repeated(view) || view->at->exceeded_request);
}

static bool request_was_refused_pieces(const struct view *view)
{
	return is_silent(view) && view->at->exceeded_request;
}

// It went on after SA_INIT, so it was answered, and no answer was shown: nor would others be.
static bool responder_is_out_of_view(const struct view *view)
{
	return view->attempt->init.type != 0 && view->at != &view->attempt->init && !view->attempt->heard;
}

static bool request_needs_fragments(const struct view *view)
{
	return is_silent(view) && is_repeated(view) && view->at->request.fragmented && view->at->request.whole_ns != 0;
}

static bool init_is_unanswered(const struct view *view)
{
	return view->at == &view->attempt->init && is_silent(view) && !view->attempt->heard && view->at->request.sent > 0 &&
		   (is_repeated(view) || view->quiet_ns >= QUIET_NS);
}

static bool auth_is_unanswered(const struct view *view)
{
	return view->at != &view->attempt->init && is_silent(view) && is_repeated(view);
}

static bool is_any(const struct view *view)
{
	(void)view;
	return true;
}

struct rule {
	uint8_t verdict, confidence;
	bool (*when)(const struct view *view);
	const char *reason;
};

/** The first rule that fits decides. */
static const struct rule rules[] = {
	{MW_IKE_ESTABLISHED, 95, carries_traffic, "traffic of the SA follows"},
	{MW_IKE_ESTABLISHED, 80, speaks_on, "the initiator speaks on in the SA"},
	{MW_IKE_REFUSED, 90, says_error, "the responder says an error in clear text"},
	{MW_IKE_REFUSED, 85, port_is_closed, "ICMP says that nobody listens on the port"},
	{MW_IKE_REFUSED, 60, is_small_and_last, "the answer has room for an error alone, and nothing follows"},
	{MW_IKE_RESPONSE_LOST_AFTER_TAP, 60, repeats_what_was_answered,
	 "the request is repeated after its whole answer has passed"},
	{MW_IKE_ESTABLISHED, 60, is_answered, "the whole answer has passed"},
	{MW_IKE_UNKNOWN, 30, was_hidden, "midwatch itself did not see for a part of it"},
	{MW_IKE_RESPONSE_FRAGMENTS_LOST, 75, pieces_came, "the request is repeated, and pieces of its answer never passed"},
	{MW_IKE_RESPONSE_FRAGMENTS_LOST, 60, pieces_are_guessed,
	 "pieces without a first one follow the request, which is repeated"},
	{MW_IKE_REFUSED, 75, is_refused_so, "the responder asked to begin otherwise, and no such request followed"},
	{MW_IKE_UNKNOWN, 20, is_too_soon, "the capture ended before silence says anything"},
	{MW_IKE_UNKNOWN, 30, was_to_begin_again, "the responder asked to begin otherwise, and its answer seems to be lost"},
	{MW_IKE_REQUEST_LOST, 85, request_lacks_pieces, "pieces of the request never passed"},
	{MW_IKE_REQUEST_LOST, 90, request_was_refused_pieces, "the responder never had all pieces of the request"},
	{MW_IKE_UNKNOWN, 40, responder_is_out_of_view, "nothing that the responder sends is in view"},
	{MW_IKE_REQUEST_LOST, 55, request_needs_fragments, "the request passed in pieces and was never answered"},
	{MW_IKE_NO_ANSWER_TO_INIT, 60, init_is_unanswered, "the first request was never answered"},
	{MW_IKE_NO_ANSWER_TO_AUTH, 60, auth_is_unanswered, "the request is repeated and was never answered"},
	{MW_IKE_UNKNOWN, 30, is_any, "too little was seen"},
};

static bool is_repeated_often(const struct view *view)
{
	return view->at->request.sent >= 3 && (view->attempt->init.type != 0 || view->attempt->heard);
}

static bool began_out_of_view(const struct view *view)
{
	return view->attempt->init.type == 0 && !view->attempt->heard;
}

static bool repeats_twice(const struct view *view)
{
	return repeats_after(view) >= 2;
}

static bool repeats_often(const struct view *view)
{
	return repeats_after(view) >= 3;
}

static bool pieces_came_again(const struct view *view)
{
	return view->at->guesses == 0 && view->at->repeated >= 2 && view->at->response.sent >= 2;
}

static bool guessed_again(const struct view *view)
{
	return view->at->guesses >= 2 && is_silent(view);
}

static bool receiver_lacks_response(const struct view *view)
{
	return view->at->exceeded_response;
}

static bool receiver_lacks_request(const struct view *view)
{
	return view->at->exceeded_request;
}

// Silence says something of an initiator that would be heard, and has not begun to repeat itself before.
static bool is_heard_no_more(const struct view *view)
{
	return is_answered_and_quiet(view) && !carries_traffic(view) && !speaks_on(view) &&
		   view->attempt->init.request.sent > 0 && view->at->request.sent > 0;
}

// An initiator that does not trust the answer says so in one INFORMATIONAL at once (RFC 7296 section 2.21.2).
static bool may_be_farewell(const struct view *view)
{
	const struct ike_attempt *attempt = view->attempt;

	return !carries_traffic(view) && attempt->informs == 1 && is_whole(view) &&
		   attempt->inform_ns < view->at->response.whole_ns + SOON_NS;
}

static bool answer_was_not_shown(const struct view *view)
{
	return carries_traffic(view) && !is_whole(view);
}

/** With this verdict and this condition, the confidence becomes this; the last that fits counts. */
static const struct rule modifiers[] = {
	{MW_IKE_ESTABLISHED, 85, is_heard_no_more, NULL},
	{MW_IKE_ESTABLISHED, 80, answer_was_not_shown, NULL},
	{MW_IKE_ESTABLISHED, 60, may_be_farewell, NULL},
	{MW_IKE_REFUSED, 75, is_small_with_farewell, NULL},
	{MW_IKE_RESPONSE_LOST_AFTER_TAP, 70, repeats_twice, NULL},
	{MW_IKE_RESPONSE_LOST_AFTER_TAP, 85, repeats_often, NULL},
	{MW_IKE_RESPONSE_LOST_AFTER_TAP, 95, receiver_lacks_response, NULL},
	{MW_IKE_RESPONSE_FRAGMENTS_LOST, 70, guessed_again, NULL},
	{MW_IKE_RESPONSE_FRAGMENTS_LOST, 90, pieces_came_again, NULL},
	{MW_IKE_RESPONSE_FRAGMENTS_LOST, 95, receiver_lacks_response, NULL},
	{MW_IKE_REQUEST_LOST, 95, receiver_lacks_request, NULL},
	{MW_IKE_NO_ANSWER_TO_INIT, 80, is_repeated, NULL},
	{MW_IKE_NO_ANSWER_TO_AUTH, 70, is_repeated_often, NULL},
	{MW_IKE_NO_ANSWER_TO_AUTH, 50, began_out_of_view, NULL},
};

struct ike_decision ike_decide(const struct ike_attempt *attempt, uint64_t now_ns)
{
	struct view view = {
		.attempt = attempt, .at = ike_attempt_at(attempt), .quiet_ns = now_ns - MW_MIN(attempt->last_ns, now_ns)};
	struct ike_decision decision;
	const struct rule *rule = rules;

	while (!rule->when(&view))
		rule++;
	decision = (struct ike_decision){.verdict = rule->verdict, .confidence = rule->confidence, .reason = rule->reason};
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(modifiers); i++) {
		if (modifiers[i].verdict == decision.verdict && modifiers[i].when(&view))
			decision.confidence = modifiers[i].confidence;
	}
	return decision;
}
