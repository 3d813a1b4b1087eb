// SPDX-License-Identifier: BSD-3-Clause
// What a detector's halves meet in a unit test: a flow table, a place for events, memory, the run's key.
// Neighbours: the worlds in tests/unit/detectors, which know what a packet or an event of theirs looks like.
#ifndef DETECTOR_WORLD_H
#define DETECTOR_WORLD_H

#include "mw_detector.h"

#define DETECTOR_EPOCH_NS (UINT64_C(1768000000) * MW_NS_PER_SECOND)
#define DETECTOR_MSS      1000 // what a SYN of detector_worker_send_tcp() says

/** The run's hash key, as a replay has it. */
const struct mw_hash_key *detector_world_key(void);

/** Zeroed memory on a cache line, to be freed. */
void *detector_world_memory(size_t bytes);

/** The worker half of a detector, alone in its pipeline. */
struct detector_worker {
	const struct mw_detector *detector;
	struct mw_detector_ctx ctx;
	struct mw_stats_block *stats;
	struct mw_flow_table *flows;
	void *flows_memory;
	struct mw_flow *flow; // of the latest packet that was sent
	struct mw_detector_mark mark; // of the latest packet
	uint64_t clock_ns; // the latest of all packets
	struct mw_event begun; // where the next one is filled
	struct mw_event *events; // as they were sent
	uint32_t events_count, events_max;
	bool lose_events; // from now on
};

/** Starts it; udp_idle_ns: what the flow table waits for. Events are kept, unless ctx.events is changed. */
void detector_worker_start(struct detector_worker *worker, const struct mw_detector *detector, const void *settings,
						   uint64_t udp_idle_ns);
void detector_worker_stop(struct detector_worker *worker);

/** Both for cmocka's set-up and tear-down: *state becomes a worker of its own. */
int detector_worker_set_up(void **state, const struct mw_detector *detector, const void *settings,
						   uint64_t udp_idle_ns);
int detector_worker_tear_down(void **state);

/** A packet through flow table and detector, as the pipeline does it. Sets flow and clock_ns. */
void detector_worker_send(struct detector_worker *worker, struct mw_packet *packet);
/** A segment between 10.0.0.2:50000 and 203.0.113.5:443, so long after the epoch; the first byte of either is 1. */
void detector_worker_send_tcp(struct detector_worker *worker, bool server, uint64_t at_ms, uint8_t flags, uint32_t seq,
							  uint32_t ack, uint32_t bytes);
/** A packet to the detector alone, when it wants or watches it. */
void detector_worker_show(struct detector_worker *worker, const struct mw_packet *packet);

/** The event number index; fails when there is none. */
const struct mw_event *detector_worker_event(const struct detector_worker *worker, uint32_t index);
/** Whether the detector watches the flow of the latest packet. */
bool detector_worker_watches(const struct detector_worker *worker);
/** The detector's counter of this name; fails when there is none. */
uint64_t detector_worker_count(const struct detector_worker *worker, const char *name);

/** The control half of a detector in memory of its own; rows go to the sink. */
void detector_control_start(struct mw_detector_control *control, const struct mw_detector *detector,
							const void *settings, struct mw_row_sink rows);
void detector_control_stop(struct mw_detector_control *control, const struct mw_detector *detector);

#endif
