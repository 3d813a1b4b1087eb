// SPDX-License-Identifier: BSD-3-Clause
// Makes one call fail on purpose: the n-th of a kind since main began, or the n-th from one place of the program.
// Loaded before the C library (LD_PRELOAD).
// FAULT_KIND: alloc, write, sync, rename, open, map, buffer (a packet's, from DPDK's pool), event, handover (room in a
// ring, asked for by rings.c), clock (the time of day is a minute less from then on). FAULT_NUMBER: which, from 1 on;
// 0: none.
// FAULT_PLACE: whose calls are counted, all without it; a place is who called whom, five deep. FAULT_PLACES: a file for
// the places of all calls of the kind, and how many each made.
// FAULT_COUNT: a file for how many there were, files open at the end, and buffers that were not given back.
// Neighbours: faults_test.py.
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <rte_mempool.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"

#define CLOCK_BACK_S 60
#define DEPTH        5
#define OURS         4 // frames of this file
#define PLACES_MAX   4096u

enum kind { ALLOC, WRITE, SYNC, RENAME, OPEN, MAP, BUFFER, EVENT, HANDOVER, CLOCK, KINDS };

static const char *const names[KINDS] = {"alloc", "write",  "sync",  "rename",   "open",
										 "map",   "buffer", "event", "handover", "clock"};
static int chosen = KINDS;
static unsigned long number;
static atomic_ulong count;
static atomic_bool counting;
static _Thread_local bool loading; // what a library does while it is loaded is its own

static uint64_t chosen_place;
static FILE *places_file;
static struct {
	atomic_ulong place, calls;
} places[PLACES_MAX];

// By files and what lies between their beginning and the call: the same in the next run.
static __attribute__((noinline)) uint64_t place_of_call(void)
{
	void *frames[OURS + DEPTH];
	int depth = backtrace(frames, OURS + DEPTH);
	uint64_t hash = UINT64_C(0xcbf29ce484222325); // FNV-1a
	Dl_info in;

	for (int i = OURS; i < depth; i++) {
		if (dladdr(frames[i], &in) == 0)
			continue;
		for (const char *at = in.dli_fname; *at != '\0'; at++)
			hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
		hash = (hash ^ (uint64_t)((char *)frames[i] - (char *)in.dli_fbase)) * UINT64_C(0x100000001b3);
	}
	return hash | 1;
}

static void note(uint64_t place)
{
	for (uint32_t i = 0; i < PLACES_MAX; i++) {
		unsigned long none = 0;
		uint64_t at = (place >> 8) + i;

		if (atomic_compare_exchange_strong(&places[at % PLACES_MAX].place, &none, place) || none == place) {
			atomic_fetch_add(&places[at % PLACES_MAX].calls, 1);
			return;
		}
	}
}

static void write_places(void)
{
	for (uint32_t i = 0; i < PLACES_MAX; i++) {
		if (atomic_load(&places[i].place) != 0)
			fprintf(places_file, "%lx %lu\n", atomic_load(&places[i].place), atomic_load(&places[i].calls));
	}
	fclose(places_file);
}

// True when this call is of the place, if there is one.
static __attribute__((noinline)) bool is_counted(void)
{
	uint64_t place;

	if ((chosen_place == 0 && places_file == NULL) || (number > 0 && atomic_load(&count) >= number))
		return true; // one has failed: where the others come from is no matter
	loading = true; // what is asked here is no call of the program
	place = place_of_call();
	loading = false;
	if (places_file != NULL)
		note(place);
	return chosen_place == 0 || place == chosen_place;
}

// True when this call is the one.
static __attribute__((noinline)) bool fails(enum kind kind, int error)
{
	if (kind != (enum kind)chosen || !atomic_load(&counting) || loading || !is_counted() ||
		atomic_fetch_add(&count, 1) + 1 != number)
		return false;
	errno = error;
	return true;
}

// The next definition of a function: the C library's.
#define REAL(name)                                                                                                     \
	static __typeof__(&name) real;                                                                                     \
	if (real == NULL)                                                                                                  \
	real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static struct {
	uintptr_t from, to;
} loader;

static int find_loader(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	(void)context;
	if (info->dlpi_addr != getauxval(AT_BASE))
		return 0;
	loader.from = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_LOAD && info->dlpi_addr + part->p_vaddr + part->p_memsz > loader.to)
			loader.to = info->dlpi_addr + part->p_vaddr + part->p_memsz;
	}
	return 1;
}

// A library's thread-local variables are made by the dynamic loader when a thread first asks for them. Where it gets no
// memory for them it aborts, and no program can do anything about that. Inline: place_of_call() counts frames.
static inline __attribute__((always_inline)) bool alloc_fails(const void *caller)
{
	if ((uintptr_t)caller >= loader.from && (uintptr_t)caller < loader.to)
		return false;
	return fails(ALLOC, ENOMEM);
}
#define ALLOC_FAILS() alloc_fails(__builtin_return_address(0))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return ALLOC_FAILS() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return ALLOC_FAILS() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return ALLOC_FAILS() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	REAL(aligned_alloc);
	return ALLOC_FAILS() ? NULL : real(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	REAL(posix_memalign);
	return ALLOC_FAILS() ? ENOMEM : real(out, alignment, size);
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	REAL(mmap);
	return fails(MAP, ENOMEM) ? MAP_FAILED : real(at, bytes, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t bytes, int protection, int flags, int fd, off64_t offset)
{
	REAL(mmap64);
	return fails(MAP, ENOMEM) ? MAP_FAILED : real(at, bytes, protection, flags, fd, offset);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	REAL(write);
	return fd > STDERR_FILENO && fails(WRITE, ENOSPC) ? -1 : real(fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	REAL(pwrite);
	return fails(WRITE, ENOSPC) ? -1 : real(fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	REAL(pwrite64);
	return fails(WRITE, ENOSPC) ? -1 : real(fd, bytes, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int parts_count)
{
	REAL(writev);
	return fd > STDERR_FILENO && fails(WRITE, ENOSPC) ? -1 : real(fd, parts, parts_count);
}

int fsync(int fd)
{
	REAL(fsync);
	return fails(SYNC, EIO) ? -1 : real(fd);
}

int fdatasync(int fd)
{
	REAL(fdatasync);
	return fails(SYNC, EIO) ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
	REAL(rename);
	return fails(RENAME, EIO) ? -1 : real(from, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	REAL(renameat);
	return fails(RENAME, EIO) ? -1 : real(from_fd, from, to_fd, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	REAL(renameat2);
	return fails(RENAME, EIO) ? -1 : real(from_fd, from, to_fd, to, flags);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	REAL(linkat);
	return fails(RENAME, EIO) ? -1 : real(from_fd, from, to_fd, to, flags);
}

#define OPENS(name, FOLDER_PARAMETER, FOLDER)                                                                          \
	int name(FOLDER_PARAMETER const char *path, int flags, ...)                                                        \
	{                                                                                                                  \
		REAL(name);                                                                                                    \
		mode_t mode = 0;                                                                                               \
		va_list arguments;                                                                                             \
		va_start(arguments, flags);                                                                                    \
		if ((flags & (O_CREAT | __O_TMPFILE)) != 0)                                                                    \
			mode = va_arg(arguments, mode_t);                                                                          \
		va_end(arguments);                                                                                             \
		return fails(OPEN, EMFILE) ? -1 : real(FOLDER path, flags, mode);                                              \
	}
#define NO_FOLDER
#define FOLDER_PARAMETER int folder,
#define FOLDER           folder,
OPENS(open, NO_FOLDER, NO_FOLDER)
OPENS(open64, NO_FOLDER, NO_FOLDER)
OPENS(openat, FOLDER_PARAMETER, FOLDER)
OPENS(openat64, FOLDER_PARAMETER, FOLDER)

FILE *fopen(const char *path, const char *mode)
{
	REAL(fopen);
	return fails(OPEN, EMFILE) ? NULL : real(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	REAL(fopen64);
	return fails(OPEN, EMFILE) ? NULL : real(path, mode);
}

void *dlopen(const char *path, int flags)
{
	REAL(dlopen);
	const bool before = loading;
	void *library;

	loading = true;
	library = real(path, flags);
	loading = before;
	return library;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	static atomic_bool back;
	REAL(clock_gettime);
	int status = real(clock, now);

	if (clock != CLOCK_REALTIME || status != 0)
		return status;
	if (fails(CLOCK, 0))
		atomic_store(&back, true);
	if (atomic_load(&back))
		now->tv_sec -= CLOCK_BACK_S;
	return 0;
}

bool fail_event(void)
{
	return fails(EVENT, 0);
}

bool fail_handover(void)
{
	return fails(HANDOVER, 0);
}

static rte_mempool_dequeue_t real_dequeue[RTE_MEMPOOL_MAX_OPS_IDX];
static unsigned buffers_kept;

static int dequeue(struct rte_mempool *pool, void **objects, unsigned n)
{
	return fails(BUFFER, ENOBUFS) ? -ENOBUFS : real_dequeue[pool->ops_index](pool, objects, n);
}

// Each kind of pool says here how an object is taken from it.
int rte_mempool_register_ops(const struct rte_mempool_ops *ops)
{
	REAL(rte_mempool_register_ops);
	struct rte_mempool_ops ours = *ops;
	int index;

	ours.dequeue = dequeue;
	index = real(&ours);
	if (index >= 0)
		real_dequeue[index] = ops->dequeue;
	return index;
}

void rte_mempool_free(struct rte_mempool *pool)
{
	REAL(rte_mempool_free);
	unsigned (*in_use)(const struct rte_mempool *) = NULL;

	*(void **)&in_use = dlsym(RTLD_DEFAULT, "rte_mempool_in_use_count");
	if (pool != NULL && in_use != NULL)
		buffers_kept += in_use(pool);
	real(pool);
}

static unsigned files_open(void)
{
	unsigned open = 0;

	for (int fd = 0; fd < 256; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	return open;
}

static FILE *open_named(const char *variable)
{
	const char *path = getenv(variable);

	return path == NULL ? NULL : fopen(path, "w");
}

static int (*real_main)(int, char **, char **);

// Not before: what libraries do while they are loaded is theirs.
static int counted_main(int argc, char **argv, char **environment)
{
	const char *kind = getenv("FAULT_KIND"), *which = getenv("FAULT_NUMBER"), *place = getenv("FAULT_PLACE");
	FILE *file = open_named("FAULT_COUNT"); // later the sandbox would not let us
	void *first[1];
	int status;

	for (int i = 0; kind != NULL && i < KINDS; i++) {
		if (strcmp(names[i], kind) == 0)
			chosen = i;
	}
	number = which == NULL ? 0 : strtoul(which, NULL, 10);
	chosen_place = place == NULL ? 0 : strtoul(place, NULL, 16);
	places_file = open_named("FAULT_PLACES");
	backtrace(first, 1); // it loads a library
	dl_iterate_phdr(find_loader, NULL);
	atomic_store(&counting, true);
	status = real_main(argc, argv, environment);
	atomic_store(&counting, false);
	if (file != NULL) {
		fprintf(file, "%lu %u %u\n", atomic_load(&count), files_open(), buffers_kept);
		fclose(file);
	}
	if (places_file != NULL)
		write_places();
	return status;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
					  void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
					  void (*rtld_fini)(void), void *stack_end)
{
	REAL(__libc_start_main);
	real_main = main;
	return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
