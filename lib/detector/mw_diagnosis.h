// SPDX-License-Identifier: BSD-3-Clause
// The bounded list of findings that diagnosers fill: one entry a subject, its facts beside it, its text made on demand.
// Neighbours: mw_finding.h; diagnosers are named by the kinds of findings that they make. Control thread.
#ifndef MW_DIAGNOSIS_H
#define MW_DIAGNOSIS_H

#include "mw_spans.h"
#include "mw_worth.h"

#define DIAGNOSIS_KEY_BYTES 160

/** One finding with what it was made from. */
struct diagnosis_entry {
	struct mw_finding finding;
	const struct mw_finding_kind *kind;
	char key[DIAGNOSIS_KEY_BYTES];
	uint64_t rows; // that made it, since it came
	uint64_t rows_told; // of these, when mw_diagnosis_news was asked last
	struct mw_spans spans; // when they were
	bool gathers; // set by its diagnoser: what has no finding of its own is told here. Few; others give way first
	bool came_back; // it gave way to others before
	bool judged; // worth is that of its facts
	struct mw_worth worth;
	struct diagnosis_entry *hidden_by; // the mirror that makes it by itself; NULL: none
	void (*write)(struct diagnosis_entry *entry); // facts -> texts, severity, confidence
	_Alignas(16) uint8_t facts[]; // the diagnoser's own, zeroed at first
};

/** Reads rows of one record into entries. */
struct mw_diagnoser {
	const struct mw_record *record;
	void (*row)(struct mw_diagnosis *diagnosis, const void *row);
	size_t memory_bytes; // of what it keeps between rows beside its entries; 0 none
	/**
	 * Live, its memory may outlive the run in a small file of this name (mw_kept.h): keep writes it as lines, recall
	 * takes one of them, and says whether it is sound. NULL: it ends with the run.
	 */
	const char *kept;
	bool (*recall)(void *memory, const char *line);
	void (*keep)(const void *memory, struct mw_text *lines);
};

/**
 * The entry of this kind and key, made when it is new; first and last stretch over first_ns and last_ns, which is a
 * span of its own.
 * A full list gives one up for it, so an entry that was returned before may be gone. @return NULL: no memory.
 */
struct diagnosis_entry *diagnosis_entry(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
										const char *key, size_t facts_bytes,
										void (*write)(struct diagnosis_entry *entry), uint64_t first_ns,
										uint64_t last_ns);

/** The entry of this kind and key, or NULL. Changes nothing. */
struct diagnosis_entry *diagnosis_find(const struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
									   const char *key);

/** The entry of this kind that comes after another one in the list, NULL for the first. @return NULL: no more. */
struct diagnosis_entry *diagnosis_next(const struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
									   const struct diagnosis_entry *after);

/** Takes an entry away: another one reports it now. */
void diagnosis_forget(struct mw_diagnosis *diagnosis, struct diagnosis_entry *entry);

/** What owner keeps between rows: its memory_bytes, zeroed at start, and when all is forgotten unless it is kept. */
void *diagnosis_memory(const struct mw_diagnosis *diagnosis, const struct mw_diagnoser *owner);

#endif
