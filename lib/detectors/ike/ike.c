// SPDX-License-Identifier: BSD-3-Clause
// IKE, worker half: tells of each message, of datagrams in pieces that ended, of ICMP errors about them, and whether
// ESP in UDP follows. It judges nothing. Neighbours: message.c reads; control.c joins what all workers tell.
#include <netinet/in.h>
#include <string.h>

#include "control.h"
#include "message.h"
#include "pairs.h"
#include "row.h"
#include "ike.h"
#include "mw_kit_budget.h"
#include "mw_kit_event.h"
#include "mw_kit_side.h"
#include "mw_reader.h"

enum { COUNT_MESSAGES, COUNT_DATA, COUNT_PIECES, COUNT_ERRORS, COUNT_CAPPED, COUNT_BROKEN, COUNT_EARLY, COUNTS };

static const struct mw_counter counters[COUNTS] = {
	[COUNT_MESSAGES] = {"messages", "IKE messages seen; of one in IP fragments its first piece"},
	[COUNT_DATA] = {"data", "directions of a NAT traversal flow in which ESP followed a message"},
	[COUNT_PIECES] = {"pieces", "IKE datagrams in IP fragments that ended, those without a first piece included"},
	[COUNT_ERRORS] = {"errors", "ICMP errors about IKE or ESP in UDP"},
	[COUNT_CAPPED] = {"capped", "messages, pieces and errors not told because of ike.messages-per-second"},
	[COUNT_BROKEN] = {"broken-chains", "messages whose payloads contradict themselves: read up to there"},
	[COUNT_EARLY] = {"closed-early", "flows in which ESP was no longer looked for because it was in too many"},
};

#define UDP_HEADER_BYTES 8
#define UDP_LENGTH_AT    4
#define PAIR_NS          (60 * MW_NS_PER_SECOND) // how long after a message pieces without a first one may be IKE
#define DATA_LOOKS       1024 // packets after a message among which ESP is looked for
#define DATA_FLOWS       512 // in which it is looked for at a time

struct ike_worker {
	struct mw_kit_budget budget;
	struct ike_pairs pairs;
};

/** In the side table: a NAT traversal flow in which ESP is awaited. */
struct awaited {
	uint8_t told[2]; // ESP, by direction
	uint16_t looks; // packets that may still be looked at
};

static bool within_budget(struct mw_detector_ctx *ctx)
{
	const struct mw_ike_settings *settings = ctx->settings;
	struct ike_worker *worker = ctx->worker_state;

	return mw_kit_budget_take(&worker->budget, ctx->clock_ns, settings->messages_per_second);
}

/** Sends these facts; count is what they are one of. */
static void emit(struct mw_detector_ctx *ctx, uint64_t time_ns, const struct mw_event_flow *ends,
				 const struct ike_facts *facts, uint32_t count)
{
	_Static_assert(sizeof(*facts) <= MW_EVENT_BODY_BYTES, "facts fit into an event");
	mw_detector_count(ctx, count, 1);
	mw_kit_emit(ctx, facts->what, time_ns, ends, facts, sizeof(*facts));
}

static void emit_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct ike_facts *facts,
						uint32_t count)
{
	const struct mw_event_flow ends = mw_kit_ends_of(packet);

	emit(ctx, packet->time_ns, &ends, facts, count);
}

static void begin(struct ike_facts *facts, enum ike_what what, uint8_t family)
{
	memset(facts, 0, sizeof(*facts)); // padding too: events are compared by their bytes
	facts->what = (uint8_t)what;
	facts->ip_family = family;
}

static void fill_packet(struct ike_facts *facts, const struct mw_packet *packet)
{
	facts->packet_bytes = packet->ip_total_bytes;
	facts->ip_id = packet->ip_id_known ? packet->ip_id : 0;
}

/** Of these exchanges an SA is made. Pieces behind others, of an SA that stands, are most likely ESP. */
static bool opens(const struct ike_facts *facts)
{
	return facts->version == 2 &&
		   (facts->exchange == IKE_SA_INIT || facts->exchange == IKE_AUTH || facts->exchange == IKE_INTERMEDIATE);
}

static void let_go(struct mw_detector_ctx *ctx, struct mw_flow *flow)
{
	mw_kit_side_forget(ctx->side, flow);
	mw_detector_watch(ctx, flow, false);
}

/** Who gets no answer may be made up: such a flow drives out none that has one. */
static void await_data(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	struct awaited *awaited;
	struct mw_flow *evicted;

	if (flow == NULL || !ike_ports_nat_t(packet->src_port, packet->dst_port) || !mw_detector_watch(ctx, flow, true))
		return;
	awaited = mw_kit_side_begin(ctx->side, flow, mw_flow_is_answered(flow), &evicted);
	if (evicted != NULL)
		mw_detector_watch(ctx, evicted, false);
	if (evicted != NULL || awaited == NULL)
		mw_detector_count(ctx, COUNT_EARLY, 1);
	if (awaited == NULL)
		mw_detector_watch(ctx, flow, false);
	else
		awaited->looks = DATA_LOOKS;
}

/** Bytes of IKE that the datagram really carries, by the UDP length in front of its payload. */
static uint32_t carried_bytes(const struct mw_packet *packet, const uint8_t *message)
{
	size_t payload_at = (size_t)(packet->payload - packet->data), marker_bytes = (size_t)(message - packet->payload);
	struct mw_reader in = mw_reader_of(packet->data, packet->captured_bytes);
	uint16_t udp_bytes;

	if (payload_at < UDP_HEADER_BYTES || !mw_reader_skip(&in, payload_at - UDP_HEADER_BYTES + UDP_LENGTH_AT) ||
		!mw_reader_u16_be(&in, &udp_bytes))
		return packet->payload_wire_bytes;
	return udp_bytes - MW_MIN((uint32_t)(UDP_HEADER_BYTES + marker_bytes), (uint32_t)udp_bytes);
}

static void on_message(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	struct ike_worker *worker = ctx->worker_state;
	struct ike_facts facts;
	enum ike_read read;
	const uint8_t *at;
	size_t count;

	begin(&facts, IKE_MESSAGE, packet->family);
	at = ike_message_in_udp(packet->payload, packet->payload_bytes, packet->src_port, packet->dst_port, &count);
	read = at == NULL ? IKE_READ_NONE : ike_message_read(at, count, &facts);
	if (read == IKE_READ_NONE)
		return;
	if (opens(&facts))
		ike_pairs_note(&worker->pairs, ctx->hash_key, &packet->src, &packet->dst, packet->scope, packet->time_ns);
	await_data(ctx, packet, flow);
	if (!within_budget(ctx)) {
		mw_detector_count(ctx, COUNT_CAPPED, 1);
		return;
	}
	if (read == IKE_READ_BROKEN)
		mw_detector_count(ctx, COUNT_BROKEN, 1);
	facts.message_bytes = MW_MIN(facts.message_bytes, carried_bytes(packet, at));
	facts.nat_t = ike_ports_nat_t(packet->src_port, packet->dst_port);
	facts.fragmented = packet->kinds & MW_KIND_FRAGMENT && packet->more_fragments;
	facts.digest = ike_message_digest(at, MW_MIN(count, facts.message_bytes));
	fill_packet(&facts, packet);
	emit_packet(ctx, packet, &facts, COUNT_MESSAGES);
}

static void on_data(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct awaited *awaited)
{
	struct ike_facts facts;

	if (awaited->told[packet->direction] || !within_budget(ctx))
		return; // the next packet will do
	awaited->told[packet->direction] = 1;
	begin(&facts, IKE_DATA, packet->family);
	fill_packet(&facts, packet);
	emit_packet(ctx, packet, &facts, COUNT_DATA);
}

/** A packet of a watched flow that is no message. */
static void on_other(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	struct awaited *awaited = mw_kit_side_find(ctx->side, flow);

	if (awaited == NULL)
		return; // nothing is awaited
	if (packet->tunnel == MW_LAYER_ESP_IN_UDP)
		on_data(ctx, packet, awaited);
	if (--awaited->looks == 0 || (awaited->told[0] && awaited->told[1]))
		let_go(ctx, flow);
}

static void on_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why)
{
	(void)why;
	if (mw_flow_watch(flow) & 1u << ctx->index)
		mw_kit_side_forget(ctx->side, flow);
}

static void on_error(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	const struct mw_event_flow ends = mw_kit_ends_quoted(packet);
	struct ike_facts facts;

	if (quote->protocol != IPPROTO_UDP || !ike_ports(quote->src_port, quote->dst_port))
		return; // ports that are not known are 0
	if (!within_budget(ctx)) {
		mw_detector_count(ctx, COUNT_CAPPED, 1);
		return;
	}
	begin(&facts, IKE_ERROR, packet->family);
	facts.packet_bytes = quote->total_bytes;
	facts.ip_id = quote->ip_id_known ? quote->ip_id : 0;
	facts.icmp_type = packet->icmp_type;
	facts.icmp_code = packet->icmp_code;
	facts.mtu_bytes = quote->mtu_bytes;
	facts.reporter = packet->src;
	emit(ctx, packet->time_ns, &ends, &facts, COUNT_ERRORS);
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct mw_ike_settings *settings = ctx->settings;

	if (packet->kinds & MW_KIND_DUPLICATE)
		return;
	if (!settings->enabled) {
		if (flow != NULL)
			let_go(ctx, flow);
	} else if (packet->kinds & MW_KIND_ICMP_ERROR) {
		on_error(ctx, packet);
	} else if (packet->kinds & MW_KIND_IKE) {
		on_message(ctx, packet, flow);
	} else if (flow != NULL) {
		on_other(ctx, packet, flow);
	}
}

/** The message in the first piece. False: none, or ESP. */
static bool names_message(const struct mw_fragment_datagram *datagram, struct ike_facts *facts)
{
	const uint8_t *at;
	size_t count;

	if (datagram->head_bytes <= UDP_HEADER_BYTES || !ike_ports(datagram->src_port, datagram->dst_port))
		return false;
	at = ike_message_in_udp(datagram->head + UDP_HEADER_BYTES, (size_t)datagram->head_bytes - UDP_HEADER_BYTES,
							datagram->src_port, datagram->dst_port, &count);
	if (at == NULL || ike_message_read(at, count, facts) == IKE_READ_NONE)
		return false;
	facts->nat_t = ike_ports_nat_t(datagram->src_port, datagram->dst_port);
	if (datagram->bytes_total >= (uint32_t)(at - datagram->head))
		facts->message_bytes = MW_MIN(facts->message_bytes, datagram->bytes_total - (uint32_t)(at - datagram->head));
	else
		facts->message_bytes = MW_MIN(facts->message_bytes, (uint32_t)UINT16_MAX);
	return true;
}

/** Pieces without the first one, between two that spoke of a new SA: it may be a message. Control says whether. */
static bool may_be_message(const struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
						   enum mw_fragment_end end)
{
	const struct ike_worker *worker = ctx->worker_state;
	uint64_t spoke_ns;

	if (datagram->first_seen || end != MW_FRAGMENT_INCOMPLETE || datagram->bytes_seen == 0)
		return false;
	spoke_ns = ike_pairs_last_ns(&worker->pairs, ctx->hash_key, &datagram->src, &datagram->dst, datagram->scope);
	return spoke_ns != 0 && spoke_ns + PAIR_NS >= datagram->first_ns;
}

static void fill_pieces(struct ike_facts *facts, const struct mw_fragment_datagram *datagram, enum mw_fragment_end end)
{
	facts->packet_bytes = datagram->largest_bytes;
	facts->ip_id = datagram->id;
	facts->end = (uint8_t)end;
	facts->first_seen = datagram->first_seen;
	facts->bytes_seen = datagram->bytes_seen;
	facts->bytes_total = datagram->bytes_total;
	facts->fragments = datagram->fragments;
	facts->missing_count = datagram->missing_count;
	for (uint32_t i = 0; i < MW_MIN(datagram->missing_count, (uint32_t)IKE_FACTS_MISSING); i++) {
		facts->missing[i].from = datagram->missing[i].from;
		facts->missing[i].to = datagram->missing[i].to;
	}
	facts->last_ns = datagram->last_ns;
}

static void on_datagram(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
						enum mw_fragment_end end)
{
	const struct mw_ike_settings *settings = ctx->settings;
	const struct mw_event_flow ends = mw_kit_ends_of_datagram(datagram);
	struct ike_facts facts;

	if (!settings->enabled || datagram->protocol != IPPROTO_UDP ||
		(end != MW_FRAGMENT_COMPLETE && end != MW_FRAGMENT_INCOMPLETE && end != MW_FRAGMENT_EVICTED))
		return;
	begin(&facts, IKE_PIECES, datagram->family);
	if (datagram->ports_known ? !names_message(datagram, &facts) : !may_be_message(ctx, datagram, end))
		return;
	if (!within_budget(ctx)) {
		mw_detector_count(ctx, COUNT_CAPPED, 1);
		return;
	}
	fill_pieces(&facts, datagram, end);
	emit(ctx, datagram->first_ns, &ends, &facts, COUNT_PIECES);
}

static const struct mw_detector_event events[] = {
	[IKE_MESSAGE] = {"ike-message", "sends a message of a key exchange (IKE)"},
	[IKE_PIECES] = {"ike-pieces", "sent a key exchange (IKE) in IP fragments"},
	[IKE_ERROR] = {"ike-error", "had an ICMP error for a key exchange (IKE)"},
	[IKE_DATA] = {"ike-data", NULL},
};
static const struct mw_detector_record records[] = {
	{.record = &mw_ike_record,
	 .keep = MW_RECORD_EVENTS,
	 .show = {.words = "show ike", .help = "the latest IKEv2 attempts with their verdicts"},
	 .lines = {.title = "ike", .row = ike_report_line, .rows_max = 8}},
};

const struct mw_finding_kind finding_ike_auth_lost = {
	.name = "ike-auth-lost", .rank = 8, .diagnoser = &diagnose_ike, .evidence = &evidence_ike};
static const struct mw_finding_kind *const findings[] = {&finding_ike_auth_lost};

const struct mw_detector mw_detector_ike = {
	.name = "ike",
	.summary = "IKEv2 attempts: which succeeded, and what was lost of those that did not",
	.source = "RFC 7296, RFC 7383, RFC 3948",
	.wants = MW_KIND_IKE | MW_KIND_ICMP_ERROR,
	.ends_of_watched = true,
	.worker_bytes = sizeof(struct ike_worker),
	.side_max = DATA_FLOWS,
	.side_bytes = sizeof(struct awaited),
	.settings = &mw_ike_settings_module,
	.counters = counters,
	.counters_count = COUNTS,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.on_packet = on_packet,
	.on_flow_end = on_flow_end,
	.on_datagram = on_datagram,
	.control_bytes = sizeof(struct ike_control),
	.control_start = ike_control_start,
	.on_event = ike_control_event,
	.on_interval = ike_control_interval,
	.on_blind = ike_control_blind,
	.on_end = ike_control_end,
	.control_stop = ike_control_stop,
};
