// SPDX-License-Identifier: BSD-3-Clause
// A real-time signal to each thread in /proc/self/task, until there is none that was not asked.
// Neighbours: threads.h. As setuid(2) does it in the C library: nptl(7).
#include "threads.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mw_base.h"

#define THREADS_MAX 1024
#define WAITS_MAX   30000 // of a millisecond: on a busy machine a thread may have no turn for seconds

static int (*asked_job)(const void *context);
static const void *asked_context;
static atomic_int answers, first_error; // of handlers, read by the thread that asks

static void note(int error)
{
	int none = 0;

	if (error != 0)
		atomic_compare_exchange_strong(&first_error, &none, error);
}

static void answer(int number)
{
	int kept = errno;

	(void)number;
	note(asked_job(asked_context));
	errno = kept;
	atomic_fetch_add(&answers, 1);
}

static bool is_known(const pid_t threads[], uint32_t count, pid_t thread)
{
	for (uint32_t i = 0; i < count; i++) {
		if (threads[i] == thread)
			return true;
	}
	return false;
}

// Asks those that are new. @return how many there were, or -errno.
static int ask(pid_t threads[], uint32_t *count, int number)
{
	DIR *folder = opendir("/proc/self/task");
	const struct dirent *entry;
	int asked = 0;

	if (folder == NULL)
		return -errno;
	while ((entry = readdir(folder)) != NULL) {
		pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);

		if (thread == 0 || *count == THREADS_MAX || is_known(threads, *count, thread))
			continue;
		threads[(*count)++] = thread;
		asked += syscall(SYS_tgkill, getpid(), thread, number) == 0;
	}
	closedir(folder);
	return asked;
}

static int wait_for(int wanted)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int waits = 0; atomic_load(&answers) < wanted; waits++) {
		if (waits == WAITS_MAX)
			return -ETIME;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int threads_each(int (*job)(const void *context), const void *context)
{
	pid_t threads[THREADS_MAX] = {gettid()};
	uint32_t count = 1;
	int number = SIGRTMAX - 1, error = 0, asked = 0, more;
	struct sigaction ours = {.sa_handler = answer, .sa_flags = SA_RESTART}, before;

	asked_job = job;
	asked_context = context;
	atomic_store(&answers, 0);
	atomic_store(&first_error, 0);
	sigaction(number, &ours, &before);
	while (error == 0 && (more = ask(threads, &count, number)) != 0) {
		asked += more;
		error = more < 0 ? more : wait_for(asked);
	}
	if (error == 0) // a late answer must find its handler
		sigaction(number, &before, NULL);
	note(job(context)); // last: it may take /proc away
	return atomic_load(&first_error) != 0 ? atomic_load(&first_error) : error;
}
