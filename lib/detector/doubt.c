// SPDX-License-Identifier: BSD-3-Clause
// A mirror that hides packets makes cases in which something was not seen: so many of a finding's are taken for these.
// Neighbours: diagnosis.h; mw_finding.h has what a finding rests on. The share of cases that a cause makes by itself:
// Levin, The Occurrence of Lung Cancer in Man, 1953 (attributable fraction).
#include <math.h>
#include <string.h>

#include "diagnosis.h"
#include "mw_lines.h"

#define SIGMAS           3 // more cases than chance makes once in 700
#define CONFIDENCE_LEAST 50 // of a warning

/** Cases that this mirror makes by itself. */
static double made_by(const struct diagnosis_entry *mirror, const struct diagnosis_entry *entry)
{
	const struct mw_finding *finding = &mirror->finding;
	const struct mw_absence *absence = &entry->finding.absence;
	const double part_of_time = mw_spans_share(&entry->spans, &mirror->spans, finding->hides_ns);
	const double a_try = 1 - pow(1 - MW_MIN(finding->hides, 1.0), absence->parts);

	return (double)absence->due * part_of_time * pow(a_try, absence->tries);
}

static struct diagnosis_entry *worst_mirror(const struct mw_diagnosis *diagnosis, const struct diagnosis_entry *entry,
											double *makes)
{
	struct diagnosis_entry *worst = NULL;

	*makes = 0;
	for (uint32_t i = 0; i < diagnosis->count; i++) {
		struct diagnosis_entry *mirror = diagnosis->entries[i];
		const double made = mirror->finding.hides > 0 ? made_by(mirror, entry) : 0;

		if (made > *makes) {
			*makes = made;
			worst = mirror;
		}
	}
	return worst;
}

static void lower(struct mw_finding *finding, const struct mw_finding *mirror, double makes)
{
	const int64_t before = finding->confidence;
	const size_t used = strlen(finding->evidence);
	struct lines lines = lines_in(finding->evidence + used, sizeof(finding->evidence) - used, 0);

	finding->confidence = (int64_t)((double)before * (1 - makes / (double)finding->absence.missing));
	if (finding->confidence >= before)
		return;
	if (finding->confidence < CONFIDENCE_LEAST)
		finding->severity = MW_MIN(finding->severity, (uint8_t)MW_SEVERITY_NOTICE);
	mw_text_add(&lines.text,
				"- The mirror hid packets meanwhile (%s): by itself it makes %.1f of these %lld cases. "
				"So this is %lld sure instead of %lld.",
				mirror->kind, makes, (long long)finding->absence.missing, (long long)finding->confidence,
				(long long)before);
	lines_end(&lines);
}

void diagnosis_doubt(const struct mw_diagnosis *diagnosis, struct diagnosis_entry *entry)
{
	const struct mw_absence *absence = &entry->finding.absence;
	struct diagnosis_entry *mirror;
	double makes;

	entry->hidden_by = NULL;
	if (absence->missing <= 0 || absence->due <= 0)
		return;
	mirror = worst_mirror(diagnosis, entry, &makes);
	if (mirror == NULL)
		return;
	if ((double)absence->missing <= makes + SIGMAS * sqrt(makes))
		entry->hidden_by = mirror;
	else
		lower(&entry->finding, &mirror->finding, makes);
}
