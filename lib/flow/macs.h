// SPDX-License-Identifier: BSD-3-Clause
// MAC addresses by number: a link has few, its flows many. Each is kept as long as a flow refers to it. Worker only.
// Neighbours: track.c notes them, view.c shows them.
#ifndef FLOW_MACS_H
#define FLOW_MACS_H

#include "mw_route.h"
#include "table.h"

/** mac_hold of one that is not the latest, and mac_drop of one that nobody holds any more. */
uint16_t mac_hold_other(struct mw_flow_table *table, const uint8_t mac[6]);
void mac_forget(struct mw_flow_table *table, uint16_t number);

static inline uint16_t *mac_latest(struct mw_flow_table *table, const uint8_t mac[6])
{
	return &table->mac_latest[mac[5] % FLOW_MACS_LATEST];
}

/** The number of a MAC address, held until mac_drop; 0, and counted, when all numbers are in use. mac: not all zero. */
static inline uint16_t mac_hold(struct mw_flow_table *table, const uint8_t mac[6])
{
	const uint16_t number = *mac_latest(table, mac); // most flows come from the same few
	struct flow_mac *latest = &table->macs[number];

	if (MW_UNLIKELY(mw_mac_number(latest->mac) != mw_mac_number(mac)))
		return mac_hold_other(table, mac);
	latest->holders++;
	return number;
}

/** number: may be 0. */
static inline void mac_drop(struct mw_flow_table *table, uint16_t number)
{
	if (number != 0 && MW_UNLIKELY(--table->macs[number].holders == 0))
		mac_forget(table, number);
}
/** Six bytes, zero for number 0. */
const uint8_t *mac_at(const struct mw_flow_table *table, uint16_t number);
/** No number is in use any more. */
void macs_forget_all(struct mw_flow_table *table);

#endif
