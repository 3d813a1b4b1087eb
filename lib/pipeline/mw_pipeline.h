// SPDX-License-Identifier: BSD-3-Clause
// The path of a batch: filter, decode, owner; then duplicate, flow, signature, detect, count. No EAL, no clock, no
// lock.
// Neighbours: app/ workers drive it in live and in replay alike; everything below lib/ that sees packets hangs on it.
// One thread uses a pipeline at a time: control builds and stops it, its worker runs it in between.
#ifndef MW_PIPELINE_H
#define MW_PIPELINE_H

#include "mw_decode.h"
#include "mw_detector.h"
#include "mw_exchange.h"
#include "mw_filter.h"
#include "mw_flow.h"
#include "mw_fragment.h"
#include "mw_packet.h"
#include "mw_settings.h"
#include "mw_signature.h"
#include "mw_stats.h"

/** Section "flow". */
struct mw_pipeline_flow_settings {
	uint64_t flows_max; // a worker
	bool vlan_in_key;
	uint64_t tcp_idle_ns, tcp_opening_ns, tcp_closing_ns, udp_idle_ns, other_idle_ns;
	uint64_t duplicate_window_ns; // 0: no removal of mirrored duplicates
};
extern const struct mw_settings_module mw_pipeline_flow_settings_module;

/** Traffic classes: every packet counts in its family, protocol, tunnel and service. */
struct mw_pipeline_class {
	const char *name;
	const char *dimension; // family, protocol, tunnel, service
};
/**
 * The classes of the family are the first ones; each has its counter at this place behind classes_packets and so on.
 */
enum {
	MW_PIPELINE_CLASS_IPV4,
	MW_PIPELINE_CLASS_IPV6,
	MW_PIPELINE_CLASS_NO_IP,
	MW_PIPELINE_CLASS_FAMILIES,
};
extern const struct mw_pipeline_class mw_pipeline_classes[];
extern const uint32_t mw_pipeline_classes_count;

/** Where the pipeline's counters stand in a worker's block; filled by mw_pipeline_register. */
struct mw_pipeline_counters {
	uint32_t packets, bytes, duplicates, handed_over, strayed, handover_full, tunnelled, fragments, resets, tcp, udp,
		icmp, other, events_sent, cut, cut_refused, cut_bytes, cut_link_bytes, cut_refused_bytes;
	uint32_t events_lost[MW_EVENT_CLASSES];
	uint32_t fates; // MW_FATES counters
	uint32_t refusals; // MW_REFUSALS_COUNT counters
	uint32_t flow; // MW_FLOW_COUNTERS counters
	uint32_t fragments_first; // MW_FRAGMENT_COUNTERS counters
	uint32_t exchanges; // MW_EXCHANGE_COUNTERS counters
	uint32_t classes_packets, classes_bytes, classes_flows; // mw_pipeline_classes_count counters each
	uint32_t detectors[MW_DETECTORS_MAX]; // first counter of each
};

/** Registers all counters of decode, flow, pipeline and of these detectors. One thread, once. @return 0 or -ENOSPC. */
int mw_pipeline_register(struct mw_stats_names *names, const struct mw_detector_set *detectors,
						 struct mw_pipeline_counters *counters);

#define MW_PIPELINE_MODULES_MAX (MW_DETECTORS_MAX + 2)

/**
 * The sections of the configuration that belong to these detectors, in their order; the fragment tracker's is among
 * them, as itself when no detector extends it, and the exchange tracker's is the last. Control thread.
 * @return how many, at most MW_PIPELINE_MODULES_MAX.
 */
uint32_t mw_pipeline_detector_modules(const struct mw_detector_set *detectors,
									  const struct mw_settings_module *modules[MW_PIPELINE_MODULES_MAX]);

struct mw_pipeline; // one a worker

struct mw_pipeline_config {
	struct mw_detector_set detectors; // the same for all workers; may be empty
	uint16_t worker, workers_count;
	struct mw_hash_key hash_key; // the same for all workers: it chooses the owner
	const struct mw_settings *settings;
	const struct mw_signatures *signatures;
	const struct mw_pipeline_counters *counters;
	struct mw_stats_block *stats;
	struct mw_event_sink events;
	struct mw_detector_mark *marks; // MW_DETECTORS_MAX, by detector, for the caller to zero and read; NULL: none
	struct mw_fragment_tunnels *tunnels; // zeroed, one for all workers; NULL with one worker
};

/** Bytes of memory one worker's pipeline needs, flow table included. */
size_t mw_pipeline_bytes(const struct mw_pipeline_config *config);

/**
 * Builds a pipeline in memory (64-byte aligned, zeroed).
 * @return 0, -ENOMEM (memory too small, or none for the scan scratch), -EINVAL (more detectors than MW_DETECTORS_MAX),
 * or a detector's error.
 */
int mw_pipeline_init(void *memory, size_t memory_bytes, const struct mw_pipeline_config *config,
					 struct mw_pipeline **pipeline_out);

/** Frees what init took beyond memory (scan scratch). */
void mw_pipeline_stop(struct mw_pipeline *pipeline);

/** Takes new settings between two batches; only keys that need no restart may differ. */
void mw_pipeline_settings(struct mw_pipeline *pipeline, const struct mw_settings *settings);

/** The capture filter for what this worker receives from now on; NULL lets everything pass. */
void mw_pipeline_filter(struct mw_pipeline *pipeline, const struct mw_filter *filter);

/** First half, on the worker that received the packets: filter, decode, count refusals, set owner. */
void mw_pipeline_receive(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count);

/**
 * Second half, on the owner: duplicates, flow, signatures, detectors, classes. Refused packets are counted and passed.
 * The counters of traffic classes may lag behind by sixteen full batches; a tick brings them up to date.
 */
void mw_pipeline_process(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count);

/**
 * Once a second of packet time: expiry of at most expire_budget flows and the detectors' ticks.
 * @return false when flows that are due were left for the next call.
 */
bool mw_pipeline_tick(struct mw_pipeline *pipeline, uint64_t now_ns, uint32_t expire_budget);

/** End of input: ends all flows and datagrams, last ticks. now_ns: its latest packet time, the same for all workers. */
void mw_pipeline_finish(struct mw_pipeline *pipeline, uint64_t now_ns);

/** The live table. Any thread, for what mw_flow.h lets readers do. */
const struct mw_flow_table *mw_pipeline_flows(const struct mw_pipeline *pipeline);

#endif
