// SPDX-License-Identifier: BSD-3-Clause
// What a live run tells of its losses: once a minute, each with its layer and the setting that gives it room.
// Neighbours: app/midwatch/live/watch.c; the counters are the test's own.
#include "live/watch.h"

#include <string.h>

#include "engine.h"
#include "live/live.h"
#include "log_limit.h"
#include "mw_log.h"
#include "mw_test.h"
#include "telemetry.h"

#define S       MW_NS_PER_SECOND
#define BETWEEN 1u // the counter of what found no room between workers; events have those from EVENTS on
#define EVENTS  2u
#define TOLD    8

static struct mw_port_counts counts;
static uint64_t sums[EVENTS + MW_EVENT_CLASSES];
static char told[TOLD][256];
static uint32_t told_count;
static enum mw_log_level level_told; // of the last line

int live_counts(struct live *live, uint32_t port, struct mw_port_counts *now)
{
	(void)live;
	(void)port;
	*now = counts;
	return 0;
}

uint64_t workers_sum(const struct workers *workers, uint32_t counter)
{
	(void)workers;
	return sums[counter];
}

void log_limit_tell(void)
{
}

void telemetry_look(struct live *live)
{
	(void)live;
}

static void note(enum mw_log_level level, const char *message)
{
	level_told = level;
	assert_true(told_count < TOLD);
	snprintf(told[told_count++], sizeof(told[0]), "%s", message);
}

// A run of one port in which nothing has been lost, at 100 s of the steady clock. Links are not looked at.
static struct live *begin(void)
{
	static struct engine engine;
	static struct live live;

	memset(&live, 0, sizeof(live));
	memset(&counts, 0, sizeof(counts));
	memset(sums, 0, sizeof(sums));
	told_count = 0;
	live.engine = &engine;
	live.ports_count = 1;
	snprintf(live.specs[0].text, sizeof(live.specs[0].text), "eth1");
	live.specs[0].kind = MW_PORT_AF_PACKET;
	engine.workers.counters.handover_full = BETWEEN;
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++)
		engine.workers.counters.events_lost[i] = EVENTS + i;
	live.watch.summed_ns = 100 * S;
	mw_log_set_hook(note);
	return &live;
}

static void look(struct live *live, uint64_t at_s)
{
	live->watch.looked_ns = at_s * S;
	assert_true(live_watch_look(live, at_s * S));
}

static void each_loss_is_told_with_its_layer_and_its_setting(void **state)
{
	static const char *const said[] = {
		"port eth1: 7 lost in the last minute in the NIC or the kernel",
		"input.rx-descriptors",
		"port eth1: 6 lost in the last minute for want of packet buffers",
		"input.mbufs",
		"port eth1: 5 lost in the last minute with errors that the NIC counts",
		"cable",
		"workers: 4 lost in the last minute between workers",
		"-w",
		"workers: 3 lost in the last minute as events",
		"control thread",
	};
	struct live *live = begin();

	(void)state;
	counts = (struct mw_port_counts){.missed_pkts = 7, .no_mbuf_pkts = 6, .error_pkts = 5};
	sums[BETWEEN] = 4;
	sums[EVENTS] = 1;
	sums[EVENTS + 1] = 2;
	look(live, 160);
	mw_log_set_hook(NULL);
	assert_int_equal(told_count, MW_ARRAY_SIZE(said) / 2);
	assert_int_equal(level_told, MW_LOG_WARNING);
	for (uint32_t i = 0; i < told_count; i++) {
		assert_memory_equal(told[i], said[2 * i], strlen(said[2 * i]));
		assert_non_null(strstr(strstr(told[i], "; to mend: "), said[2 * i + 1]));
	}
}

static void a_loss_is_told_once_and_once_a_minute(void **state)
{
	struct live *live = begin();

	(void)state;
	counts.missed_pkts = 7;
	look(live, 159);
	assert_int_equal(told_count, 0);
	look(live, 160);
	assert_int_equal(told_count, 1);
	look(live, 220); // nothing more was lost
	assert_int_equal(told_count, 1);
	counts.missed_pkts = 17;
	look(live, 279);
	assert_int_equal(told_count, 1);
	look(live, 280);
	counts.missed_pkts = 18;
	live_watch_end(live); // what is left of the minute
	mw_log_set_hook(NULL);
	assert_int_equal(told_count, 3);
	assert_non_null(strstr(told[1], "eth1: 10 lost"));
	assert_non_null(strstr(told[2], "eth1: 1 lost"));
}

static void what_the_start_lost_is_told_as_such(void **state)
{
	struct live *live = begin();

	(void)state;
	live_watch_caught_up(live);
	assert_int_equal(told_count, 0);
	counts.missed_pkts = 7;
	live_watch_caught_up(live);
	assert_int_equal(told_count, 1);
	assert_int_equal(level_told, MW_LOG_WARNING);
	assert_memory_equal(told[0], "lost while midwatch started: 7 packets or events", 48);
	counts.missed_pkts = 9;
	look(live, 160);
	mw_log_set_hook(NULL);
	assert_int_equal(told_count, 2);
	assert_non_null(strstr(told[1], "eth1: 2 lost"));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(each_loss_is_told_with_its_layer_and_its_setting),
	MW_TEST(a_loss_is_told_once_and_once_a_minute),
	MW_TEST(what_the_start_lost_is_told_as_such),
};

MW_TEST_MAIN("app_live_watch", tests)
