// SPDX-License-Identifier: BSD-3-Clause
// Messages of an attempt, one by one: transmissions are told from new messages, fragments from whole ones.
// Neighbours: attempt.h; pieces.c has datagrams in pieces and ICMP errors.
#include "attempt.h"

#include <string.h>

#include "side.h"

#define ASKS_AGAIN (IKE_SAYS_COOKIE | IKE_SAYS_INVALID_KE | IKE_SAYS_REDIRECT)

/** RFC 7296 sections 2.6 and 1.2, RFC 5685. */
static uint16_t again_notify(const struct ike_facts *facts)
{
	if (facts->says & IKE_SAYS_INVALID_KE)
		return IKE_NOTIFY_INVALID_KE;
	return facts->says & IKE_SAYS_COOKIE ? IKE_NOTIFY_COOKIE : IKE_NOTIFY_REDIRECT;
}

static void take_init_response(struct ike_attempt *attempt, uint64_t now_ns, const struct ike_facts *facts)
{
	if (facts->says & ASKS_AGAIN) {
		attempt->begin_again = true;
		attempt->again_notify = again_notify(facts);
		attempt->again_ns = now_ns;
		return;
	}
	attempt->notify = facts->error_notify;
	ike_side_message(&attempt->init.response, now_ns, facts);
}

// With a cookie or another group the request is a new one, not a retransmission (RFC 7296 sections 2.6, 1.2).
static void take_init_request(struct ike_attempt *attempt, uint64_t now_ns, const struct ike_facts *facts)
{
	struct ike_exchange *init = &attempt->init;
	bool asked = attempt->begin_again || facts->says & IKE_SAYS_COOKIE;

	if (asked && init->request.sent > 0 && facts->digest != init->request.digest) {
		*init = (struct ike_exchange){.type = IKE_SA_INIT};
		attempt->begin_again = false;
		attempt->notify = 0;
	}
	if (ike_exchange_request(init, now_ns, facts))
		attempt->asked_in_vain |= attempt->begin_again && now_ns > attempt->again_ns;
}

static uint64_t began_ns(const struct ike_exchange *exchange)
{
	if (exchange->request.sent == 0 || exchange->response.sent == 0)
		return exchange->request.sent > 0 ? exchange->request.first_ns : exchange->response.first_ns;
	return MW_MIN(exchange->request.first_ns, exchange->response.first_ns);
}

static void take_init(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	if (attempt->auth.type != 0 && event->time_ns >= began_ns(&attempt->auth))
		return; // a copy that comes late
	attempt->init.type = IKE_SA_INIT;
	if (facts->from_initiator)
		attempt->init_port = event->flow.src_port;
	if (facts->is_response)
		take_init_response(attempt, event->time_ns, facts);
	else
		take_init_request(attempt, event->time_ns, facts);
}

/** The initiator goes on, so what came before has arrived. Of it only sizes matter. */
static void leave_exchange(struct ike_attempt *attempt)
{
	const struct ike_exchange *left = &attempt->auth;

	if (left->response.message_bytes > attempt->before_response_bytes) {
		attempt->before_sent = left->request.sent;
		attempt->before_request_bytes = left->request.message_bytes;
		attempt->before_response_bytes = left->response.message_bytes;
	}
	attempt->before_fragmented_request |= left->request.fragmented;
	attempt->before_fragmented_response |= left->response.fragmented;
	attempt->before_packet_bytes = MW_MAX(attempt->before_packet_bytes, left->response.packet_bytes);
	attempt->lost = (struct ike_facts){0};
	attempt->notify = 0;
	attempt->begin_again = false;
}

struct ike_exchange *ike_attempt_exchange(struct ike_attempt *attempt, const struct ike_facts *facts)
{
	struct ike_exchange *auth = &attempt->auth;

	if (facts->exchange == IKE_SA_INIT)
		return auth->type == 0 ? &attempt->init : NULL;
	if (facts->exchange != IKE_AUTH && facts->exchange != IKE_INTERMEDIATE)
		return NULL;
	if (auth->type != 0 && facts->message_id < auth->message_id)
		return NULL; // a copy that comes late
	if (auth->type == 0 || facts->message_id > auth->message_id) {
		leave_exchange(attempt);
		*auth = (struct ike_exchange){.type = facts->exchange, .message_id = facts->message_id};
	}
	return auth;
}

static void take_auth(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	struct ike_exchange *auth = ike_attempt_exchange(attempt, facts);

	if (auth == NULL)
		return;
	attempt->plain_auth |= !facts->nat_t;
	if (facts->is_response) {
		if (facts->error_notify != 0)
			attempt->notify = facts->error_notify;
		ike_side_message(&auth->response, event->time_ns, facts);
	} else if (ike_exchange_request(auth, event->time_ns, facts)) {
		// it still asks for this SA: ESP that came before is another's
		attempt->data_old |= attempt->data_i || attempt->data_r;
	}
}

static void take_child(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	(void)event;
	attempt->child |= facts->from_initiator;
}

// The responder believes in the SA as soon as it has answered; only the initiator's own words show that it stands.
static void take_inform(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	if (!facts->from_initiator) {
		if (facts->error_notify != 0)
			attempt->notify = facts->error_notify;
		return;
	}
	if (attempt->informs == 0 || facts->message_id != attempt->inform_id)
		attempt->informs++;
	attempt->inform_id = facts->message_id;
	attempt->inform_ns = event->time_ns;
}

static const struct {
	uint8_t exchange;
	void (*take)(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts);
} exchanges[] = {
	{IKE_SA_INIT, take_init},          {IKE_INTERMEDIATE, take_auth},    {IKE_AUTH, take_auth},
	{IKE_CREATE_CHILD_SA, take_child}, {IKE_INFORMATIONAL, take_inform},
};

static void take_header(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	static const uint8_t none[IKE_SPI_BYTES];
	bool out = facts->from_initiator;
	bool *offered = out ? &attempt->offered_i : &attempt->offered_r;

	attempt->first_ns = attempt->first_ns == 0 ? event->time_ns : MW_MIN(attempt->first_ns, event->time_ns);
	attempt->last_ns = MW_MAX(attempt->last_ns, event->time_ns);
	attempt->initiator_port = out ? event->flow.src_port : event->flow.dst_port;
	attempt->responder_port = out ? event->flow.dst_port : event->flow.src_port;
	*offered |= (facts->says & IKE_SAYS_FRAGMENTATION) != 0;
	attempt->heard |= !out;
	attempt->nat_t |= facts->nat_t;
	attempt->skf |= facts->skf;
	if (memcmp(facts->spi_r, none, sizeof(none)) != 0)
		memcpy(attempt->spi_r, facts->spi_r, sizeof(attempt->spi_r));
}

void ike_attempt_message(struct ike_attempt *attempt, const struct mw_event *event, const struct ike_facts *facts)
{
	take_header(attempt, event, facts);
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(exchanges); i++) {
		if (exchanges[i].exchange == facts->exchange)
			exchanges[i].take(attempt, event, facts);
	}
}
