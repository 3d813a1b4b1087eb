// SPDX-License-Identifier: BSD-3-Clause
// One piece of a datagram, as it stands in its packet.
// Neighbours: fragment.c takes it; lib/decode has read the packet.
#ifndef FRAGMENT_PIECE_H
#define FRAGMENT_PIECE_H

#include "mw_packet.h"

#define PIECE_END_MAX 65535 // bytes behind are noted and not followed

struct piece {
	const struct mw_packet *packet;
	uint32_t from, to; // bytes of the datagram's IP payload; to is at most PIECE_END_MAX
	uint32_t bytes; // as the headers say
	uint32_t header_bytes; // in front of them: IPv4 header, or IPv6 headers up to the fragment header
	uint32_t transport_at; // a first piece: where the transport header begins, seen from the IP payload
	const uint8_t *payload; // captured_bytes of it; NULL when its beginning is not known
	uint32_t captured_bytes;
	uint8_t protocol; // of the IP header, or of the fragment header
	uint8_t tunnel; // around it, MW_LAYERS for none
	bool more;
};

/** Whether the innermost IP header says that more pieces belong to it. */
static inline bool packet_is_piece(const struct mw_packet *packet)
{
	return packet->family != 0 && (packet->fragment_offset_bytes > 0 || packet->more_fragments);
}

/** Reads a piece: packet_is_piece(), or an IPv6 packet with an atomic header. */
void piece_read(struct piece *piece, const struct mw_packet *packet);

#endif
