// SPDX-License-Identifier: BSD-3-Clause
// The watch: mprotect(2) over everything in /proc/self/maps, and a handler of SIGSEGV that takes notes.
// Neighbours: page_watch.h. Its own notes and the handler's stacks lie in one mapping that is never protected.
#include "page_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apart_memory.h"
#include "mw_test.h"

#define REGIONS_MAX  1024u
#define PAGES_MAX    (2u << 20) // 8 GiB: what a test took stays mapped in the next ones
#define MAPS_BYTES   (256u << 10)
#define SIGNAL_BYTES (64u << 10)

struct region {
	uintptr_t start, end;
	uint32_t first; // index of its first page
};

struct notes {
	struct region regions[REGIONS_MAX];
	uint32_t regions_count, pages_count;
	struct page_watch_touch touches[PAGE_WATCH_TOUCHES_MAX];
	uint32_t touches_count;
	uint32_t written;
	uint8_t who;
	bool armed;
	struct sigaction before;
	char maps[MAPS_BYTES];
	uint8_t signal_stacks[PAGE_WATCH_WHO_MAX][SIGNAL_BYTES];
	uint8_t owners[PAGES_MAX];
};

// The handler reads it whatever is protected: alone in a page that nobody else writes.
static union {
	struct notes *notes;
	uint8_t page[PAGE_WATCH_BYTES];
} watch __attribute__((aligned(PAGE_WATCH_BYTES)));

const char *page_watch_why_not(void)
{
	if (APART_SANITIZED)
		return "the sanitizer keeps notes of its own beside every access";
	return sysconf(_SC_PAGESIZE) == PAGE_WATCH_BYTES ? NULL : "pages of this machine are not of 4 KiB";
}

// The page of address, or NULL when it is not watched.
static uint8_t *page_of(uintptr_t address)
{
	for (uint32_t i = 0; i < watch.notes->regions_count; i++) {
		const struct region *region = &watch.notes->regions[i];

		if (address >= region->start && address < region->end)
			return &watch.notes->owners[region->first + (address - region->start) / PAGE_WATCH_BYTES];
	}
	return NULL;
}

// Nothing but mprotect is called here, and nothing is written but the watch.
static void on_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	uint8_t *owners = watch.notes->armed ? page_of(address) : NULL;

	(void)context;
	if (owners == NULL) {
		sigaction(number, &watch.notes->before, NULL); // a fault of the program's own: it happens again, unhandled
		return;
	}
	if ((*owners & ~(1u << watch.notes->who)) == 0) {
		*owners |= (uint8_t)(1u << watch.notes->who);
		watch.notes->written++;
	} else if (watch.notes->touches_count < PAGE_WATCH_TOUCHES_MAX) {
		watch.notes->touches[watch.notes->touches_count++] =
			(struct page_watch_touch){.address = info->si_addr, .who = watch.notes->who, .owners = *owners};
	}
	mprotect((void *)(address & ~(uintptr_t)(PAGE_WATCH_BYTES - 1)), PAGE_WATCH_BYTES, PROT_READ | PROT_WRITE);
}

static void add_region(uintptr_t start, uintptr_t end)
{
	uint32_t pages = (uint32_t)((end - start) / PAGE_WATCH_BYTES);

	if (start <= (uintptr_t)watch.notes && (uintptr_t)watch.notes < end)
		fail_msg("the watch lies in one mapping with other memory");
	assert_true(watch.notes->regions_count < REGIONS_MAX && pages <= PAGES_MAX - watch.notes->pages_count);
	watch.notes->regions[watch.notes->regions_count++] = (struct region){start, end, watch.notes->pages_count};
	watch.notes->pages_count += pages;
}

// Without stdio, which would allocate while it reads. The watch is shared memory and so in a mapping of its own.
static void read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got;

	assert_true(fd >= 0);
	while ((got = read(fd, watch.notes->maps + have, MAPS_BYTES - 1 - have)) > 0)
		have += (size_t)got;
	close(fd);
	assert_true(have < MAPS_BYTES - 1);
	watch.notes->maps[have] = '\0';
	for (char *line = watch.notes->maps; *line != '\0'; line = strchr(line, '\n') + 1) {
		char *rest;
		uintptr_t start = strtoul(line, &rest, 16), end = strtoul(rest + 1, &rest, 16);

		if (strncmp(rest, " rw", 3) == 0 && start != (uintptr_t)watch.notes)
			add_region(start, end);
	}
}

void page_watch_new(void)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	if (watch.notes != NULL)
		page_watch_free(); // of a test that failed
	watch.notes =
		mmap(NULL, sizeof(*watch.notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(watch.notes, MAP_FAILED);
	assert_int_equal(sigaction(SIGSEGV, &action, &watch.notes->before), 0);
	read_maps();
}

void page_watch_free(void)
{
	sigaction(SIGSEGV, &watch.notes->before, NULL);
	munmap(watch.notes, sizeof(*watch.notes));
	watch.notes = NULL;
}

static int protection_of(uint8_t owners)
{
	if (owners == 0)
		return PROT_READ;
	return owners == 1u << watch.notes->who ? PROT_READ | PROT_WRITE : PROT_NONE;
}

static void protect(const struct region *region)
{
	uint32_t pages = (uint32_t)((region->end - region->start) / PAGE_WATCH_BYTES);
	const uint8_t *owners = &watch.notes->owners[region->first];

	for (uint32_t from = 0, to; from < pages; from = to) {
		for (to = from + 1; to < pages && protection_of(owners[to]) == protection_of(owners[from]); to++)
			;
		mprotect((void *)(region->start + (uintptr_t)from * PAGE_WATCH_BYTES), (size_t)(to - from) * PAGE_WATCH_BYTES,
				 protection_of(owners[from]));
	}
}

static void own_stack(void)
{
	pthread_attr_t attributes;
	void *stack;
	size_t bytes;

	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, &stack, &bytes);
	pthread_attr_destroy(&attributes);
	for (size_t done = 0; done < bytes; done += PAGE_WATCH_BYTES) {
		uint8_t *owners = page_of((uintptr_t)stack + done);

		if (owners != NULL)
			*owners |= (uint8_t)(1u << watch.notes->who);
	}
}

// What /proc says of a thread, "S" when it waits; the name before it may hold anything but ends in the last bracket.
static char state_of(const char *thread)
{
	char path[64], text[512] = "";
	const char *name_end;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%s/stat", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	name_end = strrchr(text, ')');
	return name_end == NULL ? '?' : name_end[2];
}

// Every other thread must be asleep in the kernel: one that runs would be stopped by a page that it has every right to.
static void wait_for_others(void)
{
	uint32_t awake;

	do {
		DIR *threads = opendir("/proc/self/task");
		const struct dirent *thread;

		assert_non_null(threads);
		awake = 0;
		while ((thread = readdir(threads)) != NULL) {
			if (thread->d_name[0] != '.' && strtol(thread->d_name, NULL, 10) != gettid())
				awake += state_of(thread->d_name) != 'S';
		}
		closedir(threads);
		if (awake > 0)
			sched_yield();
	} while (awake > 0);
}

void page_watch_begin(unsigned who)
{
	stack_t stack = {.ss_sp = watch.notes->signal_stacks[who], .ss_size = SIGNAL_BYTES};

	watch.notes->who = (uint8_t)who;
	own_stack();
	wait_for_others();
	sigaltstack(&stack, NULL);
	mprotect(watch.notes, PAGE_WATCH_BYTES, PROT_READ | PROT_WRITE); // bound now: later its entry cannot be written
	watch.notes->armed = true;
	for (uint32_t i = 0; i < watch.notes->regions_count; i++)
		protect(&watch.notes->regions[i]);
}

void page_watch_end(void)
{
	stack_t none = {.ss_flags = SS_DISABLE};

	for (uint32_t i = 0; i < watch.notes->regions_count; i++) {
		const struct region *region = &watch.notes->regions[i];

		mprotect((void *)region->start, region->end - region->start, PROT_READ | PROT_WRITE);
	}
	watch.notes->armed = false;
	sigaltstack(&none, NULL);
}

uint32_t page_watch_touches(const struct page_watch_touch **touches)
{
	*touches = watch.notes->touches;
	return watch.notes->touches_count;
}

uint8_t page_watch_owners(const void *address)
{
	const uint8_t *owners = page_of((uintptr_t)address);

	return owners == NULL ? 0 : *owners;
}

uint32_t page_watch_written(void)
{
	return watch.notes->written;
}
