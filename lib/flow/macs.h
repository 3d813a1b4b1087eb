// SPDX-License-Identifier: BSD-3-Clause
// MAC addresses by number: a link has few, its flows many. Each is kept as long as a flow refers to it. Worker only.
// Neighbours: track.c notes them, view.c shows them.
#ifndef FLOW_MACS_H
#define FLOW_MACS_H

#include "table.h"

/** The number of a MAC address, held until mac_drop; 0, and counted, when all numbers are in use. mac: not all zero. */
uint16_t mac_hold(struct mw_flow_table *table, const uint8_t mac[6]);
/** number: may be 0. */
void mac_drop(struct mw_flow_table *table, uint16_t number);
/** Six bytes, zero for number 0. */
const uint8_t *mac_at(const struct mw_flow_table *table, uint16_t number);
/** No number is in use any more. */
void macs_forget_all(struct mw_flow_table *table);

#endif
