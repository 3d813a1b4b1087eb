// SPDX-License-Identifier: BSD-3-Clause
// Every thread does it, also one that has no turn for a while.
// Neighbours: lib/sandbox/threads.c.
#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "mw_base.h"
#include "mw_test.h"

#define DEAF_NS (MW_NS_PER_SECOND + MW_NS_PER_SECOND / 5)

static atomic_int jobs, stage; // stage: of the other thread, 1 it is deaf, 2 it may end

static int count_job(const void *context)
{
	(void)context;
	atomic_fetch_add(&jobs, 1);
	return 0;
}

static void wait_ns(uint64_t ns)
{
	const struct timespec time = {.tv_sec = (time_t)(ns / MW_NS_PER_SECOND), .tv_nsec = (long)(ns % MW_NS_PER_SECOND)};

	nanosleep(&time, NULL);
}

static void *be_deaf(void *unused)
{
	sigset_t all;

	(void)unused;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	atomic_store(&stage, 1);
	wait_ns(DEAF_NS);
	pthread_sigmask(SIG_UNBLOCK, &all, NULL);
	while (atomic_load(&stage) != 2)
		wait_ns(MW_NS_PER_MS);
	return NULL;
}

static void a_thread_that_is_late_is_waited_for(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, be_deaf, NULL), 0);
	while (atomic_load(&stage) == 0)
		wait_ns(MW_NS_PER_MS);
	assert_int_equal(threads_each(count_job, NULL), 0);
	assert_int_equal(atomic_load(&jobs), 2);
	atomic_store(&stage, 2);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static const struct CMUnitTest tests[] = {MW_TEST(a_thread_that_is_late_is_waited_for)};

MW_TEST_MAIN("sandbox_threads", tests)
