// SPDX-License-Identifier: BSD-3-Clause
// The control half with what it wrote: exchanges go in, rows and findings come out.
// Neighbours: the tests of this folder. Times in seconds after an epoch.
#ifndef HEALTH_WORLD_H
#define HEALTH_WORLD_H

#include "detector_world.h"
#include "health.h"
#include "mw_test.h"

#define ROWS_MAX 8192

#define EPOCH_NS (UINT64_C(1767225600) * MW_NS_PER_SECOND) // second 0 of a story

struct world {
	struct health_settings settings;
	struct mw_detector_control control;
	struct mw_diagnosis *diagnosis;
	uint32_t rows_count;
	struct health_row rows[ROWS_MAX]; // the sums are not among them
};

struct world *world_new(void);
void world_free(struct world *world);

/** One exchange, or count of them a second apart; what is left out has the value beside it. */
struct ask {
	double at;
	uint32_t count; // 1
	const char *asker; // 192.168.0.1
	const char *peer; // 192.0.2.53
	uint16_t port; // 5353
	uint8_t family; // HEALTH_IPV4
	uint8_t service; // HEALTH_DNS
	bool lost;
	uint8_t end; // lost: UNANSWERED, else ANSWERED
	uint8_t transmissions; // 1
	uint8_t rcode;
	uint16_t suffixes; // of the names
	uint32_t names; // that are asked for in turn; 0: another each time
	double seconds; // round trip, or from the first transmission to the last
};
#define ask(world, ...) ask_with(world, &(struct ask){__VA_ARGS__})
void ask_with(struct world *world, const struct ask *with);

/** The interval from start to end is over. */
void interval(struct world *world, double start, double end);
/** The input ends: everything is written. */
void end_input(struct world *world, double start, double at);

/** The row of this family, service and peer (NULL: the rest); fails when there is none. */
const struct health_row *row_of(const struct world *world, uint8_t family, uint8_t service, const char *peer);

/** The finding of this kind, or NULL. */
const struct mw_finding *finding_of(struct world *world, const char *kind);

#endif
