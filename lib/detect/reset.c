// SPDX-License-Identifier: BSD-3-Clause
// Forged resets, worker half: gathers the resets of one direction of one flow into an episode, watches what the flow
// does next, then judges and sends one event. Neighbours: reset_evidence.c, reset_judge.c, reset_row.c (control half).
#include <string.h>

#include "reset_judge.h"
#include "reset_pool.h"
#include "reset_row.h"

enum {
	COUNT_RESETS,
	COUNT_EPISODES,
	COUNT_FORGED,
	COUNT_ENDPOINT,
	COUNT_UNKNOWN,
	COUNT_RESETS_FORGED,
	COUNT_EARLY,
	COUNT_NO_FLOW,
	COUNTS
};

static const struct mw_counter counters[COUNTS] = {
	[COUNT_RESETS] = {"resets", "TCP resets seen, mirrored duplicates left out"},
	[COUNT_EPISODES] = {"episodes", "episodes judged: resets of one direction of one flow, close together"},
	[COUNT_FORGED] = {"forged", "episodes judged forged"},
	[COUNT_ENDPOINT] = {"endpoint", "episodes judged to come from the endpoint they name"},
	[COUNT_UNKNOWN] = {"unknown", "episodes where the evidence does not carry either way"},
	[COUNT_RESETS_FORGED] = {"resets-forged", "resets in episodes judged forged"},
	[COUNT_EARLY] = {"episodes-closed-early", "episodes judged before their time because too many were open"},
	[COUNT_NO_FLOW] = {"resets-without-flow", "resets that the flow table had no room for: not judged"},
};

/**
 * In each flow: its latest episodes, by direction; links into the worker's pool. The end of an episode leaves its flow
 * alone, which may be cold by then: whether a link still holds is the pool's to say.
 */
struct flow_state {
	uint16_t episodes[2];
};

/** What on_other adds to the outcomes of an episode. */
#define LATER_TESTS (1u << RESET_DATA_AFTER | 1u << RESET_IGNORED)

static const uint8_t verdict_counts[MW_RESET_VERDICTS] = {
	[MW_RESET_ENDPOINT] = COUNT_ENDPOINT,
	[MW_RESET_FORGED] = COUNT_FORGED,
	[MW_RESET_UNKNOWN] = COUNT_UNKNOWN,
};

static void judge(struct mw_detector_ctx *ctx, const struct reset_episode *episode, struct reset_facts *facts)
{
	const struct mw_reset_settings *settings = ctx->settings;
	struct reset_judgement judgement = reset_judge(episode->outcomes, episode->one_way, (uint32_t)settings->forged_at);

	facts->verdict = judgement.verdict;
	facts->origin = judgement.origin;
	facts->confidence = judgement.confidence;
	facts->evidence = judgement.evidence;
	mw_detector_count(ctx, COUNT_EPISODES, 1);
	mw_detector_count(ctx, verdict_counts[judgement.verdict], 1);
	if (judgement.verdict == MW_RESET_FORGED)
		mw_detector_count(ctx, COUNT_RESETS_FORGED, facts->count);
}

/** Judges, tells, and lets go of an episode. */
static void close_episode(struct mw_detector_ctx *ctx, struct reset_episode *episode)
{
	struct reset_pool *pool = ctx->worker_state;
	struct mw_event event; // what is not used of its body is never looked at
	struct reset_facts *facts = (struct reset_facts *)(void *)event.body;

	*facts = episode->facts;
	judge(ctx, episode, facts);
	event.time_ns = episode->first_ns;
	event.flow = episode->ends;
	memset(event.padding, 0, sizeof(event.padding));
	event.body_bytes = (uint32_t)sizeof(*facts) + facts->payload_bytes;
	if (facts->payload_bytes > 0)
		memcpy(event.body + sizeof(*facts), reset_pool_payload(pool, episode), facts->payload_bytes);
	mw_detector_emit(ctx, 0, &event);
	reset_pool_give(pool, episode);
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

static struct reset_episode *open_episode(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
										  struct mw_flow *flow, const struct mw_flow_view *view,
										  struct flow_state *state)
{
	struct reset_pool *pool = ctx->worker_state;
	struct reset_episode *episode;
	uint16_t link;

	episode = reset_pool_take(pool, flow, &link);
	if (episode == NULL) {
		mw_detector_count(ctx, COUNT_EARLY, 1);
		close_episode(ctx, reset_pool_oldest(pool));
		episode = reset_pool_take(pool, flow, &link);
	}
	if (state->episodes[!packet->direction] == link)
		state->episodes[!packet->direction] = 0; // that one had ended, and this is in its place
	state->episodes[packet->direction] = link;
	// field by field: a memset of a known size becomes a string instruction, and the next reads wait for it
	episode->first_ns = packet->time_ns;
	episode->outcomes = 0;
	episode->direction = packet->direction;
	episode->one_way = !reset_side_known(&view->side[!packet->direction]);
	episode->ends = (struct mw_event_flow){.src = packet->src,
										   .dst = packet->dst,
										   .src_port = packet->src_port,
										   .dst_port = packet->dst_port,
										   .protocol = packet->protocol,
										   .tunnel = packet->tunnel,
										   .vlan = packet->vlan_outer};
	episode->facts = (struct reset_facts){.stage = stage_of(view)};
	episode->previous = (struct reset_previous){0};
	episode->reopened = false;
	mw_detector_watch(ctx, flow, true);
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

static uint32_t rtt_fraction_milli(const struct mw_packet *packet, const struct mw_flow_view *flow)
{
	uint64_t rtt_ns = reset_rtt_ns(flow, packet->direction);
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

	facts->ttl = packet->ttl;
	facts->window = packet->tcp.window;
	facts->ip_id = packet->ip_id_known ? packet->ip_id : UINT32_MAX;
	facts->side_known = reset_side_known(side);
	facts->ttl_expected = side->ttl;
	facts->seq_offset = facts->side_known ? (int32_t)(packet->tcp.seq - side->seq_next) : 0;
	facts->rtt_fraction_milli = rtt_fraction_milli(packet, flow);
}

static void remember(struct reset_previous *previous, const struct mw_packet *packet)
{
	if (!previous->any || mw_seq_after(previous->seq_first, packet->tcp.seq))
		previous->seq_first = packet->tcp.seq;
	previous->any = true;
	if (packet->tcp.flags & MW_TCP_ACK) {
		previous->any_ack = true;
		previous->ack = packet->tcp.ack;
	}
}

static int means_of(const struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	return packet->signature == 0 ? -1 : mw_signatures_rule(ctx->signatures, packet->signature - 1u)->means;
}

/** episode: the one that is open in the direction of the reset, or NULL. */
static void on_reset(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow,
					 struct flow_state *state, struct reset_episode *episode)
{
	struct reset_pool *pool = ctx->worker_state;
	struct mw_flow_view view;
	uint32_t outcomes;

	mw_flow_view(flow, &view);
	if (episode == NULL)
		episode = open_episode(ctx, packet, flow, &view, state);
	else
		reset_pool_touch(pool, episode);
	outcomes = reset_evidence_of(packet, &view, &episode->previous, means_of(ctx, packet));
	if (episode->facts.count == 0 || reset_suspicion(outcomes) > reset_suspicion(episode->outcomes & ~LATER_TESTS)) {
		episode->outcomes = outcomes;
		keep_shape(&episode->facts, packet, &view);
	}
	keep_payload(pool, episode, packet);
	remember(&episode->previous, packet);
	episode->facts.count++;
	episode->facts.last_ns = packet->time_ns;
	episode->last_clock_ns = packet->clock_ns;
}

/** What a flow does after a reset: its named sender lives, or its receiver goes on. Either may be NULL. */
static void on_other(const struct mw_packet *packet, const struct mw_flow *flow, struct reset_episode *sent,
					 struct reset_episode *received)
{
	struct mw_flow_view view;

	if (packet->kinds & MW_KIND_SYN) {
		if (sent != NULL)
			sent->reopened = true;
		if (received != NULL)
			received->reopened = true;
		return;
	}
	mw_flow_view(flow, &view);
	if (sent != NULL && !sent->reopened && reset_sender_lives(packet, &view, sent->first_ns))
		sent->outcomes |= reset_bit(RESET_DATA_AFTER);
	if (received != NULL && !received->reopened && reset_receiver_goes_on(packet, &view, received->first_ns))
		received->outcomes |= reset_bit(RESET_IGNORED);
}

/** The open episode of a direction; one that is over by now is closed. */
static struct reset_episode *open_at(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
									 const struct mw_flow *flow, uint16_t link)
{
	struct reset_episode *episode = reset_pool_find(ctx->worker_state, link, flow);

	if (episode == NULL || !is_over(ctx, episode, packet->clock_ns))
		return episode;
	close_episode(ctx, episode);
	return NULL;
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow,
					  void *flow_state)
{
	const struct mw_reset_settings *settings = ctx->settings;
	struct flow_state *state = flow_state;
	struct reset_episode *open[2];

	if (packet->kinds & MW_KIND_DUPLICATE || !(packet->kinds & MW_KIND_TCP))
		return;
	if (packet->kinds & MW_KIND_RST)
		mw_detector_count(ctx, COUNT_RESETS, 1);
	if (flow == NULL) {
		mw_detector_count(ctx, COUNT_NO_FLOW, packet->kinds & MW_KIND_RST ? 1 : 0);
		return;
	}
	for (uint32_t direction = 0; direction < 2; direction++)
		open[direction] = open_at(ctx, packet, flow, state->episodes[direction]);
	if (packet->kinds & MW_KIND_RST && settings->enabled)
		on_reset(ctx, packet, flow, state, open[packet->direction]);
	else if (open[0] == NULL && open[1] == NULL)
		mw_detector_watch(ctx, flow, false);
	else if (!(packet->kinds & MW_KIND_RST))
		on_other(packet, flow, open[packet->direction], open[!packet->direction]);
}

static void on_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, void *flow_state, enum mw_flow_end why)
{
	const struct flow_state *state = flow_state;

	(void)why;
	if (!(mw_flow_watch(flow) & 1u << ctx->index))
		return; // no reset, so its state need not be fetched
	for (uint32_t direction = 0; direction < 2; direction++) {
		struct reset_episode *episode = reset_pool_find(ctx->worker_state, state->episodes[direction], flow);

		if (episode != NULL)
			close_episode(ctx, episode);
	}
}

static void on_tick(struct mw_detector_ctx *ctx, uint64_t now_ns)
{
	struct reset_episode *episode;

	while ((episode = reset_pool_oldest(ctx->worker_state)) != NULL && is_over(ctx, episode, now_ns))
		close_episode(ctx, episode);
}

static const char *const event_names[] = {"reset-episode"};
static const struct mw_record *const records[] = {&mw_reset_record};

const struct mw_detector mw_detect_reset = {
	.name = "resets",
	.summary = "TCP resets that no endpoint sent, told from those that one did",
	.source = "RFC 9293 3.5.2, 3.10.7; Weaver et al., NDSS 2009; F5 K13223",
	.wants = MW_KIND_RST,
	.flow_bytes = sizeof(struct flow_state),
	.worker_bytes = sizeof(struct reset_pool),
	.settings = &mw_reset_settings_module,
	.counters = counters,
	.counters_count = COUNTS,
	.event_names = event_names,
	.event_names_count = MW_ARRAY_SIZE(event_names),
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.on_packet = on_packet,
	.on_flow_end = on_flow_end,
	.on_tick = on_tick,
	.on_event = reset_row_on_event,
};
