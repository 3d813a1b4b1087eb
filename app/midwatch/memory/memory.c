// SPDX-License-Identifier: BSD-3-Clause
// The memory of the workers: memfd_create(2) for live ports, anonymous for a replay.
// Neighbours: memory/memory.h.
#include "memory/memory.h"

#include <errno.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mw_file.h"

#define HUGEPAGE_BYTES ((size_t)2 << 20)
#define HUGEPAGES      "/sys/kernel/mm/hugepages/hugepages-2048kB"

static size_t round_up(size_t bytes, size_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

static int set(struct memory *memory, void *base, size_t size_bytes)
{
	if (base == MAP_FAILED)
		return -errno;
	*memory = (struct memory){.base = base, .size_bytes = size_bytes};
	return 0;
}

// Shared, so that another process may read the event rings through /proc/PID/fd.
static int map_shared(struct memory *memory, size_t size_bytes, unsigned memfd_flags)
{
	int fd = memfd_create("midwatch", MFD_CLOEXEC | memfd_flags);
	int error;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size_bytes) != 0)
		error = -errno;
	else
		error =
			set(memory, mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0), size_bytes);
	close(fd);
	return error;
}

// Of the machine's reserved hugepages, a replay takes those that are free, and no more than half of them: others may
// have been promised the rest.
static bool may_reserve(size_t size_bytes)
{
	uint64_t free_pages = mw_file_number(HUGEPAGES "/free_hugepages"),
			 taken = mw_file_number(HUGEPAGES "/resv_hugepages");

	return free_pages > taken && size_bytes / HUGEPAGE_BYTES <= (free_pages - taken) / 2;
}

static int map_private(struct memory *memory, size_t size_bytes, int flags)
{
	return set(memory, mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0),
			   size_bytes);
}

// Reserved hugepages first: the kernel has them, while transparent ones it may have to fetch from a hypervisor.
static int map_long(struct memory *memory, size_t size_bytes)
{
	int error;

	if (may_reserve(size_bytes) && map_private(memory, size_bytes, MAP_HUGETLB | MAP_HUGE_2MB) == 0) {
		memory->hugepages = true;
		return 0;
	}
	error = map_private(memory, size_bytes, MAP_NORESERVE);
	if (error == 0)
		memory->hugepages = madvise(memory->base, size_bytes, MADV_HUGEPAGE) == 0;
	return error;
}

int memory_take(struct memory *memory, size_t size_bytes, enum memory_use use)
{
	size_t rounded = round_up(size_bytes, HUGEPAGE_BYTES);

	if (use == MEMORY_REPLAY_LONG)
		return map_long(memory, rounded);
	if (use == MEMORY_REPLAY_SHORT)
		return map_private(memory, rounded, MAP_NORESERVE);
	if (map_shared(memory, rounded, MFD_HUGETLB | MFD_HUGE_2MB) != 0)
		return map_shared(memory, rounded, 0);
	memory->hugepages = true;
	return 0;
}

void memory_give_back(struct memory *memory)
{
	if (memory->base != NULL)
		munmap(memory->base, memory->size_bytes);
	*memory = (struct memory){0};
}

void *memory_carve(struct memory *memory, size_t size_bytes)
{
	size_t rounded = round_up(size_bytes, MW_CACHE_LINE_BYTES);
	void *at = memory->base + memory->used_bytes;

	if (rounded > memory->size_bytes - memory->used_bytes)
		return NULL;
	memory->used_bytes += rounded;
	return at;
}
