// SPDX-License-Identifier: BSD-3-Clause
// A small world for the reset detector: one connection over a real flow table, told segment by segment, and the rows
// that come out. Neighbours: reset_test.c.
#ifndef RESET_WORLD_H
#define RESET_WORLD_H

#include "mw_detect_reset.h"

#define WORLD_ROWS_MAX 64

/** One segment. Zero means: the side's usual value. */
struct segment {
	bool server; // who is named as sender
	uint64_t at_ms;
	uint8_t flags;
	uint32_t seq, ack;
	uint32_t bytes; // of payload
	const char *text; // payload instead
	uint8_t ttl; // default: client 64, server 52
	uint16_t ip_id;
	uint16_t window;
	bool timestamp;
	uint32_t ts_value;
	uint8_t mac; // last byte of the source MAC; default: client 1, server 2
	bool duplicate;
	uint16_t client_port; // default 50000
};

struct world;

struct world *world_new(void);
void world_free(struct world *world);

/** Sends one segment through flow table and detector. */
void world_send_segment(struct world *world, const struct segment *segment);
#define world_send(world, ...) world_send_segment(world, &(struct segment){__VA_ARGS__})

/** Handshake at 0, 20 and 21 ms (client ISN 1000, server ISN 5000), a request of 100 bytes and 1000 bytes of answer. */
void world_talk(struct world *world);

void world_tick(struct world *world, uint64_t at_ms);

/** Ends every flow and the detector. */
void world_finish(struct world *world);

uint32_t world_rows(const struct world *world);
const struct mw_reset_row *world_row(const struct world *world, uint32_t index);

/** True when the flow of the latest segment is watched by the detector. */
bool world_watches(const struct world *world);

/** A counter of the detector by name. */
uint64_t world_count(const struct world *world, const char *name);

#endif
