// SPDX-License-Identifier: BSD-3-Clause
// Hosts by the reduced MSS that they show.
// Neighbours: mss.h.
#include "mss.h"

#include "network.h"

static const uint32_t own_choice[2] = {536, 1220}; // of IPv4, IPv6: the default without a word of the other end

static void add_distinct(struct mw_address *items, uint8_t *count, const struct mw_address *item)
{
	for (uint32_t i = 0; i < *count; i++) {
		if (mw_address_compare(&items[i], item) == 0)
			return;
	}
	if (*count < PATH_MSS_HOSTS)
		items[(*count)++] = *item;
}

void path_mss_saw(struct path_mss_table *table, bool v6, enum path_mss_side side, uint32_t mss,
				  const struct mw_address *host)
{
	struct mw_address network = path_network(host);
	struct path_mss_hosts *hosts;

	if (side == PATH_MSS_NONE || !path_mss_is_reduced(v6, mss))
		return;
	hosts = &table->values[v6][side - 1][mss];
	add_distinct(hosts->hosts, &hosts->hosts_count, host);
	add_distinct(hosts->networks, &hosts->networks_count, &network);
}

const struct path_mss_hosts *path_mss_shared(const struct path_mss_table *table, bool v6, enum path_mss_side side,
											 uint32_t mss)
{
	if (side == PATH_MSS_NONE || !path_mss_is_reduced(v6, mss) || mss <= own_choice[v6])
		return NULL;
	return &table->values[v6][side - 1][mss];
}
