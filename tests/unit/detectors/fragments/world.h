// SPDX-License-Identifier: BSD-3-Clause
// A small world for the fragment detector: ended datagrams and packets into the worker halves, each to the worker of
// its pair, their events in order into the control half, and the rows that come out.
// Neighbours: fragments_test.c, join_test.c, report_test.c, budget_test.c.
#ifndef FRAGMENTS_WORLD_H
#define FRAGMENTS_WORLD_H

#include "fragments.h"
#include "settings.h"

#define WORLD_WORKERS_MAX 4
#define WORLD_ROWS_MAX    256
#define WORLD_EPOCH_NS    (UINT64_C(1768000040) * MW_NS_PER_SECOND)

// For stories.
#define A(symbol)       (1u << MW_FRAGMENT_##symbol)
#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)
#define OPEN            MW_FRAGMENT_OPEN

/** An ended datagram from 10.0.0.src to 203.0.113.dst. Zero means: the usual value. */
struct datagram {
	enum mw_fragment_end end;
	uint64_t at_ms; // first piece
	uint32_t lasts_ms; // until the last piece
	uint8_t src, dst; // default 2, 5
	bool v6; // fd00::src to 2001:db8::dst
	uint32_t id; // default 7
	uint8_t protocol; // default 17
	uint32_t fragments; // default 2
	uint32_t bytes_seen, bytes_total;
	uint32_t anomalies;
	bool headless, answered; // headless: without the first piece
	bool cut; // UNFINISHED: the input ended soon behind it
	uint32_t missing_count;
	struct mw_fragment_range missing[MW_FRAGMENT_RANGES + 1];
};

/** The first piece of a datagram from 10.0.0.src to 203.0.113.dst with IPv4 inside, of another pair. */
struct outer {
	uint64_t at_ms;
	uint8_t src, dst; // default 2, 5
	uint8_t inner; // of the pair inside; default 99
	bool v6;
	uint32_t id; // default 7
	uint32_t bytes; // default 1448
	uint8_t between; // enum mw_layer: between the headers; default 4in6 or ipip
	bool duplicate, nested; // nested: one more IP header
};

/** ICMP, reassembly time exceeded, about a UDP datagram from 10.0.0.src:4500 to 203.0.113.dst:500. */
struct report {
	uint64_t at_ms;
	uint8_t src, dst; // default 2, 5
	bool v6;
	uint32_t id; // default 7
	uint8_t code; // default 1; 0xff: 0
	bool id_unknown, answered, duplicate;
};

struct world;

struct world *world_new(uint32_t workers);
void world_free(struct world *world);
struct fragment_settings *world_settings(struct world *world);

void world_end_datagram(struct world *world, const struct datagram *datagram);
#define world_end(world, what, ...)                                                                                    \
	world_end_datagram(world, &(struct datagram){.end = MW_FRAGMENT_##what, __VA_ARGS__})

void world_see_outer(struct world *world, const struct outer *outer);
#define world_outer(world, ...) world_see_outer(world, &(struct outer){__VA_ARGS__})

void world_see_report(struct world *world, const struct report *report);
#define world_report(world, ...) world_see_report(world, &(struct report){__VA_ARGS__})

/** From now on events get lost, or no more. */
void world_lose_events(struct world *world, bool lost);

/** A tick at every worker, then all events in order into the control half. */
void world_tick(struct world *world, uint64_t at_ms);

/** The same, and an interval ends. */
void world_interval(struct world *world, uint64_t at_ms);

/** Midwatch itself did not see between these times. */
void world_blind(struct world *world, uint64_t from_ms, uint64_t to_ms);

/** The input ends. */
void world_finish(struct world *world, uint64_t at_ms);

uint32_t world_rows(const struct world *world);
const struct mw_fragment_row *world_row(const struct world *world, uint32_t index);

/** Ends the story ten minutes on; fails unless there is one row. */
const struct mw_fragment_row *world_only_row(struct world *world);

/** The same, with no row. */
void world_assert_no_row(struct world *world);

/** A counter of the detector by name, over all workers. */
uint64_t world_count(const struct world *world, const char *name);

/** The line of the report, as if the trackers had counted what was ended by world_end. */
void world_report_line(struct world *world, struct mw_text *line);

/** Events of this kind (their name) that control has had. */
uint32_t world_events(const struct world *world, const char *name);

/** Fixtures: *state is a world of one worker. */
int world_start(void **state);
int world_stop(void **state);

#endif
