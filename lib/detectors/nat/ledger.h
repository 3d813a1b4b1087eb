// SPDX-License-Identifier: BSD-3-Clause
// The outside ports of a known set, seen from outside: when each was last used, and what its coming back tells of the
// translator: its timers, whether protocols share one pool, whether one port serves several peers.
// Neighbours: control.c feeds it, outside.c asks. Control half: fixed memory.
#ifndef NAT_LEDGER_H
#define NAT_LEDGER_H

#include "mw_mape.h"
#include "nat_model.h"
#include "rests.h"
#include "timers.h"
#include "turns.h"

#define NAT_LEDGER_PORTS 2048 // larger sets are not followed

enum nat_ledger_step { NAT_LEDGER_BEGIN, NAT_LEDGER_OUT, NAT_LEDGER_IN, NAT_LEDGER_CLOSE };

/** A packet at an outside port of the set. */
struct nat_ledger_use {
	uint64_t now_ns; // never goes back
	uint32_t peer; // hash of its address and port
	uint16_t port;
	uint8_t protocol; // enum mw_nat_protocol
	uint8_t step; // enum nat_ledger_step
	bool dns;
};

/** Different ports that have shown something. */
struct nat_ledger_votes {
	uint64_t bits[NAT_LEDGER_PORTS / 64];
	uint32_t count;
};

/** Zeroed memory knows nothing. */
struct nat_ledger {
	struct mw_mape_set set; // what the rest is of
	uint64_t base_ns; // 0: nothing yet
	uint32_t ports, fresh; // of the set; never used yet
	uint32_t sampled; // a walk through the ports
	bool pressed; // none was left: what came free was asked for at once
	uint32_t at, fresh_begun, in_order; // the latest; sessions on fresh ports; those a step after the one before
	struct nat_ledger_votes mixed; // came back while there were many fresh ones
	struct {
		uint32_t used_ds[NAT_LEDGER_PORTS]; // last use: tenths of a second since base_ns, plus 1; 0 never
		uint32_t peers[NAT_LEDGER_PORTS]; // of it
		uint8_t kinds[NAT_LEDGER_PORTS]; // of it: enum nat_timer, and flags
		uint32_t begun, at; // sessions since the latest look; where the latest was
		struct nat_ledger_votes saves; // given to another peer sooner than any timer ends
		double saves_expected; // how many would have been, if ports in use were given out like others
	} protocols[MW_NAT_PROTOCOLS];
	struct nat_ledger_votes apart; // in use by two protocols at once
	struct nat_rests_lists rests[NAT_TIMERS];
	struct nat_turns turns; // ranges in turn; turns.c
	struct nat_ledger_doubt {
		uint32_t timer_ds; // in use
		uint32_t least_ds; // as the ports that do not come back show it
		uint32_t came; // sessions on ports that this timer had let go
		double expected; // the same, if those were free
	} doubts[NAT_TIMERS];
};

/** What is in use, after given timers. */
struct nat_ledger_count {
	uint32_t each[MW_NAT_PROTOCOLS], all; // all: different numbers
};

/** False for sets that are too large or not known. */
bool nat_ledger_follows(const struct nat_ledger *ledger);
/** Begins anew with a set, too large ones included. from_ns: nothing that is told later is older. */
void nat_ledger_start(struct nat_ledger *ledger, const struct mw_mape_set *set, uint64_t from_ns);
/** What is known of a session that began before; in any order. */
void nat_ledger_seed(struct nat_ledger *ledger, const struct nat_ledger_use *use);
/** A packet at a port; one that is none of the set is passed over. */
void nat_ledger_use(struct nat_ledger *ledger, const struct nat_ledger_use *use);

/** No translator in use lets an idle entry go sooner; in ns. */
uint64_t nat_ledger_least_ns(enum nat_timer timer);

/** A timer in ns as the ports show it, or 0: not known. assumed_ns: what it would be without them. */
uint64_t nat_ledger_timer_ns(const struct nat_ledger *ledger, enum nat_timer timer, uint64_t assumed_ns);

/** TCP, UDP and ICMP have a pool of numbers each: several ports were in use by two of them at once. */
bool nat_ledger_pools_apart(const struct nat_ledger *ledger);
/** One outside port of this protocol serves several peers at a time. */
bool nat_ledger_saves_ports(const struct nat_ledger *ledger, uint8_t protocol);
/** Most of the UDP ports were last used towards one peer, and it answered none of them. */
bool nat_ledger_is_for_the_dead(const struct nat_ledger *ledger);
/**
 * Which port comes next is chance, so a full set is no mere habit: ports are not taken in order, or come back while
 * others were never used.
 */
bool nat_ledger_chooses_freely(const struct nat_ledger *ledger);

/**
 * Counts the ports in use after given timers (by enum nat_timer), and compares what came back since the latest look
 * with what would have if these timers were right. About once a second.
 */
void nat_ledger_look(struct nat_ledger *ledger, uint64_t now_ns, const uint64_t timers_ns[NAT_TIMERS],
					 struct nat_ledger_count *count);

#endif
