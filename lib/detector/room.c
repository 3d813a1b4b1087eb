// SPDX-License-Identifier: BSD-3-Clause
// Which finding gives way when the list is full. No kind can crowd out another, and within a kind what is worth least
// goes: never what came first or last, for a flood comes when it likes.
// Neighbours: diagnosis.h; mw_worth.h says what is worth more.
#include <stdlib.h>
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
	int order = a->gathers != b->gathers ? (a->gathers ? 1 : -1) : mw_worth_compare_growing(worth_of(a), worth_of(b));

	return order != 0 ? order < 0 : strcmp(a->finding.id, b->finding.id) > 0;
}

static uint32_t count_of(const struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < diagnosis->count; i++)
		count += diagnosis->entries[i]->kind == kind;
	return count;
}

/** Number of the entry of a kind that is worth least; there is one. */
static uint32_t least_of(const struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind)
{
	uint32_t least = diagnosis->count;

	for (uint32_t i = 0; i < diagnosis->count; i++) {
		if (diagnosis->entries[i]->kind == kind &&
			(least == diagnosis->count || is_less(diagnosis->entries[i], diagnosis->entries[least])))
			least = i;
	}
	return least;
}

/** The kind that has most; of several the one that comes first by name, so that order decides nothing. */
static const struct mw_finding_kind *largest_kind(const struct mw_diagnosis *diagnosis)
{
	const struct mw_finding_kind *largest = NULL;
	uint32_t most = 0;

	for (uint32_t i = 0; i < diagnosis->count; i++) {
		const struct mw_finding_kind *kind = diagnosis->entries[i]->kind;
		uint32_t count = kind == largest ? most : count_of(diagnosis, kind);

		if (count > most || (count == most && strcmp(kind->name, largest->name) < 0)) {
			largest = kind;
			most = count;
		}
	}
	return largest;
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

static uint32_t digest_of(const struct mw_finding_kind *kind, uint32_t hash)
{
	return mw_digest_text(kind->name) ^ hash;
}

static void sum_up(struct mw_diagnosis *diagnosis, const struct diagnosis_entry *entry)
{
	struct mw_left_out *left_out = left_out_of(diagnosis, entry->kind);

	if (left_out == NULL)
		return;
	left_out->count++;
	left_out->confidence_low = MW_MIN(left_out->confidence_low, entry->worth.confidence);
	left_out->confidence_high = MW_MAX(left_out->confidence_high, entry->worth.confidence);
}

static void give_up(struct mw_diagnosis *diagnosis, uint32_t number)
{
	struct diagnosis_entry *entry = diagnosis->entries[number];

	worth_of(entry);
	mw_gone_add(&diagnosis->gone, digest_of(entry->kind, diagnosis->hashes[number]));
	diagnosis_remove(diagnosis, number);
	if (entry->kind->gather != NULL && !entry->gathers)
		entry->kind->gather(diagnosis, entry);
	else
		sum_up(diagnosis, entry);
	free(entry);
}

// Twice: the first that gives way may make the finding that gathers.
void diagnosis_make_room(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind)
{
	for (uint32_t i = 0; i < 2 && kind->max > 0 && count_of(diagnosis, kind) >= kind->max; i++)
		give_up(diagnosis, least_of(diagnosis, kind));
	for (uint32_t i = 0; i < 2 && diagnosis->count > 0 && diagnosis->count == diagnosis->max; i++)
		give_up(diagnosis, least_of(diagnosis, largest_kind(diagnosis)));
}

bool diagnosis_comes_back(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind, uint32_t hash)
{
	struct mw_left_out *left_out;

	if (!mw_gone_take(&diagnosis->gone, digest_of(kind, hash)))
		return false;
	left_out = kind->gather != NULL ? NULL : left_out_of(diagnosis, kind);
	if (left_out != NULL && left_out->count > 0)
		left_out->count--;
	return true;
}

uint32_t mw_diagnosis_left_out(const struct mw_diagnosis *diagnosis, const struct mw_left_out **left_out)
{
	*left_out = diagnosis->left_out;
	return diagnosis->left_out_count;
}
