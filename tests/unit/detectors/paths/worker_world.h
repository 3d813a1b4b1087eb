// SPDX-License-Identifier: BSD-3-Clause
// A small world for the path detector's worker half: flows over a real flow table, told packet by packet, and the facts
// that come out. Neighbours: worker*_test.c.
#ifndef PATHS_WORKER_WORLD_H
#define PATHS_WORKER_WORLD_H

#include "paths.h"
#include "facts.h"

#define WORLD_FACTS_MAX 8192

#define SERVER       .server = true
#define ACK          MW_TCP_ACK
#define RST          (MW_TCP_RST | MW_TCP_ACK)
#define STORY(tells) cmocka_unit_test_setup_teardown(tells, world_start, world_stop)

/** One packet between 10.0.0.2 (2001:db8::2) and 203.0.113.5 (2001:db8:f::5). Zero means: the usual value. */
struct step {
	bool server; // who sends
	uint64_t at_ms;
	uint32_t bytes; // of payload
	uint16_t port; // the client's; default 50000
	uint8_t ttl; // default: client 64, server 52
	bool v6, udp;
	bool may_fragment; // DF is not set
	bool fragment; // a first one
	bool duplicate;
	// TCP
	uint8_t flags;
	uint32_t seq, ack;
	uint16_t window; // default 500; scaled by 7
	bool zero_window;
	uint16_t mss; // on SYN and SYN-ACK
	uint32_t sack_bytes; // length of the one SACK block
	bool plain; // no timestamp option
};

/** A report on a packet from src to dst of the flow. */
struct report {
	bool to_server; // the sender that is told: the client unless this is set
	uint64_t at_ms;
	uint32_t mtu, quoted_bytes;
	uint32_t seq; // of the quoted packet
	uint16_t port;
	bool v6, udp;
	uint8_t reporter; // last byte of its address; default 1
	bool unknown_flow; // quotes one that was never seen
};

struct world;

int world_start(void **state);
int world_stop(void **state);

void world_send_step(struct world *world, const struct step *step);
#define world_send(world, ...) world_send_step(world, &(struct step){__VA_ARGS__})

void world_report_step(struct world *world, const struct report *report);
#define world_report(world, ...) world_report_step(world, &(struct report){__VA_ARGS__})

/**
 * Handshake at 0, 20 and 21 ms with MSS 1460 (client ISN 1000, server ISN 5000), a request of 100 bytes and an answer
 * of 90; all acknowledged at 50 ms: the client stands at 1101, the server at 5091.
 */
void world_talk(struct world *world, uint16_t port);

/** Runs a packet through flow table and detector. @return how the detector marked it. */
struct mw_detector_mark world_look(struct world *world, struct mw_packet *packet);

void world_tick(struct world *world, uint64_t at_ms);

/** A datagram from client to server that came whole in pieces. */
void world_datagram(struct world *world, uint64_t at_ms, uint32_t largest_bytes, enum mw_fragment_end end);

/** Ends every flow, and the input. */
void world_finish(struct world *world);

/** How many facts of this kind were told. */
uint32_t world_told(const struct world *world, enum path_what what);

/** The nth of them (from 0); fails when there is none. */
const struct path_facts *world_facts(const struct world *world, enum path_what what, uint32_t nth);
const struct mw_event *world_event(const struct world *world, enum path_what what, uint32_t nth);

/** Ends the story: the only fact of this kind. */
const struct path_facts *world_only(struct world *world, enum path_what what);

/** Whether the flow of the latest step is watched. */
bool world_watches(const struct world *world);

uint64_t world_count(const struct world *world, const char *name);

struct mw_path_settings *world_settings(struct world *world);

#endif
