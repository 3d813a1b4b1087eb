// SPDX-License-Identifier: BSD-3-Clause
// Echo requests and replies (RFC 792, RFC 4443 section 4).
// Neighbours: exchanges.c gives them; decode/icmp.c has put the identifier into both ports.
#include "exchanges.h"

#define ICMP_PROTOCOL    1
#define ICMP_ECHO        8
#define ICMP_ECHO_REPLY  0
#define ICMP6_ECHO       128
#define ICMP6_ECHO_REPLY 129

void exchange_take_echo(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const bool v4 = packet->protocol == ICMP_PROTOCOL;
	struct mw_exchange_key key;

	if (packet->icmp_type == (v4 ? ICMP_ECHO : ICMP6_ECHO)) {
		key = exchange_key(packet, MW_EXCHANGE_ECHO, packet->icmp_sequence, false);
		exchange_ask(exchanges, &key, packet);
	} else if (packet->icmp_type == (v4 ? ICMP_ECHO_REPLY : ICMP6_ECHO_REPLY)) {
		key = exchange_key(packet, MW_EXCHANGE_ECHO, packet->icmp_sequence, true);
		exchange_answer(exchanges, &key, packet, MW_EXCHANGE_ANSWERED, 0);
	}
}
