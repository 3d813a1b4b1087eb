// SPDX-License-Identifier: BSD-3-Clause
// A live run one of whose threads does not start: the others end, and the caller is told.
// Neighbours: app/midwatch/live/live.c; the workers' threads are the test's own.
#include <errno.h>
#include <sched.h>

#include "commands/commands.h"
#include "engine.h"
#include "live/worker.h"
#include "mw_log.h"
#include "mw_test.h"

#define WORKERS 4u
#define STARTED 2u

// No command is given here.
const struct mw_command *commands_all(uint32_t *count)
{
	*count = 0;
	return NULL;
}

static struct engine engine;
static struct live live;
static uint32_t joined;

// As the real loop: until the last stage, then until every worker has stopped.
static void *run(void *argument)
{
	(void)argument;
	while (atomic_load(&live.stage) != LIVE_FINISH)
		sched_yield();
	atomic_fetch_add(&live.workers_stopped, 1);
	while (atomic_load(&live.workers_stopped) < engine.workers.count)
		sched_yield();
	return NULL;
}

int live_worker_start(struct live_worker *self, struct live *run_of, uint16_t index)
{
	(void)run_of;
	return index == STARTED ? -EAGAIN : -pthread_create(&self->thread, NULL, run, NULL);
}

void live_worker_join(struct live_worker *self)
{
	pthread_join(self->thread, NULL);
	joined++;
}

static void a_thread_that_does_not_start_ends_the_others(void **state)
{
	(void)state;
	mw_log_set_level(MW_LOG_ERROR);
	engine.workers.count = WORKERS;
	live.engine = &engine;
	assert_int_equal(live_run(&live), -EAGAIN);
	assert_int_equal(joined, STARTED);
	assert_int_equal(atomic_load(&live.workers_stopped), WORKERS);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_thread_that_does_not_start_ends_the_others),
};

MW_TEST_MAIN("app_live_start", tests)
