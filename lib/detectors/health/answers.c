// SPDX-License-Identifier: BSD-3-Clause
// Two tables by hash. Whoever is there stays until its time is over, so what is followed is a fair part of all.
// Neighbours: answers.h.
#include "answers.h"

uint64_t health_answers_tag(const struct mw_hash_key *key, const struct mw_event *event,
							const struct health_brief *brief)
{
	const struct {
		struct mw_address asker;
		uint16_t port, family;
		uint32_t question;
	} what = {event->flow.src, event->flow.src_port, brief->family, (uint32_t)brief->question << 12 | brief->suffixes};

	_Static_assert(sizeof(what) == 24, "no padding");
	return mw_hash(key, &what, sizeof(what));
}

static bool belong_together(const struct health_half *query, const struct health_half *answer)
{
	return query->time_ns != 0 && answer->time_ns != 0 && query->tag == answer->tag &&
		   answer->time_ns >= query->time_ns && answer->time_ns - query->time_ns <= HEALTH_LATEST_NS;
}

static struct health_half *place_of(struct health_half halves[HEALTH_ANSWERS_MAX], const struct health_half *half)
{
	return &halves[half->tag % HEALTH_ANSWERS_MAX];
}

// Where none is that is still followed.
static bool keep(struct health_half *place, const struct health_half *half)
{
	if (place->time_ns != 0 && half->time_ns <= place->time_ns + HEALTH_LATEST_NS)
		return false;
	*place = *half;
	return true;
}

bool health_answers_failed(struct health_answers *answers, const struct health_half *query, struct health_half *answer)
{
	struct health_half *place = place_of(answers->unasked, query);

	*answer = (struct health_half){0};
	if (!belong_together(query, place))
		return keep(place_of(answers->failed, query), query);
	*answer = *place;
	*place = (struct health_half){0};
	return true;
}

bool health_answers_unasked(struct health_answers *answers, const struct health_half *answer, struct health_half *query)
{
	struct health_half *place = place_of(answers->failed, answer);

	if (!belong_together(place, answer)) {
		keep(place_of(answers->unasked, answer), answer);
		return false;
	}
	*query = *place;
	*place = (struct health_half){0};
	return true;
}

void health_afterwards_note(struct health_afterwards *afterwards, const struct health_half *query,
							const struct health_half *answer)
{
	const uint64_t late_ns = answer->time_ns - query->time_ns;

	if (mw_address_compare(&query->peer, &answer->peer) != 0) {
		afterwards->elsewhere++;
		afterwards->from = answer->peer;
		return;
	}
	afterwards->late_least_ns = afterwards->late == 0 ? late_ns : MW_MIN(afterwards->late_least_ns, late_ns);
	afterwards->late_most_ns = MW_MAX(afterwards->late_most_ns, late_ns);
	afterwards->late++;
}
