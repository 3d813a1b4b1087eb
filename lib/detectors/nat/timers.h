// SPDX-License-Identifier: BSD-3-Clause
// The kinds of entries that a translator has a timer of its own for.
// Neighbours: profile.c has their usual values, ledger.c measures them.
#ifndef NAT_TIMERS_H
#define NAT_TIMERS_H

#include "mw_base.h"

enum nat_timer {
	NAT_TIMER_TCP_OPENING,
	NAT_TIMER_TCP,
	NAT_TIMER_TCP_CLOSING,
	NAT_TIMER_UDP_UNANSWERED,
	NAT_TIMER_UDP,
	NAT_TIMER_DNS,
	NAT_TIMER_ICMP,
	NAT_TIMERS,
};

#endif
