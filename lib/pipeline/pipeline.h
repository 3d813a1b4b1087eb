// SPDX-License-Identifier: BSD-3-Clause
// What the files of this folder share: the worker's pipeline and its stages.
// Neighbours: pipeline.c drives, classes.c counts, duplicate.c recognises copies.
#ifndef PIPELINE_H
#define PIPELINE_H

#include "mw_pipeline.h"
#include "mw_service.h"
#include "mw_spread.h"

/** One packet that passed a moment ago, by the hash of what a mirror's copy has in common with it. */
struct duplicate_entry {
	uint64_t hash; // its lowest DUPLICATE_TAG_BITS are the VLAN tags
	uint64_t time_ns;
};

#define DUPLICATE_SETS     8192 // a power of two: 16 Ki packets, more than pass in a millisecond at 10 Gbit/s
#define DUPLICATE_WAYS     2
#define DUPLICATE_TAG_BITS 24 // the outer number, then the inner one

#define DUPLICATE_WORDS 14 // that identify a packet

struct duplicate_table {
	struct duplicate_entry sets[DUPLICATE_SETS][DUPLICATE_WAYS];
	uint64_t secrets[DUPLICATE_WORDS];
};

#define CLASS_BATCHES 16 // after so many what they added is shown; at every tick, and after a batch that was not full
#define CLASS_MIXES   64 // a power of two: sorts of packets that are counted side by side

/** Packets of one sort: the same layers, kinds and service, so the same traffic classes. */
struct class_mix {
	uint64_t layers; // a bit each
	uint32_t sort; // the rest of what decides; 0: not used
	uint32_t packets, flows, services;
	uint64_t bytes;
};

/** Packets with a lane, of one shape and service. */
struct class_sum {
	uint32_t packets, flows, services;
	uint64_t bytes;
};

/** Where the counters of traffic classes stand in the worker's block, and what a batch adds to them. */
struct classes {
	_Atomic uint64_t *packets, *bytes, *flows; // mw_pipeline_classes_count each
	_Atomic uint64_t *transports[4]; // of summary.csv: others, TCP, UDP, ICMP
	_Atomic uint64_t *tunnelled, *fragments, *resets;
	uint64_t used; // a bit a mix
	struct class_mix mixes[CLASS_MIXES];
	uint64_t lane_shapes, lane_services[MW_SHAPES]; // a bit each: those of which there is a sum
	struct class_sum lanes[MW_SHAPES][MW_FLOW_SERVICES_MAX];
};

/** Which detectors are to see a packet: a bit each, as in mw_flow_watch. */
struct dispatch {
	uint32_t kinds; // that any of them wants
	uint16_t by_kinds[4][256]; // by each byte of a packet's kinds
	uint16_t by_service[MW_SERVICES];
	uint16_t after_reset; // of a connection that was reset
	uint16_t ends; // those that are told of the end of a flow
	uint16_t ends_of_all; // whether they watch it or not
};

/** Lets this one see packets of these kinds. */
static inline void dispatch_add(struct dispatch *dispatch, uint32_t kinds, uint32_t number)
{
	dispatch->kinds |= kinds;
	for (uint32_t i = 0; i < 4 * 256; i++)
		dispatch->by_kinds[i / 256][i % 256] |= (uint16_t)(((kinds >> i / 256 * 8 & i % 256) != 0) << number);
}

/** Those that see packets of these kinds. */
static inline uint32_t dispatch_by_kinds(const struct dispatch *dispatch, uint32_t kinds)
{
	return dispatch->by_kinds[0][kinds & 255] | dispatch->by_kinds[1][kinds >> 8 & 255] |
		   dispatch->by_kinds[2][kinds >> 16 & 255] | dispatch->by_kinds[3][kinds >> 24];
}

/** Those that see whatever comes of this flow. */
static inline uint32_t dispatch_by_flow(const struct dispatch *dispatch, const struct mw_flow *flow)
{
	const uint64_t reset = mw_unguessed(mw_flow_tcp_state(flow) == MW_FLOW_TCP_RESET);

	return mw_flow_watch(flow) | (dispatch->after_reset & (0 - (uint32_t)reset));
}

/** What has arrived of the moment that it is, and which detectors hear of it: a bit each. */
struct moments {
	struct mw_moment now;
	uint32_t listeners;
};

/** What a call of a detector takes. */
struct callee {
	void (*on_packet)(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow);
	void (*on_flow_end)(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why);
	struct mw_detector_ctx *ctx;
};

struct mw_pipeline {
	struct mw_pipeline_config config;
	const struct mw_pipeline_flow_settings *flow_settings;
	const struct mw_decode_settings *decode_settings;
	const struct mw_filter *filter; // NULL: everything passes
	struct mw_flow_table *flows;
	struct mw_fragments *fragments;
	struct mw_exchanges *exchanges; // NULL when no detector wants them
	uint64_t clock_ns; // of the latest piece or tick: when a datagram ends
	struct mw_signature_scratch *scratch;
	struct duplicate_table *duplicates;
	struct dispatch dispatch;
	struct callee callees[MW_DETECTORS_MAX];
	uint32_t batches; // processed; wraps
	struct classes classes;
	struct moments moments;
	struct mw_detector_ctx detectors[MW_DETECTORS_MAX];
	struct mw_spread spread; // over the workers
};

/** Derives the table's secrets from key: who does not know it cannot make two packets look alike. */
void duplicate_init(struct duplicate_table *table, const struct mw_hash_key *key);

/** Where a packet's copy would be remembered; on its way into the cache. */
struct duplicate_probe {
	struct duplicate_entry *set;
	uint64_t hash;
};

/** The first half, for a whole batch before the second, once packet->flow is known. */
struct duplicate_probe duplicate_probe(struct duplicate_table *table, struct mw_packet *packet);

#define DUPLICATE_LATE_NS                                                                                              \
	(100 * MW_NS_PER_MS) // the longest delay of a copy: no host sends again so soon (RFC 6298, Linux)

/**
 * True when a copy of this packet passed at most window_ns (not 0) ago, or one that is sure at most DUPLICATE_LATE_NS
 * ago: sets what the packet says of copies. Remembers the packet otherwise.
 */
bool duplicate_seen(const struct duplicate_probe *probe, struct mw_packet *packet, uint64_t window_ns);

/** False when no copy passed, as far as a look at the hashes tells; nothing is remembered. */
static inline bool duplicate_may_be(const struct duplicate_probe *probe)
{
	return (probe->set[0].hash ^ probe->hash) >> DUPLICATE_TAG_BITS == 0 ||
		   (probe->set[1].hash ^ probe->hash) >> DUPLICATE_TAG_BITS == 0;
}

/** Remembers a packet that duplicate_may_be() cleared. */
void duplicate_remember(const struct duplicate_probe *probe, uint64_t time_ns);

/** All of an ordinary packet's way, or nothing and false. probe: NULL when copies are not looked for. */
bool lane_process(struct mw_pipeline *pipeline, struct mw_packet *packet, const struct duplicate_probe *probe);

/** Gives a whole packet to these detectors, a bit each, and to the exchange tracker. */
void call_detectors(struct mw_pipeline *pipeline, struct mw_packet *packet, uint32_t callees);

/** Finds the counters. */
void classes_init(struct classes *classes, struct mw_stats_block *stats, const struct mw_pipeline_counters *counters);

/** As classes_count, of any packet. */
void classes_count_any(struct classes *classes, const struct mw_packet *packet, bool service_starts);

/** The same of a packet with a lane, whatever else is known of it. */
static inline struct class_sum *classes_count_lane(struct classes *classes, const struct mw_packet *packet,
												   uint8_t service)
{
	const uint8_t shape = packet->lane.shape;
	struct class_sum *sum = &classes->lanes[shape][service];

	if (MW_UNLIKELY(sum->packets++ == 0)) {
		classes->lane_shapes |= UINT64_C(1) << shape;
		classes->lane_services[shape] |= UINT64_C(1) << service;
	}
	sum->bytes += packet->wire_bytes;
	return sum;
}

/** Counts an analysed packet that is no duplicate in its traffic classes; shows after classes_flush. */
static inline void classes_count(struct classes *classes, const struct mw_packet *packet, bool service_starts)
{
	struct class_sum *sum;

	if (MW_UNLIKELY((packet->kinds & (MW_KIND_FRAGMENT | MW_KIND_RST)) != 0 || packet->lane.shape == 0)) {
		classes_count_any(classes, packet, service_starts);
		return;
	}
	sum = classes_count_lane(classes, packet, packet->service);
	sum->flows += (packet->kinds & MW_KIND_FLOW_START) != 0;
	sum->services += service_starts;
}

/** Brings what was counted into the worker's block. */
void classes_flush(struct classes *classes);

#define RELATED_FETCH_BYTES 1536 // more than one frame of Ethernet has

/**
 * Around the processing of an analysed packet of MW_KIND_FRAGMENT or MW_KIND_ICMP_ERROR: a later piece gets the ports
 * and the flow of the first one when that is known, an error gets the quoted flow; the pieces are followed.
 */
void related_before(struct mw_pipeline *pipeline, struct mw_packet *packet);
void related_after(struct mw_pipeline *pipeline, struct mw_packet *packet);

/**
 * A batch ahead: all bytes of a piece will be read, to sign them, and its datagram is asked for. @return what
 * mw_fragments_fetch does.
 */
static inline uint32_t related_fetch(const struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	const uint32_t bytes = MW_MIN(packet->payload_bytes, (uint32_t)RELATED_FETCH_BYTES);

	for (uint32_t at = 0; at < bytes; at += MW_CACHE_LINE_BYTES)
		mw_fetch_line_of_many(packet->payload + at);
	return mw_fragments_fetch(pipeline->fragments, packet);
}

/** Whether a packet arrived in the moment that it is. */
static inline bool moments_hold(const struct moments *moments, const struct mw_packet *packet)
{
	return packet->clock_ns - moments->now.number * MW_MOMENT_NS < MW_MOMENT_NS;
}

/** What a decoded packet carries of TCP's data, bytes. */
static inline uint32_t moments_segment_bytes(const struct mw_packet *packet)
{
	_Static_assert(MW_KIND_TCP == 1, "all bits or none, without a question");
	if (MW_UNLIKELY(packet->lane.shape == 0))
		return (packet->kinds & MW_KIND_TCP) != 0 ? packet->payload_wire_bytes : 0;
	return packet->lane.payload_bytes & (0 - (packet->kinds & MW_KIND_TCP));
}

/** Tells the detectors of the moment so far; more of it may come. */
void moments_tell(struct mw_pipeline *pipeline);

/** Adds packets of several moments, one by one. */
void moments_split(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count);

/** Adds a batch of packets_count packets, 1 or more, that carry so much. */
static inline void moments_add(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count,
							   uint64_t bytes, uint64_t segment_bytes)
{
	struct moments *moments = &pipeline->moments;

	// clocks do not go back: what lies between is of the same moment
	if (MW_UNLIKELY(!moments_hold(moments, packets[0]) || !moments_hold(moments, packets[packets_count - 1]))) {
		moments_split(pipeline, packets, packets_count);
		return;
	}
	moments->now.packets += packets_count;
	moments->now.bytes += bytes;
	moments->now.segment_bytes += segment_bytes;
}

/** A datagram ended: tells the detectors. */
void related_end(void *context, const struct mw_fragment_datagram *datagram, enum mw_fragment_end end);

#define EXCHANGES_BIT MW_FLOW_WAITS_BIT // of mw_flow_watch: the tracker sees every packet of the flow

/** Whether any detector wants to hear of exchanges. */
bool exchanges_are_wanted(const struct mw_detector_set *set);

/** Lets the dispatch bring the tracker what may ask or answer. */
void exchanges_add_to_dispatch(struct dispatch *dispatch);

/** Gives a packet to the tracker, and watches its flow while an answer may be any packet. */
void exchanges_take(struct mw_pipeline *pipeline, const struct mw_packet *packet);

/** An exchange ended: tells the detectors. */
void exchanges_end(void *context, const struct mw_exchange *exchange, enum mw_exchange_end end);

#define PAYLOADS_SCANNED 3 // a service shows itself in the first words of either side

/** True while the payloads of the flow are given to the signatures. */
static inline bool service_is_sought(const struct mw_flow *flow)
{
	return mw_flow_scanned(flow) < PAYLOADS_SCANNED;
}

/** The same as all bits or none. */
static inline uint32_t service_mask(const struct mw_flow *flow)
{
	return 0 - (uint32_t)mw_unguessed(service_is_sought(flow));
}

/** Sets packet->service from the flow, a signature or the port. @return true on the flow's first payload. */
bool service_find(struct mw_pipeline *pipeline, struct mw_packet *packet);

#endif
