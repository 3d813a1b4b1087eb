// SPDX-License-Identifier: BSD-3-Clause
// A small world for the proxy detector: handshakes through real flow tables, one a worker, and the rows that come out.
// Neighbours: proxy_test.c, honest_test.c.
#ifndef PROXY_WORLD_H
#define PROXY_WORLD_H

#include "proxy.h"

#define WORLD_WORKERS_MAX 4
#define WORLD_ROWS_MAX    32
#define WORLD_EPOCH_NS    (UINT64_C(1768000000) * MW_NS_PER_SECOND)

/** One handshake. Zero means: the usual value. */
struct handshake {
	struct mw_address server;
	uint64_t at_ms;
	uint32_t ts_value;
	uint8_t client; // last byte of its address; default 2
	uint16_t client_port; // default: a new one each time
	uint16_t port; // default 443
	uint8_t ttl; // default 250
	uint16_t window, mss; // default 41600, 1300
	bool no_timestamp, no_syn, duplicate;
};

struct world;

struct world *world_new(uint32_t workers);
void world_free(struct world *world);
struct mw_proxy_settings *world_settings(struct world *world);

void world_shake_hands(struct world *world, const struct handshake *handshake);
#define world_shake(world, ...) world_shake_hands(world, &(struct handshake){__VA_ARGS__})

/** Hands all events over, in order, ends an interval of which the first second was start_ms, and asks for rows. */
void world_report(struct world *world, uint64_t start_ms);

/** Of the latest report. */
uint32_t world_rows(const struct world *world);
const struct mw_middlebox_row *world_row(const struct world *world, uint32_t index);

/** A counter of the detector by name, over all workers. */
uint64_t world_count(const struct world *world, const char *name);

/** The nth of many servers that have nothing to do with each other. */
struct mw_address world_v4(uint32_t number);
struct mw_address world_v6(uint32_t number);

/** A number without pattern, the same in every run. */
uint32_t world_random(uint32_t number);

#endif
