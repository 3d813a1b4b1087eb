// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as a packet of any link type: no refusal may be without a name, no field may point outside.
// Neighbours: lib/decode. First byte: link type and settings; second: more of the link type, and how much longer
// the packet was on the wire.
#include <stdlib.h>

#include "mw_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len_bytes)
{
	struct mw_packet packet;

	if (len_bytes < 2)
		return 0;
	struct mw_decode_settings settings = {.tunnel_depth = 1u + (bytes[0] >> 4), .udp_tunnels = (bytes[0] & 8) == 0};
	memset(&packet, 0, sizeof(packet));
	packet.link = (uint8_t)((bytes[0] & 7) | (bytes[1] >> 6) << 3);
	packet.data = bytes + 2;
	packet.captured_bytes = (uint32_t)len_bytes - 2;
	packet.wire_bytes = packet.captured_bytes + (bytes[1] & 0x3f);
	mw_decode(&settings, &packet);
	if (packet.refusal >= MW_REFUSALS_COUNT || packet.fate >= MW_FATES || packet.layers_count > MW_LAYERS_MAX)
		abort();
	if (packet.payload != NULL &&
		(packet.payload < packet.data || packet.payload + packet.payload_bytes > packet.data + packet.captured_bytes))
		abort();
	return 0;
}
