// SPDX-License-Identifier: BSD-3-Clause
// Transparent proxies found by their handshakes: the detector's settings.
// Neighbours: proxy*.c; detectors/middlebox/mw_middlebox.h has the row, detectors/proxy/finding.c makes the finding.
#ifndef PROXY_H
#define PROXY_H

#include "mw_detector.h"
#include "mw_diagnosis.h"
#include "mw_middlebox.h"

/** Section "transparent-proxy". */
struct mw_proxy_settings {
	bool enabled;
	uint64_t servers_at_least; // different ones on one clock
};

extern const struct mw_settings_module mw_proxy_settings_module;
extern const struct mw_detector mw_detector_proxy; // its rows are of mw_middlebox_record, by on_report alone
extern const struct mw_diagnoser diagnose_proxy;
extern const struct mw_finding_kind finding_proxy_transparent;

#endif
