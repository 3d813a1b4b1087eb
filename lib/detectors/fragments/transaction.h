// SPDX-License-Identifier: BSD-3-Clause
// Which request of SIP a message is, or answers. Its responses repeat Call-ID and CSeq (RFC 3261 section 8.2.6.2).
// Neighbours: answers.c.
#ifndef FRAGMENTS_TRANSACTION_H
#define FRAGMENTS_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

/** What both have in common: a digest of call, number and method. 0: none, or not among the first 2,048 bytes. */
uint32_t fragment_transaction(const uint8_t *payload, uint32_t payload_bytes, bool response);

#endif
