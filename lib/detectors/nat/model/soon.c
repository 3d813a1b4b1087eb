// SPDX-License-Identifier: BSD-3-Clause
// What comes next is fetched for all of it at once. A step waits for memory five or six times, each time for a place
// that the one before names: host, session, mapping, and their neighbours in lists. Here all steps take the first way
// together, then all the second, and so on. Nothing is changed, so nothing can come out otherwise.
// Neighbours: table.h.
#include "table.h"

static void fetch_host(const struct mw_nat *nat, uint32_t number)
{
	mw_prefetch(&nat->hosts[number], sizeof(*nat->hosts));
	mw_kit_index_prefetch_node(&nat->host_index, number);
}

static void fetch_heads(const struct mw_nat *nat, struct mw_nat_activity *activity)
{
	struct mw_nat_hashes *hashes = &activity->hashes;

	hashes->session = nat_session_hash(nat, activity);
	if (hashes->host == 0)
		hashes->host = nat_host_hash(nat, activity->line, &activity->host);
	hashes->owner = 0;
	mw_kit_index_prefetch(&nat->session_index, hashes->session);
	mw_kit_index_prefetch(&nat->host_index, hashes->host);
}

static void fetch_nodes(const struct mw_nat *nat, const struct mw_nat_hashes *hashes)
{
	const uint32_t host = mw_kit_index_head(&nat->host_index, hashes->host);

	mw_kit_index_prefetch_node(&nat->session_index, mw_kit_index_head(&nat->session_index, hashes->session));
	mw_kit_index_prefetch_node(&nat->host_index, host);
	mw_fetch_line(&nat->hosts[host]);
}

// A session that lives has a group; one that will be opened has a host, whose youngest session it will follow.
static void follow(const struct mw_nat *nat, struct mw_nat_activity *activity)
{
	uint32_t session = nat_session_find(nat, activity, activity->hashes.session), host;
	struct nat_entry entry;

	if (session != 0) {
		mw_fetch_line(&nat->groups[nat->sessions[session].group]);
		mw_fetch_line(&nat->hosts[nat->sessions[session].host]);
		return;
	}
	host = nat_host_find(nat, activity->line, &activity->host, activity->hashes.host);
	if (host == 0)
		return;
	nat_session_plan(nat, activity, host, &entry);
	fetch_host(nat, host);
	mw_fetch_line(&nat->sessions[nat->hosts[host].sessions.newest].of_host);
	if (entry.again)
		return;
	activity->hashes.mapping = entry.hashes[0];
	activity->hashes.owner = host;
}

void mw_nat_soon(const struct mw_nat *nat, struct mw_nat_activity activities[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		fetch_heads(nat, &activities[i]);
	for (uint32_t i = 0; i < count; i++)
		fetch_nodes(nat, &activities[i].hashes);
	for (uint32_t i = 0; i < count; i++)
		mw_kit_index_prefetch_second(&nat->session_index, activities[i].hashes.session);
	for (uint32_t i = 0; i < count; i++)
		follow(nat, &activities[i]);
	for (uint32_t i = 0; i < count; i++) {
		if (activities[i].hashes.owner != 0)
			mw_kit_index_prefetch_node(&nat->group_index,
									   mw_kit_index_head(&nat->group_index, activities[i].hashes.mapping));
	}
}

void nat_session_due_soon(const struct mw_nat *nat, const uint32_t numbers[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		mw_fetch_line(&nat->sessions[numbers[i]]);
	for (uint32_t i = 0; i < count; i++) {
		const struct nat_session *session = &nat->sessions[numbers[i]];

		mw_fetch_line(&nat->groups[session->group]);
		fetch_host(nat, session->host);
		mw_fetch_line(&nat->sessions[session->of_host.older].of_host);
		mw_fetch_line(&nat->sessions[session->of_host.newer].of_host);
		mw_kit_index_prefetch_around(&nat->session_index, numbers[i]);
	}
	for (uint32_t i = 0; i < count; i++)
		mw_kit_index_prefetch_around(&nat->group_index, nat->sessions[numbers[i]].group);
}
