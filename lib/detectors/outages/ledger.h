// SPDX-License-Identifier: BSD-3-Clause
// The time of a class of a line, none of it twice: seen, blind, or nobody asked. What was not asked may have been down.
// Neighbours: line.h has one a class, control.c notes what signs say. Control thread.
#ifndef OUTAGES_LEDGER_H
#define OUTAGES_LEDGER_H

#include "mw_kit_blind.h"
#include "outages.h"

#define OUTAGES_SAYS_NS MW_NS_PER_SECOND // what a packet says of the time after it: the shortest deadline

/** Zeroed memory has not begun. seen + blind + unasked = until - from. */
struct outages_ledger {
	uint64_t from_ns, until_ns;
	uint64_t seen_ns, blind_ns, unasked_ns;
	uint64_t hole_from_ns, hole_to_ns; // the longest time without a question, of the latest ones
};

/** Something was seen or asked at from_ns that speaks until to_ns; in order of from_ns. */
void outages_ledger_note(struct outages_ledger *ledger, const struct mw_kit_blind *blind, uint64_t from_ns,
						 uint64_t to_ns);

/** As it is learnt just now, the mirror showed nothing between: nobody can have been seen asking. */
void outages_ledger_hidden(struct outages_ledger *ledger, uint64_t from_ns, uint64_t to_ns);

/** So much that was seen was one direction alone. */
void outages_ledger_one_way(struct outages_ledger *ledger, uint64_t time_ns);

/** As it stands at now_ns. */
struct outages_ledger outages_ledger_at(const struct outages_ledger *ledger, const struct mw_kit_blind *blind,
										uint64_t now_ns);

/** The same in whole milliseconds, so that the columns add up as they are read. */
void outages_ledger_row(const struct outages_ledger *ledger, const struct mw_kit_blind *blind, uint64_t now_ns,
						struct outages_coverage *row);

#endif
