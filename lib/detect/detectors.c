// SPDX-License-Identifier: BSD-3-Clause
// The table of all detectors; their order is the order of their bits and of their events.
// Neighbours: mw_detector.h. A new detector is one line here and one header.
#include "mw_detect_fragment.h"
#include "mw_detect_ike.h"
#include "mw_detect_nat.h"
#include "mw_detect_path.h"
#include "mw_detect_proxy.h"
#include "mw_detect_reset.h"
#include "mw_detector.h"

const struct mw_detector *const mw_detectors[] = {
	&mw_detect_reset, &mw_detect_proxy, &mw_detect_nat, &mw_detect_fragment, &mw_detect_path, &mw_detect_ike,
};

const uint32_t mw_detectors_count = MW_ARRAY_SIZE(mw_detectors);

// mw_flow.watch has a bit for each
_Static_assert(MW_ARRAY_SIZE(mw_detectors) <= 16, "more detectors than watch bits");
