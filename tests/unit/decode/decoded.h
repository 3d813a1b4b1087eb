// SPDX-License-Identifier: BSD-3-Clause
// Builder bytes through mw_decode, from memory of exactly their length: a sanitizer sees any byte read too many.
// Neighbours: the tests of this folder.
#ifndef DECODED_H
#define DECODED_H

#include <stdlib.h>

#include "mw_decode.h"
#include "mw_test.h"
#include "packet_builder.h"

static const struct mw_decode_settings DEFAULTS = {.tunnel_depth = 8, .udp_tunnels = true};

/** Decodes the first captured_bytes of bytes. The packet is good until the next call. */
static inline const struct mw_packet *decode_bytes(const uint8_t *bytes, uint32_t captured_bytes, uint32_t wire_bytes,
												   uint8_t link, const struct mw_decode_settings *settings)
{
	static struct mw_packet packet;
	static uint8_t *copy;

	free(copy);
	copy = malloc(captured_bytes == 0 ? 1 : captured_bytes);
	assert_non_null(copy);
	memcpy(copy, bytes, captured_bytes);
	memset(&packet, 0xee, sizeof(packet)); // nothing may survive from the packet before
	packet.data = copy;
	packet.captured_bytes = captured_bytes;
	packet.wire_bytes = wire_bytes;
	packet.link = link;
	mw_decode(settings, &packet);
	assert_true(packet.refusal < MW_REFUSALS_COUNT);
	assert_int_equal(packet.fate, mw_refusal_fates[packet.refusal]);
	assert_true(packet.payload == NULL || packet.payload + packet.payload_bytes <= copy + captured_bytes);
	return &packet;
}

/** Finishes and decodes a built packet. */
static inline const struct mw_packet *decoded(struct pb *pb)
{
	pb_finish(pb);
	return decode_bytes(pb->bytes, pb->len_bytes, pb->len_bytes, pb->link, &DEFAULTS);
}

static inline bool has_layer(const struct mw_packet *packet, enum mw_layer layer)
{
	for (unsigned i = 0; i < packet->layers_count; i++)
		if (packet->layers[i] == layer)
			return true;
	return false;
}

static inline void assert_address(const struct mw_address *address, const char *chars)
{
	struct mw_address wanted = pb_address(chars);

	assert_memory_equal(address->bytes, wanted.bytes, sizeof(wanted.bytes));
}

#endif
