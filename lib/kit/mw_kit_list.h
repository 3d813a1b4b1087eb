// SPDX-License-Identifier: BSD-3-Clause
// Numbers in the order of their age: what is oldest runs out or gives way first. Both ends and any in between in one
// step. Several lists may share the links, as long as a number is in one of them.
// Neighbours: mw_kit_index.h deals out numbers. Links lie in the caller's things, or in an array of their own. One
// thread.
#ifndef MW_KIT_LIST_H
#define MW_KIT_LIST_H

#include "mw_base.h"

/** Neighbours; 0 none. */
struct mw_kit_link {
	uint32_t older, newer;
};

/** Both ends; 0 none. Zeroed memory is empty. */
struct mw_kit_list {
	uint32_t oldest, newest;
};

/** The link of a number: zero is that of number 0, which is no thing's; links are bytes apart. */
static inline struct mw_kit_link *mw_kit_link_of(struct mw_kit_link *zero, size_t bytes, uint32_t number)
{
	return (struct mw_kit_link *)(void *)((char *)zero + bytes * number);
}

/** Puts a number in no list at the newest end. */
static inline void mw_kit_list_append(struct mw_kit_list *list, struct mw_kit_link *zero, size_t bytes, uint32_t number)
{
	*mw_kit_link_of(zero, bytes, number) = (struct mw_kit_link){.older = list->newest};
	if (list->newest != 0)
		mw_kit_link_of(zero, bytes, list->newest)->newer = number;
	else
		list->oldest = number;
	list->newest = number;
}

/** Takes a number out of the list that it is in. */
static inline void mw_kit_list_remove(struct mw_kit_list *list, struct mw_kit_link *zero, size_t bytes, uint32_t number)
{
	struct mw_kit_link link = *mw_kit_link_of(zero, bytes, number);

	if (link.older != 0)
		mw_kit_link_of(zero, bytes, link.older)->newer = link.newer;
	else
		list->oldest = link.newer;
	if (link.newer != 0)
		mw_kit_link_of(zero, bytes, link.newer)->older = link.older;
	else
		list->newest = link.older;
}

#endif
