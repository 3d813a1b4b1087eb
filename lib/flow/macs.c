// SPDX-License-Identifier: BSD-3-Clause
// Numbers of MAC addresses: chains by a hash, and a count of the flows' sides that refer to each.
// Neighbours: macs.h.
#include "macs.h"

#include <string.h>

#define MAC_LOOKS 64 // of a longer chain, which somebody made on purpose, the end is not seen

static uint16_t *chain_of(struct mw_flow_table *table, const uint8_t mac[6])
{
	uint64_t secret;

	memcpy(&secret, &table->config.hash_key, sizeof(secret));
	return &table->mac_chains[(mw_mac_number(mac) * UINT64_C(0x9e3779b97f4a7c15) ^ secret) *
								  (UINT64_C(0x9e3779b97f4a7c15) + 2 * secret) >>
							  (64 - FLOW_MAC_CHAIN_BITS)];
}

static uint16_t take(struct mw_flow_table *table)
{
	uint16_t number = table->mac_free;

	if (number != 0)
		table->mac_free = table->macs[number].next;
	else if (table->macs_fresh < table->macs_max)
		number = ++table->macs_fresh;
	return number;
}

static uint16_t hold(struct mw_flow_table *table, const uint8_t mac[6])
{
	uint16_t *chain = chain_of(table, mac), number = *chain;

	for (int i = 0; i < MAC_LOOKS && number != 0; i++, number = table->macs[number].next) {
		if (mw_mac_number(table->macs[number].mac) == mw_mac_number(mac)) {
			table->macs[number].holders++;
			return number;
		}
	}
	number = take(table);
	if (number == 0) {
		tally(table, MW_FLOW_COUNTER_MACS_MISSED);
		return 0;
	}
	memcpy(table->macs[number].mac, mac, sizeof(table->macs[number].mac));
	table->macs[number].next = *chain;
	table->macs[number].holders = 1;
	*chain = number;
	return number;
}

uint16_t mac_hold_other(struct mw_flow_table *table, const uint8_t mac[6])
{
	return *mac_latest(table, mac) = hold(table, mac);
}

void mac_forget(struct mw_flow_table *table, uint16_t number)
{
	struct flow_mac *mac = &table->macs[number];
	uint16_t *link;

	if (*mac_latest(table, mac->mac) == number)
		*mac_latest(table, mac->mac) = 0;
	for (link = chain_of(table, mac->mac); *link != number; link = &table->macs[*link].next)
		;
	*link = mac->next;
	mac->next = table->mac_free;
	table->mac_free = number;
}

const uint8_t *mac_at(const struct mw_flow_table *table, uint16_t number)
{
	return table->macs[number].mac;
}

void macs_forget_all(struct mw_flow_table *table)
{
	memset(table->mac_chains, 0, sizeof(table->mac_chains));
	memset(table->mac_latest, 0, sizeof(table->mac_latest));
	table->mac_free = table->macs_fresh = 0;
}
