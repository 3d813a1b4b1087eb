// SPDX-License-Identifier: BSD-3-Clause
// From a NIC's free-running clock to packet time. Neighbours: port_rx.c (one struct port_time a queue, its worker's
// own). A frame is never polled before it arrived, so the smallest (poll time - NIC time) of a second is the offset of
// the two clocks plus the shortest delay; taking it anew every second follows the drift. No call to the NIC after the
// start.
#ifndef MW_INPUT_PORT_TIME_H
#define MW_INPUT_PORT_TIME_H

#include "mw_base.h"

#define PORT_TIME_WINDOW_NS MW_NS_PER_SECOND

/** How fast the NIC's clock runs. */
struct port_rate {
	uint64_t base_ticks;
	uint64_t ns_per_tick_q32; // nanoseconds a tick, times 2^32
};

struct port_time {
	int64_t offset_ns, next_offset_ns; // to add to NIC time: now, and the smallest of this window
	uint64_t window_start_ns; // 0: no frame yet
};

/** The rate from two readings of both clocks. @return false when the clock stood still or ran backwards. */
static inline bool port_rate_from(struct port_rate *rate, uint64_t ticks0, uint64_t ns0, uint64_t ticks1, uint64_t ns1)
{
	if (ticks1 <= ticks0 || ns1 <= ns0)
		return false;
	rate->base_ticks = ticks0;
	rate->ns_per_tick_q32 = (uint64_t)(((unsigned __int128)(ns1 - ns0) << 32) / (ticks1 - ticks0));
	return rate->ns_per_tick_q32 != 0;
}

/** Packet time in ns of a frame stamped ticks and polled at now_ns; never after now_ns. */
static inline uint64_t port_time_of(struct port_time *time, const struct port_rate *rate, uint64_t ticks,
									uint64_t now_ns)
{
	int64_t nic_ns = (int64_t)(((__int128)(int64_t)(ticks - rate->base_ticks) * (__int128)rate->ns_per_tick_q32) >> 32);
	int64_t offset_ns = (int64_t)now_ns - nic_ns;

	if (time->window_start_ns == 0 || now_ns - time->window_start_ns >= PORT_TIME_WINDOW_NS) {
		time->offset_ns = time->window_start_ns == 0 ? offset_ns : time->next_offset_ns;
		time->next_offset_ns = offset_ns;
		time->window_start_ns = now_ns;
	}
	time->next_offset_ns = MW_MIN(time->next_offset_ns, offset_ns);
	time->offset_ns = MW_MIN(time->offset_ns, offset_ns);
	return (uint64_t)(nic_ns + time->offset_ns);
}

#endif
