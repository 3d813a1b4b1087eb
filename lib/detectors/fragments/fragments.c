// SPDX-License-Identifier: BSD-3-Clause
// Datagrams that never came whole, worker half: tells of each that ends incomplete or is not regular, of first pieces
// that hide a tunnel, and of receivers that say they never had all pieces.
// Neighbours: lib/fragment follows the pieces, emit.c has the budget, control.c joins what is told.
#include <string.h>

#include "asked.h"
#include "control.h"
#include "outer.h"
#include "row.h"
#include "emit.h"
#include "settings.h"
#include "finding.h"
#include "fragments.h"
#include "mw_kit_event.h"

#define MINUTE_NS     (60 * MW_NS_PER_SECOND)
#define ATTACKERS_MAX 33 // senders with a finding of their own, and that of the rest

static const struct mw_counter counters[FRAGMENT_COUNTERS_OWN] = {
	[FRAGMENT_COUNT_TOLD] = {"told",
							 "datagrams, first pieces around a tunnel and ICMP reports told to the control core"},
	[FRAGMENT_COUNT_CAPPED] = {"capped", "the same, not told because of fragment.reports-per-second"},
	[FRAGMENT_COUNT_UNSENT] = {"untold", "datagrams not told because too little is known: a piece alone that was "
										 "evicted, or the input ended too soon"},
	[FRAGMENT_COUNT_OUTER] = {"outer-first", "first pieces of datagrams with a tunnel inside"},
	[FRAGMENT_COUNT_EXCEEDED] = {"exceeded", "ICMP reports that a receiver never had all pieces of a datagram"},
	[FRAGMENT_COUNT_DELIVERED] = {"delivered",
								  "datagrams that were not whole here, and that their receiver acknowledged "
								  "or answered"},
};

/** The datagram's pair. What is neither complete nor incomplete is not counted, and makes none. */
static struct fragment_pair *pair_of(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
									 enum mw_fragment_end end, bool delivered)
{
	struct fragment_worker *worker = ctx->worker_state;

	if (end != MW_FRAGMENT_COMPLETE && end != MW_FRAGMENT_INCOMPLETE)
		return fragment_pairs_find(worker->pairs, FRAGMENT_WORKER_PAIRS, ctx->hash_key, &datagram->src, &datagram->dst,
								   datagram->scope);
	return fragment_pairs_get(worker->pairs, FRAGMENT_WORKER_PAIRS, ctx->hash_key, &datagram->src, &datagram->dst,
							  datagram->scope, ctx->clock_ns,
							  (end == MW_FRAGMENT_COMPLETE && datagram->answered) || delivered);
}

/** What this half knows beside the tracker. */
struct judged {
	uint32_t anomalies;
	bool alone;
	enum fragment_word word;
};

/** What was counted of the datagram's pair, this one included. Without a place in the table: this one alone. */
static struct fragment_counts count_datagram(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
											 enum mw_fragment_end end, const struct judged *judged)
{
	bool lacking = end == MW_FRAGMENT_INCOMPLETE && !(judged->anomalies & FRAGMENT_NO_LOSS) &&
				   !fragment_is_mangled(&datagram->src, &datagram->dst);
	bool delivered = lacking && judged->word != FRAGMENT_NO_WORD;
	struct fragment_counts alone = {0};
	struct fragment_pair *pair = pair_of(ctx, datagram, end, delivered);
	struct fragment_counts *counts = pair == NULL ? &alone : &pair->counts;

	counts->complete += end == MW_FRAGMENT_COMPLETE || delivered;
	counts->incomplete += lacking && !delivered;
	counts->delivered += delivered;
	mw_detector_count(ctx, FRAGMENT_COUNT_DELIVERED, delivered);
	return *counts;
}

// Of one without its first piece, control may know what this worker's tracker cannot.
static bool is_worth_sending(const struct mw_fragment_datagram *datagram, enum mw_fragment_end end)
{
	if (end == MW_FRAGMENT_UNFINISHED)
		return datagram->anomalies & FRAGMENT_CERTAIN ||
			   (!datagram->first_seen && fragment_outer_may_hide(datagram->protocol));
	return end != MW_FRAGMENT_EVICTED || datagram->answered || datagram->fragments > 1;
}

static enum fragment_share share_of(const struct mw_fragment_datagram *datagram, enum mw_fragment_end end,
									const struct fragment_counts *counts)
{
	if (end == MW_FRAGMENT_UNFINISHED)
		return FRAGMENT_SHARE_OUTER;
	if (datagram->answered || counts->complete > 0)
		return FRAGMENT_SHARE_VALUED;
	return datagram->fragments > 1 ? FRAGMENT_SHARE_OTHER : FRAGMENT_SHARE_SINGLE;
}

static enum fragment_unsent unsent_of(const struct mw_fragment_datagram *datagram)
{
	if (!datagram->first_seen)
		return FRAGMENT_UNSENT_HEADLESS;
	return datagram->answered ? FRAGMENT_UNSENT_ANSWERED : FRAGMENT_UNSENT_UNANSWERED;
}

static void fill_datagram(struct mw_event *event, const struct mw_fragment_datagram *datagram, enum mw_fragment_end end,
						  const struct fragment_counts *counts, const struct judged *judged)
{
	struct fragment_facts facts = {.last_ns = datagram->last_ns,
								   .id = datagram->id,
								   .scope = datagram->scope,
								   .counts = *counts,
								   .fragments = datagram->fragments,
								   .bytes_seen = datagram->bytes_seen,
								   .bytes_total = datagram->bytes_total,
								   .largest_bytes = datagram->largest_bytes,
								   .anomalies = judged->anomalies,
								   .missing_count =
									   MW_MIN(datagram->missing_count, (uint32_t)MW_ARRAY_SIZE(facts.missing)),
								   .end = (uint8_t)end,
								   .word = (uint8_t)judged->word,
								   .family = datagram->family,
								   .first_seen = datagram->first_seen,
								   .last_seen = datagram->last_seen,
								   .ports_known = datagram->ports_known,
								   .answered = datagram->answered,
								   .alone = judged->alone};

	const struct mw_event_flow ends = mw_kit_ends_of_datagram(datagram);

	memcpy(facts.missing, datagram->missing, facts.missing_count * sizeof(facts.missing[0]));
	mw_kit_event_begin(event, datagram->first_ns, &ends);
	event->body_bytes =
		(uint32_t)(offsetof(struct fragment_facts, missing) + facts.missing_count * sizeof(facts.missing[0]));
	memcpy(event->body, &facts, event->body_bytes);
}

static void on_datagram(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
						enum mw_fragment_end end)
{
	struct fragment_worker *worker = ctx->worker_state;
	struct judged judged = {.anomalies = datagram->anomalies,
							.word = fragment_words_end(&worker->words, ctx, datagram)};
	struct fragment_counts counts;
	struct mw_event event; // what is not used of its body is never looked at

	if (end != MW_FRAGMENT_COMPLETE && end != MW_FRAGMENT_IRREGULAR && fragment_is_unasked(datagram))
		judged.anomalies |= 1u << MW_FRAGMENT_UNASKED;
	judged.alone = fragment_may_be_answer(datagram) && !fragment_spoken_asks(&worker->spoken, ctx, datagram);
	if (is_worth_sending(datagram, end)) {
		counts = count_datagram(ctx, datagram, end, &judged);
		if (end == MW_FRAGMENT_COMPLETE)
			return;
		fill_datagram(&event, datagram, end, &counts, &judged);
		if (fragment_emit(ctx, share_of(datagram, end, &counts), FRAGMENT_DATAGRAM, &event))
			return;
	} else {
		mw_detector_count(ctx, FRAGMENT_COUNT_UNSENT, 1);
	}
	fragment_note_unsent(ctx, unsent_of(datagram), datagram->first_ns, datagram->last_ns);
}

/** Protocol numbers of what may follow an IP header around a tunnel. */
static const uint8_t PROTOCOLS[MW_LAYERS] = {
	[MW_LAYER_IPV4_IN_IPV6] = 4,  [MW_LAYER_IPV4_IN_IPV4] = 4, [MW_LAYER_IPV6_IN_IPV4] = 41,
	[MW_LAYER_IPV6_IN_IPV6] = 41, [MW_LAYER_GRE] = 47,         [MW_LAYER_NVGRE] = 47,
	[MW_LAYER_ERSPAN1] = 47,      [MW_LAYER_ERSPAN2] = 47,     [MW_LAYER_ERSPAN3] = 47,
	[MW_LAYER_ESP] = 50,          [MW_LAYER_AH] = 51,          [MW_LAYER_L2TP3] = 115,
	[MW_LAYER_UDP] = 17,
};

/** The datagram around a tunnel, read off the layers of the packet in its first piece. */
struct outside {
	uint32_t headers; // of IP in all
	uint8_t protocol; // behind the first of them
	uint8_t tunnel; // around it
};

static struct outside look_outside(const struct mw_packet *packet)
{
	struct outside outside = {.tunnel = MW_LAYERS};

	for (uint32_t i = 0; i < packet->layers_count; i++) {
		uint8_t layer = packet->layers[i];

		if (layer == MW_LAYER_IPV4 || layer == MW_LAYER_IPV6)
			outside.headers++;
		else if (outside.headers == 0)
			outside.tunnel = mw_layer_is_tunnel[layer] ? layer : outside.tunnel;
		else if (outside.protocol == 0)
			outside.protocol = PROTOCOLS[layer];
	}
	return outside;
}

// The later pieces belong to the outer pair, and go to its worker: there the datagram never has its first piece.
static void emit_outer(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	struct outside outside = look_outside(packet);
	struct fragment_outer outer = {.id = packet->outer_ip_id, .bytes = packet->outer_fragment_bytes};
	const struct mw_event_flow ends = {.src = packet->outer_src,
									   .dst = packet->outer_dst,
									   .protocol = outside.protocol,
									   .tunnel = outside.tunnel,
									   .vlan = packet->vlan_outer};
	struct mw_event event;

	mw_detector_count(ctx, FRAGMENT_COUNT_OUTER, 1);
	mw_kit_event_begin(&event, packet->time_ns, &ends);
	memcpy(event.brief, &outer, sizeof(outer));
	// of three IP headers the middle one may be the fragment's: whose it is, the packet does not say
	if (outside.headers > 2 || !fragment_emit(ctx, FRAGMENT_SHARE_OUTER, FRAGMENT_OUTER, &event))
		fragment_note_unsent(ctx, FRAGMENT_UNSENT_OUTER, packet->time_ns, packet->time_ns);
}

/** RFC 792 and RFC 4443 section 3.3: fragment reassembly time exceeded. */
static bool is_exceeded(const struct mw_packet *packet)
{
	return packet->kinds & MW_KIND_ICMP_ERROR && packet->icmp_code == 1 &&
		   packet->icmp_type == (packet->family == 4 ? 11 : 3);
}

static struct fragment_counts count_report(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	struct fragment_worker *worker = ctx->worker_state;
	struct fragment_pair *pair =
		fragment_pairs_get(worker->pairs, FRAGMENT_WORKER_PAIRS, ctx->hash_key, &packet->quote.src, &packet->quote.dst,
						   packet->scope, ctx->clock_ns, false);

	if (pair == NULL)
		return (struct fragment_counts){.exceeded = 1};
	pair->counts.exceeded++;
	return pair->counts;
}

static void emit_report(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	struct fragment_report report = {.id = quote->ip_id_known ? quote->ip_id : 0,
									 .scope = packet->scope,
									 .counts = count_report(ctx, packet),
									 .id_known = quote->ip_id_known,
									 .ports_known = quote->ports_known,
									 .answered =
										 packet->quoted_flow != NULL && mw_flow_is_answered(packet->quoted_flow)};
	const struct mw_event_flow ends = mw_kit_ends_quoted(packet);
	struct mw_event event;

	mw_detector_count(ctx, FRAGMENT_COUNT_EXCEEDED, 1);
	mw_kit_event_begin(&event, packet->time_ns, &ends);
	event.body_bytes = sizeof(report);
	memcpy(event.body, &report, sizeof(report));
	fragment_emit(ctx, report.answered ? FRAGMENT_SHARE_VALUED : FRAGMENT_SHARE_REPORT, FRAGMENT_REPORT, &event);
}

static inline bool begins_to_speak(const struct fragment_worker *worker, const struct mw_packet *packet,
								   const struct mw_flow *flow)
{
	return (packet->kinds & (MW_KIND_FLOW_START | MW_KIND_FLOW_AGAIN)) != 0 &&
		   !fragment_spoken_is_noted(&worker->spoken, packet, flow);
}

// Of most packets it is noted that two hosts spoke, and no more.
static inline void hear_any(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	struct fragment_worker *worker = ctx->worker_state;
	const bool begins = begins_to_speak(worker, packet, flow);
	uint64_t pair;

	if (!begins && worker->words.open == 0)
		return;
	pair = fragment_pair_hash(ctx, &packet->src, &packet->dst, packet->scope);
	if (begins)
		fragment_spoken_note(&worker->spoken, ctx, pair);
	if (MW_UNLIKELY(fragment_words_is_near(&worker->words, pair)))
		fragment_words_see(&worker->words, ctx, packet, flow);
}

// A piece, an error, or a packet of a flow that is listened to.
static __attribute__((noinline)) void look_closely(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
												   struct mw_flow *flow)
{
	struct fragment_worker *worker = ctx->worker_state;

	if (begins_to_speak(worker, packet, flow))
		fragment_spoken_note(&worker->spoken, ctx, fragment_pair_hash(ctx, &packet->src, &packet->dst, packet->scope));
	fragment_words_see(&worker->words, ctx, packet, flow);
	if (packet->outer_is_fragment)
		emit_outer(ctx, packet);
	if (is_exceeded(packet))
		emit_report(ctx, packet);
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	if (packet->kinds & MW_KIND_DUPLICATE)
		return;
	if (MW_LIKELY((packet->kinds & (MW_KIND_FRAGMENT | MW_KIND_ICMP_ERROR)) == 0 && !packet->outer_is_fragment &&
				  (flow == NULL || (mw_flow_watch(flow) >> ctx->index & 1) == 0)))
		hear_any(ctx, packet, flow);
	else
		look_closely(ctx, packet, flow);
}

static void on_tick(struct mw_detector_ctx *ctx, uint64_t now_ns)
{
	struct fragment_worker *worker = ctx->worker_state;
	bool last = now_ns == UINT64_MAX;

	fragment_emit_gaps(ctx);
	if (last || now_ns / MINUTE_NS != worker->minute) {
		worker->minute = now_ns / MINUTE_NS;
		fragment_emit_pairs(ctx);
	}
}

static const struct mw_detector_event events[FRAGMENT_WHATS] = {
	[FRAGMENT_DATAGRAM] = {"datagram", "sent a datagram in fragments, which ended"},
	[FRAGMENT_OUTER] = {"outer-first-piece", "sends a tunnel in IP fragments"},
	[FRAGMENT_REPORT] = {"time-exceeded", "did not get all fragments of a datagram: so says its receiver (ICMP)"},
	[FRAGMENT_PAIR] = {"pair-counts", NULL},
	[FRAGMENT_GAP] = {"untold", NULL},
};
static const struct mw_detector_record records[] = {
	{.record = &mw_fragment_record,
	 .keep = MW_RECORD_EVENTS,
	 .show = {.words = "show fragments", .help = "the latest datagrams that were incomplete or irregular"},
	 .lines = {.title = "pieces", .sum = fragments_report_datagrams}},
};

const struct mw_finding_kind finding_fragments_lost = {
	.name = "fragments-lost", .rank = 7, .diagnoser = &diagnose_fragments, .evidence = &evidence_fragments_lost};
const struct mw_finding_kind finding_fragments_attack = {.name = "fragment-attack",
														 .rank = 6,
														 .max = ATTACKERS_MAX,
														 .gather = frags_gather_attack,
														 .diagnoser = &diagnose_fragment_attack,
														 .evidence = &evidence_fragment_attack};
static const struct mw_finding_kind *const findings[] = {&finding_fragments_lost, &finding_fragments_attack};

const struct mw_detector mw_detector_fragments = {
	.name = "fragment",
	.summary = "datagrams in pieces of which bytes never passed, or that no honest sender makes",
	.source = "RFC 791, RFC 815, RFC 1858, RFC 5722, RFC 8200 4.5, RFC 8900",
	.wants = MW_KIND_FRAGMENT | MW_KIND_ICMP_ERROR | MW_KIND_OUT_OF_ORDER | MW_KIND_ACK_AHEAD | MW_KIND_FLOW_START |
			 MW_KIND_FLOW_AGAIN,
	.worker_bytes = sizeof(struct fragment_worker),
	.control_bytes = sizeof(struct fragment_control),
	.settings = &fragment_settings_module,
	.counters = counters,
	.counters_count = FRAGMENT_COUNTERS_OWN,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.on_packet = on_packet,
	.on_datagram = on_datagram,
	.on_tick = on_tick,
	.control_start = fragment_control_start,
	.on_event = fragment_control_event,
	.on_interval = fragment_control_interval,
	.on_blind = fragment_control_blind,
	.on_end = fragment_control_end,
	.control_stop = fragment_control_stop,
};
