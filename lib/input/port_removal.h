// SPDX-License-Identifier: BSD-3-Clause
// A card that is taken out while it is watched: the kernel asks for it back, and waits until it has it.
// Neighbours: port.c begins and ends it, port_rx.c receives no more from what is gone. Control core only, but for the
// flag.
#ifndef MW_INPUT_PORT_REMOVAL_H
#define MW_INPUT_PORT_REMOVAL_H

struct mw_port;

/** Has DPDK's threads note in port->gone that the device goes; a port that cannot tell is left as it is. */
void port_removal_watch(struct mw_port *port);
void port_removal_unwatch(struct mw_port *port);

#endif
