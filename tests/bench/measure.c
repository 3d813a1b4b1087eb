// SPDX-License-Identifier: BSD-3-Clause
// Clocks, cores, memory, samples.
// Neighbours: measure.h.
#include "measure.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HUGEPAGE_BYTES ((size_t)2 << 20)

void die(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * MW_NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_read_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t spent_read_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double ns_per_tick(void)
{
	static double known;

	if (known <= 0) {
		uint64_t from_ns = clock_read_ns(), from = ticks_read(), until_ns;

		while ((until_ns = clock_read_ns()) < from_ns + 20 * MW_NS_PER_MS)
			;
		known = (double)(until_ns - from_ns) / (double)(ticks_read() - from);
	}
	return known;
}

int core_of(unsigned nth)
{
	static cpu_set_t given; // before the first pinning
	static bool known;

	if (!known)
		known = sched_getaffinity(0, sizeof(given), &given) == 0;
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (CPU_ISSET((size_t)core, &given) && nth-- == 0)
			return core;
	}
	return -1;
}

bool pin_to(unsigned nth)
{
	int core = core_of(nth);
	cpu_set_t set;

	if (core < 0)
		return false;
	CPU_ZERO(&set);
	CPU_SET((size_t)core, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

void unpin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned nth = 0; core_of(nth) >= 0; nth++)
		CPU_SET((size_t)core_of(nth), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

// A line of /proc/meminfo; 0 when there is none.
static size_t meminfo(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	size_t value = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name), NULL, 10);
	}
	if (file != NULL)
		fclose(file);
	return value;
}

size_t hugepages_free_bytes(void)
{
	return meminfo("Hugepagesize:") == HUGEPAGE_BYTES >> 10 ? meminfo("HugePages_Free:") * HUGEPAGE_BYTES : 0;
}

bool block_take(struct block *block, size_t size_bytes)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	size_t rounded = (size_bytes + HUGEPAGE_BYTES - 1) / HUGEPAGE_BYTES * HUGEPAGE_BYTES;
	void *base = MAP_FAILED;

	*block = (struct block){.size_bytes = rounded, .pages = "2 MiB"};
	if (hugepages_free_bytes() >= rounded)
		base = mmap(NULL, rounded, PROT_READ | PROT_WRITE, flags | MAP_HUGETLB | MAP_POPULATE, -1, 0);
	if (base == MAP_FAILED) {
		if (meminfo("MemAvailable:") * 1024 < rounded + ((size_t)512 << 20))
			return false;
		base = mmap(NULL, rounded, PROT_READ | PROT_WRITE, flags, -1, 0);
		if (base == MAP_FAILED)
			return false;
		block->pages = madvise(base, rounded, MADV_HUGEPAGE) == 0 ? "transparent" : "4 KiB";
		memset(base, 0, rounded);
	}
	block->base = base;
	return true;
}

void block_give(struct block *block)
{
	if (block->base != NULL)
		munmap(block->base, block->size_bytes);
	*block = (struct block){0};
}

void samples_add(struct samples *samples, double value)
{
	if (samples->count < RUNS_MAX)
		samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const struct samples *samples, unsigned numerator)
{
	struct samples sorted = *samples;

	if (sorted.count == 0)
		return 0;
	qsort(sorted.values, sorted.count, sizeof(sorted.values[0]), compare);
	return sorted.values[(sorted.count - 1) * numerator / 2];
}

double samples_min(const struct samples *samples)
{
	return quantile(samples, 0);
}

double samples_median(const struct samples *samples)
{
	return quantile(samples, 1);
}

double samples_max(const struct samples *samples)
{
	return quantile(samples, 2);
}
