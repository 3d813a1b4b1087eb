// SPDX-License-Identifier: BSD-3-Clause
// A small world for IKE's worker half: packets through the real decoder and a real flow table, and the events it tells.
// Neighbours: worker_test.c, worker_pieces_test.c; build.c writes the messages.
#ifndef IKE_WORKER_WORLD_H
#define IKE_WORKER_WORLD_H

#include "build.h"
#include "ike.h"

#define WORLD_EPOCH_NS  (UINT64_C(1768000000) * MW_NS_PER_SECOND)
#define WORLD_INITIATOR "192.168.0.2"
#define WORLD_RESPONDER "203.0.113.7"

/** A UDP packet. Zero means: the usual value. */
struct world_udp {
	uint64_t at_ms;
	const char *initiator; // default WORLD_INITIATOR
	bool from_responder;
	uint16_t initiator_port, responder_port; // default 500
	const struct ike_build *message; // behind the marker on port 4500
	uint32_t esp_bytes; // instead of a message
	bool keepalive; // instead of a message
	uint32_t first_bytes; // a first fragment with so many bytes of the IP payload; 0: whole
	uint16_t ip_id;
	bool ipv6, duplicate;
};

/** An ICMP error about a packet of the initiator, or of the responder. */
struct world_error {
	uint64_t at_ms;
	bool from_responder; // the quoted packet
	uint16_t initiator_port, responder_port; // default 500
	uint8_t type, code;
	uint32_t mtu_bytes;
	bool tcp; // quotes TCP
	bool later_piece; // quotes a fragment without ports
};

struct world;

int world_start(void **state);
int world_stop(void **state);
struct mw_ike_settings *world_settings(struct world *world);

void world_send_udp(struct world *world, const struct world_udp *udp);
#define world_udp(world, ...) world_send_udp(world, &(struct world_udp){__VA_ARGS__})
void world_send_error(struct world *world, const struct world_error *error);
#define world_error(world, ...) world_send_error(world, &(struct world_error){__VA_ARGS__})
/** A datagram in pieces ends at at_ms. */
void world_end_datagram(struct world *world, uint64_t at_ms, const struct mw_fragment_datagram *datagram,
						enum mw_fragment_end end);

/** Events so far, and the facts of one. */
uint32_t world_told(const struct world *world);
const struct mw_event *world_event(const struct world *world, uint32_t index);
const struct ike_facts *world_facts(const struct world *world, uint32_t index);
/** Facts of the only event so far. */
const struct ike_facts *world_only(const struct world *world);

uint64_t world_count(const struct world *world, const char *name);
/** The flow of the latest packet is watched. */
bool world_watches(const struct world *world);

#endif
