// SPDX-License-Identifier: BSD-3-Clause
// SIGSYS: names the call, then lets it fail, or ends the process. Only what a signal handler may do.
// Neighbours: filter.h; names.py makes the names of the system's list of calls.
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "filter.h"

static const char *const names[] = {
#include "names.h"
};

/** Calls that midwatch has no way to: only an intruder makes them. */
static const uint16_t deadly[] = {
	SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
#ifdef SYS_fork
	SYS_fork,   SYS_vfork,
#endif
};

static _Atomic uint64_t told[1024 / 64]; // by number; each thread that is refused sets a bit

static bool is_deadly(unsigned number)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(deadly); i++) {
		if (deadly[i] == number)
			return true;
	}
	return false;
}

static bool is_news(unsigned number)
{
	uint64_t bit = UINT64_C(1) << (number % 64);

	return number >= 1024 || (atomic_fetch_or(&told[number / 64], bit) & bit) == 0;
}

static char *put(char *at, const char *text)
{
	size_t bytes = strlen(text);

	memcpy(at, text, bytes);
	return at + bytes;
}

static char *put_number(char *at, unsigned number)
{
	char digits[12], *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return put(at, first);
}

static void tell(unsigned number, bool ends)
{
	char line[320], *at = put(line, "midwatch: error: sandbox: system call ");
	bool known = number < MW_ARRAY_SIZE(names) && names[number] != NULL;

	at = put(at, known ? names[number] : "without a name");
	at = put(at, " (");
	at = put_number(at, number);
	at = put(at, ends ? ") is one that midwatch never makes: something else runs in this process, which ends here\n"
					  : ") or its argument is not one that midwatch makes, it is refused; please report it. "
						"--no-sandbox goes without\n");
	if (write(STDERR_FILENO, line, (size_t)(at - line)) < 0)
		return; // nobody to tell
}

static void on_refused(int signal, siginfo_t *info, void *context)
{
	ucontext_t *state = context;
	unsigned number = (unsigned)info->si_syscall;
	bool ends = is_deadly(number);

	(void)signal;
	if (ends || is_news(number))
		tell(number, ends);
	if (ends)
		_exit(EXIT_FAILURE);
#if defined(__x86_64__)
	state->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
	state->uc_mcontext.regs[0] = (uint64_t)-EPERM;
#else
	(void)state;
#endif
}

int refused_catch(void)
{
	struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};

	return sigaction(SIGSYS, &action, NULL) == 0 ? 0 : -errno;
}
