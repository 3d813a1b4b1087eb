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

// mw_flow.watch has a bit for each
_Static_assert(MW_ARRAY_SIZE(all) <= MW_DETECTORS_MAX, "more detectors than watch bits");
