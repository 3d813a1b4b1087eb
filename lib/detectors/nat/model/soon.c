// SPDX-License-Identifier: BSD-3-Clause
// What comes next is fetched for all of it at once. A step waits for memory five or six times, each time for a place
// that the one before names: host, session, mapping, and their neighbours in lists. Here all steps take the first way
// together, then all the second, and so on. Nothing is changed, so nothing can come out otherwise.
// Neighbours: table.h.
#include "table.h"

/** One activity on its way through the tables. */
struct ahead {
	uint64_t group_hash;
	bool opens; // it lives in no session yet: group_hash is of the one it will join
};

static void fetch_session(const struct mw_nat *nat, uint32_t number)
{
	__builtin_prefetch(&nat->sessions[number]);
	mw_kit_index_prefetch_node(&nat->session_index, number);
	__builtin_prefetch(&nat->wheel.nodes[number]);
}

static void fetch_host(const struct mw_nat *nat, uint32_t number)
{
	mw_prefetch(&nat->hosts[number], sizeof(*nat->hosts));
	mw_kit_index_prefetch_node(&nat->host_index, number);
}

static void fetch_group(const struct mw_nat *nat, uint32_t number)
{
	__builtin_prefetch(&nat->groups[number]);
	mw_kit_index_prefetch_node(&nat->group_index, number);
}

static void fetch_heads(const struct mw_nat *nat, struct mw_nat_activity *activity)
{
	activity->hashes = (struct mw_nat_hashes){.session = nat_session_hash(nat, activity),
											  .host = nat_host_hash(nat, activity->line, &activity->host)};
	mw_kit_index_prefetch(&nat->session_index, activity->hashes.session);
	mw_kit_index_prefetch(&nat->host_index, activity->hashes.host);
}

static void fetch_first(const struct mw_nat *nat, const struct mw_nat_hashes *hashes)
{
	fetch_session(nat, mw_kit_index_head(&nat->session_index, hashes->session));
	fetch_host(nat, mw_kit_index_head(&nat->host_index, hashes->host));
}

// A session that lives has a group; one that will be opened has a host, whose youngest session it will follow.
static struct ahead follow(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	uint32_t session = nat_session_find(nat, activity, activity->hashes.session), host;
	struct nat_entry entry;

	if (session != 0) {
		fetch_group(nat, nat->sessions[session].group);
		mw_prefetch(&nat->hosts[nat->sessions[session].host], sizeof(*nat->hosts));
		return (struct ahead){.opens = false};
	}
	host = nat_host_find(nat, activity->line, &activity->host, activity->hashes.host);
	if (host == 0)
		return (struct ahead){.opens = false};
	nat_session_plan(nat, activity, host, &entry);
	__builtin_prefetch(&nat->sessions[nat->hosts[host].sessions.newest].of_host);
	return (struct ahead){.group_hash = entry.hashes[0], .opens = true};
}

void mw_nat_soon(const struct mw_nat *nat, struct mw_nat_activity activities[], uint32_t count)
{
	struct ahead ahead[MW_NAT_SOON_MAX];

	for (uint32_t i = 0; i < count; i++)
		fetch_heads(nat, &activities[i]);
	for (uint32_t i = 0; i < count; i++)
		fetch_first(nat, &activities[i].hashes);
	for (uint32_t i = 0; i < count; i++)
		ahead[i] = follow(nat, &activities[i]);
	for (uint32_t i = 0; i < count; i++) {
		if (ahead[i].opens)
			fetch_group(nat, mw_kit_index_head(&nat->group_index, ahead[i].group_hash));
	}
}

void nat_session_due_soon(const struct mw_nat *nat, const uint32_t numbers[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		fetch_session(nat, numbers[i]);
	for (uint32_t i = 0; i < count; i++) {
		const struct nat_session *session = &nat->sessions[numbers[i]];

		fetch_group(nat, session->group);
		fetch_host(nat, session->host);
		__builtin_prefetch(&nat->sessions[session->of_host.older].of_host);
		__builtin_prefetch(&nat->sessions[session->of_host.newer].of_host);
		mw_kit_index_prefetch_around(&nat->session_index, numbers[i]);
	}
	for (uint32_t i = 0; i < count; i++)
		mw_kit_index_prefetch_around(&nat->group_index, nat->sessions[numbers[i]].group);
}
