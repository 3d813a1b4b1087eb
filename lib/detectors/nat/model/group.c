// SPDX-License-Identifier: BSD-3-Clause
// What several sessions share: a mapping, or a peer towards which each needs a port of its own. A mapping that a
// session has for itself is no group.
// Neighbours: table.h. A session is in at most two groups, so there is room for twice as many.
#include "table.h"

uint64_t nat_group_hash(const struct mw_nat *nat, const struct nat_group_key *key)
{
	uint8_t whole[16] = {0};

	memcpy(whole, key, sizeof(*key));
	return mw_hash_address(&nat->key, whole);
}

uint32_t nat_group_find(const struct mw_nat *nat, const struct nat_group_key *key, uint64_t hash)
{
	struct mw_kit_walk walk = mw_kit_walk(&nat->group_index, hash);

	while (walk.number != 0 && memcmp(&nat->groups[walk.number].key, key, sizeof(*key)) != 0)
		mw_kit_walk_next(&nat->group_index, &walk);
	return walk.number;
}

static struct nat_tally *tally_of(struct mw_nat *nat, const struct nat_group_key *key)
{
	return key->kind == NAT_LINE_PEER ? &nat->lines[key->owner].tally : &nat->hosts[key->owner].tally;
}

static uint32_t make(struct mw_nat *nat, const struct nat_group_key *key, uint64_t hash)
{
	uint32_t number = mw_kit_index_add(&nat->group_index, hash);

	nat->groups[number].key = *key;
	nat->groups[number].sessions = nat->groups[number].bin = 0;
	return number;
}

uint32_t nat_group_join(struct mw_nat *nat, const struct nat_group_key *key, uint64_t hash)
{
	uint32_t number = nat_group_find(nat, key, hash);
	struct nat_group *group;

	if (number == 0)
		number = make(nat, key, hash);
	group = &nat->groups[number];
	if (key->kind != NAT_MAPPING)
		group->bin = nat_tally_raise(tally_of(nat, key), &nat->bins, key->protocol, group->bin);
	group->sessions++;
	return number;
}

uint32_t nat_group_share(struct mw_nat *nat, const struct nat_group_key *key, uint64_t hash, bool answered)
{
	uint32_t number = make(nat, key, hash);

	nat->groups[number].sessions = 1;
	nat->groups[number].answered = answered;
	return number;
}

void nat_mapping_begins(struct mw_nat *nat, uint32_t host, uint8_t protocol)
{
	nat_tally_map(&nat->hosts[host].tally, protocol);
	nat_tally_map(&nat->lines[nat->hosts[host].line].tally, protocol);
}

void nat_mapping_ends(struct mw_nat *nat, uint32_t host, uint8_t protocol)
{
	nat_tally_unmap(&nat->hosts[host].tally, protocol);
	nat_tally_unmap(&nat->lines[nat->hosts[host].line].tally, protocol);
}

bool nat_group_leave(struct mw_nat *nat, uint32_t number)
{
	struct nat_group *group = &nat->groups[number];
	const struct nat_group_key *key = &group->key;

	group->sessions--;
	if (key->kind != NAT_MAPPING)
		group->bin = nat_tally_lower(tally_of(nat, key), &nat->bins, key->protocol, group->bin);
	else if (group->sessions == 0)
		nat_mapping_ends(nat, key->owner, key->protocol);
	if (group->sessions > 0)
		return false;
	mw_kit_index_remove(&nat->group_index, number);
	return true;
}
