// SPDX-License-Identifier: BSD-3-Clause
// Transmissions of one message.
// Neighbours: side.h.
#include "side.h"

#include "mw_fragment.h"

#define COPY_NS (50 * MW_NS_PER_MS) // no end repeats itself so soon: the shortest default known is 500 ms (libreswan)
#define SKF_MAX 64 // fragments that are told apart; a message of more counts as whole, so that it accuses nobody

static uint32_t latest(const struct ike_side *side)
{
	return MW_MIN(side->sent, (uint32_t)IKE_SENDINGS);
}

struct ike_sending *ike_side_find(struct ike_side *side, uint32_t ip_id, bool in_pieces)
{
	for (uint32_t i = 0; i < latest(side); i++) {
		struct ike_sending *sending = &side->sendings[i];

		if (sending->ip_id == ip_id && (sending->in_pieces || !in_pieces))
			return sending;
	}
	return NULL;
}

static struct ike_sending *begin_sending(struct ike_side *side, uint64_t now_ns, const struct ike_facts *facts)
{
	struct ike_sending *sending = &side->sendings[side->sent % IKE_SENDINGS];
	bool in_pieces = facts->fragmented || facts->what == IKE_PIECES;

	*sending = (struct ike_sending){.time_ns = now_ns,
									.ip_id = facts->ip_id,
									.state = in_pieces ? IKE_SENDING_OPEN : IKE_SENDING_WHOLE,
									.in_pieces = in_pieces,
									.told = facts->what == IKE_MESSAGE};
	if (side->sent++ == 0) {
		side->first_ns = now_ns;
		side->digest = facts->digest;
	}
	side->last_ns = MW_MAX(side->last_ns, now_ns);
	side->skf_round = 0;
	return sending;
}

static void pass_whole(struct ike_side *side, uint64_t now_ns)
{
	if (side->whole_ns == 0)
		side->whole_ns = now_ns;
}

static uint64_t bit_of(const struct ike_facts *facts)
{
	return UINT64_C(1) << (facts->skf_number - 1u) % SKF_MAX;
}

/** One fragment of RFC 7383 passed whole. The receiver joins fragments of different transmissions. */
static void pass_skf(struct ike_side *side, uint64_t now_ns, const struct ike_facts *facts)
{
	uint32_t open = SKF_MAX - MW_MIN((uint32_t)side->skf_total, (uint32_t)SKF_MAX);

	if (!(side->skf_seen & bit_of(facts)))
		side->message_bytes += facts->message_bytes;
	side->skf_seen |= bit_of(facts);
	if (side->skf_total > SKF_MAX || side->skf_seen == UINT64_MAX >> open)
		pass_whole(side, now_ns);
}

/** A larger total begins anew, fragments with a smaller one are discarded (RFC 7383 section 2.6). */
static bool fits_total(struct ike_side *side, const struct ike_facts *facts)
{
	if (facts->skf_number == 0 || facts->skf_number > facts->skf_total || facts->skf_total < side->skf_total)
		return false;
	side->skf = true;
	if (facts->skf_total > side->skf_total) {
		side->skf_total = facts->skf_total;
		side->skf_seen = 0;
		side->message_bytes = 0;
	}
	return true;
}

static bool take_skf(struct ike_side *side, uint64_t now_ns, const struct ike_facts *facts)
{
	bool again = (side->skf_round & bit_of(facts)) != 0;
	bool begins;

	if (!fits_total(side, facts))
		return false;
	begins = side->sent == 0 || (again && now_ns >= side->last_ns + COPY_NS);
	if (begins)
		begin_sending(side, now_ns, facts);
	side->skf_round |= bit_of(facts);
	if (!facts->fragmented)
		pass_skf(side, now_ns, facts);
	return begins;
}

bool ike_side_message(struct ike_side *side, uint64_t now_ns, const struct ike_facts *facts)
{
	struct ike_sending *known = facts->fragmented ? ike_side_find(side, facts->ip_id, true) : NULL;

	side->packet_bytes = MW_MAX(side->packet_bytes, facts->packet_bytes);
	side->fragmented |= facts->fragmented;
	if (facts->skf)
		return take_skf(side, now_ns, facts);
	side->message_bytes = MW_MAX(side->message_bytes, facts->message_bytes);
	if (!facts->fragmented)
		pass_whole(side, now_ns);
	if (known != NULL && !known->told) {
		known->told = true; // its later pieces had come before
		return false;
	}
	if (side->sent > 0 && now_ns < side->last_ns + COPY_NS)
		return false;
	begin_sending(side, now_ns, facts);
	return true;
}

static const uint8_t state_of[MW_FRAGMENT_ENDS] = {
	[MW_FRAGMENT_COMPLETE] = IKE_SENDING_WHOLE,
	[MW_FRAGMENT_INCOMPLETE] = IKE_SENDING_LOST,
	[MW_FRAGMENT_EVICTED] = IKE_SENDING_FORGOTTEN,
};

bool ike_side_pieces(struct ike_side *side, uint64_t first_ns, const struct ike_facts *facts)
{
	struct ike_sending *sending = ike_side_find(side, facts->ip_id, true);
	bool begins = sending == NULL && (side->sent == 0 || (side->sent < IKE_SENDINGS && !facts->skf));

	if (begins)
		sending = begin_sending(side, first_ns, facts);
	if (sending != NULL && facts->end < MW_FRAGMENT_ENDS)
		sending->state = state_of[facts->end];
	side->fragmented = true;
	side->packet_bytes = MW_MAX(side->packet_bytes, facts->packet_bytes);
	if (!facts->skf)
		side->message_bytes = MW_MAX(side->message_bytes, facts->message_bytes);
	if (facts->end != MW_FRAGMENT_COMPLETE)
		return begins;
	if (!facts->skf)
		pass_whole(side, facts->last_ns);
	else if (fits_total(side, facts))
		pass_skf(side, facts->last_ns, facts);
	return begins;
}

bool ike_exchange_request(struct ike_exchange *exchange, uint64_t now_ns, const struct ike_facts *facts)
{
	const struct ike_side *response = &exchange->response;

	if (!ike_side_message(&exchange->request, now_ns, facts))
		return false;
	// records may come in another order than they were sent
	exchange->repeated += response->sent > 0 && now_ns > response->first_ns;
	exchange->after += response->whole_ns != 0 && now_ns > response->whole_ns;
	return true;
}

bool ike_side_partial(const struct ike_side *side)
{
	if (side->whole_ns != 0)
		return false;
	for (uint32_t i = 0; i < latest(side); i++) {
		if (side->sendings[i].state == IKE_SENDING_OPEN || side->sendings[i].state == IKE_SENDING_LOST)
			return true;
	}
	return side->skf && side->sent > 0;
}
