// SPDX-License-Identifier: BSD-3-Clause
// Forged resets, worker half: gathers the resets of one direction of one flow into an episode, watches what the flow
// does next, then sends one event. Neighbours: weights.c, pattern.c; control.c judges.
#include <string.h>

#include "budget.h"
#include "control.h"
#include "judge.h"
#include "link.h"
#include "odd.h"
#include "pair.h"
#include "pool.h"
#include "report.h"
#include "tampering.h"
#include "mw_kit_budget.h"
#include "mw_kit_event.h"

enum {
	COUNT_RESETS,
	COUNT_EPISODES,
	COUNT_EARLY,
	COUNT_NO_FLOW,
	COUNT_CAPPED,
	COUNT_TAMPERING, // RESET_TAMPERING_COUNTS of them
	COUNTS = COUNT_TAMPERING + RESET_TAMPERING_COUNTS
};

static const struct mw_counter counters[COUNTS] = {
	[COUNT_RESETS] = {"resets", "TCP resets seen, mirrored duplicates left out"},
	[COUNT_EPISODES] = {"episodes", "episodes: resets of one direction of one flow, close together"},
	[COUNT_EARLY] = {"episodes-closed-early", "episodes ended before their time because too many were open"},
	[COUNT_NO_FLOW] = {"resets-without-flow", "resets that the flow table had no room for: not judged"},
	[COUNT_CAPPED] = {"capped", "episodes without a row because of resets.reports-per-second"},
	[COUNT_TAMPERING] = RESET_TAMPERING_COUNTERS,
};

enum { EVENT_EPISODE, EVENT_CLAIM };

#define CLAIMS_A_SECOND 64 // events; each claim is told once

struct worker {
	struct reset_pool pool; // first: what asks for it alone takes the worker for it
	struct reset_claims told;
	struct mw_kit_budget budget;
	struct reset_budget rows;
};

#define SILENCE_NS (10 * MW_NS_PER_SECOND) // what still lives at the end of input counts as silent after this

/** What other packets add to the outcomes of an episode: whichever of its resets decides, it stays. */
#define LATER_TESTS (RESET_BIT(RESET_DATA_AFTER) | RESET_BIT(RESET_IGNORED) | RESET_BIT(RESET_BOTH_ENDS))

/** Counts how a connection ended; pattern or named may not be known. */
static void count_pattern(struct mw_detector_ctx *ctx, uint8_t named, uint8_t pattern)
{
	if (named < MW_RESET_SIDES && pattern < MW_RESET_PATTERNS)
		mw_detector_count(ctx, COUNT_TAMPERING + (uint32_t)named * MW_RESET_PATTERNS + pattern, 1);
}

static void tell(struct mw_detector_ctx *ctx, const struct reset_episode *episode)
{
	struct worker *worker = ctx->worker_state;
	const struct reset_facts *facts = &episode->facts;
	const uint32_t body_bytes = (uint32_t)RESET_BODY_BYTES + facts->payload_bytes;
	struct mw_event *event = mw_detector_begin(ctx, EVENT_EPISODE, body_bytes);

	if (event == NULL)
		return;
	mw_kit_event_begin(event, episode->first_ns, &episode->ends);
	event->body_bytes = body_bytes;
	reset_facts_write(event, facts);
	if (facts->payload_bytes > 0)
		memcpy(event->body + RESET_BODY_BYTES, reset_pool_payload(&worker->pool, episode), facts->payload_bytes);
	mw_detector_send(ctx);
}

/** Tells, and lets go of an episode. */
static void close_episode(struct mw_detector_ctx *ctx, struct reset_episode *episode)
{
	struct worker *worker = ctx->worker_state;
	struct reset_facts *facts = &episode->facts;

	facts->pattern = reset_pattern_of(facts->stage, &episode->mix);
	facts->rowless = !reset_budget_take(&worker->rows, ctx->settings, facts, episode->last_clock_ns);
	mw_detector_count(ctx, COUNT_CAPPED, facts->rowless);
	count_pattern(ctx, facts->named, facts->pattern);
	mw_detector_count(ctx, COUNT_EPISODES, 1);
	tell(ctx, episode);
	reset_pool_give(&worker->pool, episode);
}

static bool is_over(const struct mw_detector_ctx *ctx, const struct reset_episode *episode, uint64_t now_ns)
{
	const struct mw_reset_settings *settings = ctx->settings;

	return now_ns > episode->last_clock_ns && now_ns - episode->last_clock_ns > settings->gap_ns;
}

static uint8_t stage_of(const struct mw_flow_view *flow)
{
	const struct mw_flow_side *client = &flow->side[flow->client];

	if (!(client->seen & MW_SIDE_SYN))
		return RESET_NOT_KNOWN;
	if (client->data_packets > 0)
		return client->data_packets == 1 ? MW_RESET_POST_PSH : MW_RESET_LATER;
	return flow->handshake_ns != 0 ? MW_RESET_POST_ACK : MW_RESET_POST_SYN;
}

/** Which end the reset names; not known without the handshake. */
static uint8_t named_of(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	if (!((flow->side[0].seen | flow->side[1].seen) & (MW_SIDE_SYN | MW_SIDE_SYN_ACK)))
		return RESET_NOT_KNOWN;
	return packet->direction == flow->client ? MW_RESET_SIDE_CLIENT : MW_RESET_SIDE_SERVER;
}

/** other: the episode of the other direction, or NULL; it may have to make room. */
static struct reset_episode *open_episode(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
										  const struct mw_flow *flow, const struct mw_flow_view *view,
										  struct reset_episode **other)
{
	struct reset_pool *pool = ctx->worker_state;
	bool lone = !reset_side_known(&view->side[0]) || !reset_side_known(&view->side[1]);
	struct reset_episode *episode;

	if (reset_pool_is_full(pool)) {
		struct reset_episode *victim = reset_pool_victim(pool);

		if (victim == *other)
			*other = NULL;
		mw_detector_count(ctx, COUNT_EARLY, 1);
		close_episode(ctx, victim);
	}
	episode = reset_pool_take(pool, flow, packet->direction, lone);
	// field by field: a memset of a known size becomes a string instruction, and the next reads wait for it
	episode->first_ns = episode->judged_ns = packet->time_ns;
	episode->direction = packet->direction;
	mw_kit_ends_write(&episode->ends, packet, false);
	episode->facts = (struct reset_facts){.stage = stage_of(view), .named = named_of(packet, view)};
	episode->facts.one_way = !reset_side_known(&view->side[!packet->direction]);
	episode->facts.lossy = view->side[0].gaps || view->side[1].gaps;
	episode->previous = (struct reset_previous){0};
	episode->mix = (struct reset_mix){0};
	episode->reopened = episode->over = false;
	return episode;
}

/** Keeps the payload that tells most: one with a signature, else the first. */
static void keep_payload(struct reset_pool *pool, struct reset_episode *episode, const struct mw_packet *packet)
{
	struct reset_facts *facts = &episode->facts;
	uint32_t count = MW_MIN(packet->payload_bytes, (uint32_t)MW_RESET_PAYLOAD_BYTES);

	if (count == 0 || facts->signature != 0 || (facts->payload_bytes != 0 && packet->signature == 0))
		return;
	memcpy(reset_pool_payload(pool, episode), packet->payload, count);
	facts->payload_bytes = (uint8_t)count;
	facts->payload_cut = packet->payload_wire_bytes > count;
	facts->signature = packet->signature;
}

static uint32_t rtt_fraction_milli(const struct mw_packet *packet, const struct mw_flow_view *flow, uint64_t rtt_ns)
{
	uint64_t trigger_ns = flow->side[!packet->direction].last_ns;
	uint64_t fraction;

	if (rtt_ns == 0 || trigger_ns == 0 || trigger_ns > packet->time_ns)
		return UINT32_MAX;
	fraction = (packet->time_ns - trigger_ns) / (rtt_ns / 1000 + 1);
	return fraction < UINT32_MAX ? (uint32_t)fraction : UINT32_MAX;
}

/** Writes down the reset that decides: what it looked like against its flow. */
static void keep_shape(struct reset_facts *facts, const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	const struct mw_flow_side *side = &flow->side[packet->direction];
	uint64_t rtt_ns = reset_rtt_ns(flow, packet->direction);

	facts->side_known = reset_side_known(side);
	facts->seq_offset = facts->side_known ? (int32_t)(packet->tcp.seq - side->seq_next) : 0;
	facts->rtt_fraction_milli = rtt_fraction_milli(packet, flow, rtt_ns);
	facts->rtt_us = (uint32_t)MW_MIN(rtt_ns / 1000, (uint64_t)UINT32_MAX);
	facts->ip_id_known = packet->family == 4 && packet->ip_id_known;
	facts->ip_id = (uint16_t)packet->ip_id;
	facts->ip_id_step = (uint16_t)(packet->ip_id - side->ip_id);
	facts->window = packet->tcp.window;
	facts->from_router = reset_is_from_router(packet, flow);
	facts->reserved_bits = (packet->tcp.present & MW_TCP_RESERVED) != 0;
	facts->ttl = packet->ttl;
	facts->ttl_expected = side->ttl;
	facts->tcp_flags = packet->tcp.flags;
	facts->tcp_options = packet->tcp.present;
	memcpy(facts->mac, packet->mac_src, sizeof(facts->mac));
	memcpy(facts->mac_named, flow->mac[packet->direction], sizeof(facts->mac_named));
}

static void remember(struct reset_previous *previous, const struct mw_packet *packet, uint64_t outcomes)
{
	if (!previous->any || mw_seq_after(previous->seq_first, packet->tcp.seq))
		previous->seq_first = packet->tcp.seq;
	previous->any = true;
	previous->any_own |= reset_may_be_own(outcomes);
	if (outcomes & reset_bit(RESET_TIMESTAMP_FITS)) {
		previous->any_clock = true;
		previous->clock = packet->tcp.ts_value;
	}
	if (packet->tcp.flags & MW_TCP_ACK) {
		previous->any_ack = true;
		previous->ack = packet->tcp.ack;
	}
}

static int means_of(const struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	return packet->signature == 0 ? -1 : mw_signatures_rule(ctx->signatures, packet->signature - 1u)->means;
}

/**
 * Both ends of a connection, reset within a moment. other: the episode of the other direction that is open, or NULL.
 */
static void note_twin(struct reset_episode *episode, struct reset_episode *other, const struct mw_flow_view *flow)
{
	uint64_t silence_ns;

	if (other == NULL || episode->facts.last_ns > other->facts.last_ns + RESET_TWIN_NS)
		return;
	episode->facts.twin = true;
	other->facts.twin = true;
	silence_ns = reset_pair_silence_ns(other, episode, flow);
	if (silence_ns == 0)
		return;
	episode->facts.outcomes |= reset_bit(RESET_BOTH_ENDS);
	other->facts.outcomes |= reset_bit(RESET_BOTH_ENDS);
	episode->facts.silence_ms = (uint32_t)MW_MIN(silence_ns / MW_NS_PER_MS, (uint64_t)UINT32_MAX);
	other->facts.silence_ms = episode->facts.silence_ms;
}

/** When the other side began to reset the connection itself; 0 when it did not, or somebody in its name. */
static uint64_t own_reset_ns(const struct reset_episode *episode)
{
	return episode != NULL && !episode->reopened && reset_is_own(episode->facts.outcomes) ? episode->first_ns : 0;
}

/**
 * Another reset of an open episode. What came between may be of another attempt: it is not held against earlier ones.
 */
static void go_on(struct reset_pool *pool, struct reset_episode *episode, const struct mw_packet *packet)
{
	reset_pool_touch(pool, episode);
	if (!episode->reopened)
		return;
	episode->reopened = false;
	episode->judged_ns = packet->time_ns;
	episode->previous = (struct reset_previous){0};
}

/** open: episodes by direction, or NULL. */
static void on_reset(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow,
					 struct reset_episode *open[2])
{
	struct reset_episode *episode = open[packet->direction], *other = open[!packet->direction];
	struct reset_pool *pool = ctx->worker_state;
	uint64_t peers_reset_ns = own_reset_ns(other);
	struct reset_facts *facts;
	struct mw_flow_view view;
	uint64_t outcomes;

	if (episode == NULL)
		reset_pool_fetch(pool, flow);
	mw_flow_view_talk(flow, &view);
	if (episode == NULL)
		episode = open_episode(ctx, packet, flow, &view, &other);
	else
		go_on(pool, episode, packet);
	facts = &episode->facts;
	outcomes = reset_evidence_of(packet, &view, &episode->previous, peers_reset_ns, means_of(ctx, packet));
	if (reset_odd_before(mw_detector_state_seen(ctx, flow), packet, &view))
		outcomes |= reset_bit(RESET_ODD_TRIGGER);
	if (episode->previous.any_own)
		outcomes = reset_beside_own(outcomes, packet->tcp.flags);
	if (facts->count == 0 || reset_suspicion(outcomes) > reset_suspicion(facts->outcomes & ~LATER_TESTS)) {
		facts->outcomes = outcomes | (facts->outcomes & LATER_TESTS);
		keep_shape(facts, packet, &view);
		if (outcomes & reset_bit(RESET_SAME_TTL))
			facts->ttl_expected = packet->ttl; // of several, the one that it has
	}
	if (facts->count == 1 && episode->previous.any)
		facts->seq_step = packet->tcp.seq - episode->previous.seq_first;
	keep_payload(pool, episode, packet);
	remember(&episode->previous, packet, outcomes);
	if (episode->previous.any_own)
		facts->outcomes = reset_beside_own(facts->outcomes, facts->tcp_flags);
	reset_mix_add(&episode->mix, packet->tcp.flags, packet->tcp.ack);
	facts->count++;
	facts->last_ns = packet->time_ns;
	episode->last_clock_ns = packet->clock_ns;
	note_twin(episode, other, &view);
}

/** episode may be NULL. */
static void reopen(struct reset_episode *episode, const struct mw_packet *packet)
{
	if (episode == NULL)
		return;
	episode->reopened = true;
	episode->over |= (packet->kinds & MW_KIND_SYN_ACK) != 0;
}

/**
 * Came in answer to a SYN and refuses none: a client that waits for its SYN-ACK drops it (RFC 9293 section 3.10.7.3).
 */
static bool is_dropped(const struct reset_facts *facts)
{
	return facts->stage == MW_RESET_POST_SYN && !facts->side_known && !(facts->outcomes & reset_bit(RESET_CLOSED_PORT));
}

/** What a flow does after a reset: its named sender lives, or its receiver goes on. Either may be NULL. */
static void on_other(const struct mw_packet *packet, const struct mw_flow *flow, struct reset_episode *sent,
					 struct reset_episode *received)
{
	struct mw_flow_view view;

	mw_flow_view_talk(flow, &view);
	if (reset_opens_again(packet, &view)) {
		reopen(sent, packet);
		reopen(received, packet);
		return;
	}
	if (sent != NULL && !sent->facts.side_known && !reset_side_known(&view.side[packet->direction]))
		sent->facts.outcomes |= reset_link_tests_late(&sent->facts, packet, &view);
	if (sent != NULL && !sent->reopened && reset_sender_lives(packet, &view, sent->judged_ns, &sent->previous))
		sent->facts.outcomes |= reset_bit(RESET_DATA_AFTER);
	if (received != NULL && !received->reopened && !is_dropped(&received->facts) &&
		reset_receiver_goes_on(packet, &view, received->judged_ns))
		received->facts.outcomes |= reset_bit(RESET_IGNORED);
}

/** The open episodes, by direction; those over by now are closed, and a reset of the next connection ends them too. */
static void find_open(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow,
					  struct reset_episode *open[2])
{
	open[0] = open[1] = NULL;
	if (mw_flow_tcp_state(flow) != MW_FLOW_TCP_RESET)
		return; // not reset before
	reset_pool_find(ctx->worker_state, flow, open);
	for (uint32_t direction = 0; direction < 2; direction++) {
		struct reset_episode *episode = open[direction];

		if (episode == NULL ||
			(!is_over(ctx, episode, packet->clock_ns) && !(episode->over && packet->kinds & MW_KIND_RST)))
			continue;
		close_episode(ctx, episode);
		open[direction] = NULL;
	}
}

/** ARP and neighbour discovery: who claims which address. */
static void on_claim(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	struct worker *worker = ctx->worker_state;
	struct reset_claim claim;
	struct mw_event event;

	if (!reset_claim_of(packet, &claim) || reset_claims_has(&worker->told, &claim) ||
		!mw_kit_budget_take(&worker->budget, packet->clock_ns, CLAIMS_A_SECOND))
		return;
	reset_claims_add(&worker->told, &claim);
	mw_kit_event_begin(&event, packet->time_ns,
					   &(struct mw_event_flow){.src = claim.address, .vlan = claim.vlan, .tunnel = MW_LAYERS});
	event.body_bytes = 0;
	memset(event.brief, 0, sizeof(event.brief));
	memcpy(event.brief, claim.mac, sizeof(claim.mac));
	mw_detector_emit(ctx, EVENT_CLAIM, &event);
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct mw_reset_settings *settings = ctx->settings;
	struct reset_episode *open[2];

	if (packet->kinds & (MW_KIND_ARP | MW_KIND_ND))
		on_claim(ctx, packet);
	if (packet->kinds & MW_KIND_DUPLICATE || !(packet->kinds & MW_KIND_TCP))
		return;
	if (packet->kinds & MW_KIND_RST)
		mw_detector_count(ctx, COUNT_RESETS, 1);
	if (flow == NULL) {
		mw_detector_count(ctx, COUNT_NO_FLOW, packet->kinds & MW_KIND_RST ? 1 : 0);
		return;
	}
	if (packet->kinds & MW_KIND_OUT_OF_ORDER && reset_is_odd(packet, flow))
		reset_odd_note(mw_detector_state(ctx, flow), packet);
	find_open(ctx, packet, flow, open);
	if (packet->kinds & MW_KIND_RST && settings->enabled)
		on_reset(ctx, packet, flow, open);
	else if (!(packet->kinds & MW_KIND_RST) && (open[0] != NULL || open[1] != NULL))
		on_other(packet, flow, open[packet->direction], open[!packet->direction]);
}

static void count_silence(struct mw_detector_ctx *ctx, const struct mw_flow *flow)
{
	uint8_t side = RESET_NOT_KNOWN;
	uint8_t pattern = reset_pattern_silent(flow, &side);

	count_pattern(ctx, side, pattern);
}

/** Quiet for long enough: its timer ran out, or the capture went on without it. */
static bool went_quiet(const struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why)
{
	uint64_t second_ns;

	if (why != MW_FLOW_END_SHUTDOWN)
		return why == MW_FLOW_END_IDLE;
	// in whole seconds: all workers have ticked at the latest one, whatever packets they have seen since
	second_ns = ctx->clock_ns / MW_NS_PER_SECOND * MW_NS_PER_SECOND;
	return second_ns > mw_flow_clock_ns(flow) + SILENCE_NS;
}

static void on_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why)
{
	const struct mw_reset_settings *settings = ctx->settings;
	struct reset_episode *open[2];

	if (mw_flow_tcp_state(flow) != MW_FLOW_TCP_RESET) {
		if (settings->enabled && went_quiet(ctx, flow, why))
			count_silence(ctx, flow);
		return;
	}
	reset_pool_find(ctx->worker_state, flow, open);
	for (uint32_t direction = 0; direction < 2; direction++) {
		if (open[direction] != NULL)
			close_episode(ctx, open[direction]);
	}
}

static int start(struct mw_detector_ctx *ctx)
{
	reset_pool_init(ctx->worker_state, ctx->hash_key);
	return 0;
}

static void on_tick(struct mw_detector_ctx *ctx, uint64_t now_ns)
{
	struct reset_episode *episode;

	while ((episode = reset_pool_oldest(ctx->worker_state)) != NULL && is_over(ctx, episode, now_ns))
		close_episode(ctx, episode);
}

static void on_interval(struct mw_detector_control *control, uint64_t interval_start_ns, uint64_t now_ns)
{
	(void)now_ns;
	reset_control_settle(control);
	reset_tampering_rows(control, COUNT_TAMPERING, interval_start_ns);
}

static void on_event(struct mw_detector_control *control, const struct mw_event *event)
{
	if ((event->kind & UINT8_MAX) == EVENT_CLAIM)
		reset_control_claim(control, event);
	else
		reset_control_episode(control, event);
}

static const struct mw_detector_event events[] = {
	[EVENT_EPISODE] = {"reset-episode", "resets the connection, or somebody in its name"},
	[EVENT_CLAIM] = {"address-claim", "says that it has this address (ARP, neighbour discovery)"},
};
static const struct mw_detector_record records[] = {
	{.record = &mw_reset_record,
	 .keep = MW_RECORD_EVENTS,
	 .show = {.words = "show resets", .help = "the latest reset episodes with their verdicts"},
	 .lines = {.title = "resets", .sum = resets_report_episodes},
	 .summarise = resets_summarise},
	{.record = &mw_middlebox_record,
	 .keep = MW_RECORD_STATE,
	 .show = {.words = "show middleboxes", .help = "devices in the middle, since start"},
	 .lines = {.title = "devices", .row = middlebox_report_line, .rows_max = 10}},
	{.record = &mw_tampering_record,
	 .keep = MW_RECORD_INTERVALS,
	 .show = {.words = "show tampering", .help = "how connections ended, by interval, end and pattern"}},
};

const struct mw_finding_kind finding_resets_forged = {
	.name = "forged-resets", .rank = 5, .diagnoser = &diagnose_resets, .evidence = &evidence_resets, .lingers = true};
const struct mw_finding_kind finding_resets_text = {.name = "reset-text", .rank = 6, .diagnoser = &diagnose_resets};
const struct mw_finding_kind finding_resets_conflict = {
	.name = "address-conflict", .rank = 5, .diagnoser = &diagnose_resets};
static const struct mw_finding_kind *const findings[] = {&finding_resets_forged, &finding_resets_text,
														 &finding_resets_conflict};

const struct mw_detector mw_detector_resets = {
	.name = "resets",
	.summary = "TCP resets that no endpoint sent, told from those that one did",
	.source = "RFC 9293 3.5.2, 3.10.7; Weaver et al., NDSS 2009; F5 K13223",
	.wants = MW_KIND_RST | MW_KIND_ARP | MW_KIND_ND | MW_KIND_OUT_OF_ORDER,
	.wants_after_reset = true,
	.flow_bytes = sizeof(struct reset_odd),
	.worker_bytes = sizeof(struct worker),
	.settings = &mw_reset_settings_module,
	.counters = counters,
	.counters_count = COUNTS,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.start = start,
	.on_packet = on_packet,
	.on_flow_end = on_flow_end,
	.on_tick = on_tick,
	.control_bytes = sizeof(struct reset_control),
	.control_start = reset_control_start,
	.on_event = on_event,
	.on_interval = on_interval,
	.on_report = reset_control_report,
	.control_stop = reset_control_stop,
};
