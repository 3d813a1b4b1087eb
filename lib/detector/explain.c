// SPDX-License-Identifier: BSD-3-Clause
// Cause before symptom: what others explain, each time that it was seen, is told there and no longer beside them.
// Neighbours: diagnosis.h; mw_finding.h says which kind explains which.
#include <string.h>

#include "diagnosis.h"
#include "mw_lines.h"

/** Symptoms are told with the clock of intervals and time-outs: a minute before and behind. */
#define AROUND_NS (60 * MW_NS_PER_SECOND)
/** Where both are told by their own: what failed sooner has another cause, and what is back needs time to answer. */
#define SOONER_NS        (5 * MW_NS_PER_SECOND)
#define LATER_NS         (10 * MW_NS_PER_SECOND)
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

static bool is_of_its_families(const struct mw_finding *symptom, const struct mw_finding *cause)
{
	return cause->families == 0 || (symptom->families != 0 && (symptom->families & ~cause->families) == 0);
}

/** A cause, as far as it is none of another family, and is sure. */
static bool may_explain(const struct diagnosis_entry *cause, const struct diagnosis_entry *symptom)
{
	const struct mw_finding *finding = &cause->finding;

	return !symptom->finding.stands && names(cause, symptom->kind->name) && finding->severity >= MW_SEVERITY_WARNING &&
		   finding->confidence >= CONFIDENCE_LEAST && is_of_its_families(&symptom->finding, finding);
}

static bool covers(const struct diagnosis_entry *cause, const struct diagnosis_entry *symptom,
				   const struct mw_span *span)
{
	if (!symptom->finding.exact || !cause->finding.exact)
		return mw_spans_cover(&cause->spans, span, AROUND_NS, AROUND_NS);
	return mw_spans_cover(&cause->spans, span, SOONER_NS, symptom->kind->lingers ? AROUND_NS : LATER_NS);
}

/** Of several causes of one span the one that is surest. */
static struct diagnosis_entry *cause_of(const struct mw_diagnosis *diagnosis, const struct diagnosis_entry *symptom,
										const struct mw_span *span)
{
	struct diagnosis_entry *best = NULL;

	for (uint32_t i = 0; i < diagnosis->count; i++) {
		struct diagnosis_entry *cause = diagnosis->entries[i];

		if (may_explain(cause, symptom) && covers(cause, symptom, span) &&
			(best == NULL || cause->finding.confidence > best->finding.confidence ||
			 (cause->finding.confidence == best->finding.confidence &&
			  strcmp(cause->finding.id, best->finding.id) < 0)))
			best = cause;
	}
	return best;
}

void diagnosis_tell(struct diagnosis_entry *cause, const struct diagnosis_entry *symptom)
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
	struct diagnosis_entry *causes[MW_SPANS_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < symptom->spans.count; i++) {
		struct diagnosis_entry *cause = cause_of(diagnosis, symptom, &symptom->spans.at[i]);
		uint32_t at = 0;

		if (cause == NULL)
			return false;
		while (at < count && causes[at] != cause)
			at++;
		if (at == count)
			causes[count++] = cause;
	}
	for (uint32_t i = 0; i < count; i++)
		diagnosis_tell(causes[i], symptom);
	return true;
}
