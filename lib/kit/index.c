// SPDX-License-Identifier: BSD-3-Clause
// Chains of numbers by hash. Both ways, so that a number is taken out of any chain in one step.
// Neighbours: mw_kit_index.h.
#include "mw_kit_index.h"

#include <errno.h>
#include <stdlib.h>

#include "mw_pages.h"

static uint32_t heads_of(uint32_t max)
{
	uint32_t heads = 1;

	while (heads < max)
		heads *= 2;
	return heads;
}

size_t mw_kit_index_bytes(uint32_t max)
{
	return heads_of(max) * sizeof(uint32_t) + ((size_t)max + 1) * sizeof(struct mw_kit_index_node);
}

void mw_kit_index_init(struct mw_kit_index *index, void *memory, uint32_t max)
{
	uint32_t heads = heads_of(max), *words = memory;

	*index = (struct mw_kit_index){.mask = heads - 1, .max = max, .heads = words, .node_bytes = sizeof(*index->zero)};
	index->zero = (struct mw_kit_index_node *)(words + heads);
}

int mw_kit_index_new(struct mw_kit_index *index, uint32_t max)
{
	size_t bytes = mw_kit_index_bytes(max);
	void *memory = mw_pages_advise(calloc(1, bytes), bytes);

	*index = (struct mw_kit_index){.heads = NULL};
	if (memory == NULL)
		return -ENOMEM;
	mw_kit_index_init(index, memory, max);
	return 0;
}

int mw_kit_index_new_in(struct mw_kit_index *index, uint32_t max, struct mw_kit_index_node *zero, size_t node_bytes)
{
	uint32_t heads = heads_of(max + max / 2); // a stranger in the chain costs a line

	*index = (struct mw_kit_index){.mask = heads - 1, .max = max, .zero = zero, .node_bytes = (uint32_t)node_bytes};
	index->heads = mw_pages_advise(calloc(heads, sizeof(*index->heads)), heads * sizeof(*index->heads));
	return index->heads == NULL ? -ENOMEM : 0;
}

void mw_kit_index_free(struct mw_kit_index *index)
{
	free(index->heads);
	*index = (struct mw_kit_index){0};
}

void mw_kit_index_put(struct mw_kit_index *index, uint32_t number, uint64_t hash)
{
	uint32_t *head = &index->heads[hash & index->mask];

	index->used++;
	*mw_kit_index_node(index, number) = (struct mw_kit_index_node){.next = *head, .hash = (uint32_t)hash};
	if (*head != 0)
		mw_kit_index_node(index, *head)->before = number;
	*head = number;
}

void mw_kit_index_move(struct mw_kit_index *index, uint32_t number, uint64_t hash)
{
	mw_kit_index_take_out(index, number);
	mw_kit_index_put(index, number, hash);
}

void mw_kit_index_take_out(struct mw_kit_index *index, uint32_t number)
{
	const struct mw_kit_index_node *node = mw_kit_index_node(index, number);

	if (node->before != 0)
		mw_kit_index_node(index, node->before)->next = node->next;
	else
		index->heads[node->hash & index->mask] = node->next;
	if (node->next != 0)
		mw_kit_index_node(index, node->next)->before = node->before;
	index->used--;
}

uint32_t mw_kit_index_add(struct mw_kit_index *index, uint64_t hash)
{
	uint32_t number = index->free;

	if (number != 0)
		index->free = mw_kit_index_node(index, number)->next;
	else
		number = ++index->fresh;
	mw_kit_index_put(index, number, hash);
	return number;
}

void mw_kit_index_remove(struct mw_kit_index *index, uint32_t number)
{
	mw_kit_index_take_out(index, number);
	mw_kit_index_node(index, number)->next = index->free;
	index->free = number;
}

uint32_t mw_kit_index_longest(const struct mw_kit_index *index)
{
	uint32_t longest = 0;

	for (uint32_t i = 0; i <= index->mask; i++) {
		uint32_t count = 0;

		for (uint32_t number = index->heads[i]; number != 0; number = mw_kit_index_node(index, number)->next)
			count++;
		longest = MW_MAX(longest, count);
	}
	return longest;
}
