// SPDX-License-Identifier: BSD-3-Clause
// The kinds of findings that have evidence.
// Neighbours: evidence_kind.h.
#include "evidence_kind.h"

#include "evidence_fragments.h"
#include "evidence_ike.h"
#include "evidence_paths.h"
#include "evidence_resets.h"

const struct evidence_kind *const evidence_kinds[] = {
	&evidence_resets,      &evidence_fragments_lost,  &evidence_fragment_attack,
	&evidence_black_holes, &evidence_ignored_reports, &evidence_ike,
};
const uint32_t evidence_kinds_count = MW_ARRAY_SIZE(evidence_kinds);

const struct evidence_kind *evidence_kind_of(uint8_t finding_kind)
{
	for (uint32_t i = 0; i < evidence_kinds_count; i++) {
		if (evidence_kinds[i]->finding == finding_kind)
			return evidence_kinds[i];
	}
	return NULL;
}
