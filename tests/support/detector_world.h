// SPDX-License-Identifier: BSD-3-Clause
// What a detector's half meets in a unit test.
// Neighbours: the worlds in tests/unit/detectors.
#ifndef DETECTOR_WORLD_H
#define DETECTOR_WORLD_H

#include "mw_detector.h"

/** The run's hash key, as a replay has it. */
const struct mw_hash_key *detector_world_key(void);

/** A side table as the detector declares it, to be freed; NULL when it declares none. */
struct mw_kit_side *detector_world_side(const struct mw_detector *detector);

#endif
