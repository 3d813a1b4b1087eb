// SPDX-License-Identifier: BSD-3-Clause
// A small world for the reset detector: one connection over a real flow table, told segment by segment, and the rows
// that come out. Neighbours: resets_test.c.
#ifndef RESETS_WORLD_H
#define RESETS_WORLD_H

#include "resets.h"

#define WORLD_ROWS_MAX 64

// For stories: short words, and a test that begins after world_talk or with nothing sent yet.
#define SERVER           .server = true
#define R                MW_TCP_RST
#define RA               (MW_TCP_RST | MW_TCP_ACK)
#define ACK              MW_TCP_ACK
#define E(symbol)        (1u << MW_RESET_EVIDENCE_##symbol)
#define STORY(function)  cmocka_unit_test_setup_teardown(function, world_start, world_stop)
#define SILENT(function) cmocka_unit_test_setup_teardown(function, world_start_silent, world_stop)

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
	uint8_t network; // second byte of the server's address; default 0
	uint8_t reserved; // MW_TCP_RESERVED
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

/** Ends the interval: all that waits is decided, and rows of tampering.csv are written. Once a story. */
void world_close_interval(struct world *world);

/** Ends every flow, the detector and the interval. */
void world_finish(struct world *world);

uint32_t world_rows(const struct world *world);
const struct mw_reset_row *world_row(const struct world *world, uint32_t index);

/** Rows with this verdict, those that found no room among the rows too. */
uint64_t world_verdicts(const struct world *world, enum mw_reset_verdict verdict);

/** Those of them that are written. */
uint64_t world_written(const struct world *world, enum mw_reset_verdict verdict);

/** May be changed between segments. */
struct mw_reset_settings *world_settings(struct world *world);

/** How many connections ended so, of those whose rows of tampering.csv were written. */
int64_t world_ended(const struct world *world, enum mw_reset_side named, enum mw_reset_pattern pattern);

/** Ends the story and returns its only row; fails when there is none or another. */
const struct mw_reset_row *world_only_row(struct world *world);

/** Fails unless the row has all of this evidence. */
void world_assert_evidence(const struct mw_reset_row *row, uint32_t evidence);

/** Fixtures: *state is a world. */
int world_start(void **state);
int world_start_silent(void **state);
int world_stop(void **state);

/** True when the flow of the latest segment is watched by the detector. */
bool world_watches(const struct world *world);

/** A counter of the detector by name. */
uint64_t world_count(const struct world *world, const char *name);

#endif
