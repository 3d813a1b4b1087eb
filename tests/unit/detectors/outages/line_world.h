// SPDX-License-Identifier: BSD-3-Clause
// A line and its hosts: what a worker tells goes in, rows come out.
// Neighbours: the tests of this folder; detector_world.h starts the control half.
#ifndef LINE_WORLD_H
#define LINE_WORLD_H

#include <stdlib.h>

#include "control.h"
#include "detector_world.h"
#include "finding_world.h"

#define ROWS_MAX 8
#define MS       MW_NS_PER_MS
#define GATEWAY  1 // last bytes of MAC addresses: hosts have 10 and more

struct world {
	struct outages_settings settings;
	struct mw_detector_control control;
	struct outages_row rows[ROWS_MAX];
	uint32_t rows_count;
	struct outages_coverage coverage; // the latest that was reported
	uint8_t sort; // of attempts that are told
	uint16_t port; // their source
	bool inside; // hosts have addresses of the closed network
};

static inline void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	if (record == &outages_coverage_record) {
		world->coverage = *(const struct outages_coverage *)row;
		return;
	}
	assert_ptr_equal(record, &outages_record);
	assert_true(world->rows_count < ROWS_MAX);
	memcpy(&world->rows[world->rows_count++], row, sizeof(world->rows[0]));
}

static inline int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	const struct mw_row_sink rows = {keep_row, world};

	assert_non_null(world);
	world->settings = (struct outages_settings){.enabled = true,
												.failures = 3,
												.lives_ns = 600 * MW_NS_PER_SECOND,
												.within_ns = 30 * MW_NS_PER_SECOND,
												.spread_ns = 500 * MS,
												.deadline_least_ns = MW_NS_PER_SECOND,
												.deadline_most_ns = 3 * MW_NS_PER_SECOND,
												.deadline_round_trips = 4,
												.busy_flows = 8,
												.busy_within_ns = 800 * MS,
												.settle_ns = 30 * MW_NS_PER_SECOND,
												.events_per_second = 500};
	world->settings.closed.count = 1;
	assert_int_equal(mw_prefix_parse("2408::/22", &world->settings.closed.items[0]), 0);
	detector_control_start(&world->control, &mw_detector_outages, &world->settings, rows);
	*state = world;
	return 0;
}

static inline int world_stop(void **state)
{
	struct world *world = *state;

	detector_control_stop(&world->control, &mw_detector_outages);
	free(world);
	return 0;
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)

static inline struct mw_address remote_of(unsigned class, uint8_t remote)
{
	struct mw_address address = v4(198, 51, remote, 7);

	if (class == OUTAGES_IPV6)
		memset(address.bytes, 0x20, 15);
	if (class == OUTAGES_IPV6 && remote >= 100)
		address.bytes[4] = remote; // another site
	if (class == OUTAGES_CLOSED)
		memcpy(address.bytes, (const uint8_t[12]){0x24, 0x08, 0, 0, remote}, 12);
	address.bytes[15] = outages_is_ipv6((uint8_t) class) ? remote : 7;
	return address;
}

/** An event of a host and a remote; of what is heard the remote is the source. */
static inline void tell(struct world *world, uint64_t at_ns, uint8_t what, uint8_t class, uint8_t host, uint8_t remote,
						uint64_t until_ns, uint8_t end)
{
	const bool turned = what == OUTAGES_HEARD || what == OUTAGES_RESUMED || what == OUTAGES_RESET;
	const struct outages_brief brief = {.what = what,
										.class = class,
										.end = end,
										.transmissions = 1,
										.sort = what == OUTAGES_AGAIN ? (uint8_t)MW_EXCHANGE_CONNECT : world->sort};
	const struct outages_facts facts = {
		.until_ns = until_ns == 0 ? 0 : NOON_NS + until_ns,
		.mac_near = {2, 0, 0, 0, 0, host},
		.mac_far = {2, 0, 0, 0, 0, GATEWAY},
		.flow = what == OUTAGES_RESUMED && until_ns == 0 ? 0 : (uint32_t)(class << 16 | host << 8 | remote)};
	struct mw_event event = {.time_ns = NOON_NS + at_ns, .body_bytes = sizeof(facts)};

	event.flow.protocol = 6;
	event.flow.src_port = world->port;
	event.flow.src = turned          ? remote_of(class, remote)
					 : world->inside ? remote_of(OUTAGES_CLOSED, host)
									 : v4(192, 168, 1, host);
	event.flow.dst = turned ? v4(192, 168, 1, host) : remote_of(class, remote);
	memcpy(event.brief, &brief, sizeof(brief));
	memcpy(event.body, &facts, sizeof(facts));
	outages_on_event(&world->control, &event);
}

/** Four remotes send something, of no connection that was open before. */
static inline void heard(struct world *world, uint64_t at_ms, uint8_t class)
{
	for (uint8_t remote = 1; remote <= 4; remote++)
		tell(world, at_ms * MS + remote, OUTAGES_RESUMED, class, 10, remote, 0, 0);
}

/** A connect and its retransmission a second later, neither answered. */
static inline void lost(struct world *world, uint64_t at_ms, uint8_t class, uint8_t host, uint8_t remote)
{
	tell(world, at_ms * MS, OUTAGES_ATTEMPT, class, host, remote, (at_ms + 1000) * MS, MW_EXCHANGE_UNANSWERED);
}

static inline void fails(struct world *world, uint64_t at_ms, uint8_t class)
{
	for (uint8_t i = 0; i < 4; i++)
		lost(world, at_ms + 100u * i, class, (uint8_t)(10 + i), (uint8_t)(1 + i));
}

static inline void flows(struct world *world, uint64_t at_ms, uint8_t what, uint8_t class, uint64_t until_ms)
{
	for (uint8_t i = 0; i < 4; i++)
		tell(world, (at_ms + i) * MS, what, class, (uint8_t)(10 + i), (uint8_t)(1 + i), until_ms * MS, 0);
}

/** What a host, or the gateway, says on the link: asker and target by the last bytes of their addresses. */
static inline void near(struct world *world, uint64_t at_ms, uint8_t sort, uint8_t host, uint8_t asker, uint8_t target)
{
	const struct outages_brief brief = {.what = OUTAGES_NEIGHBOUR, .class = OUTAGES_IPV4, .sort = sort};
	const struct outages_facts facts = {.mac_near = {2, 0, 0, 0, 0, host}};
	struct mw_event event = {.time_ns = NOON_NS + at_ms * MS, .body_bytes = sizeof(facts)};

	event.flow.src = v4(192, 168, 1, asker);
	event.flow.dst = v4(192, 168, 1, target);
	memcpy(event.brief, &brief, sizeof(brief));
	memcpy(event.body, &facts, sizeof(facts));
	outages_on_event(&world->control, &event);
}

/** What a host sends through the gateway, each 100 ms. */
static inline void speaks(struct world *world, uint64_t from_ms, uint64_t to_ms, uint8_t host)
{
	for (uint64_t at_ms = from_ms; at_ms < to_ms; at_ms += 100)
		tell(world, at_ms * MS, OUTAGES_ATTEMPT, OUTAGES_IPV4, host, host, at_ms * MS + MS, MW_EXCHANGE_ANSWERED);
}

static inline uint32_t end(struct world *world)
{
	outages_on_end(&world->control, NOON_NS + 3600 * MW_NS_PER_SECOND);
	return world->rows_count;
}

#endif
