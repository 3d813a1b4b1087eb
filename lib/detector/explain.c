// SPDX-License-Identifier: BSD-3-Clause
// Cause before symptom: a finding that another one explains is told there, and no longer beside it.
// Neighbours: diagnosis.h; mw_finding.h says which kind explains which.
#include <string.h>

#include "diagnosis.h"
#include "mw_lines.h"

/** Symptoms are told with the clock of intervals and time-outs: a minute before and behind. */
#define AROUND_NS        (60 * MW_NS_PER_SECOND)
#define CONFIDENCE_LEAST 50 // of a cause

static bool names(const struct diagnosis_entry *cause, const char *symptom)
{
	const char *const *kinds = cause->kind->explains;

	_Static_assert(MW_FINDING_EXPLAINS_MAX <= 8, "a bit each");
	for (uint32_t i = 0; i < MW_FINDING_EXPLAINS_MAX && kinds[i] != NULL; i++) {
		if (strcmp(kinds[i], symptom) == 0)
			return (cause->finding.explains_not >> i & 1) == 0;
	}
	return false;
}

static bool is_within(const struct mw_finding *symptom, const struct mw_finding *cause)
{
	return symptom->first_ns + AROUND_NS >= cause->first_ns && symptom->last_ns <= cause->last_ns + AROUND_NS;
}

static bool is_of_its_families(const struct mw_finding *symptom, const struct mw_finding *cause)
{
	return cause->families == 0 || (symptom->families != 0 && (symptom->families & ~cause->families) == 0);
}

static bool explains(const struct diagnosis_entry *cause, const struct diagnosis_entry *symptom)
{
	const struct mw_finding *finding = &cause->finding;

	return names(cause, symptom->kind->name) && finding->severity >= MW_SEVERITY_WARNING &&
		   finding->confidence >= CONFIDENCE_LEAST && is_within(&symptom->finding, finding) &&
		   is_of_its_families(&symptom->finding, finding);
}

// Of several causes the one that is surest.
static struct diagnosis_entry *cause_of(const struct mw_diagnosis *diagnosis, const struct diagnosis_entry *symptom)
{
	struct diagnosis_entry *best = NULL;

	for (uint32_t i = 0; i < diagnosis->count; i++) {
		struct diagnosis_entry *cause = diagnosis->entries[i];

		if (explains(cause, symptom) && (best == NULL || cause->finding.confidence > best->finding.confidence ||
										 (cause->finding.confidence == best->finding.confidence &&
										  strcmp(cause->finding.id, best->finding.id) < 0)))
			best = cause;
	}
	return best;
}

static void tell(struct diagnosis_entry *cause, const struct diagnosis_entry *symptom)
{
	struct mw_finding *finding = &cause->finding;
	const size_t used = strlen(finding->evidence);
	struct lines lines = lines_in(finding->evidence + used, sizeof(finding->evidence) - used, 0);

	mw_text_add(&lines.text, "- It explains %s: ", symptom->finding.kind);
	lines_add_short(&lines.text, symptom->finding.summary, 200);
	lines_end(&lines);
}

bool diagnosis_is_explained(const struct mw_diagnosis *diagnosis, const struct diagnosis_entry *symptom)
{
	struct diagnosis_entry *cause = cause_of(diagnosis, symptom);

	if (cause == NULL)
		return false;
	tell(cause, symptom);
	return true;
}
