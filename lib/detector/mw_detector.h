// SPDX-License-Identifier: BSD-3-Clause
// What a detector is: a worker half that sees packets and emits events, a control half that joins events into rows.
// Neighbours: pipeline/ drives the worker half, aggregate/ the other. No detector sees another.
#ifndef MW_DETECTOR_H
#define MW_DETECTOR_H

#include "mw_detector_record.h"
#include "mw_event.h"
#include "mw_finding.h"
#include "mw_flow.h"
#include "mw_fragment.h"
#include "mw_hash.h"
#include "mw_packet.h"
#include "mw_record.h"
#include "mw_settings.h"
#include "mw_signature.h"
#include "mw_stats.h"

struct mw_kit_side;

/** Why the worker half took notice of a packet. Whoever keeps packets of evidence asks for it. */
struct mw_detector_mark {
	uint8_t reason; // of the detector's own; 0 not marked
	uint32_t value; // what there is to say beside it
};

/** What the worker half gets. One core; it must not lock, allocate, log, wait or make a system call. */
struct mw_detector_ctx {
	const void *settings; // the detector's own struct; may change between batches
	const struct mw_signatures *signatures; // rules behind mw_packet.signature
	const struct mw_hash_key *hash_key; // of the run, for tables: a secret on a live port, fixed in a replay
	void *worker_state; // worker_bytes on a cache line, zeroed at start
	struct mw_kit_side *side; // of side_max flows, empty at start (kit/mw_kit_side.h); NULL without side_max
	struct mw_stats_block *stats;
	uint32_t counters_base;
	uint32_t flow_offset; // of this detector's state in a flow
	struct mw_event_sink events;
	uint64_t clock_ns; // packet time
	struct mw_detector_mark *mark; // of the packet that is processed, zeroed before; NULL: nobody keeps packets
	uint16_t worker;
	uint8_t index; // of the detector: bit of mw_flow_watch, high byte of mw_event.kind
};

/** What the control half gets. One thread. */
struct mw_detector_control {
	const void *settings;
	const struct mw_signatures *signatures;
	const struct mw_hash_key *hash_key; // as the worker half's
	void *state; // control_bytes, zeroed at start
	struct mw_row_sink rows; // finished rows of the detector's records
	const uint64_t *counted; // in on_interval: what each of the detector's counters grew by, summed over the workers
	uint64_t clock_ns;
};

struct mw_detector {
	const char *name, *summary, *source; // source: RFC section or paper
	uint32_t wants; // MW_KIND_*: packets it sees on every flow
	uint64_t wants_services; // bits of enum mw_service: packets it sees of flows of these
	uint16_t flow_bytes; // zeroed state it gets in each flow
	uint32_t worker_bytes, control_bytes;
	uint32_t side_max, side_bytes; // flows of which a worker keeps more at a time, and what it keeps of each
	const struct mw_settings_module *settings; // may be NULL
	const struct mw_counter *counters;
	uint32_t counters_count;
	const char *const *event_names; // by the low byte of mw_event.kind
	uint32_t event_names_count;
	const struct mw_detector_record *records; // what it writes
	uint32_t records_count;
	const struct mw_finding_kind *const *findings; // what its rows may show
	uint32_t findings_count;

	// worker half; each may be NULL
	int (*start)(struct mw_detector_ctx *ctx);
	/** flow shows what was known before this packet (mw_flow_view); it is NULL for packets without one. */
	void (*on_packet)(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow,
					  void *flow_state);
	void (*on_flow_end)(struct mw_detector_ctx *ctx, const struct mw_flow *flow, void *flow_state,
						enum mw_flow_end why);
	/** A datagram in pieces ends (mw_fragment.h): of its address pair, so on the worker of its flow. */
	void (*on_datagram)(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
						enum mw_fragment_end end);
	/** Once a second of packet time, and once at the end of input with now_ns = UINT64_MAX. */
	void (*on_tick)(struct mw_detector_ctx *ctx, uint64_t now_ns);

	// control half; each may be NULL
	int (*control_start)(struct mw_detector_control *control);
	void (*on_event)(struct mw_detector_control *control, const struct mw_event *event);
	/** At the end of each interval, before its rows are written. */
	void (*on_interval)(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);
	/** The input has ended at now_ns and all events were given; comes once, before the last on_interval. */
	void (*on_end)(struct mw_detector_control *control, uint64_t now_ns);
	/** Rows that tell of the run so far, one a thing: of those seen last at since_ns or later. May be asked at any time. */
	void (*on_report)(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows);
	void (*control_stop)(struct mw_detector_control *control);
};

/** Detectors of one run, in the order of their bits. */
struct mw_detector_set {
	const struct mw_detector *const *items;
	uint32_t count; // at most MW_DETECTORS_MAX
};
#define MW_DETECTORS_MAX 16 // bits of mw_flow_watch

/** From now on (or no more) this detector sees every packet of flow. Worker half. */
void mw_detector_watch(struct mw_detector_ctx *ctx, struct mw_flow *flow, bool on);

/** Marks the packet that is processed; the latest mark stands. reason is not 0. Worker half. */
static inline void mw_detector_mark(struct mw_detector_ctx *ctx, uint8_t reason, uint32_t value)
{
	if (ctx->mark != NULL)
		*ctx->mark = (struct mw_detector_mark){.reason = reason, .value = value};
}

/** Adds to the detector's counter number. Worker half. */
static inline void mw_detector_count(struct mw_detector_ctx *ctx, uint32_t number, uint64_t amount)
{
	mw_stats_add(ctx->stats, ctx->counters_base + number, amount);
}

/**
 * Sends an event of the detector's own kind number; fills kind and worker. Of its body the first body_bytes are read
 * alone. @return false when the sink dropped it, and counted that.
 */
bool mw_detector_emit(struct mw_detector_ctx *ctx, uint8_t number, struct mw_event *event);

#endif
