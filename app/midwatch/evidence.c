// SPDX-License-Identifier: BSD-3-Clause
// Two short lists for each finding: its surest episodes, and those of different networks.
// Neighbours: evidence.h.
#include "evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Sorted, the surest first. */
struct list {
	uint32_t count;
	struct evidence_episode episodes[EVIDENCE_EPISODES];
};

struct group {
	char key[EVIDENCE_KEY_BYTES];
	struct list networks; // one of each
	struct list surest;
};

struct evidence {
	uint32_t groups_count;
	struct group groups[EVIDENCE_GROUPS];
};

int evidence_new(struct evidence **evidence)
{
	*evidence = calloc(1, sizeof(**evidence));
	return *evidence == NULL ? -ENOMEM : 0;
}

void evidence_free(struct evidence *evidence)
{
	free(evidence);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

// A total order: which episodes stay does not depend on the order of rows.
static int compare(const struct evidence_episode *a, const struct evidence_episode *b)
{
	int order = compare_numbers((uint64_t)b->confidence, (uint64_t)a->confidence);

	order = order != 0 ? order : compare_numbers(a->first_ns, b->first_ns);
	order = order != 0 ? order : mw_address_compare(&a->src, &b->src);
	order = order != 0 ? order : mw_address_compare(&a->dst, &b->dst);
	order = order != 0 ? order : compare_numbers(a->sport, b->sport);
	order = order != 0 ? order : compare_numbers(a->dport, b->dport);
	return order != 0 ? order : compare_numbers(a->vlan, b->vlan);
}

static bool same_network(const struct evidence_episode *a, const struct evidence_episode *b)
{
	size_t bytes = mw_address_is_v4(&a->src) ? 14 : 4; // of the mapped form: /16; of IPv6: /32

	return memcmp(a->src.bytes, b->src.bytes, bytes) == 0;
}

static void list_remove(struct list *list, uint32_t at)
{
	memmove(&list->episodes[at], &list->episodes[at + 1], (list->count - at - 1) * sizeof(list->episodes[0]));
	list->count--;
}

// Full, it gives up the least sure.
static void list_insert(struct list *list, const struct evidence_episode *episode)
{
	uint32_t at = list->count;

	while (at > 0 && compare(episode, &list->episodes[at - 1]) < 0)
		at--;
	if (at == EVIDENCE_EPISODES)
		return;
	if (list->count == EVIDENCE_EPISODES)
		list->count--;
	memmove(&list->episodes[at + 1], &list->episodes[at], (list->count - at) * sizeof(list->episodes[0]));
	list->episodes[at] = *episode;
	list->count++;
}

static void add_to_networks(struct list *list, const struct evidence_episode *episode)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (!same_network(&list->episodes[i], episode))
			continue;
		if (compare(&list->episodes[i], episode) <= 0)
			return;
		list_remove(list, i);
		break;
	}
	list_insert(list, episode);
}

static struct group *find_group(struct evidence *evidence, const char *key)
{
	for (uint32_t i = 0; i < evidence->groups_count; i++) {
		if (strcmp(evidence->groups[i].key, key) == 0)
			return &evidence->groups[i];
	}
	return NULL;
}

static struct group *add_group(struct evidence *evidence, const char *key)
{
	struct group *group;

	if (evidence->groups_count == EVIDENCE_GROUPS)
		return NULL;
	group = &evidence->groups[evidence->groups_count++];
	snprintf(group->key, sizeof(group->key), "%s", key);
	return group;
}

void evidence_row(struct evidence *evidence, const struct mw_record *record, const void *data)
{
	const struct mw_reset_row *row = data;
	struct evidence_episode episode;
	struct group *group;
	const char *key;

	if (record != &mw_reset_record || row->verdict != MW_RESET_FORGED)
		return;
	key = mw_reset_row_key(row);
	group = find_group(evidence, key);
	if (group == NULL)
		group = add_group(evidence, key);
	if (group == NULL)
		return;
	episode = (struct evidence_episode){.first_ns = row->ts_ns,
										.last_ns = row->last_ns,
										.src = row->src,
										.dst = row->dst,
										.sport = (uint16_t)row->sport,
										.dport = (uint16_t)row->dport,
										.vlan = (uint16_t)(row->vlan == MW_UNKNOWN_I64 ? 0 : row->vlan),
										.confidence = row->confidence,
										.ttl = row->ttl,
										.ttl_expected = row->ttl_expected,
										.window = row->window,
										.ip_id = row->ip_id,
										.count = row->count,
										.evidence = row->evidence};
	add_to_networks(&group->networks, &episode);
	list_insert(&group->surest, &episode);
}

static bool is_among(const struct evidence_episode *const episodes[], uint32_t count,
					 const struct evidence_episode *episode)
{
	for (uint32_t i = 0; i < count; i++) {
		if (compare(episodes[i], episode) == 0)
			return true;
	}
	return false;
}

uint32_t evidence_choose(const struct evidence *evidence, const char *key,
						 const struct evidence_episode *episodes[EVIDENCE_EPISODES])
{
	const struct group *group = find_group((struct evidence *)evidence, key);
	uint32_t count = 0;

	if (group == NULL)
		return 0;
	while (count < group->networks.count) {
		episodes[count] = &group->networks.episodes[count];
		count++;
	}
	for (uint32_t i = 0; i < group->surest.count && count < EVIDENCE_EPISODES; i++) {
		if (!is_among(episodes, count, &group->surest.episodes[i]))
			episodes[count++] = &group->surest.episodes[i];
	}
	return count;
}
