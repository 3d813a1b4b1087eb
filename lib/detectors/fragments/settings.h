// SPDX-License-Identifier: BSD-3-Clause
// The section "fragment" of the configuration: the tracker's keys and the detector's.
// Neighbours: mw_fragment.h has the tracker's; emit.c and settle.c read it.
#ifndef FRAGMENTS_SETTINGS_H
#define FRAGMENTS_SETTINGS_H

#include "mw_fragment.h"

struct fragment_settings {
	struct mw_fragment_settings tracker; // first: the pipeline reads the section as this
	uint64_t reports_per_second; // datagrams a worker tells of at most
};

extern const struct mw_settings_module fragment_settings_module;

#endif
