// SPDX-License-Identifier: BSD-3-Clause
// The index of numbers.
// Neighbours: index.h.
#include "index.h"

#include <errno.h>
#include <stdlib.h>

int nat_index_new(struct nat_index *index, uint32_t max)
{
	uint32_t heads = 1;

	while (heads < max)
		heads *= 2;
	*index = (struct nat_index){.mask = heads - 1, .max = max};
	index->heads = calloc(heads, sizeof(*index->heads));
	index->nodes = calloc((size_t)max + 1, sizeof(*index->nodes));
	return index->heads == NULL || index->nodes == NULL ? -ENOMEM : 0;
}

void nat_index_free(struct nat_index *index)
{
	free(index->heads);
	free(index->nodes);
}

uint32_t nat_index_add(struct nat_index *index, uint64_t hash)
{
	uint32_t number = index->free, *head = &index->heads[hash & index->mask];

	if (number != 0)
		index->free = index->nodes[number].next;
	else
		number = ++index->fresh;
	index->used++;
	index->nodes[number] = (struct nat_index_node){.next = *head, .hash = (uint32_t)hash};
	*head = number;
	return number;
}

void nat_index_remove(struct nat_index *index, uint32_t number)
{
	struct nat_index_node *node = &index->nodes[number];
	uint32_t *at = &index->heads[node->hash & index->mask];

	while (*at != number)
		at = &index->nodes[*at].next;
	*at = node->next;
	node->next = index->free;
	index->free = number;
	index->used--;
}
