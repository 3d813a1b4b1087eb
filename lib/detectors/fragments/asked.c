// SPDX-License-Identifier: BSD-3-Clause
// Services over UDP that speak when they are asked, and to nobody else.
// Neighbours: asked.h. Ports by IANA; which of them are abused: CISA alert TA14-017A.
#include "asked.h"

#include <netinet/in.h>

enum { ECHO_REPLY = 0, ECHO_REPLY6 = 129, PORT_DNS = 53 };

static const uint16_t ANSWERING[] = {
	7,    13,   17,   19,    53,    69,    88,    111,   123,   137,   161,   177,   389,   427,
	464,  520,  523,  623,   1434,  1604,  1645,  1812,  1900,  2049,  3283,  3478,  3702,  5093,
	5351, 5353, 5683, 10001, 11211, 17185, 27015, 27960, 30718, 32414, 33848, 37810, 47808,
};

static bool answers(uint16_t port)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(ANSWERING); i++) {
		if (ANSWERING[i] == port)
			return true;
	}
	return false;
}

static bool is_echo_reply(const struct mw_fragment_datagram *datagram)
{
	return (datagram->protocol == IPPROTO_ICMP && datagram->head[0] == ECHO_REPLY) ||
		   (datagram->protocol == IPPROTO_ICMPV6 && datagram->head[0] == ECHO_REPLY6);
}

bool fragment_is_unasked(const struct mw_fragment_datagram *datagram)
{
	if (!datagram->first_seen || datagram->answered)
		return false;
	if (datagram->protocol != IPPROTO_UDP)
		return datagram->head_bytes > 0 && is_echo_reply(datagram);
	// between two ports of services it may be a request; of DNS no request needs pieces
	return datagram->ports_known && answers(datagram->src_port) &&
		   (!answers(datagram->dst_port) || datagram->src_port == PORT_DNS);
}

bool fragment_may_be_answer(const struct mw_fragment_datagram *datagram)
{
	return !datagram->first_seen && (datagram->protocol == IPPROTO_UDP || datagram->protocol == IPPROTO_ICMP ||
									 datagram->protocol == IPPROTO_ICMPV6);
}
