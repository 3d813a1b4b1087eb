// SPDX-License-Identifier: BSD-3-Clause
// What the files of the packet builder share.
// Neighbours: packet_builder.c, packet_builder_link.c, packet_builder_tunnels.c.
#ifndef PACKET_BUILDER_PARTS_H
#define PACKET_BUILDER_PARTS_H

#include "packet_builder.h"

/** How a header names the one above it. */
enum { PB_NEXT_NOTHING, PB_NEXT_ETHERTYPE, PB_NEXT_PROTOCOL, PB_NEXT_PPP, PB_NEXT_PPP_SHORT, PB_NEXT_FAMILY };

/** The numbers of a new header in the three spaces; 0 is none. */
struct pb_names {
	uint16_t ethertype;
	uint8_t protocol;
	bool has_protocol; // hop-by-hop options are number 0
	uint16_t ppp;
};

/** Room for count zero bytes at the end. */
uint8_t *pb_room(struct pb *pb, uint32_t count);

/** A new header of count bytes: told to the header before it, entered in the list. */
uint8_t *pb_push(struct pb *pb, enum pb_what what, struct pb_names names, uint32_t count);

/** Where the next header is to leave its number, seen from the newest header's start. */
void pb_expect(struct pb *pb, uint8_t next_kind, uint32_t offset);

void pb_put16(uint8_t *at, uint16_t value);
void pb_put24(uint8_t *at, uint32_t value);
void pb_put32(uint8_t *at, uint32_t value);

static inline struct pb_layer *pb_newest(struct pb *pb)
{
	return pb->layers_count == 0 ? NULL : &pb->layers[pb->layers_count - 1];
}

#endif
