// SPDX-License-Identifier: BSD-3-Clause
// When gateways asked for the rules of their IPv4 over IPv6, or for its relay, and what became of it.
// Neighbours: control.c gives attempts and asks when an outage is judged; provisioning.h has the names. Control thread.
#ifndef OUTAGES_FETCH_H
#define OUTAGES_FETCH_H

#include "line.h"
#include "mw_kit_blind.h"
#include "provisioning.h"

#define OUTAGES_FETCHES_MAX 64 // the latest, of all lines
#define OUTAGES_NAME_TYPES  4 // types of record that are asked for

enum outages_fetch_end {
	FETCH_NAMED, // DNS had the name; whether its server answers is not known
	FETCH_DONE,
	FETCH_NO_DNS, // no answer
	FETCH_NO_NAME, // DNS said SERVFAIL, NXDOMAIN, or another error
	FETCH_NO_SERVER, // no answer from it, or unreachable
	FETCH_RESET, // it refused
	FETCH_STALLED, // what was sent to it was not acknowledged
};

struct outages_fetch {
	uint64_t line, gateway; // next hop and MAC address of who asked
	struct mw_address asker, server;
	uint64_t asked_ns, ended_ns;
	uint8_t name, end, code; // end: enum outages_fetch_end; code: of NO_NAME
};

struct outages_fetches {
	struct outages_names names;
	uint32_t questions[OUTAGES_NAMES_MAX][OUTAGES_NAME_TYPES];
	struct outages_fetch items[OUTAGES_FETCHES_MAX]; // a ring
	uint32_t count;
};

/** Of these names; key as that of the exchanges. */
void outages_fetches_start(struct outages_fetches *fetches, const struct mw_hash_key *key);

/** An attempt that ended; question as mw_exchange.wanted, port the responder's. */
void outages_fetches_take(struct outages_fetches *fetches, const struct outages_sign *sign,
						  const struct outages_brief *brief, uint32_t question, uint16_t port);

/** A TLS connection whose server has this name, as the client said at the sign's time; question as above, of type A. */
void outages_fetches_take_name(struct outages_fetches *fetches, const struct outages_sign *sign, uint32_t question);

/** Adds to the row of an outage of this line what fetches say of its cause. times: in which nothing was seen. */
void outages_fetches_explain(const struct outages_fetches *fetches, const struct mw_kit_blind *times,
							 const struct outages_line *line, struct outages_row *row);

#endif
