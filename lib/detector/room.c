// SPDX-License-Identifier: BSD-3-Clause
// Which finding gives way when the list is full. No kind can crowd out another, and within a kind what is worth least
// goes: never what came first or last, for a flood comes when it likes.
// Neighbours: diagnosis.h; mw_worth.h says what is worth more.
#include <string.h>

#include "diagnosis.h"
#include "mw_digest.h"

/** Written anew only when its facts may have changed: a flood makes a finding a row. */
static const struct mw_worth *worth_of(struct diagnosis_entry *entry)
{
	if (entry->judged)
		return &entry->worth;
	entry->write(entry);
	entry->worth = mw_worth_of(&entry->finding);
	entry->judged = true;
	return &entry->worth;
}

/** Of one kind: a total order, so that the same rows leave the same findings. */
static bool is_less(struct diagnosis_entry *a, struct diagnosis_entry *b)
{
	int order = mw_worth_compare(worth_of(a), worth_of(b));

	return order != 0 ? order < 0 : strcmp(a->finding.id, b->finding.id) > 0;
}

/** The kinds of a list, with how many entries each has. */
struct kinds {
	uint32_t count;
	struct {
		const struct mw_finding_kind *kind;
		uint32_t entries, least; // least: number of the entry that is worth least
	} items[MW_DETECTOR_FINDINGS_MAX];
};

static void add_to_kinds(const struct mw_diagnosis *diagnosis, struct kinds *kinds, uint32_t number)
{
	struct diagnosis_entry *entry = diagnosis->entries[number];
	uint32_t i = 0;

	while (i < kinds->count && kinds->items[i].kind != entry->kind)
		i++;
	if (i == MW_DETECTOR_FINDINGS_MAX)
		return;
	if (i == kinds->count) {
		kinds->items[i].kind = entry->kind;
		kinds->items[i].entries = 0;
		kinds->items[i].least = number;
		kinds->count++;
	}
	kinds->items[i].entries++;
	if (is_less(entry, diagnosis->entries[kinds->items[i].least]))
		kinds->items[i].least = number;
}

/** Number of the entry to give up; the list is not empty. */
static uint32_t choose(const struct mw_diagnosis *diagnosis)
{
	struct kinds kinds = {0};
	uint32_t chosen = 0;

	for (uint32_t i = 0; i < diagnosis->count; i++)
		add_to_kinds(diagnosis, &kinds, i);
	for (uint32_t i = 1; i < kinds.count; i++) {
		if (kinds.items[i].entries > kinds.items[chosen].entries ||
			(kinds.items[i].entries == kinds.items[chosen].entries &&
			 is_less(diagnosis->entries[kinds.items[i].least], diagnosis->entries[kinds.items[chosen].least])))
			chosen = i;
	}
	return kinds.items[chosen].least;
}

static struct mw_left_out *left_out_of(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind)
{
	for (uint32_t i = 0; i < diagnosis->left_out_count; i++) {
		if (diagnosis->left_out[i].kind == kind)
			return &diagnosis->left_out[i];
	}
	if (diagnosis->left_out_count == MW_DETECTOR_FINDINGS_MAX)
		return NULL;
	diagnosis->left_out[diagnosis->left_out_count] = (struct mw_left_out){.kind = kind, .confidence_low = INT64_MAX};
	return &diagnosis->left_out[diagnosis->left_out_count++];
}

/** Where a kind's key is remembered, and its digest, which is not 0. */
static uint32_t *place_of(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind, uint32_t hash,
						  uint32_t *digest)
{
	*digest = (mw_digest_text(kind->name) ^ hash) | 1u;
	return &diagnosis->gone[(*digest >> 1) % DIAGNOSIS_GONE];
}

static void leave_out(struct mw_diagnosis *diagnosis, uint32_t number)
{
	const struct diagnosis_entry *entry = diagnosis->entries[number];
	struct mw_left_out *left_out = left_out_of(diagnosis, entry->kind);
	uint32_t digest, *place = place_of(diagnosis, entry->kind, diagnosis->hashes[number], &digest);

	*place = digest;
	if (left_out == NULL)
		return;
	left_out->count++;
	left_out->confidence_low = MW_MIN(left_out->confidence_low, entry->worth.confidence);
	left_out->confidence_high = MW_MAX(left_out->confidence_high, entry->worth.confidence);
}

void diagnosis_make_room(struct mw_diagnosis *diagnosis)
{
	uint32_t number;

	if (diagnosis->count == 0)
		return;
	number = choose(diagnosis);
	leave_out(diagnosis, number);
	diagnosis_remove(diagnosis, number);
}

bool diagnosis_comes_back(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind, uint32_t hash)
{
	uint32_t digest, *place = place_of(diagnosis, kind, hash, &digest);
	struct mw_left_out *left_out;

	if (*place != digest)
		return false;
	*place = 0;
	left_out = left_out_of(diagnosis, kind);
	if (left_out != NULL && left_out->count > 0)
		left_out->count--;
	return true;
}

uint32_t mw_diagnosis_left_out(const struct mw_diagnosis *diagnosis, const struct mw_left_out **left_out)
{
	*left_out = diagnosis->left_out;
	return diagnosis->left_out_count;
}
