// SPDX-License-Identifier: BSD-3-Clause
// How many hugepages a run wants: one number for the start log, for doctor and for setup.
// Neighbours: live/live.c says it when there are none; doctor/hugepages.c judges by it, setup/ writes it down.
#ifndef HUGEPAGES_H
#define HUGEPAGES_H

#include "engine.h"
#include "mw_port.h"

#define HUGEPAGES_EAL_MIB 64u // DPDK's own, beside the packet buffers

/**
 * Hugepages of 2 MiB for workers (0: one), the buffers of ports_count ports and DPDK, with a little room, as a multiple
 * of 32. Settings are those of the engine.
 */
uint64_t hugepages_wanted(struct engine *engine, const struct mw_port_spec ports[], uint32_t ports_count,
						  uint32_t workers);

#endif
