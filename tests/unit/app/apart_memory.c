// SPDX-License-Identifier: BSD-3-Clause
// An allocator over glibc's that can give every block pages of its own; app's struct memory in the same way.
// Neighbours: apart_memory.h. glibc documents that a program may replace malloc and its kind ("Replacing malloc").
#include "apart_memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "memory/memory.h"

#define PAGE_BYTES ((size_t)4096)
#define BLOCKS_MAX 4096u

static struct apart_block taken[BLOCKS_MAX];
static uint32_t taken_count;
static atomic_bool apart;
static _Alignas(4096) _Atomic uint64_t calls;

// A gap of no access lies between two blocks: the kernel does not join their mappings.
static void *take_pages(size_t bytes)
{
	size_t rounded = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	uint8_t *at = mmap(NULL, rounded + PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED || mprotect(at, rounded, PROT_READ | PROT_WRITE) != 0)
		return NULL;
	return at;
}

void apart_memory_begin(void)
{
	atomic_store(&apart, true);
}

void apart_memory_end(void)
{
	atomic_store(&apart, false);
}

uint32_t apart_memory_blocks(const struct apart_block **blocks)
{
	*blocks = taken;
	return taken_count;
}

uint64_t apart_memory_calls(void)
{
	return atomic_load(&calls);
}

int memory_take(struct memory *memory, size_t size_bytes, enum memory_use use)
{
	(void)use;
	*memory = (struct memory){.size_bytes = size_bytes};
	return 0;
}

void memory_give_back(struct memory *memory)
{
	*memory = (struct memory){0};
}

void *memory_carve(struct memory *memory, size_t size_bytes)
{
	memory->used_bytes += size_bytes;
	return take_pages(size_bytes);
}

#if !APART_SANITIZED
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *at);

static void *take_block(size_t bytes, size_t alignment)
{
	uint8_t *at = taken_count == BLOCKS_MAX || bytes > SIZE_MAX / 2 ? NULL : take_pages(bytes == 0 ? 1 : bytes);

	if (at != NULL)
		taken[taken_count++] = (struct apart_block){at, bytes, alignment};
	return at;
}

static const struct apart_block *block_at(const void *at)
{
	for (uint32_t i = 0; i < taken_count; i++) {
		if (taken[i].at == at)
			return &taken[i];
	}
	return NULL;
}

// Blocks with pages of their own are not given back: there are few.
void free(void *at)
{
	if (at != NULL && block_at(at) == NULL)
		__libc_free(at);
}

void *malloc(size_t bytes)
{
	atomic_fetch_add(&calls, 1);
	return atomic_load(&apart) ? take_block(bytes, 16) : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	size_t all;

	atomic_fetch_add(&calls, 1);
	if (__builtin_mul_overflow(count, bytes, &all))
		return NULL;
	return atomic_load(&apart) ? take_block(all, 16) : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
	const struct apart_block *block = block_at(old);
	void *at;

	if (block == NULL && (old != NULL || !atomic_load(&apart)))
		return __libc_realloc(old, bytes);
	at = malloc(bytes);
	if (at != NULL && block != NULL)
		memcpy(at, old, MW_MIN(block->bytes, bytes));
	return at;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	atomic_fetch_add(&calls, 1);
	return atomic_load(&apart) ? take_block(bytes, alignment) : __libc_memalign(alignment, bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
	return aligned_alloc(alignment, bytes);
}

int posix_memalign(void **at, size_t alignment, size_t bytes)
{
	*at = aligned_alloc(alignment, bytes);
	return *at == NULL ? ENOMEM : 0;
}
#endif
