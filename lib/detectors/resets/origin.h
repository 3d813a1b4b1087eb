// SPDX-License-Identifier: BSD-3-Clause
// Where forged resets come from, as their device shows it: what one episode alone does not tell, others of it may.
// Neighbours: origin.c; control.c asks, detectors/middlebox/middlebox.c knows the devices. Control half: one thread,
// memory fixed.
#ifndef RESETS_ORIGIN_H
#define RESETS_ORIGIN_H

#include "middlebox.h"
#include "row.h"

#define RESET_TWINS 256 // forged episodes of which both ends of the connection got one, the latest

/** Who sent a forged episode. */
struct reset_sender {
	const struct middlebox *device; // NULL: nothing of it is foreign, so it has none
	uint64_t order; // of the device: another one in its place is no longer it
	uint8_t shown; // enum mw_middlebox_origin: what the episode itself shows
};

struct reset_twin {
	struct mw_event_flow ends;
	uint64_t first_ns, last_ns;
	struct reset_sender sender;
};

/** Zeroed memory is an empty list. */
struct reset_twins {
	uint32_t next;
	struct reset_twin list[RESET_TWINS];
};

/**
 * Where an episode comes from by its own evidence (enum mw_middlebox_origin): as judged, or in the path when the link
 * layer shows that the router of its connection sent it. Its device may not stand there (middlebox_origin).
 */
uint8_t reset_origin_shown(const struct reset_facts *facts, const struct reset_judgement *judgement);

/** True when its sender guesses one sequence number after another. */
bool reset_guesses(const struct reset_facts *facts);

/** device: of the episode, or NULL; shown: of reset_origin_shown. */
struct reset_sender reset_sender_of(const struct middlebox *device, const struct reset_facts *facts, uint8_t shown);

/** The device, if the table still has it; else NULL. */
const struct middlebox *reset_sender_device(const struct reset_sender *sender);

/** Remembers a forged episode beside which the other end of its connection was reset as well (facts.twin). */
void reset_twins_add(struct reset_twins *twins, const struct reset_case *reset, const struct reset_sender *sender);

/**
 * Where a forged episode comes from, as far as it is known by now: its device's place; else what it shows itself; else
 * that of the episode that reset the other end in the same moment, which one device sends both of.
 * @return enum mw_middlebox_origin.
 */
uint8_t reset_origin_of(const struct reset_twins *twins, const struct reset_case *reset,
						const struct reset_sender *sender);

#endif
