// SPDX-License-Identifier: BSD-3-Clause
// Inside hosts of lines, and which of them gives way when there is no room: one that nothing ever came back to, as
// forged senders are, with the fewest sessions.
// Neighbours: table.h.
#include "table.h"

uint64_t nat_host_hash(const struct mw_nat *nat, uint32_t line, const struct mw_address *address)
{
	return mw_nat_host_hash(&nat->key, address, line);
}

uint32_t nat_host_find(const struct mw_nat *nat, uint32_t line, const struct mw_address *address, uint64_t hash)
{
	struct mw_kit_walk walk = mw_kit_walk(&nat->host_index, hash);

	while (walk.number != 0 &&
		   (nat->hosts[walk.number].line != line || nat->hosts[walk.number].address != mw_nat_v4(address)))
		mw_kit_walk_next(&nat->host_index, &walk);
	return walk.number;
}

static struct mw_kit_list *queue_of(struct mw_nat *nat, uint32_t uses)
{
	uint32_t size = uses == 0 ? 0 : (uint32_t)(32 - __builtin_clz(uses));

	return &nat->unanswered[MW_MIN(size, NAT_SIZES - 1)];
}

static void queue(struct mw_nat *nat, uint32_t number)
{
	struct mw_kit_list *list = queue_of(nat, nat->hosts[number].tally.uses);

	mw_kit_list_append(list, &nat->hosts->unanswered, sizeof(*nat->hosts), number);
}

static void unqueue(struct mw_nat *nat, uint32_t number)
{
	struct mw_kit_list *list = queue_of(nat, nat->hosts[number].tally.uses);

	mw_kit_list_remove(list, &nat->hosts->unanswered, sizeof(*nat->hosts), number);
}

uint32_t nat_host_of(struct mw_nat *nat, const struct mw_nat_activity *activity, uint64_t hash)
{
	uint32_t number = nat_host_find(nat, activity->line, &activity->host, hash);

	if (number != 0) {
		nat_host_touch(nat, number);
		return number;
	}
	if (mw_kit_index_full(&nat->host_index) && !nat_host_give_way(nat, 0))
		return 0;
	number = mw_kit_index_add(&nat->host_index, hash);
	nat->hosts[number] =
		(struct nat_host){.address = mw_nat_v4(&activity->host), .line = activity->line & NAT_LINES_MOST};
	mw_kit_list_append(&nat->lines[activity->line].hosts, &nat->hosts->of_line, sizeof(*nat->hosts), number);
	queue(nat, number);
	return number;
}

void nat_host_touch(struct mw_nat *nat, uint32_t number)
{
	if (nat->hosts[number].answered || nat->hosts[number].unanswered.newer == 0)
		return;
	unqueue(nat, number);
	queue(nat, number);
}

void nat_host_uses(struct mw_nat *nat, uint32_t number, uint32_t uses)
{
	struct nat_host *host = &nat->hosts[number];
	bool moves = !host->answered && queue_of(nat, host->tally.uses) != queue_of(nat, uses);

	if (moves)
		unqueue(nat, number);
	host->tally.uses = uses;
	if (moves)
		queue(nat, number);
}

void nat_host_answered(struct mw_nat *nat, uint32_t number)
{
	if (nat->hosts[number].answered)
		return;
	nat->hosts[number].answered = true;
	unqueue(nat, number);
}

void nat_host_forget(struct mw_nat *nat, uint32_t number)
{
	struct nat_host *host = &nat->hosts[number];

	while (host->sessions.oldest != 0)
		nat_session_end(nat, host->sessions.oldest, false);
	mw_kit_list_remove(&nat->lines[host->line].hosts, &nat->hosts->of_line, sizeof(*nat->hosts), number);
	if (!host->answered)
		unqueue(nat, number);
	mw_kit_index_remove(&nat->host_index, number);
}

bool nat_host_give_way(struct mw_nat *nat, uint32_t but)
{
	uint32_t victim = 0;

	for (uint32_t size = but != 0; size < NAT_SIZES - 1 && victim == 0; size++) { // for a session: not those without
		victim = nat->unanswered[size].oldest;
		if (victim != 0 && victim == but)
			victim = nat->hosts[victim].unanswered.newer;
	}
	if (victim == 0)
		return false;
	nat->no_room += nat->hosts[victim].tally.uses + 1;
	nat_host_forget(nat, victim);
	return true;
}
