// SPDX-License-Identifier: BSD-3-Clause
// The two ways into a capture file, held against each other: what is read past libpcap must be what libpcap reads.
// Neighbours: capture_pair_test.c and tests/fuzz/capture_fuzz.c ask; lib/input/capture.c answers.
#ifndef MW_TEST_CAPTURE_PAIR_H
#define MW_TEST_CAPTURE_PAIR_H

#include "mw_base.h"
#include "mw_text.h"

/**
 * Reads the same bytes as a regular file in batches, which goes past libpcap where it can, and out of a pipe packet by
 * packet, which is libpcap alone. difference says where packets, times, the end or its explanation are not the same.
 * @return how many packets both gave, or -1 with a difference.
 */
int capture_pair_compare(const uint8_t *bytes, size_t count, struct mw_text *difference);

#endif
