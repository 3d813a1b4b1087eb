// SPDX-License-Identifier: BSD-3-Clause
// Rows to diagnosers, entries to a sorted list. Memory is bounded by the number of findings.
// Neighbours: mw_diagnosis.h; room.c says who gives way.
#include "diagnosis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_digest.h"
#include "mw_log.h"

static int new_memories(struct mw_diagnosis *diagnosis)
{
	for (uint32_t i = 0; i < diagnosis->diagnosers_count; i++) {
		if (diagnosis->diagnosers[i]->memory_bytes == 0)
			continue;
		diagnosis->memories[i] = calloc(1, diagnosis->diagnosers[i]->memory_bytes);
		if (diagnosis->memories[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

int mw_diagnosis_new(const struct mw_diagnoser *const diagnosers[], uint32_t diagnosers_count, uint32_t findings_max,
					 struct mw_diagnosis **diagnosis)
{
	struct mw_diagnosis *mine = calloc(1, sizeof(*mine));

	if (mine == NULL)
		return -ENOMEM;
	mine->max = findings_max;
	mine->diagnosers = diagnosers;
	mine->memories = calloc((size_t)diagnosers_count + 1, sizeof(mine->memories[0]));
	mine->diagnosers_count = mine->memories == NULL ? 0 : diagnosers_count;
	mine->entries = calloc((size_t)findings_max + 1, sizeof(mine->entries[0]));
	mine->hashes = calloc((size_t)findings_max + 1, sizeof(mine->hashes[0]));
	mine->sorted = calloc((size_t)findings_max + 1, sizeof(mine->sorted[0]));
	if (mine->entries == NULL || mine->hashes == NULL || mine->sorted == NULL || mine->memories == NULL ||
		new_memories(mine) != 0) {
		mw_diagnosis_free(mine);
		return -ENOMEM;
	}
	*diagnosis = mine;
	return 0;
}

void mw_diagnosis_clear(struct mw_diagnosis *diagnosis)
{
	for (uint32_t i = 0; i < diagnosis->count; i++)
		free(diagnosis->entries[i]);
	diagnosis->count = 0;
	diagnosis->left_out_count = 0;
	memset(&diagnosis->gone, 0, sizeof(diagnosis->gone));
	for (uint32_t i = 0; i < diagnosis->diagnosers_count; i++) {
		if (diagnosis->memories[i] != NULL && diagnosis->diagnosers[i]->kept == NULL)
			memset(diagnosis->memories[i], 0, diagnosis->diagnosers[i]->memory_bytes);
	}
}

void mw_diagnosis_free(struct mw_diagnosis *diagnosis)
{
	if (diagnosis == NULL)
		return;
	if (diagnosis->entries != NULL)
		mw_diagnosis_clear(diagnosis);
	free(diagnosis->entries);
	free(diagnosis->hashes);
	free(diagnosis->sorted);
	for (uint32_t i = 0; i < diagnosis->diagnosers_count; i++)
		free(diagnosis->memories[i]);
	free(diagnosis->memories);
	free(diagnosis);
}

static uint64_t hearers_of(const struct mw_diagnosis *diagnosis, const struct mw_record *record)
{
	uint64_t hearers = 0;

	_Static_assert(MW_DETECTOR_FINDINGS_MAX <= 64, "a bit for each diagnoser");
	for (uint32_t i = 0; i < diagnosis->diagnosers_count; i++)
		hearers |= (uint64_t)(diagnosis->diagnosers[i]->record == record) << i;
	return hearers;
}

void mw_diagnosis_row(struct mw_diagnosis *diagnosis, const struct mw_record *record, const void *row)
{
	if (diagnosis->heard != record) { // rows of one kind come in a row
		diagnosis->heard = record;
		diagnosis->hearers = hearers_of(diagnosis, record);
	}
	for (uint64_t left = diagnosis->hearers; left != 0; left &= left - 1)
		diagnosis->diagnosers[__builtin_ctzll(left)]->row(diagnosis, row);
}

static bool id_is_taken(const struct mw_diagnosis *diagnosis, const char *id)
{
	for (uint32_t i = 0; i < diagnosis->count; i++) {
		if (strcmp(diagnosis->entries[i]->finding.id, id) == 0)
			return true;
	}
	return false;
}

static void name_finding(const struct mw_diagnosis *diagnosis, struct diagnosis_entry *entry, uint32_t value)
{
	do {
		snprintf(entry->finding.id, sizeof(entry->finding.id), "%s-%08x", entry->kind->name, value++);
	} while (id_is_taken(diagnosis, entry->finding.id));
}

// Whoever looks for one may change it.
static struct diagnosis_entry *find_entry(const struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
										  const char *key, uint32_t hash)
{
	for (uint32_t i = 0; i < diagnosis->count; i++) {
		struct diagnosis_entry *entry = diagnosis->entries[i];

		if (diagnosis->hashes[i] == hash && entry->kind == kind && strcmp(entry->key, key) == 0) {
			entry->judged = false;
			return entry;
		}
	}
	return NULL;
}

struct diagnosis_entry *diagnosis_find(const struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
									   const char *key)
{
	return find_entry(diagnosis, kind, key, mw_digest_text(key));
}

struct diagnosis_entry *diagnosis_next(const struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
									   const struct diagnosis_entry *after)
{
	bool behind = after == NULL;

	for (uint32_t i = 0; i < diagnosis->count; i++) {
		if (behind && diagnosis->entries[i]->kind == kind)
			return diagnosis->entries[i];
		behind |= diagnosis->entries[i] == after;
	}
	return NULL;
}

void *diagnosis_memory(const struct mw_diagnosis *diagnosis, const struct mw_diagnoser *owner)
{
	for (uint32_t i = 0; i < diagnosis->diagnosers_count; i++) {
		if (diagnosis->diagnosers[i] == owner)
			return diagnosis->memories[i];
	}
	return NULL;
}

struct diagnosis_entry *diagnosis_remove(struct mw_diagnosis *diagnosis, uint32_t number)
{
	struct diagnosis_entry *entry = diagnosis->entries[number];

	diagnosis->entries[number] = diagnosis->entries[--diagnosis->count];
	diagnosis->hashes[number] = diagnosis->hashes[diagnosis->count];
	return entry;
}

void diagnosis_forget(struct mw_diagnosis *diagnosis, struct diagnosis_entry *entry)
{
	for (uint32_t i = 0; i < diagnosis->count; i++) {
		if (diagnosis->entries[i] == entry) {
			free(diagnosis_remove(diagnosis, i));
			return;
		}
	}
}

// Once: the next one may find some again.
static void tell_no_memory(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind)
{
	if (!diagnosis->told_no_memory)
		mw_log_warning("no memory for a finding (%s): it is left out, its rows are in the CSV files", kind->name);
	diagnosis->told_no_memory = true;
}

static struct diagnosis_entry *new_entry(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
										 const char *key, uint32_t hash, size_t facts_bytes,
										 void (*write)(struct diagnosis_entry *entry))
{
	struct diagnosis_entry *entry = NULL;
	size_t bytes = (sizeof(*entry) + facts_bytes + 15) / 16 * 16;

	diagnosis_make_room(diagnosis, kind);
	if (diagnosis->count < diagnosis->max)
		entry = aligned_alloc(16, bytes);
	if (entry == NULL) {
		tell_no_memory(diagnosis, kind);
		return NULL;
	}
	memset(entry, 0, bytes);
	entry->kind = kind;
	entry->came_back = diagnosis_comes_back(diagnosis, kind, hash);
	entry->finding.kind = kind->name;
	entry->write = write;
	snprintf(entry->key, sizeof(entry->key), "%s", key);
	name_finding(diagnosis, entry, hash);
	diagnosis->hashes[diagnosis->count] = hash;
	diagnosis->entries[diagnosis->count++] = entry;
	return entry;
}

struct diagnosis_entry *diagnosis_entry(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
										const char *key, size_t facts_bytes,
										void (*write)(struct diagnosis_entry *entry), uint64_t first_ns,
										uint64_t last_ns)
{
	uint32_t hash = mw_digest_text(key);
	struct diagnosis_entry *entry = find_entry(diagnosis, kind, key, hash);

	if (entry == NULL)
		entry = new_entry(diagnosis, kind, key, hash, facts_bytes, write);
	if (entry == NULL)
		return NULL;
	if (entry->finding.first_ns == 0 || first_ns < entry->finding.first_ns)
		entry->finding.first_ns = first_ns;
	entry->finding.last_ns = MW_MAX(entry->finding.last_ns, last_ns);
	mw_spans_add(&entry->spans, first_ns, last_ns);
	entry->rows++;
	return entry;
}

bool mw_diagnosis_news(struct mw_diagnosis *diagnosis, const struct mw_finding *finding)
{
	for (uint32_t i = 0; i < diagnosis->count; i++) {
		struct diagnosis_entry *entry = diagnosis->entries[i];
		const bool news = entry->rows != entry->rows_told;

		if (&entry->finding != finding)
			continue;
		entry->rows_told = entry->rows;
		return news;
	}
	return false;
}

static int compare_findings(const void *a, const void *b)
{
	const struct mw_finding *left = *(const struct mw_finding *const *)a;
	const struct mw_finding *right = *(const struct mw_finding *const *)b;
	uint8_t left_rank = mw_finding_kind_of(left)->rank, right_rank = mw_finding_kind_of(right)->rank;

	if (left->severity != right->severity)
		return left->severity > right->severity ? -1 : 1;
	if (left_rank != right_rank)
		return left_rank < right_rank ? -1 : 1;
	if (left->confidence != right->confidence)
		return left->confidence > right->confidence ? -1 : 1;
	if (left->known != right->known)
		return left->known ? -1 : 1;
	if (left->first_ns != right->first_ns)
		return left->first_ns < right->first_ns ? -1 : 1;
	return strcmp(left->id, right->id);
}

uint32_t mw_diagnosis_findings(struct mw_diagnosis *diagnosis, const struct mw_finding *const **findings)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < diagnosis->count; i++)
		diagnosis->entries[i]->write(diagnosis->entries[i]);
	for (uint32_t i = 0; i < diagnosis->count; i++)
		diagnosis_doubt(diagnosis, diagnosis->entries[i]);
	for (uint32_t i = 0; i < diagnosis->count; i++)
		diagnosis->sorted[i] = &diagnosis->entries[i]->finding;
	qsort(diagnosis->sorted, diagnosis->count, sizeof(diagnosis->sorted[0]), compare_findings);
	for (uint32_t i = 0; i < diagnosis->count; i++) {
		const struct diagnosis_entry *entry = (const struct diagnosis_entry *)(const void *)diagnosis->sorted[i];

		if (entry->hidden_by != NULL)
			diagnosis_tell(entry->hidden_by, entry);
		else if (!diagnosis_is_explained(diagnosis, entry))
			diagnosis->sorted[count++] = diagnosis->sorted[i];
	}
	*findings = diagnosis->sorted;
	return count;
}

const struct mw_finding *mw_diagnosis_find(struct mw_diagnosis *diagnosis, const char *id)
{
	const struct mw_finding *found = NULL;

	for (uint32_t i = 0; i < diagnosis->count; i++) {
		const struct mw_finding *finding = &diagnosis->entries[i]->finding;

		if (strcmp(finding->id, id) == 0)
			return finding;
		if (id[0] == '\0' || strncmp(finding->id, id, strlen(id)) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = finding;
	}
	return found;
}

const char *mw_finding_key(const struct mw_finding *finding)
{
	_Static_assert(offsetof(struct diagnosis_entry, finding) == 0, "a finding is the beginning of its entry");
	return ((const struct diagnosis_entry *)(const void *)finding)->key;
}

const struct mw_finding_kind *mw_finding_kind_of(const struct mw_finding *finding)
{
	return ((const struct diagnosis_entry *)(const void *)finding)->kind;
}

void mw_diagnosis_set_evidence(struct mw_diagnosis *diagnosis, const char *id, const char *file)
{
	for (uint32_t i = 0; i < diagnosis->count; i++) {
		struct mw_finding *finding = &diagnosis->entries[i]->finding;

		if (strcmp(finding->id, id) == 0)
			snprintf(finding->evidence_file, sizeof(finding->evidence_file), "%s", file);
	}
}
