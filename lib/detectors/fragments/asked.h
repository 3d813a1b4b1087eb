// SPDX-License-Identifier: BSD-3-Clause
// Whether anybody asked for a datagram: answers that nobody asked for are a reflected attack, or its backscatter.
// Neighbours: fragments.c.
#ifndef FRAGMENTS_ASKED_H
#define FRAGMENTS_ASKED_H

#include "mw_fragment.h"

/** An answer, by its port or its ICMP type, to a host that had sent nothing in its flow. */
bool fragment_is_unasked(const struct mw_fragment_datagram *datagram);

/** Later pieces of a protocol that answers: whether anybody asked, the address pair says. */
bool fragment_may_be_answer(const struct mw_fragment_datagram *datagram);

#endif
