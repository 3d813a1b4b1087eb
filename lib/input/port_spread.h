// SPDX-License-Identifier: BSD-3-Clause
// Receive-side scaling: a NIC told to spread packets over its queues as midwatch spreads them over workers.
// Neighbours: port.c; the hash is base/mw_spread.h. Control thread.
#ifndef MW_INPUT_PORT_SPREAD_H
#define MW_INPUT_PORT_SPREAD_H

#include <rte_ethdev.h>

#include "mw_base.h"

#define PORT_SPREAD_KEY_BYTES_MAX 64

/** True when the NIC can hash the addresses of IP packets. */
bool port_spread_can(const struct rte_eth_dev_info *info);

/**
 * Asks for the hash of both addresses and nothing else: all of a pair's packets meet in one queue, fragments and ICMP
 * too. key lives as long as conf.
 */
void port_spread_configure(const struct rte_eth_dev_info *info, uint16_t spread_key, struct rte_eth_conf *conf,
						   uint8_t key[PORT_SPREAD_KEY_BYTES_MAX]);

/** The queue of each slot of the redirection table. A NIC that keeps its own is let: what strays is handed over. */
void port_spread_table(uint16_t port_id, const struct rte_eth_dev_info *info, uint16_t queues);

#endif
