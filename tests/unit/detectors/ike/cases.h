// SPDX-License-Identifier: BSD-3-Clause
// Attempts at IKE told by hand, for the control half: what a tap saw, and the rows that came of it.
// Neighbours: control_test.c, control_many_test.c, decide_test.c.
#ifndef IKE_CASES_H
#define IKE_CASES_H

#include "control.h"
#include "mw_fragment.h"

#define IKE_CASES_EPOCH_NS (UINT64_C(1768000020) * MW_NS_PER_SECOND)
#define IKE_CASES_ROWS     128

struct ike_world {
	struct mw_detector_control control;
	struct mw_settings *settings;
	struct ike_control *state;
	struct mw_ike_row rows[IKE_CASES_ROWS]; // the first ones
	uint32_t count;
};

/** Two ends. spi names the attempt. */
struct ike_ends {
	const char *initiator, *responder;
	uint64_t spi;
	uint16_t port; // initiator's on the way to 4500; 0: 4500
};

/** One message, as it stands in a story; 0 is the usual. */
struct ike_say {
	double at; // seconds
	uint8_t exchange;
	bool response; // flag R
	bool by_responder; // a response by whom it does not come usually
	bool plain; // port 500 behind SA_INIT too
	uint8_t says;
	uint16_t error;
	uint32_t id; // message id
	uint32_t bytes; // IKE length; 0: 300
	uint32_t pieces_of; // identification: the first piece of a datagram in pieces
	uint16_t skf, skf_total;
	uint64_t digest; // 0: made of the message
};

/** Settings are the defaults with overrides, NULL at the end. Free with ike_world_stop. */
void ike_world_start(struct ike_world *world, const char *const overrides[]);
void ike_world_stop(struct ike_world *world);

void ike_say(struct ike_world *world, const struct ike_ends *ends, struct ike_say say);
#define SAY(world, ends, ...) ike_say(world, ends, (struct ike_say){__VA_ARGS__})

/** The datagram that began at at with this identification ended; one that lacks pieces lacks [1480, 3480). */
void ike_pieces_end(struct ike_world *world, const struct ike_ends *ends, struct ike_say say, enum mw_fragment_end end);
/** Pieces without a first one, from responder to initiator. */
void ike_pieces_unknown(struct ike_world *world, const struct ike_ends *ends, double at);
/** ICMPv4 that quotes a packet of the initiator or the responder on port 4500. */
void ike_complain(struct ike_world *world, const struct ike_ends *ends, double at, bool by_initiator, uint8_t type,
				  uint8_t code, uint32_t ip_id);
void ike_data(struct ike_world *world, const struct ike_ends *ends, double at, bool by_initiator);

/** SA_INIT, asked and answered at at. */
void ike_init(struct ike_world *world, const struct ike_ends *ends, double at);
/** IKE_AUTH requests of 304 bytes at each time, 0 at the end. */
void ike_ask(struct ike_world *world, const struct ike_ends *ends, const double at[]);
/** A response of 3472 bytes in three pieces, all of which pass, or of which the last two never do. */
void ike_answer_in_pieces(struct ike_world *world, const struct ike_ends *ends, double at, uint32_t ip_id, bool whole);

/** The input ends. @return the only row. */
const struct mw_ike_row *ike_end(struct ike_world *world, double at);

#endif
