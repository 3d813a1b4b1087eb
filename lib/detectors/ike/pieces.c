// SPDX-License-Identifier: BSD-3-Clause
// Datagrams in pieces and ICMP errors that belong to an attempt.
// Neighbours: attempt.h, side.h. Follows RFC 792, RFC 4443; facts of lost pieces come from lib/fragment.
#include "side.h"
#include "mw_fragment.h"

#define ANSWER_NS (3 * MW_NS_PER_SECOND) // pieces so soon after a request may be its response

static void note_lost(struct ike_attempt *attempt, const struct ike_facts *facts)
{
	if (attempt->lost.what != IKE_PIECES || facts->last_ns >= attempt->lost.last_ns)
		attempt->lost = *facts;
}

void ike_attempt_pieces(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	struct ike_exchange *exchange = ike_attempt_exchange(attempt, facts);

	if (exchange == NULL)
		return;
	if (exchange->type == 0)
		exchange->type = facts->exchange;
	ike_side_pieces(facts->is_response ? &exchange->response : &exchange->request, event->time_ns, facts);
	if (facts->end == MW_FRAGMENT_INCOMPLETE)
		note_lost(attempt, facts);
}

bool ike_attempt_guess(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	struct ike_exchange *auth = &attempt->auth;

	if (auth->type == 0 || auth->response.whole_ns != 0)
		return false;
	for (uint32_t i = 0; i < MW_MIN(auth->request.sent, (uint32_t)IKE_SENDINGS); i++) {
		uint64_t asked_ns = auth->request.sendings[i].time_ns;

		if (event->time_ns < asked_ns || event->time_ns > asked_ns + ANSWER_NS)
			continue;
		auth->guesses++;
		auth->response.packet_bytes = MW_MAX(auth->response.packet_bytes, facts->packet_bytes);
		note_lost(attempt, facts);
		attempt->lost.is_response = true;
		return true;
	}
	return false;
}

static struct ike_side *side_of(struct ike_exchange *exchange, bool by_initiator)
{
	return by_initiator ? &exchange->request : &exchange->response;
}

bool ike_attempt_sent(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator)
{
	return facts->ip_id != 0 && (ike_side_find(side_of(&attempt->init, by_initiator), facts->ip_id, false) != NULL ||
								 ike_side_find(side_of(&attempt->auth, by_initiator), facts->ip_id, false) != NULL);
}

static void take_mtu(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator)
{
	(void)by_initiator;
	if (facts->mtu_bytes == 0 || (attempt->mtu_bytes != 0 && facts->mtu_bytes >= attempt->mtu_bytes))
		return;
	attempt->mtu_bytes = facts->mtu_bytes;
	attempt->mtu_reporter = facts->reporter;
}

// What lacked pieces in an earlier exchange was made up for since; without an identification it is the newest.
static void take_exceeded(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator)
{
	struct ike_exchange *at = attempt->auth.type != 0 ? &attempt->auth : &attempt->init;

	if (facts->ip_id != 0 && ike_side_find(side_of(at, by_initiator), facts->ip_id, true) == NULL)
		return;
	if (by_initiator)
		at->exceeded_request = true;
	else
		at->exceeded_response = true;
}

static void take_host(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator)
{
	(void)facts;
	attempt->unreachable |= by_initiator;
}

static void take_port(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator)
{
	take_host(attempt, facts, by_initiator);
	attempt->port_closed |= by_initiator;
}

#define ANY_CODE 255

/** ICMP errors; the first line that fits counts. */
static const struct {
	uint8_t family, type, code;
	void (*take)(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator);
} complaints[] = {
	{4, 3, 3, take_port}, {4, 3, 4, take_mtu},         {4, 3, ANY_CODE, take_host}, {4, 11, 1, take_exceeded},
	{6, 1, 4, take_port}, {6, 1, ANY_CODE, take_host}, {6, 2, ANY_CODE, take_mtu},  {6, 3, 1, take_exceeded},
};

void ike_attempt_error(struct ike_attempt *attempt, const struct ike_facts *facts, bool by_initiator)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(complaints); i++) {
		if (complaints[i].family == facts->ip_family && complaints[i].type == facts->icmp_type &&
			(complaints[i].code == facts->icmp_code || complaints[i].code == ANY_CODE)) {
			complaints[i].take(attempt, facts, by_initiator);
			return;
		}
	}
}
