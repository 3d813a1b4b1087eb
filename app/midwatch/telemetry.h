// SPDX-License-Identifier: BSD-3-Clause
// Counters for those who collect DPDK's telemetry: /midwatch/stats and /midwatch/ports on its socket. Off unless
// control.telemetry is set. Neighbours: live/live.c; commands/commands.c shows the same counters by `show counters`.
// See docs/decisions/0054-telemetry-is-asked-for.md.
#ifndef TELEMETRY_H
#define TELEMETRY_H

struct live;

/** Registers the commands. Before DPDK starts; control thread, as all of these. */
void telemetry_register(void);

/** From now on there are counters to tell, those of the ports as they are now. Again each second. */
void telemetry_look(struct live *live);

/** Nothing is told any more: DPDK's threads go on until the process ends, the workers' counters do not. */
void telemetry_end(void);

#endif
