// SPDX-License-Identifier: BSD-3-Clause
// The list. What the C library and DPDK make of what midwatch asks is in it, for Debian 12 and 13.
// Neighbours: filter.h. A call that is missing shows as a line of refused.c; tests/system runs inside.
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "filter.h"

#define CALL(name)                                                                                                     \
	{                                                                                                                  \
		.number = SYS_##name, .argument = CALL_ANY                                                                     \
	}
#define WITH(name, at, bits, wanted)                                                                                   \
	{                                                                                                                  \
		.number = SYS_##name, .argument = (at), .mask = (bits), .value = (wanted)                                      \
	}
#define DEVICE(name, at, bits, wanted)                                                                                 \
	{                                                                                                                  \
		.number = SYS_##name, .argument = (at), .devices = true, .mask = (bits), .value = (wanted)                     \
	}
#define ALL UINT32_MAX

#define OF_TERMINALS   0x5401 // TCGETS: is it one?
#define SIZE_OF_WINDOW 0x5413 // TIOCGWINSZ
#define BPF_LOOKUP     1 // BPF_MAP_LOOKUP_ELEM
#define BPF_DELETE     3 // BPF_MAP_DELETE_ELEM
#define SET_VMA        0x53564d41 // PR_SET_VMA: the C library names its memory

const struct call calls[] = {
	// the loop, first: older kernels go through the list each time
	CALL(read),
	CALL(write),
	CALL(futex),
	CALL(ppoll),
	CALL(recvfrom),
	CALL(sched_yield),
	CALL(clock_nanosleep),
	CALL(nanosleep),
	CALL(epoll_pwait),
	CALL(clock_gettime),
	CALL(madvise),
	// files
	CALL(pread64),
	CALL(preadv),
	CALL(preadv2),
	CALL(readv),
	CALL(pwrite64),
	CALL(pwritev),
	CALL(writev),
	CALL(lseek),
	CALL(openat),
	CALL(close),
	CALL(close_range),
	CALL(fstat),
	CALL(newfstatat),
	CALL(statx),
	CALL(statfs),
	CALL(fstatfs),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(readlinkat),
	CALL(getdents64),
	CALL(mkdirat),
	CALL(unlinkat),
	CALL(renameat),
	CALL(renameat2),
	CALL(fsync),
	CALL(fdatasync),
	CALL(sync_file_range),
	CALL(ftruncate),
	CALL(fallocate),
	CALL(fadvise64),
	CALL(readahead),
	CALL(sendfile),
	CALL(copy_file_range),
	CALL(flock),
	CALL(fchmod),
	CALL(fcntl),
	CALL(dup),
	CALL(dup3),
	CALL(umask),
	CALL(getcwd),
	CALL(memfd_create),
	// memory
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(mincore),
	CALL(msync),
	CALL(mlock),
	CALL(munlock),
	CALL(get_mempolicy),
	CALL(membarrier),
	WITH(mmap, 2, PROT_EXEC, 0),
	WITH(mprotect, 2, PROT_EXEC, 0),
	// threads and time
	WITH(clone, 0, CLONE_THREAD, CLONE_THREAD),
	CALL(set_robust_list),
	CALL(get_robust_list),
	CALL(rseq),
	CALL(gettid),
	CALL(getpid),
	CALL(getppid),
	CALL(sched_getaffinity),
	CALL(sched_setaffinity),
	CALL(sched_getparam),
	CALL(sched_getscheduler),
	CALL(getcpu),
	CALL(clock_getres),
	CALL(gettimeofday),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	WITH(prctl, 0, ALL, PR_SET_NAME),
	WITH(prctl, 0, ALL, SET_VMA),
	CALL(exit),
	CALL(exit_group),
	// what the process is
	CALL(uname),
	CALL(sysinfo),
	CALL(getrusage),
	CALL(times),
	WITH(prlimit64, 0, ALL, 0),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(getrandom),
	// signals
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(rt_sigpending),
	CALL(rt_sigtimedwait),
	CALL(sigaltstack),
	CALL(restart_syscall),
	WITH(tgkill, 0, ALL, CALL_OF_PID),
	WITH(kill, 0, ALL, CALL_OF_PID),
	// waiting, and the clients of the control socket, which is there already
	CALL(pselect6),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(eventfd2),
	CALL(pipe2),
	CALL(accept),
	CALL(accept4),
	CALL(shutdown),
	CALL(getsockopt),
	CALL(setsockopt),
	CALL(getsockname),
	CALL(getpeername),
	CALL(recvmsg),
	CALL(sendmsg),
	CALL(sendto),
	WITH(socket, 0, ALL, AF_UNIX),
	WITH(ioctl, 1, ALL, OF_TERMINALS),
	WITH(ioctl, 1, ALL, SIZE_OF_WINDOW),
	// network devices: SIOC..., vfio, the counters and the sockets of the XDP program, its end through netlink
	DEVICE(ioctl, 1, 0xff00, 0x8900),
	DEVICE(ioctl, 1, 0xff00, 0x3b00),
	DEVICE(bpf, 0, ALL, BPF_LOOKUP),
	DEVICE(bpf, 0, ALL, BPF_DELETE),
	DEVICE(socket, 0, ALL, AF_NETLINK),
	{.number = SYS_bind, .argument = CALL_ANY, .devices = true},
#ifdef SYS_open // names that newer machines do not have
	CALL(poll),
	CALL(epoll_wait),
	CALL(open),
	CALL(stat),
	CALL(lstat),
	CALL(access),
	CALL(readlink),
	CALL(mkdir),
	CALL(rmdir),
	CALL(unlink),
	CALL(rename),
	CALL(dup2),
	CALL(select),
	CALL(epoll_create),
	CALL(eventfd),
	CALL(pipe),
	CALL(getdents),
	CALL(time),
	CALL(pause),
	CALL(chmod),
#endif
};

const uint32_t calls_count = MW_ARRAY_SIZE(calls);
