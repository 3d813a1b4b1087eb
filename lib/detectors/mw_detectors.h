// SPDX-License-Identifier: BSD-3-Clause
// All detectors of the product.
// Neighbours: detectors.c.in, which meson.build fills from its list. app/ hands it to everything else.
#ifndef MW_DETECTORS_H
#define MW_DETECTORS_H

#include "mw_detector.h"

extern const struct mw_detector_set mw_detectors; // constant: any thread

#endif
