// SPDX-License-Identifier: BSD-3-Clause
// The path of a batch on one screen: receive (filter, decode, owner), process (copy? pieces, flow, signature,
// detectors, update).
// Neighbours: lane.c is the quick way of ordinary packets; app/ drives all; design: docs/packet-path.md.
#include "pipeline.h"

#include <errno.h>
#include <string.h>

#include "owner.h"

static void count(struct mw_pipeline *pipeline, uint32_t index, uint64_t amount)
{
	mw_stats_add(pipeline->config.stats, index, amount);
}

// Cut or wrong behind its IP header: the datagram has the piece all the same.
static inline bool is_broken_piece(const struct mw_packet *packet)
{
	return (packet->fate == MW_FATE_TRUNCATED || packet->fate == MW_FATE_MALFORMED) &&
		   (packet->kinds & MW_KIND_FRAGMENT) != 0;
}

/** What packets carry, on the wire and of it captured. */
struct sums {
	uint64_t bytes, captured_bytes;
};

// The packets that pass the filter; what the others carry is added to sums.
static uint32_t sort_filtered(const struct mw_pipeline *pipeline, struct mw_packet *const packets[],
							  uint32_t packets_count, struct mw_packet *passed[], struct sums *sums)
{
	uint32_t passed_count = 0;

	for (uint32_t i = 0; i < packets_count; i++) {
		passed[passed_count] = packets[i];
		packets[i]->owner = pipeline->config.worker;
		if (mw_filter_match(pipeline->filter, packets[i])) {
			passed_count++;
			continue;
		}
		packets[i]->fate = MW_FATE_FILTERED;
		sums->bytes += packets[i]->wire_bytes;
		sums->captured_bytes += packets[i]->captured_bytes;
	}
	return passed_count;
}

// Among several workers.
static void set_owners(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	uint64_t strayed = 0;

	for (uint32_t i = 0; i < packets_count; i++) {
		struct mw_packet *packet = packets[i];

		if (packet->family == 0 || (packet->fate != MW_FATE_ANALYSED && !is_broken_piece(packet)))
			continue;
		packet->owner = owner_of(&pipeline->spread, packet);
		strayed += packet->owner != pipeline->config.worker && owner_is_plain(packet);
	}
	count(pipeline, pipeline->config.counters->strayed, strayed);
}

#define LINK_BYTES 14 // where nobody knows: Ethernet's

// Tags, tunnels and whatever else stands before the innermost IP header.
static uint32_t link_bytes(const struct mw_packet *packet)
{
	if (packet->fate == MW_FATE_FILTERED || (packet->lane.shape == 0 && packet->ip_total_bytes == 0))
		return MW_MIN(packet->captured_bytes, LINK_BYTES);
	return packet->lane.shape != 0 ? packet->lane.network_at : packet->ip_at;
}

static void count_cut(struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	count(pipeline, pipeline->config.counters->cut_link_bytes, link_bytes(packet));
	count(pipeline, pipeline->config.counters->cut, 1);
	count(pipeline, pipeline->config.counters->cut_bytes, packet->captured_bytes);
}

// By a snap length. What a mirror cut is as long as it was on the wire, and shorter than its IP header says. Of packets
// that are not read at all nothing is missed.
static void count_snapped(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	for (uint32_t i = 0; i < packets_count; i++) {
		const struct mw_packet *packet = packets[i];
		const bool is_read = packet->fate == MW_FATE_FILTERED || packet->refusal != MW_REFUSAL_LINK_UNKNOWN;

		if (packet->captured_bytes < packet->wire_bytes && is_read)
			count_cut(pipeline, packet);
	}
}

static void count_refusal(struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	const bool too_short =
		packet->refusal == MW_REFUSAL_IP4_TOTAL_LENGTH || packet->refusal == MW_REFUSAL_IP6_PAYLOAD_LENGTH;

	count(pipeline, pipeline->config.counters->refusals + packet->refusal, 1);
	if (!too_short || packet->family != 0)
		return;
	count(pipeline, pipeline->config.counters->cut_refused_bytes, packet->ip_total_bytes);
	if (packet->captured_bytes == packet->wire_bytes) // else counted as snapped
		count_cut(pipeline, packet);
	count(pipeline, pipeline->config.counters->cut_refused, 1);
}

void mw_pipeline_receive(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	const struct mw_pipeline_config *config = &pipeline->config;
	struct mw_packet *passed[MW_BATCH_PACKETS] = {NULL}, *const *decoded = packets;
	uint32_t decoded_count = packets_count;
	uint64_t segment_bytes = 0, whole = 0;
	struct sums sums = {0};

	if (MW_UNLIKELY(pipeline->filter != NULL)) {
		decoded_count = sort_filtered(pipeline, packets, packets_count, passed, &sums);
		decoded = passed;
	}
	mw_decode_batch(pipeline->decode_settings, decoded, decoded_count);
	for (uint32_t i = 0; i < decoded_count; i++) {
		sums.bytes += decoded[i]->wire_bytes;
		sums.captured_bytes += decoded[i]->captured_bytes;
		decoded[i]->owner = config->worker;
		segment_bytes += moments_segment_bytes(decoded[i]);
		if (MW_LIKELY(decoded[i]->refusal == MW_REFUSAL_NONE))
			whole++;
		else
			count_refusal(pipeline, decoded[i]);
	}
	if (MW_UNLIKELY(sums.captured_bytes != sums.bytes))
		count_snapped(pipeline, packets, packets_count);
	if (packets_count > 0 && pipeline->moments.listeners != 0)
		moments_add(pipeline, packets, packets_count, sums.bytes, segment_bytes);
	if (config->workers_count > 1)
		set_owners(pipeline, decoded, decoded_count);
	count(pipeline, config->counters->packets, packets_count);
	count(pipeline, config->counters->bytes, sums.bytes);
	count(pipeline, config->counters->refusals + MW_REFUSAL_NONE, whole);
}

// A payload in a reset is what the box behind it says of itself.
static void scan_reset(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	int rule;

	if (packet->payload_bytes == 0)
		return;
	rule = mw_signature_scan(pipeline->config.signatures, pipeline->scratch, MW_SIGNATURE_ON_RESET, packet->protocol,
							 packet->payload, packet->payload_bytes);
	if (rule < 0)
		return;
	packet->signature = (uint16_t)(rule + 1);
	packet->kinds |= MW_KIND_SIGNATURE;
}

void call_detectors(struct mw_pipeline *pipeline, struct mw_packet *packet, uint32_t callees)
{
	struct mw_flow *const flow = packet->flow;
	const uint64_t clock_ns = packet->clock_ns;

	if (callees >> EXCHANGES_BIT & 1)
		exchanges_take(pipeline, packet);
	callees &= (1u << EXCHANGES_BIT) - 1;
	for (; callees != 0; callees &= callees - 1) { // in the order of their bits
		const struct callee *callee = &pipeline->callees[(uint32_t)__builtin_ctz(callees)];

		callee->ctx->clock_ns = clock_ns;
		callee->on_packet(callee->ctx, packet, flow);
	}
}

// An ordinary packet meets no detector.
static inline __attribute__((always_inline)) void detect(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	const struct dispatch *dispatch = &pipeline->dispatch;
	uint32_t callees = dispatch->by_service[packet->service] | dispatch_by_kinds(dispatch, packet->kinds);

	if (packet->flow != NULL)
		callees |= dispatch_by_flow(dispatch, packet->flow);
	if (callees != 0)
		call_detectors(pipeline, packet, callees);
}

// The flow knows what stays the same from packet to packet.
static inline __attribute__((always_inline)) bool enter_flow(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	mw_flow_enter(pipeline->flows, packet);
	if (MW_LIKELY(!(packet->kinds & MW_KIND_DUPLICATE)))
		return service_find(pipeline, packet);
	mw_flow_set_mirrored_twice(packet->flow);
	return false;
}

static inline __attribute__((always_inline)) void process_one(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	bool service_starts = packet->flow != NULL && enter_flow(pipeline, packet);

	if (MW_UNLIKELY(packet->kinds & MW_KIND_RST))
		scan_reset(pipeline, packet);
	if (MW_LIKELY(!(packet->kinds & MW_KIND_DUPLICATE)))
		classes_count(&pipeline->classes, packet, service_starts);
	detect(pipeline, packet);
	if (packet->flow != NULL)
		mw_flow_update(pipeline->flows, packet);
}

static __attribute__((noinline)) void process_related(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	if (MW_LIKELY(packet->fate == MW_FATE_ANALYSED)) {
		related_before(pipeline, packet);
		process_one(pipeline, packet);
	}
	related_after(pipeline, packet);
}

/** The packets of a batch that go on, and those of them that have more to fetch. */
struct sorted {
	struct mw_packet *followed[MW_BATCH_PACKETS], *seldom[MW_BATCH_PACKETS];
	uint32_t followed_count, seldom_count;
};

// Analysed packets go on, and broken pieces; the others are counted and done with. Which are seldom takes turns.
static inline void sort_fates(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count,
							  struct sorted *sorted)
{
	const uint32_t asks = pipeline->exchanges == NULL ? 0 : mw_exchanges_fetches(pipeline->exchanges);
	uint32_t followed = 0, seldom = 0, others_count = 0;

	for (uint32_t i = 0; i < packets_count; i++) {
		struct mw_packet *packet = packets[i];

		if (MW_UNLIKELY(packet->fate != MW_FATE_ANALYSED)) {
			count(pipeline, pipeline->config.counters->fates + packet->fate, 1);
			others_count++;
			if (!is_broken_piece(packet))
				continue;
		}
		sorted->followed[followed++] = packet;
		sorted->seldom[seldom] = packet;
		seldom += (uint32_t)mw_unguessed((packet->kinds & (MW_KIND_FRAGMENT | asks)) != 0);
	}
	count(pipeline, pipeline->config.counters->fates + MW_FATE_ANALYSED, packets_count - others_count);
	sorted->followed_count = followed;
	sorted->seldom_count = seldom;
}

/** What a packet asks for whose place must be read first: a datagram, or an exchange that it answers. */
struct further {
	uint32_t hash;
	bool is_datagram;
};

// Who connects asks, and is answered: what waits for answers is seldom touched. And pieces have a datagram.
// @return how much there is to fetch further, none or one.
static __attribute__((noinline)) uint32_t fetch_seldom(const struct mw_pipeline *pipeline, struct mw_packet *packet,
													   struct further *further)
{
	further->is_datagram = (packet->kinds & MW_KIND_FRAGMENT) != 0;
	if (further->is_datagram) {
		further->hash = related_fetch(pipeline, packet);
		return 1;
	}
	mw_packet_rest(packet);
	further->hash = mw_exchanges_fetch(pipeline->exchanges, packet);
	return (packet->kinds & MW_KIND_SYN_ACK) != 0;
}

// What takes several steps begins before the flows are looked up.
static uint32_t fetch_first(const struct mw_pipeline *pipeline, const struct sorted *sorted, struct further *further)
{
	uint32_t further_count = 0;

	for (uint32_t i = 0; i < sorted->seldom_count; i++)
		further_count += fetch_seldom(pipeline, sorted->seldom[i], &further[further_count]);
	return further_count;
}

// Behind them.
static void fetch_further(const struct mw_pipeline *pipeline, const struct further *further, uint32_t further_count)
{
	for (uint32_t i = 0; i < further_count; i++) {
		if (further[i].is_datagram)
			mw_fragments_fetch_datagram(pipeline->fragments, further[i].hash);
		else
			mw_exchanges_fetch_waiting(pipeline->exchanges, further[i].hash);
	}
}

// The first payloads of a flow will be looked at: they lie behind the line that holds the headers.
static inline void fetch_payload(const struct mw_packet *packet)
{
	if (MW_UNLIKELY(packet->flow == NULL))
		return;
	// which flows are new takes turns: of the others the header's line is asked for, which is there
	if (MW_LIKELY(packet->lane.shape != 0))
		mw_fetch_line(packet->data + (mw_lane_payload_near(packet) & service_mask(packet->flow)));
	else if (packet->payload_bytes > 0 && service_is_sought(packet->flow))
		mw_fetch_line(packet->payload);
}

static void find_duplicate(struct mw_pipeline *pipeline, struct mw_packet *packet, const struct duplicate_probe *probe)
{
	if (MW_LIKELY(!duplicate_seen(probe, packet, pipeline->flow_settings->duplicate_window_ns)))
		return;
	packet->kinds |= MW_KIND_DUPLICATE;
	count(pipeline, pipeline->config.counters->duplicates, 1);
}

// One of a batch: the quick way when it is ordinary and its flow as well, else the whole of it.
static inline void process_any(struct mw_pipeline *pipeline, struct mw_packet *packet,
							   const struct duplicate_probe *probe)
{
	if (MW_LIKELY((packet->lane.bits & MW_LANE_ORDINARY) != 0) && MW_LIKELY(lane_process(pipeline, packet, probe)))
		return;
	mw_packet_rest(packet);
	if (MW_LIKELY(probe != NULL))
		find_duplicate(pipeline, packet, probe);
	if (MW_LIKELY(!(packet->kinds & (MW_KIND_FRAGMENT | MW_KIND_ICMP_ERROR))))
		process_one(pipeline, packet);
	else
		process_related(pipeline, packet);
}

void mw_pipeline_process(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	const bool find_duplicates = pipeline->flow_settings->duplicate_window_ns > 0;
	struct duplicate_probe probes[MW_BATCH_PACKETS];
	struct further further[MW_BATCH_PACKETS];
	struct sorted sorted;
	uint32_t further_count;

	sort_fates(pipeline, packets, packets_count, &sorted);
	further_count = fetch_first(pipeline, &sorted, further);
	mw_flow_lookup(pipeline->flows, sorted.followed, sorted.followed_count);
	fetch_further(pipeline, further, further_count);
	for (uint32_t i = 0; i < sorted.followed_count; i++) {
		fetch_payload(sorted.followed[i]);
		if (MW_LIKELY(find_duplicates))
			probes[i] = duplicate_probe(pipeline->duplicates, sorted.followed[i]);
	}
	for (uint32_t i = 0; i < sorted.followed_count; i++)
		process_any(pipeline, sorted.followed[i], find_duplicates ? &probes[i] : NULL);
	if (++pipeline->batches % CLASS_BATCHES == 0 || packets_count < MW_BATCH_PACKETS)
		classes_flush(&pipeline->classes);
}

static void tick_detectors(struct mw_pipeline *pipeline, uint64_t now_ns)
{
	const struct mw_detector_set *set = &pipeline->config.detectors;

	for (uint32_t i = 0; i < set->count; i++) {
		if (now_ns != UINT64_MAX)
			pipeline->detectors[i].clock_ns = now_ns;
		if (set->items[i]->on_tick != NULL)
			set->items[i]->on_tick(&pipeline->detectors[i], now_ns);
	}
}

bool mw_pipeline_tick(struct mw_pipeline *pipeline, uint64_t now_ns, uint32_t expire_budget)
{
	bool all = mw_flow_expire(pipeline->flows, now_ns, expire_budget);

	pipeline->clock_ns = now_ns;
	moments_tell(pipeline);
	all = mw_fragments_expire(pipeline->fragments, now_ns, expire_budget) && all;
	if (pipeline->exchanges != NULL)
		all = mw_exchanges_expire(pipeline->exchanges, now_ns, expire_budget) && all;
	tick_detectors(pipeline, now_ns);
	classes_flush(&pipeline->classes);
	return all;
}

void mw_pipeline_finish(struct mw_pipeline *pipeline, uint64_t now_ns)
{
	mw_flow_end_all(pipeline->flows);
	moments_tell(pipeline);
	pipeline->clock_ns = now_ns;
	mw_fragments_expire(pipeline->fragments, now_ns, 0);
	mw_fragments_finish(pipeline->fragments);
	if (pipeline->exchanges != NULL) {
		mw_exchanges_expire(pipeline->exchanges, now_ns, 0);
		mw_exchanges_finish(pipeline->exchanges);
	}
	tick_detectors(pipeline, UINT64_MAX);
	classes_flush(&pipeline->classes);
}

void mw_pipeline_filter(struct mw_pipeline *pipeline, const struct mw_filter *filter)
{
	pipeline->filter = filter;
}

const struct mw_flow_table *mw_pipeline_flows(const struct mw_pipeline *pipeline)
{
	return pipeline->flows;
}
