// SPDX-License-Identifier: BSD-3-Clause
// One side of an exchange: counts transmissions of a message, and says when all of it has passed.
// Neighbours: attempt.c, pieces.c. Follows RFC 7296 section 2.1, RFC 7383 section 2.6.
#ifndef IKE_SIDE_H
#define IKE_SIDE_H

#include "attempt.h"

/** Takes a message, of one in IP fragments its first piece. @return whether it is a transmission not counted before. */
bool ike_side_message(struct ike_side *side, uint64_t now_ns, const struct ike_facts *facts);

/** Takes the end of a datagram in pieces. @return as above: true when its first piece had not been told. */
bool ike_side_pieces(struct ike_side *side, uint64_t first_ns, const struct ike_facts *facts);

/** As ike_side_message, of the request; counts those that repeat what was answered. */
bool ike_exchange_request(struct ike_exchange *exchange, uint64_t now_ns, const struct ike_facts *facts);

/** The transmission with this identification among the latest, or NULL; those in IP fragments alone when asked. */
struct ike_sending *ike_side_find(struct ike_side *side, uint32_t ip_id, bool in_pieces);

/** The exchange that a message belongs to: opens the next one. NULL: none that is followed, or one that is over. */
struct ike_exchange *ike_attempt_exchange(struct ike_attempt *attempt, const struct ike_facts *facts);

#endif
