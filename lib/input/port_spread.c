// SPDX-License-Identifier: BSD-3-Clause
// The NIC's hash key and its redirection table.
// Neighbours: port_spread.h.
#include "port_spread.h"

#include <string.h>

#include "mw_log.h"
#include "mw_spread.h"

#define SPREAD_TYPES                                                                                                   \
	(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER | RTE_ETH_RSS_IPV6 |                    \
	 RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER | RTE_ETH_RSS_IPV6_EX)
#define TABLE_MAX    RTE_ETH_RSS_RETA_SIZE_512 // the largest that is filled
#define TABLE_GROUPS (TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE)

bool port_spread_can(const struct rte_eth_dev_info *info)
{
	return (info->flow_type_rss_offloads & SPREAD_TYPES) != 0;
}

void port_spread_configure(const struct rte_eth_dev_info *info, uint16_t spread_key, struct rte_eth_conf *conf,
						   uint8_t key[PORT_SPREAD_KEY_BYTES_MAX])
{
	const uint8_t key_bytes =
		info->hash_key_size == 0 ? 40 : MW_MIN(info->hash_key_size, (uint8_t)PORT_SPREAD_KEY_BYTES_MAX);

	for (size_t i = 0; i < key_bytes; i++)
		key[i] = (uint8_t)(i % 2 == 0 ? spread_key >> 8 : spread_key);
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads & SPREAD_TYPES;
	conf->rx_adv_conf.rss_conf.rss_key = key;
	conf->rx_adv_conf.rss_conf.rss_key_len = key_bytes;
}

void port_spread_table(uint16_t port_id, const struct rte_eth_dev_info *info, uint16_t queues)
{
	struct rte_eth_rss_reta_entry64 table[TABLE_GROUPS];
	int error;

	if (info->reta_size == 0 || info->reta_size > TABLE_MAX)
		return; // most drivers fill such a table in the same order by themselves
	memset(table, 0, sizeof(table));
	for (uint16_t i = 0; i < info->reta_size; i++) {
		struct rte_eth_rss_reta_entry64 *group = &table[i / RTE_ETH_RETA_GROUP_SIZE];

		group->mask |= UINT64_C(1) << i % RTE_ETH_RETA_GROUP_SIZE;
		group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = mw_spread_among(i % MW_SPREAD_SLOTS, queues);
	}
	error = rte_eth_dev_rss_reta_update(port_id, table, info->reta_size);
	if (error != 0)
		mw_log_notice("port %u: its redirection table stays as the driver filled it (%s)", port_id, strerror(-error));
}
