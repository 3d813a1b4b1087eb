// SPDX-License-Identifier: BSD-3-Clause
// Two-way lists of numbered things: the links stand in the things.
// Neighbours: table.h has hosts of a line, hosts never answered, sessions of a host.
#ifndef NAT_MODEL_LIST_H
#define NAT_MODEL_LIST_H

#include "mw_base.h"

struct nat_link {
	uint32_t older, newer; // 0 none
};

struct nat_list {
	uint32_t oldest, newest;
};

/** The link of a thing: zero is that of number 0, things are bytes apart. */
static inline struct nat_link *nat_link_of(struct nat_link *zero, size_t bytes, uint32_t number)
{
	return (struct nat_link *)(void *)((char *)zero + bytes * number);
}

static inline void nat_list_append(struct nat_list *list, struct nat_link *zero, size_t bytes, uint32_t number)
{
	*nat_link_of(zero, bytes, number) = (struct nat_link){.older = list->newest};
	if (list->newest != 0)
		nat_link_of(zero, bytes, list->newest)->newer = number;
	else
		list->oldest = number;
	list->newest = number;
}

static inline void nat_list_remove(struct nat_list *list, struct nat_link *zero, size_t bytes, uint32_t number)
{
	struct nat_link link = *nat_link_of(zero, bytes, number);

	if (link.older != 0)
		nat_link_of(zero, bytes, link.older)->newer = link.newer;
	else
		list->oldest = link.newer;
	if (link.newer != 0)
		nat_link_of(zero, bytes, link.newer)->older = link.older;
	else
		list->newest = link.older;
}

#endif
