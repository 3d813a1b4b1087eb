// SPDX-License-Identifier: BSD-3-Clause
// Rows in groups by kind and key, and for each two short lists: its surest subjects, and those of different networks.
// Neighbours: mw_evidence.h; mw_evidence_kind.h reads rows.
#include "mw_evidence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_digest.h"
#include "mw_evidence_kind.h"
#include "mw_gone.h"

/** Sorted, the surest first. */
struct list {
	uint32_t count;
	struct mw_evidence_subject subjects[MW_EVIDENCE_SUBJECTS];
};

/** What is looked through for every row: small, so that it stays in the cache. */
struct head {
	uint32_t hash; // of the key
	bool claimed;
	int64_t confidence; // of the surest row
	uint64_t rows, last_ns;
};

struct group {
	const struct mw_evidence_kind *kind;
	char key[DIAGNOSIS_KEY_BYTES];
	struct list networks; // one of each
	struct list surest;
};

struct mw_evidence {
	const struct mw_evidence_kind *kinds[MW_DETECTOR_FINDINGS_MAX];
	uint32_t kinds_count;
	const struct mw_record *heard; // of the last row
	uint64_t hearers; // the kinds that such rows are of: a bit each
	struct mw_gone gone; // keys of groups that gave way
	uint32_t count;
	struct head heads[MW_EVIDENCE_GROUPS];
	struct group groups[MW_EVIDENCE_GROUPS];
};

static void add_kinds(struct mw_evidence *evidence, const struct mw_detector *detector)
{
	for (uint32_t i = 0; i < detector->findings_count; i++) {
		if (detector->findings[i]->evidence != NULL && evidence->kinds_count < MW_DETECTOR_FINDINGS_MAX)
			evidence->kinds[evidence->kinds_count++] = detector->findings[i]->evidence;
	}
}

int mw_evidence_new(const struct mw_detector_set *detectors, struct mw_evidence **evidence)
{
	*evidence = calloc(1, sizeof(**evidence));
	if (*evidence == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < detectors->count; i++)
		add_kinds(*evidence, detectors->items[i]);
	return 0;
}

void mw_evidence_free(struct mw_evidence *evidence)
{
	free(evidence);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

// A total order: which subjects stay does not depend on the order of rows.
static int compare(const struct mw_evidence_subject *a, const struct mw_evidence_subject *b)
{
	int order = a->confidence == b->confidence ? 0 : a->confidence > b->confidence ? -1 : 1;

	order = order != 0 ? order : compare_numbers(a->first_ns, b->first_ns);
	order = order != 0 ? order : mw_address_compare(&a->src, &b->src);
	order = order != 0 ? order : mw_address_compare(&a->dst, &b->dst);
	order = order != 0 ? order : compare_numbers(a->sport, b->sport);
	order = order != 0 ? order : compare_numbers(a->dport, b->dport);
	order = order != 0 ? order : compare_numbers(a->vlan, b->vlan);
	return order != 0 ? order : compare_numbers(a->id, b->id);
}

static bool same_network(const struct mw_evidence_subject *a, const struct mw_evidence_subject *b)
{
	size_t bytes = mw_address_is_v4(&a->src) ? 14 : 4; // of the mapped form: /16; of IPv6: /32

	return memcmp(a->src.bytes, b->src.bytes, bytes) == 0;
}

static void list_remove(struct list *list, uint32_t at)
{
	memmove(&list->subjects[at], &list->subjects[at + 1], (list->count - at - 1) * sizeof(list->subjects[0]));
	list->count--;
}

// Full, it gives up the least sure. One that is there already is not added again.
static void list_insert(struct list *list, const struct mw_evidence_subject *subject)
{
	uint32_t at = list->count;

	while (at > 0 && compare(subject, &list->subjects[at - 1]) < 0)
		at--;
	if (at == MW_EVIDENCE_SUBJECTS || (at > 0 && compare(subject, &list->subjects[at - 1]) == 0))
		return;
	if (list->count == MW_EVIDENCE_SUBJECTS)
		list->count--;
	memmove(&list->subjects[at + 1], &list->subjects[at], (list->count - at) * sizeof(list->subjects[0]));
	list->subjects[at] = *subject;
	list->count++;
}

static void add_to_networks(struct list *list, const struct mw_evidence_subject *subject)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (!same_network(&list->subjects[i], subject))
			continue;
		if (compare(&list->subjects[i], subject) <= 0)
			return;
		list_remove(list, i);
		break;
	}
	list_insert(list, subject);
}

/** @return its number, or count. */
static uint32_t find_group(const struct mw_evidence *evidence, const struct mw_evidence_kind *kind, const char *key)
{
	uint32_t hash = mw_digest_text(key), i = 0;

	while (i < evidence->count && (evidence->heads[i].hash != hash || evidence->groups[i].kind != kind ||
								   strcmp(evidence->groups[i].key, key) != 0))
		i++;
	return i;
}

static bool goes_before(const struct head *a, const struct head *b)
{
	if (a->confidence != b->confidence)
		return a->confidence < b->confidence;
	return a->rows != b->rows ? a->rows < b->rows : a->last_ns < b->last_ns;
}

/** A free place, or that of the group that tells least: hosts that lost a packet now and then must not crowd it. */
static uint32_t take_place(struct mw_evidence *evidence)
{
	uint32_t victim = 0;

	if (evidence->count < MW_EVIDENCE_GROUPS)
		return evidence->count++;
	for (uint32_t i = 1; i < MW_EVIDENCE_GROUPS; i++) {
		if (goes_before(&evidence->heads[i], &evidence->heads[victim]))
			victim = i;
	}
	return victim;
}

static uint32_t digest_of(const struct mw_evidence_kind *kind, uint32_t hash)
{
	return hash ^ mw_digest_text(kind->record->name);
}

static uint32_t group_of(struct mw_evidence *evidence, const struct mw_evidence_kind *kind, const char *key)
{
	uint32_t place = find_group(evidence, kind, key), hash = mw_digest_text(key);

	if (place < evidence->count)
		return place;
	place = take_place(evidence);
	if (evidence->groups[place].kind != NULL)
		mw_gone_add(&evidence->gone, digest_of(evidence->groups[place].kind, evidence->heads[place].hash));
	memset(&evidence->groups[place], 0, sizeof(evidence->groups[place]));
	evidence->groups[place].kind = kind;
	snprintf(evidence->groups[place].key, DIAGNOSIS_KEY_BYTES, "%s", key);
	evidence->heads[place] = (struct head){.hash = hash, .confidence = INT64_MIN};
	evidence->heads[place].rows = mw_gone_take(&evidence->gone, digest_of(kind, hash)); // seen before
	return place;
}

static void add(struct mw_evidence *evidence, const struct mw_evidence_kind *kind, const char *key,
				const struct mw_evidence_subject *subject)
{
	uint32_t place = group_of(evidence, kind, key);
	struct head *head = &evidence->heads[place];

	head->rows++;
	head->confidence = MW_MAX(head->confidence, subject->confidence);
	head->last_ns = MW_MAX(head->last_ns, subject->last_ns);
	add_to_networks(&evidence->groups[place].networks, subject);
	list_insert(&evidence->groups[place].surest, subject);
}

static uint64_t hearers_of(const struct mw_evidence *evidence, const struct mw_record *record)
{
	uint64_t hearers = 0;

	_Static_assert(MW_DETECTOR_FINDINGS_MAX <= 64, "a bit for each kind");
	for (uint32_t i = 0; i < evidence->kinds_count; i++)
		hearers |= (uint64_t)(evidence->kinds[i]->record == record) << i;
	return hearers;
}

void mw_evidence_row(struct mw_evidence *evidence, const struct mw_record *record, const void *row)
{
	if (evidence->heard != record) { // rows of one kind come in a row
		evidence->heard = record;
		evidence->hearers = hearers_of(evidence, record);
	}
	for (uint64_t left = evidence->hearers; left != 0; left &= left - 1) {
		const struct mw_evidence_kind *kind = evidence->kinds[__builtin_ctzll(left)];
		struct mw_evidence_subject subject = {.src_bits = 128, .dst_bits = 128};
		char key[DIAGNOSIS_KEY_BYTES];

		if (kind->row(row, &subject, key))
			add(evidence, kind, key, &subject);
	}
}

void mw_evidence_claim(struct mw_evidence *evidence, const struct mw_evidence_kind *kind, const char *key)
{
	uint32_t place = find_group(evidence, kind, key);

	if (place < evidence->count)
		evidence->heads[place].claimed = true;
}

/** Word by word; "*" stands for any. */
static bool key_holds(const char *key, const char *other)
{
	while (*key != '\0' && *other != '\0') {
		size_t bytes = strcspn(key, " "), other_bytes = strcspn(other, " ");

		if (strncmp(key, "*", bytes) != 0 && (bytes != other_bytes || strncmp(key, other, bytes) != 0))
			return false;
		key += bytes + (key[bytes] != '\0');
		other += other_bytes + (other[other_bytes] != '\0');
	}
	return *key == *other;
}

uint32_t mw_evidence_choose(const struct mw_evidence *evidence, const struct mw_evidence_kind *kind, const char *key,
							struct mw_evidence_subject subjects[MW_EVIDENCE_SUBJECTS])
{
	struct list networks = {0}, surest = {0};

	for (uint32_t i = 0; i < evidence->count; i++) {
		const struct group *group = &evidence->groups[i];

		if (group->kind != kind || !key_holds(key, group->key) ||
			(evidence->heads[i].claimed && strcmp(key, group->key) != 0))
			continue;
		for (uint32_t j = 0; j < group->networks.count; j++)
			list_insert(&networks, &group->networks.subjects[j]);
		for (uint32_t j = 0; j < group->surest.count; j++)
			list_insert(&surest, &group->surest.subjects[j]);
	}
	for (uint32_t i = 0; i < surest.count && networks.count < MW_EVIDENCE_SUBJECTS; i++)
		list_insert(&networks, &surest.subjects[i]);
	memcpy(subjects, networks.subjects, networks.count * sizeof(subjects[0]));
	return networks.count;
}
