// SPDX-License-Identifier: BSD-3-Clause
// Makes a thread of another process make a system call, as whoever broke into it would. For x86-64 alone.
// Neighbours: sandbox_test.py. ptrace(2); the two instructions are put where the program began, and never comes again.
//
//   inject PROCESS THREAD NUMBER [ARGUMENT...]   an argument is a number, or "=" and text that is given by its address
//
// Prints what the call returned, or "ended STATUS" when it was the end of the process.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 6
#define SYSCALL_INT3  0xcc050fl // the instructions syscall and int3
#define RED_ZONE      256
#define TEXT_BYTES    512

static void need(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

static uint64_t entry_of(pid_t process)
{
	char path[64];
	Elf64_auxv_t pair;
	uint64_t entry = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", process);
	fd = open(path, O_RDONLY);
	need(fd >= 0, path);
	while (entry == 0 && read(fd, &pair, sizeof(pair)) == sizeof(pair)) {
		if (pair.a_type == AT_ENTRY)
			entry = pair.a_un.a_val;
	}
	close(fd);
	need(entry != 0, "the entry point");
	return entry;
}

static uint64_t put_text(pid_t thread, uint64_t at, const char *text)
{
	char padded[TEXT_BYTES] = "";
	size_t bytes = strlen(text) + 1;

	need(bytes < sizeof(padded), "a shorter text");
	memcpy(padded, text, bytes);
	at = (at - bytes) & ~UINT64_C(15);
	for (size_t i = 0; i < bytes; i += sizeof(long)) {
		long word;

		memcpy(&word, padded + i, sizeof(word));
		need(ptrace(PTRACE_POKEDATA, thread, at + i, word) == 0, "POKEDATA");
	}
	return at;
}

static void set_arguments(pid_t thread, struct user_regs_struct *regs, char **words, int count)
{
	unsigned long long *const places[ARGUMENTS_MAX] = {&regs->rdi, &regs->rsi, &regs->rdx,
													   &regs->r10, &regs->r8,  &regs->r9};
	uint64_t stack = regs->rsp - RED_ZONE;

	for (int i = 0; i < ARGUMENTS_MAX; i++) {
		const char *word = i < count ? words[i] : "0";

		if (word[0] == '=')
			stack = *places[i] = put_text(thread, stack, word + 1);
		else
			*places[i] = strtoull(word, NULL, 0);
	}
	regs->rsp = stack & ~UINT64_C(15);
}

// Until int3. SIGSYS goes to its handler; the end of the process is the end here.
static void run_to_trap(pid_t thread)
{
	int status, signal = 0;

	do {
		need(ptrace(PTRACE_CONT, thread, 0, signal) == 0, "CONT");
		need(waitpid(thread, &status, __WALL) == thread, "waitpid");
		if (!WIFSTOPPED(status)) {
			printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
			exit(0);
		}
		signal = WSTOPSIG(status);
	} while (signal != SIGTRAP);
}

int main(int argc, char **argv)
{
	struct user_regs_struct before, regs;
	pid_t process, thread;
	uint64_t entry;
	long text;

	need(argc >= 4 && argc <= 4 + ARGUMENTS_MAX, "usage: inject PROCESS THREAD NUMBER [ARGUMENT...]");
	process = (pid_t)atoi(argv[1]);
	thread = (pid_t)atoi(argv[2]);
	entry = entry_of(process);
	need(ptrace(PTRACE_ATTACH, thread, 0, 0) == 0, "ATTACH");
	need(waitpid(thread, NULL, __WALL) == thread, "waitpid");
	need(ptrace(PTRACE_GETREGS, thread, 0, &before) == 0, "GETREGS");
	text = ptrace(PTRACE_PEEKTEXT, thread, entry, 0);
	need(ptrace(PTRACE_POKETEXT, thread, entry, SYSCALL_INT3) == 0, "POKETEXT");
	regs = before;
	set_arguments(thread, &regs, argv + 4, argc - 4);
	regs.rip = entry;
	regs.rax = strtoull(argv[3], NULL, 0);
	regs.orig_rax = UINT64_MAX; // what it was waiting in is not begun again before its time
	need(ptrace(PTRACE_SETREGS, thread, 0, &regs) == 0, "SETREGS");
	run_to_trap(thread);
	need(ptrace(PTRACE_GETREGS, thread, 0, &regs) == 0, "GETREGS");
	printf("%lld\n", (long long)regs.rax);
	ptrace(PTRACE_POKETEXT, thread, entry, text);
	ptrace(PTRACE_SETREGS, thread, 0, &before);
	ptrace(PTRACE_DETACH, thread, 0, 0);
	return 0;
}
