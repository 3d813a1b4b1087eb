// SPDX-License-Identifier: BSD-3-Clause
// Events of removal: of the bus (vfio-pci: the kernel requests the device; uio: the kernel says that it is gone) and of
// the driver (mlx5 and others). Under uio the registers vanish with the card, and who touches them gets SIGBUS: DPDK's
// handler puts memory in their place. Neighbours: port_removal.h. See VFIO_PCI_REQ_IRQ_INDEX and NETLINK_KOBJECT_UEVENT
// of the kernel, and RTE_ETH_EVENT_INTR_RMV of DPDK.
#include "port_removal.h"

#include <rte_config.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <string.h>

#include "mw_log.h"
#include "mw_pci.h"
#include "port.h"

// On DPDK's interrupt thread.
static void note(struct mw_port *port)
{
	atomic_store_explicit(&port->gone, true, memory_order_release);
}

static void on_bus(const char *device, enum rte_dev_event_type event, void *port)
{
	(void)device;
	if (event == RTE_DEV_EVENT_REMOVE)
		note(port);
}

static int on_driver(uint16_t id, enum rte_eth_event_type event, void *port, void *unused)
{
	(void)id;
	(void)event;
	(void)unused;
	note(port);
	return 0;
}

static bool is_under_uio(const struct mw_port *port)
{
	struct mw_pci pci;

	mw_pci_look("/sys", port->spec.device, &pci);
	return strstr(pci.driver, "uio") != NULL;
}

void port_removal_watch(struct mw_port *port)
{
	if (port->spec.kind != MW_PORT_PCI)
		return; // interfaces of the kernel are asked for their index
	if (is_under_uio(port) && (rte_dev_event_monitor_start() != 0 || rte_dev_hotplug_handle_enable() != 0))
		mw_log_warning("port %s: DPDK cannot watch for its removal: taking the card out ends midwatch",
					   port->spec.text);
	(void)rte_dev_event_callback_register(port->spec.device, on_bus, port);
	(void)rte_eth_dev_callback_register(port->id, RTE_ETH_EVENT_INTR_RMV, on_driver, port);
}

void port_removal_unwatch(struct mw_port *port)
{
	if (port->spec.kind != MW_PORT_PCI)
		return;
	(void)rte_dev_event_callback_unregister(port->spec.device, on_bus, port);
	(void)rte_eth_dev_callback_unregister(port->id, RTE_ETH_EVENT_INTR_RMV, on_driver, port);
}

static bool workers_left(struct mw_port *port)
{
	for (uint16_t i = 0; i < port->queues; i++) {
		if (!atomic_load_explicit(&port->queue_states[i].left, memory_order_acquire))
			return false;
	}
	return true;
}

bool mw_port_detach(struct mw_port *port)
{
	struct rte_eth_dev_info info;

	if (port->detached)
		return true;
	if (!atomic_load_explicit(&port->gone, memory_order_acquire) || !workers_left(port) ||
		rte_eth_dev_info_get(port->id, &info) != 0)
		return false;
	mw_port_counts(port, &port->last);
	port_removal_unwatch(port);
	port->detached = true; // frames that are still out belong to the pool, which stays
	rte_eth_dev_stop(port->id);
	rte_eth_dev_close(port->id);
	(void)rte_dev_remove(info.device);
	return true;
}
