// SPDX-License-Identifier: BSD-3-Clause
// What comes soon is fetched before. A step waits for memory several times, each time for a place that the one before
// names: host, session, and their neighbours in chains and lists. So it is looked at several times, and others are
// worked on in between; timers run out many at once, and go each way together. Nothing is changed, so nothing can come
// out otherwise.
// Neighbours: table.h.
#include "table.h"

static bool opens(const struct mw_nat_activity *activity)
{
	return activity->step == MW_NAT_OUTBOUND || activity->step == MW_NAT_BEGIN;
}

static void fetch_heads(const struct mw_nat *nat, struct mw_nat_activity *activity)
{
	struct mw_nat_hashes *hashes = &activity->hashes;

	hashes->mapping = nat_session_mapping_hash(nat, activity);
	hashes->sought = nat_session_again(nat, activity) ? nat_session_hash(nat, activity) : hashes->mapping;
	mw_kit_index_prefetch(&nat->session_index, hashes->sought);
	if (!opens(activity))
		return;
	hashes->host = nat_host_hash(nat, activity->line, &activity->host);
	mw_kit_index_prefetch(&nat->host_index, hashes->host);
}

static void fetch_nodes(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	uint32_t host;

	mw_kit_index_prefetch_node(&nat->session_index, mw_kit_index_head(&nat->session_index, activity->hashes.sought));
	if (!opens(activity))
		return;
	host = mw_kit_index_head(&nat->host_index, activity->hashes.host);
	mw_kit_index_prefetch_node(&nat->host_index, host);
	mw_prefetch(&nat->hosts[host], sizeof(*nat->hosts));
}

// A session that lives, most likely the first of its chain, has a host and perhaps a group.
static void fetch_company(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	const struct nat_session *session = &nat->sessions[mw_kit_index_head(&nat->session_index, activity->hashes.sought)];

	if (session->node.hash != (uint32_t)activity->hashes.sought) {
		mw_kit_index_prefetch_node(&nat->session_index, session->node.next);
		return;
	}
	mw_fetch_line(&nat->hosts[session->host]);
	if (session->group != 0)
		mw_fetch_line(&nat->groups[session->group]);
}

// One that will be opened follows its host's youngest.
static void fetch_place(const struct mw_nat *nat, const struct mw_nat_activity *activity)
{
	uint32_t host = nat_host_find(nat, activity->line, &activity->host, activity->hashes.host);
	struct nat_entry entry;

	if (host == 0)
		return;
	mw_prefetch(&nat->hosts[host], sizeof(*nat->hosts));
	mw_fetch_line(&nat->of_host[nat->hosts[host].sessions.newest]);
	if (nat_session_again(nat, activity))
		nat_session_groups(nat, activity, host, &entry);
}

void mw_nat_soon(const struct mw_nat *nat, struct mw_nat_activity *activity, unsigned look)
{
	if (look == 0)
		fetch_heads(nat, activity);
	else if (look == 1)
		fetch_nodes(nat, activity);
	else if (opens(activity))
		fetch_place(nat, activity);
	else
		fetch_company(nat, activity);
}

void nat_session_due_soon(const struct mw_nat *nat, const uint32_t numbers[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		mw_fetch_line(&nat->sessions[numbers[i]]);
		mw_fetch_line(&nat->of_host[numbers[i]]);
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct nat_session *session = &nat->sessions[numbers[i]];

		mw_fetch_line(&nat->groups[session->group]);
		mw_prefetch(&nat->hosts[session->host], sizeof(*nat->hosts));
		mw_fetch_line(&nat->of_host[nat->of_host[numbers[i]].older]);
		mw_fetch_line(&nat->of_host[nat->of_host[numbers[i]].newer]);
		mw_kit_index_prefetch_around(&nat->session_index, numbers[i]);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (nat->sessions[numbers[i]].group != 0)
			mw_kit_index_prefetch_around(&nat->group_index, nat->sessions[numbers[i]].group);
	}
}
