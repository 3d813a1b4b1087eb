// SPDX-License-Identifier: BSD-3-Clause
// The kinds of findings that have evidence.
// Neighbours: evidence_kind.h.
#include "mw_evidence_kind.h"

#include "evidence_fragments.h"
#include "evidence_ike.h"
#include "evidence_paths.h"
#include "evidence_resets.h"

const struct mw_evidence_kind *const mw_evidence_kinds[] = {
	&evidence_resets,      &evidence_fragments_lost,  &evidence_fragment_attack,
	&evidence_black_holes, &evidence_ignored_reports, &evidence_ike,
};
const uint32_t mw_evidence_kinds_count = MW_ARRAY_SIZE(mw_evidence_kinds);
