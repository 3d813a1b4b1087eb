// SPDX-License-Identifier: BSD-3-Clause
// The table of all detectors; their order is the order of their bits and of their events.
// Neighbours: mw_detector.h. A new detector is one line here and one header.
#include "fragments.h"
#include "ike.h"
#include "nat.h"
#include "paths.h"
#include "proxy.h"
#include "resets.h"
#include "mw_detectors.h"

static const struct mw_detector *const all[] = {
	&mw_detector_resets,    &mw_detector_proxy, &mw_detector_nat,
	&mw_detector_fragments, &mw_detector_paths, &mw_detector_ike,
};

const struct mw_detector_set mw_detectors = {all, MW_ARRAY_SIZE(all)};

const struct diagnoser *const mw_diagnosers[] = {
	&diagnose_resets, &diagnose_proxy,     &diagnose_nat_lines,       &diagnose_nat_hosts,
	&diagnose_paths,  &diagnose_fragments, &diagnose_fragment_attack, &diagnose_ike,
};
const uint32_t mw_diagnosers_count = MW_ARRAY_SIZE(mw_diagnosers);

const struct mw_evidence_kind *const mw_evidence_kinds[] = {
	&evidence_resets,      &evidence_fragments_lost,  &evidence_fragment_attack,
	&evidence_black_holes, &evidence_ignored_reports, &evidence_ike,
};
const uint32_t mw_evidence_kinds_count = MW_ARRAY_SIZE(mw_evidence_kinds);

// mw_flow.watch has a bit for each
_Static_assert(MW_ARRAY_SIZE(all) <= MW_DETECTORS_MAX, "more detectors than watch bits");
