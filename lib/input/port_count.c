// SPDX-License-Identifier: BSD-3-Clause
// Counters of a live port, from DPDK, the kernel's sockets and the XDP program.
// Neighbours: port.h; app/ reads them once a second on the control core.
#include <errno.h>
#include <rte_config.h>
#include <rte_ethdev.h>
#include <stdio.h>

#include "port.h"
#include "port_device.h"

static uint64_t missed_pkts(struct mw_port *port, const struct rte_eth_stats *stats)
{
	uint64_t interface_pkts;

	if (port->sockets.family == 0)
		return stats->imissed;
	interface_pkts = port_device_missed_pkts("/sys", port->spec.device) - port->missed_before_pkts;
	return port_sockets_dropped_pkts(&port->sockets) + interface_pkts;
}

int mw_port_counts(struct mw_port *port, struct mw_port_counts *counts)
{
	struct rte_eth_stats stats = {0};
	struct mw_xdp_value xdp[MW_XDP_COUNTS_MAX];
	int error;

	if (port->detached) {
		*counts = port->last;
		return 0;
	}
	error = rte_eth_stats_get(port->id, &stats);
	if (error != 0)
		return error;
	*counts = (struct mw_port_counts){
		.received_pkts = stats.ipackets,
		.received_bytes = stats.ibytes,
		.missed_pkts = missed_pkts(port, &stats),
		.no_mbuf_pkts = stats.rx_nombuf,
		.error_pkts = stats.ierrors,
	};
	if (port_xdp_read(&port->xdp, xdp) == 0)
		counts->excluded_pkts = xdp[MW_XDP_COUNT_EXCLUDED_PREFIX].packets + xdp[MW_XDP_COUNT_EXCLUDED_VLAN].packets;
	return 0;
}

uint32_t mw_port_xstats(const struct mw_port *port, struct mw_port_xstat rows[MW_PORT_XSTATS_MAX])
{
	static struct rte_eth_xstat values[MW_PORT_XSTATS_MAX]; // control thread alone
	static struct rte_eth_xstat_name names[MW_PORT_XSTATS_MAX];
	uint32_t count = 0;
	int known = rte_eth_xstats_get_names(port->id, names, MW_PORT_XSTATS_MAX);

	if (known < 0 || known > MW_PORT_XSTATS_MAX || rte_eth_xstats_get(port->id, values, (unsigned)known) != known)
		return 0;
	for (int i = 0; i < known; i++) {
		if (values[i].value == 0)
			continue;
		snprintf(rows[count].name, sizeof(rows[count].name), "%s", names[values[i].id].name);
		rows[count++].value = values[i].value;
	}
	return count;
}

uint32_t mw_port_xdp_counts(struct mw_port *port, struct mw_port_xdp_count *rows, uint32_t rows_max)
{
	static const char *const names[MW_XDP_COUNTS_MAX] = {
#define X(symbol, name) [MW_XDP_COUNT_##symbol] = name,
		MW_XDP_COUNTS(X)
#undef X
	};
	struct mw_xdp_value values[MW_XDP_COUNTS_MAX];
	uint32_t count = MW_MIN(rows_max, (uint32_t)MW_XDP_COUNTS_MAX);

	if (port_xdp_read(&port->xdp, values) != 0)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		rows[i] = (struct mw_port_xdp_count){.name = names[i], .packets = values[i].packets, .bytes = values[i].bytes};
	return count;
}
