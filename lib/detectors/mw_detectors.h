// SPDX-License-Identifier: BSD-3-Clause
// All detectors of the product.
// Neighbours: meson.build has their list, and makes the table of it. app/ hands it to everything else.
#ifndef MW_DETECTORS_H
#define MW_DETECTORS_H

#include "mw_detector.h"

extern const struct mw_detector_set mw_detectors; // constant: any thread

#endif
