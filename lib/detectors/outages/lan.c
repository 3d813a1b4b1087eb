// SPDX-License-Identifier: BSD-3-Clause
// Addresses to next hops, as neighbours say, and a short list of questions that wait.
// Neighbours: lan.h; RFC 826, RFC 4861.
#include "lan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int outages_lan_start(struct outages_lan_table *lan)
{
	lan->neighbours = calloc(OUTAGES_NEIGHBOURS_MAX + 1, sizeof(lan->neighbours[0]));
	return lan->neighbours == NULL ? -ENOMEM : mw_kit_index_new(&lan->index, OUTAGES_NEIGHBOURS_MAX);
}

void outages_lan_stop(struct outages_lan_table *lan)
{
	mw_kit_index_free(&lan->index);
	free(lan->neighbours);
	lan->neighbours = NULL;
}

static uint16_t vlan_of(uint64_t line)
{
	return (uint16_t)line;
}

static uint64_t hash_of(const struct mw_hash_key *hash_key, const struct mw_address *address, uint16_t vlan)
{
	const struct {
		struct mw_address address;
		uint64_t vlan;
	} key = {*address, vlan};

	return mw_hash(hash_key, &key, sizeof(key));
}

static uint32_t find(const struct outages_lan_table *lan, uint64_t hash, const struct mw_address *address,
					 uint16_t vlan)
{
	struct mw_kit_walk walk = mw_kit_walk(&lan->index, hash);

	while (walk.number != 0 && (vlan_of(lan->neighbours[walk.number].line) != vlan ||
								mw_address_compare(&lan->neighbours[walk.number].address, address) != 0))
		mw_kit_walk_next(&lan->index, &walk);
	return walk.number;
}

static void take_out(struct outages_lan_table *lan, uint32_t number)
{
	mw_kit_list_remove(&lan->by_age, &lan->neighbours[0].age, sizeof(lan->neighbours[0]), number);
}

// The address is the line's, as it says.
static void learn(struct outages_lan_table *lan, const struct mw_hash_key *key, const struct mw_address *address,
				  uint64_t line, uint64_t time_ns)
{
	const uint64_t hash = hash_of(key, address, vlan_of(line));
	uint32_t number = find(lan, hash, address, vlan_of(line));

	if (number != 0)
		take_out(lan, number);
	else if (mw_kit_index_full(&lan->index)) {
		number = lan->by_age.oldest;
		take_out(lan, number);
		mw_kit_index_remove(&lan->index, number);
		number = 0;
	}
	if (number == 0)
		number = mw_kit_index_add(&lan->index, hash);
	lan->neighbours[number].address = *address;
	lan->neighbours[number].line = line;
	lan->neighbours[number].heard_ns = time_ns;
	mw_kit_list_append(&lan->by_age, &lan->neighbours[0].age, sizeof(lan->neighbours[0]), number);
}

static void drop(struct outages_lan_table *lan, uint32_t at)
{
	lan->questions_count--;
	memmove(&lan->questions[at], &lan->questions[at + 1], (lan->questions_count - at) * sizeof(lan->questions[0]));
}

// Its address may have moved to another next hop, which answers.
static void answered(struct outages_lan_table *lan, const struct mw_address *address)
{
	for (uint32_t i = lan->questions_count; i > 0; i--) {
		if (mw_address_compare(&lan->questions[i - 1].remote, address) == 0)
			drop(lan, i - 1);
	}
}

// What is asked again is the same question.
void outages_lan_ask(struct outages_lan_table *lan, const struct outages_sign *sign, uint64_t line)
{
	struct outages_sign *question;

	for (uint32_t i = 0; i < lan->questions_count; i++) {
		question = &lan->questions[i];
		if (question->asker_line != sign->line || mw_address_compare(&question->remote, &sign->remote) != 0)
			continue;
		question->until_ns = sign->time_ns;
		question->again = true;
		return;
	}
	if (lan->questions_count == OUTAGES_QUESTIONS_MAX)
		drop(lan, 0);
	question = &lan->questions[lan->questions_count++];
	*question = *sign;
	question->kind = SIGN_LOST;
	question->class = OUTAGES_LAN;
	question->sort = mw_address_is_v4(&sign->remote) ? OUTAGES_ASKED_ARP : OUTAGES_ASKED_ND;
	question->line = line;
	question->asker_line = sign->line;
	question->flow = 0;
	question->until_ns = sign->time_ns;
}

static bool is_about_addresses(const struct outages_sign *sign)
{
	static const struct mw_address none, none4 = {{[10] = 0xff, 0xff}};

	// Who has no address yet asks whether it is free: nobody has to answer.
	return (sign->sort == OUTAGES_ASKS || sign->sort == OUTAGES_PROBES || sign->sort == OUTAGES_SAYS) &&
		   mw_address_compare(&sign->asker, &none) != 0 && mw_address_compare(&sign->asker, &none4) != 0;
}

void outages_lan_learn(struct outages_lan_table *lan, const struct mw_hash_key *key, const struct outages_sign *sign)
{
	if (!is_about_addresses(sign))
		return;
	learn(lan, key, &sign->asker, sign->line, sign->time_ns);
	answered(lan, &sign->asker);
}

uint64_t outages_lan_asked(const struct outages_lan_table *lan, const struct mw_hash_key *key,
						   const struct outages_sign *sign, uint64_t lives_ns)
{
	const uint16_t vlan = vlan_of(sign->line);
	const struct outages_neighbour *asked;

	if (!is_about_addresses(sign) || sign->sort == OUTAGES_SAYS)
		return 0;
	asked = &lan->neighbours[find(lan, hash_of(key, &sign->remote, vlan), &sign->remote, vlan)];
	return asked->line != sign->line && asked->heard_ns + lives_ns >= sign->time_ns ? asked->line : 0;
}

void outages_lan_heard(struct outages_lan_table *lan, uint64_t line)
{
	for (uint32_t i = lan->questions_count; i > 0; i--) {
		if (lan->questions[i - 1].line == line)
			drop(lan, i - 1);
	}
}

bool outages_lan_lost(struct outages_lan_table *lan, uint64_t now_ns, uint64_t deadline_ns, struct outages_sign *lost)
{
	if (lan->questions_count == 0 || lan->questions[0].time_ns + deadline_ns >= now_ns)
		return false;
	*lost = lan->questions[0];
	drop(lan, 0);
	return true;
}

bool outages_lan_has(const struct outages_lan_table *lan, const struct mw_hash_key *key,
					 const struct mw_address *address, uint64_t line, uint64_t time_ns, uint64_t lives_ns)
{
	const uint16_t vlan = vlan_of(line);
	const struct outages_neighbour *neighbour = &lan->neighbours[find(lan, hash_of(key, address, vlan), address, vlan)];

	return neighbour->line == line && line != 0 && neighbour->heard_ns + lives_ns >= time_ns;
}
