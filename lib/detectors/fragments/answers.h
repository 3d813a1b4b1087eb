// SPDX-License-Identifier: BSD-3-Clause
// Which packet of the receiver answers the request that a datagram in pieces is.
// Neighbours: words.c. Follows RFC 1035, RFC 3261, RFC 2865, RFC 5531, RFC 7252, RFC 7296, RFC 792, RFC 4443.
#ifndef FRAGMENTS_ANSWERS_H
#define FRAGMENTS_ANSWERS_H

#include "mw_flow.h"
#include "mw_packet.h"

#define FRAGMENT_REQUEST_BYTES 32

/** The first piece of a datagram that is not TCP. */
struct fragment_request {
	uint16_t sequence; // ICMP echo
	uint8_t head_bytes;
	uint32_t transaction; // SIP; 0 no request of it
	bool opens; // UDP: the receiver had not spoken on these ports, and both have taken turns since
	bool replied; // opens: the receiver has taken its turn
	bool asked_on; // replied: it is the receiver's turn again
	bool echo;
	uint8_t head[FRAGMENT_REQUEST_BYTES]; // of the payload
};

/** Reads a first piece; flow as it was before. */
void fragment_request_read(struct fragment_request *request, const struct mw_packet *packet,
						   const struct mw_flow *flow);

/** Another packet of the sender on these ports. @return true when it repeats the request. */
bool fragment_request_repeats(struct fragment_request *request, const struct mw_packet *packet);

/** A packet of the receiver on these ports, dst_port being that of the request. @return true when it is the answer. */
bool fragment_request_answers(struct fragment_request *request, uint16_t dst_port, const struct mw_packet *packet);

/** No more is heard of it. @return true when the receiver's first packet was the answer: no stream takes turns. */
static inline bool fragment_request_was_answered(const struct fragment_request *request)
{
	return request->opens && request->replied;
}

#endif
