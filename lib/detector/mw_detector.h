// SPDX-License-Identifier: BSD-3-Clause
// What a detector is: a worker half that sees packets and emits events, a control half that joins events into rows.
// Neighbours: pipeline/ drives the worker half, aggregate/ the other; kit/ has what many need.
//
// Why two halves. At 10 GbE a core has 67 ns a packet, and what shows a fault is often seen by two cores: each
// direction of a tunnel, the fragments of one packet, a hundred connections behind one device. So the half that sees
// packets decides nothing: it says what it saw. The other half, one for all workers, has time, sees everything, and
// judges.
//
//                    worker half, one a core                      control half, one for all
//   gets             packets and ends of flows and datagrams      events of all workers, in order of time
//   state            flow_bytes in each flow (8 for all           control_bytes, and what control_start allocates
//                    detectors, 4 are spent), a side table of
//                    some flows, worker_bytes once
//   may              read its arguments, write its state, count,  allocate in control_start alone; write rows
//                    mark the packet, emit
//   may not          lock, allocate, log, wait, make a system     block, read a clock, write files
//                    call, read a clock, keep a pointer to a packet
//   time             ctx->clock_ns: packet time                   control->clock_ns: packet time
//   when it is slow  every packet is slower                       rings fill, and events are lost and counted
//
// From row to reader. The control half writes rows of the records that it declares. Generic code makes CSV, JSON,
// `show` and the lines of the report of them (mw_detector_record.h), and gives each row to the diagnosers of the
// findings that it declares (mw_finding.h, mw_diagnosis.h). A finding may keep packets that prove it
// (mw_evidence_kind.h). A row that is written never changes; what lasts longer than an interval is given by on_report
// instead.
//
// What it costs. A packet that no detector wants costs two loads and a branch. One that is wanted (by kind, by
// service) or whose flow is watched costs a call each. An event is a line of 64 bytes, and as many more as its body
// needs; a worker has a ring of 65,536 lines, and another for steps of connections (event_class). Whatever a
// hostile sender can multiply, packets, events, rows or entries, has a bound, and what goes beyond it is counted
// (kit/mw_kit_budget.h). Tables are keyed by hash_key: nobody outside can aim at a bucket.
//
// Determinism. A capture gives the same bytes with 1, 2 or 4 workers: control gets events sorted by time and content,
// and nothing in an event may depend on the worker that sent it.
//
// A whole detector, which reports every reset once (scripts/new-detector makes a longer one, with its tests):
//
//     struct row { uint64_t ts_ns; int64_t port; };
//
//     static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
//     {
//         struct mw_event event = {.time_ns = packet->time_ns, .flow = {.dst_port = packet->dst_port}};
//
//         mw_detector_emit(ctx, 0, &event);
//     }
//
//     static void on_event(struct mw_detector_control *control, const struct mw_event *event)
//     {
//         const struct row row = {.ts_ns = event->time_ns, .port = event->flow.dst_port};
//
//         control->rows.row(control->rows.context, &record, &row);    // columns: mw_record.h
//     }
//
//     static const struct mw_detector_event events[] = {{"reset", "resets a connection"}};
//     static const struct mw_detector_record records[] = {{.record = &record, .show = {.words = "show toys"}}};
//
//     const struct mw_detector mw_detector_toy = {
//         .name = "toy", .summary = "every reset", .source = "RFC 9293 3.5.2", .wants = MW_KIND_RST,
//         .events = events, .events_count = 1, .records = records, .records_count = 1,
//         .on_packet = on_packet, .on_event = on_event,
//     };
#ifndef MW_DETECTOR_H
#define MW_DETECTOR_H

#include "mw_blind.h"
#include "mw_detector_record.h"
#include "mw_event.h"
#include "mw_exchange.h"
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
	uint16_t worker, workers; // its number, and how many there are
	uint8_t event_class; // enum mw_event_class, of the detector's events
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
	uint64_t packets; // in on_interval: that were read in it
	uint64_t dropped; // in on_interval: that the NIC, the kernel or a full ring lost before
	uint64_t cut_link_bytes, cut_refused_bytes; // as these counters of the pipeline
	uint64_t cut, cut_refused, cut_bytes; // in on_interval: of these those without their end (pipeline's counters)
	uint64_t from_ns; // in on_interval: since when the interval was watched: of the first one since its first packet
	uint64_t clock_ns;
};

/** The time of all that is watched, summed, ns: each piece of it is in one of the three. */
struct mw_detector_watched {
	uint64_t seen_ns, blind_ns, unasked_ns; // something came or was asked; it could not be seen; neither
	uint64_t until_ns; // packet time: what came later is not decided yet; 0: nothing is watched
};

#define MW_MOMENT_NS (10 * MW_NS_PER_MS)

/** What arrived at a worker in a moment, whether it is analysed or not: several may tell of one, or one twice. */
struct mw_moment {
	uint64_t number; // packet time over MW_MOMENT_NS
	uint64_t packets, bytes; // on the wire
	uint64_t segment_bytes; // TCP's data, as headers say, of packets that pass the filter
};

/** A kind of event that a detector's worker half sends. */
struct mw_detector_event {
	const char *name;
	const char *says; // what happened, in a few words, beside whom it is about; NULL: it measures, and is told nobody
};

struct mw_detector {
	const char *name, *summary, *source; // source: RFC section or paper
	uint32_t wants; // MW_KIND_*: packets it sees on every flow
	uint64_t wants_services; // bits of enum mw_service: packets it sees of flows of these
	bool ends_of_watched; // on_flow_end is for flows that it watches alone
	bool wants_after_reset; // packets of connections that were reset before, and the end of each of these
	uint16_t flow_bytes; // zeroed state it gets in each flow: mw_detector_state_seen, mw_detector_state
	uint32_t worker_bytes, control_bytes;
	uint32_t side_max, side_bytes; // flows of which a worker keeps more at a time, and what it keeps of each
	const struct mw_settings_module *settings; // may be NULL
	const struct mw_counter *counters;
	uint32_t counters_count;
	enum mw_event_class event_class; // of all its events
	const struct mw_detector_event *events; // by the low byte of mw_event.kind
	uint32_t events_count;
	/**
	 * As mw_detector_event_says, where the words are in more than the event's kind; NULL elsewhere. Control thread.
	 */
	bool (*event_says)(const struct mw_event *event, struct mw_text *text);
	const struct mw_detector_record *records; // what it writes
	uint32_t records_count;
	const struct mw_finding_kind *const *findings; // what its rows may show
	uint32_t findings_count;

	// worker half; each may be NULL
	int (*start)(struct mw_detector_ctx *ctx);
	/** flow shows what was known before this packet (mw_flow_view); it is NULL for packets without one. */
	void (*on_packet)(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow);
	/** A flow that gave way to another (EVICTED, REUSED) is told to those alone that watch it, or want it as reset. */
	void (*on_flow_end)(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why);
	/** A datagram in pieces ends (mw_fragment.h): of its address pair, so on the worker of its flow. */
	void (*on_datagram)(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
						enum mw_fragment_end end);
	/**
	 * Something that was asked was answered or not (mw_exchange.h): of its address pair, so on the worker of its flow.
	 */
	void (*on_exchange)(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end);
	/** Packets have arrived: told by whoever received them, of each moment by the next tick at the latest. */
	void (*on_moment)(struct mw_detector_ctx *ctx, const struct mw_moment *moment);
	/** Once a second of packet time, and once at the end of input with now_ns = UINT64_MAX. */
	void (*on_tick)(struct mw_detector_ctx *ctx, uint64_t now_ns);

	// control half; each may be NULL
	int (*control_start)(struct mw_detector_control *control);
	void (*on_event)(struct mw_detector_control *control, const struct mw_event *event);
	/**
	 * An event of this detector's comes soon, behind those told before: to fetch what it will need. At most
	 * MW_DETECTOR_SOON_MAX are told and have not come. Must not change what comes out.
	 */
	void (*on_soon)(struct mw_detector_control *control, const struct mw_event *event);
	/** At the end of each interval, before its rows are written. */
	void (*on_interval)(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns);
	/** The input has ended at now_ns and all events were given; comes once, before the last on_interval. */
	void (*on_end)(struct mw_detector_control *control, uint64_t now_ns);
	/** Rows about the run so far, one a thing: of those seen last at since_ns or later. May be asked at any time. */
	void (*on_report)(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows);
	/** Adds to watched how it stands at control->clock_ns. May be asked at any time, and changes no result. */
	void (*on_watched)(struct mw_detector_control *control, struct mw_detector_watched *watched);
	/** Midwatch itself did not see what passed: told within two seconds after blind->to_ns. Live alone. */
	void (*on_blind)(struct mw_detector_control *control, const struct mw_blind *blind);
	void (*control_stop)(struct mw_detector_control *control);
};

/** Detectors of one run, in the order of their bits. */
struct mw_detector_set {
	const struct mw_detector *const *items;
	uint32_t count; // at most MW_DETECTORS_MAX
};
#define MW_DETECTOR_SOON_MAX     16 // events that are told beforehand; a power of two
#define MW_DETECTORS_MAX         15 // bits of mw_flow_watch; the last one is the exchange tracker's
#define MW_DETECTOR_RECORDS_MAX  61 // of all of them together; a test holds the product's set within
#define MW_DETECTOR_FINDINGS_MAX 64 // so too

/**
 * From now on (or no more) this detector sees every packet of flow. @return whether it does: asked to, it does not when
 * the table has no room to note it, and then may not hear of the flow's end either. Worker half.
 */
bool mw_detector_watch(struct mw_detector_ctx *ctx, struct mw_flow *flow, bool on);

/** The detector's state in a flow, to look at: mw_flow_state_seen. Worker half. */
static inline const void *mw_detector_state_seen(const struct mw_detector_ctx *ctx, const struct mw_flow *flow)
{
	return mw_flow_state_seen(flow, ctx->flow_offset);
}

/** The same to change: mw_flow_state. Worker half. */
static inline void *mw_detector_state(const struct mw_detector_ctx *ctx, struct mw_flow *flow)
{
	return mw_flow_state(flow, ctx->flow_offset);
}

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
 * Room for an event of the detector's own kind number with a body of up to body_bytes, to be filled where it will be
 * read: time_ns, flow, brief, body_bytes and so much of the body; nobody looks at what lies behind. kind and worker are
 * filled in. It goes with mw_detector_send. Worker half. @return NULL when the sink drops it, and has counted that.
 */
static inline struct mw_event *mw_detector_begin(struct mw_detector_ctx *ctx, uint8_t number, uint32_t body_bytes)
{
	struct mw_event *event = mw_event_begin(&ctx->events, ctx->event_class, body_bytes);

	if (MW_UNLIKELY(event == NULL))
		return NULL;
	event->kind = (uint16_t)(ctx->index << 8 | number);
	event->worker = (uint8_t)ctx->worker;
	return event;
}
static inline void mw_detector_send(struct mw_detector_ctx *ctx)
{
	ctx->events.send(ctx->events.context, ctx->event_class);
}

/**
 * The same with a copy of an event that lies elsewhere, all but kind, class and worker. Worker half. @return false when
 * the sink dropped it, and counted that.
 */
bool mw_detector_emit(struct mw_detector_ctx *ctx, uint8_t number, struct mw_event *event);

/** The name of an event's kind, "?" of one that the detector does not know. Any thread. */
const char *mw_detector_event_name(const struct mw_detector *detector, const struct mw_event *event);

/**
 * Appends what happened, in a few words for people, beside whom it is about; text NULL: is only asked. Any thread.
 * @return false: a measurement, which is no event to anybody else.
 */
bool mw_detector_event_says(const struct mw_detector *detector, const struct mw_event *event, struct mw_text *text);

#endif
