// SPDX-License-Identifier: BSD-3-Clause
// WireGuard on any port: message type, three zero bytes and exact lengths give it away.
// Neighbours: udp.c asks when no port did. Follows the WireGuard paper, section 5.4.
#include "decode.h"

enum { INITIATION = 1, RESPONSE, COOKIE, DATA, TYPES };

static bool has_right_length(unsigned type, uint32_t length_bytes)
{
	static const uint8_t exact[TYPES] = {[INITIATION] = 148, [RESPONSE] = 92, [COOKIE] = 64};

	return type == DATA ? length_bytes >= 32 && length_bytes % 16 == 0 : length_bytes == exact[type];
}

bool try_wireguard(struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, 4);

	if (at == NULL || c->partial || at[0] < INITIATION || at[0] > DATA || (at[1] | at[2] | at[3]) != 0)
		return false;
	return has_right_length(at[0], c->wire_bytes) && enter_tunnel(c, c, MW_LAYER_WIREGUARD, NULL);
}
