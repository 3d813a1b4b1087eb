// SPDX-License-Identifier: BSD-3-Clause
// What tests look at: a scan without its prefilter, and where the databases came from.
// Neighbours: signature.c, prefilter.h.
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include "mw_signature.h"

/** mw_signature_scan without the prefilter. */
int signature_scan_unfiltered(const struct mw_signatures *signatures, struct mw_signature_scratch *scratch,
							  enum mw_signature_on on, uint8_t protocol, const uint8_t *bytes, uint32_t len_bytes);

/** True when nothing had to be compiled. */
bool signatures_were_stored(const struct mw_signatures *signatures);

#endif
