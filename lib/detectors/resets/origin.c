// SPDX-License-Identifier: BSD-3-Clause
// Episodes share the origin of their device; the two halves of one blow at a connection share theirs.
// Neighbours: origin.h.
#include "origin.h"

uint8_t reset_origin_shown(const struct reset_facts *facts, const struct reset_judgement *judgement)
{
	return judgement->origin == MW_MIDDLEBOX_ORIGIN_UNKNOWN && facts->from_router ? MW_MIDDLEBOX_ORIGIN_IN_PATH
																				  : judgement->origin;
}

bool reset_guesses(const struct reset_facts *facts)
{
	return (facts->outcomes & reset_bit(RESET_STAIRCASE)) != 0;
}

struct reset_sender reset_sender_of(const struct middlebox *device, const struct reset_facts *facts, uint8_t shown)
{
	// a box in the path may stop nothing, and use old numbers
	if (shown == MW_MIDDLEBOX_ORIGIN_OFF_PATH && !reset_guesses(facts))
		shown = MW_MIDDLEBOX_ORIGIN_UNKNOWN;
	return (struct reset_sender){device, device == NULL ? 0 : middlebox_order(device), shown};
}

const struct middlebox *reset_sender_device(const struct reset_sender *sender)
{
	return sender->device != NULL && middlebox_order(sender->device) == sender->order ? sender->device : NULL;
}

void reset_twins_add(struct reset_twins *twins, const struct reset_case *reset, const struct reset_sender *sender)
{
	if (!reset->facts.twin)
		return;
	twins->list[twins->next] = (struct reset_twin){reset->ends, reset->first_ns, reset->facts.last_ns, *sender};
	twins->next = (twins->next + 1) % RESET_TWINS;
}

static uint8_t place_of(const struct reset_sender *sender)
{
	const struct middlebox *device = reset_sender_device(sender);

	return device == NULL ? sender->shown : middlebox_origin(device);
}

static bool is_twin(const struct reset_twin *twin, const struct reset_case *reset)
{
	const struct mw_event_flow *ends = &reset->ends;

	return twin->ends.src_port == ends->dst_port && twin->ends.dst_port == ends->src_port &&
		   twin->ends.vlan == ends->vlan && mw_address_compare(&twin->ends.src, &ends->dst) == 0 &&
		   mw_address_compare(&twin->ends.dst, &ends->src) == 0 &&
		   twin->first_ns <= reset->facts.last_ns + RESET_TWIN_NS && reset->first_ns <= twin->last_ns + RESET_TWIN_NS;
}

uint8_t reset_origin_of(const struct reset_twins *twins, const struct reset_case *reset,
						const struct reset_sender *sender)
{
	uint8_t origin = place_of(sender);

	for (uint32_t i = 0; i < RESET_TWINS && reset->facts.twin && origin == MW_MIDDLEBOX_ORIGIN_UNKNOWN; i++) {
		if (is_twin(&twins->list[i], reset))
			origin = place_of(&twins->list[i].sender);
	}
	return origin;
}
