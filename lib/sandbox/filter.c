// SPDX-License-Identifier: BSD-3-Clause
// The list of calls as a program for the kernel: seccomp(2), in the language of linux/filter.h. A call that is allowed
// whatever its arguments are is remembered by the kernel (since 5.11), and costs no run of the program.
// Neighbours: filter.h.
#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define STEPS_MAX           2048
#define OF(field)           ((uint32_t)offsetof(struct seccomp_data, field))
#define LOAD(at)            ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at)))
#define GIVE(what)          ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (what)))
#define UNLESS(value, skip) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip)))

struct program {
	struct sock_filter steps[STEPS_MAX];
	uint16_t count;
};

static void add(struct program *program, struct sock_filter step)
{
	if (program->count < STEPS_MAX)
		program->steps[program->count++] = step;
}

// The number is in the accumulator before and after.
static void add_call(struct program *program, const struct call *call)
{
	uint32_t value = call->value == CALL_OF_PID ? (uint32_t)getpid() : call->value;

	if (call->argument == CALL_ANY) {
		add(program, UNLESS(call->number, 1));
		add(program, GIVE(SECCOMP_RET_ALLOW));
		return;
	}
	add(program, UNLESS(call->number, 5));
	add(program, LOAD(OF(args) + call->argument * 8u)); // both machines are little-endian
	add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call->mask));
	add(program, UNLESS(value, 1));
	add(program, GIVE(SECCOMP_RET_ALLOW));
	add(program, LOAD(OF(nr)));
}

#ifdef ARCHITECTURE
static void make(struct program *program, bool devices)
{
	add(program, LOAD(OF(arch)));
	add(program, UNLESS(ARCHITECTURE, 1));
	add(program, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
	add(program, GIVE(SECCOMP_RET_KILL_PROCESS));
	add(program, LOAD(OF(nr)));
	// its flags lie in memory, which nobody can look at: without it the C library takes clone
	add(program, UNLESS(SYS_clone3, 1));
	add(program, GIVE(SECCOMP_RET_ERRNO | ENOSYS));
	for (uint32_t i = 0; i < calls_count; i++) {
		if (devices || !calls[i].devices)
			add_call(program, &calls[i]);
	}
	add(program, GIVE(SECCOMP_RET_TRAP));
}

int filter_install(bool devices)
{
	static struct program program;
	struct sock_fprog given = {.filter = program.steps};
	long result;

	make(&program, devices);
	if (program.count == STEPS_MAX)
		return -E2BIG;
	given.len = program.count;
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
					 &given);
	if (result < 0)
		return -errno;
	return result == 0 ? 0 : -EBUSY; // a thread has a filter of its own
}
#else
int filter_install(bool devices)
{
	(void)devices;
	return -ENOSYS;
}
#endif
