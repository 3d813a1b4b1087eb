// SPDX-License-Identifier: BSD-3-Clause
// Signal handlers that set a flag and nothing else.
// Neighbours: signals.h.
#include "signals.h"

#include <signal.h>
#include <stdatomic.h>

static atomic_bool stop, reload, statistics;

static void on_signal(int number)
{
	if (number == SIGHUP)
		atomic_store(&reload, true);
	else if (number == SIGUSR1 || number == SIGUSR2)
		atomic_store(&statistics, true);
	else
		atomic_store(&stop, true);
}

void signals_install(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

bool signals_stopped(void)
{
	return atomic_load_explicit(&stop, memory_order_relaxed);
}

void signals_stop(void)
{
	atomic_store(&stop, true);
}

bool signals_take_reload(void)
{
	return atomic_load_explicit(&reload, memory_order_relaxed) && atomic_exchange(&reload, false);
}

bool signals_take_statistics(void)
{
	return atomic_load_explicit(&statistics, memory_order_relaxed) && atomic_exchange(&statistics, false);
}
