// SPDX-License-Identifier: BSD-3-Clause
// Path MTU, worker half: hands the rare packets, and all of the flows that it watches, to the parts that follow them.
// Neighbours: icmp.c, resend.c, hole.c, reaction.c, sizes.c; control.c judges.
#include "paths.h"
#include "control.h"
#include "icmp.h"
#include "mw_kit_event.h"
#include "outer.h"
#include "tcp.h"
#include "worker.h"

_Static_assert(sizeof(struct path_facts) <= MW_EVENT_BODY_BYTES, "facts are the body of an event");

static const struct mw_counter counters[PATH_COUNTS] = {
	[PATH_COUNT_TOLD] = {"told", "facts on paths told to the control core"},
	[PATH_COUNT_CAPPED] = {"capped", "facts not told because of path.steps-per-second"},
	[PATH_COUNT_EARLY] = {"closed-early", "flows no longer followed because too many were"},
};

/** In each flow: its episodes, by direction of their sender; links into the worker's pool, or PATH_LINK_DONE. */
struct flow_state {
	uint16_t links[2];
};

static void end_resend(struct mw_detector_ctx *ctx, struct path_episode *episode)
{
	path_resend_end(ctx, episode, PATH_GAVE_UP);
}

static void end_hole(struct mw_detector_ctx *ctx, struct path_episode *episode)
{
	path_hole_end(ctx, episode, PATH_GAVE_UP);
}

/** The parts of an episode: what the tick asks of each, and how it ends as it stands. */
static const struct {
	uint8_t part;
	uint64_t (*tick)(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns);
	void (*end)(struct mw_detector_ctx *ctx, struct path_episode *episode);
} parts[] = {
	{PATH_PART_REACTION, path_reaction_tick, path_reaction_end},
	{PATH_PART_RESEND, path_resend_tick, end_resend},
	{PATH_PART_HOLE, path_hole_tick, end_hole},
	{PATH_PART_SIZES, path_sizes_tick, path_sizes_end},
};

/**
 * What may come by thousands, and tells least, gets half of the budget, reports that anybody may have written three
 * quarters; an MSS that is not reduced has its own.
 */
static bool within_budget(struct mw_detector_ctx *ctx, const struct path_facts *facts)
{
	const struct mw_path_settings *settings = ctx->settings;
	struct path_worker *worker = ctx->worker_state;
	uint64_t most = settings->steps_per_second;
	bool minor = facts->what == PATH_HANDSHAKE || facts->what == PATH_PIECES;

	if (worker->ending)
		return true;
	if (facts->what == PATH_FULL_MSS)
		return mw_kit_budget_take(&worker->full_budget, ctx->clock_ns, most / 4);
	if (facts->what == PATH_REPORT && !facts->flow_known)
		most = MW_MAX(most - most / 4, UINT64_C(1));
	return mw_kit_budget_take(&worker->budget, ctx->clock_ns, minor ? most / 2 : most);
}

void path_emit(struct mw_detector_ctx *ctx, uint64_t time_ns, const struct mw_event_flow *ends,
			   const struct path_facts *facts)
{
	if (!within_budget(ctx, facts)) {
		mw_detector_count(ctx, PATH_COUNT_CAPPED, 1);
		return;
	}
	mw_detector_count(ctx, PATH_COUNT_TOLD, 1);
	mw_kit_emit(ctx, 0, time_ns, ends, facts, sizeof(*facts));
}

static struct flow_state *state_of(const struct mw_detector_ctx *ctx, struct mw_flow *flow)
{
	return mw_detector_state(ctx, flow);
}

/** Gives back an episode without parts. is_done: large packets of the flow are known to pass. */
static void release(struct mw_detector_ctx *ctx, struct path_episode *episode, bool is_done)
{
	struct path_worker *worker = ctx->worker_state;
	struct mw_flow *flow = path_pool_flow(&worker->pool, episode);
	struct flow_state *state = state_of(ctx, flow);
	uint8_t direction = episode->direction;

	state->links[direction] = is_done ? PATH_LINK_DONE : episode->shrank ? PATH_LINK_SHRANK : 0;
	path_pool_give(&worker->pool, episode);
	if (path_pool_find(&worker->pool, state->links[!direction], flow) == NULL)
		mw_detector_watch(ctx, flow, false);
}

static void end_parts(struct mw_detector_ctx *ctx, struct path_episode *episode)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(parts); i++) {
		if (episode->parts & parts[i].part)
			parts[i].end(ctx, episode);
	}
}

struct path_episode *path_open(struct mw_detector_ctx *ctx, struct mw_flow *flow, uint8_t direction,
							   const struct mw_event_flow *ends)
{
	struct path_worker *worker = ctx->worker_state;
	struct flow_state *state = state_of(ctx, flow);
	struct path_episode *episode = path_pool_find(&worker->pool, state->links[direction], flow);
	bool sacked = state->links[direction] == PATH_LINK_SACKED;
	bool shrank = state->links[direction] == PATH_LINK_SHRANK;

	if (episode != NULL || !mw_detector_watch(ctx, flow, true))
		return episode;
	episode = path_pool_take(&worker->pool, flow, &state->links[direction]);
	if (episode == NULL) {
		struct path_episode *victim = path_pool_victim(&worker->pool);

		mw_detector_count(ctx, PATH_COUNT_EARLY, 1);
		end_parts(ctx, victim);
		release(ctx, victim, false);
		episode = path_pool_take(&worker->pool, flow, &state->links[direction]);
	}
	episode->ends = *ends;
	episode->direction = direction;
	episode->small_sacked = sacked;
	episode->shrank = shrank;
	return episode;
}

static void tcp_sent(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow,
					 struct path_episode *episode)
{
	uint8_t open = episode == NULL ? 0 : episode->parts;
	struct mw_event_flow ends = mw_kit_ends_of(packet);

	if (open & PATH_PART_REACTION)
		path_reaction_sent(ctx, episode, packet, flow);
	if (open & PATH_PART_RESEND)
		path_resend_sent(ctx, episode, packet, flow);
	if (open & PATH_PART_HOLE)
		path_hole_sent(ctx, episode, packet);
	if (!(open & PATH_PART_RESEND) && path_resend_begins(packet, flow)) {
		episode = path_open(ctx, flow, packet->direction, &ends);
		if (episode != NULL)
			path_resend_open(ctx, episode, packet, flow);
	} else if (!(open & PATH_PART_HOLE) && path_hole_begins(packet, flow)) {
		episode = path_open(ctx, flow, packet->direction, &ends);
		if (episode != NULL)
			path_hole_open(ctx, episode, packet, flow);
	}
}

static void tcp_peer(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct path_episode *episode)
{
	if (packet->kinds & MW_KIND_SACK)
		episode->small_sacked |= path_tcp_sacks_small(packet, path_flow_of(ctx, episode));
	if (episode->parts & PATH_PART_REACTION)
		path_reaction_peer(ctx, episode, packet);
	if (episode->parts & PATH_PART_RESEND)
		path_resend_peer(ctx, episode, packet);
	if (episode->parts & PATH_PART_HOLE)
		path_hole_peer(ctx, episode, packet);
}

static void on_tcp(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow,
				   const struct flow_state *state)
{
	struct path_worker *worker = ctx->worker_state;
	uint8_t side = packet->direction;
	struct path_episode *sent = path_pool_find(&worker->pool, state->links[side], flow);
	struct path_episode *peer = path_pool_find(&worker->pool, state->links[!side], flow);

	if (peer != NULL) {
		tcp_peer(ctx, packet, peer);
		if (peer->parts == 0)
			release(ctx, peer, false);
	}
	if (sent == NULL && !(packet->kinds & MW_KIND_OUT_OF_ORDER))
		return;
	tcp_sent(ctx, packet, flow, sent);
	state = mw_detector_state_seen(ctx, flow); // it may have begun
	sent = path_pool_find(&worker->pool, state->links[side], flow);
	if (sent != NULL && sent->parts == 0)
		release(ctx, sent, false);
}

/** Of a flow whose large packets are known to pass, or that has nothing to find, PATH_LINK_DONE stays behind. */
static void on_other(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow,
					 const struct flow_state *state)
{
	struct path_worker *worker = ctx->worker_state;
	uint8_t side = packet->direction;
	struct path_episode *sent = path_pool_find(&worker->pool, state->links[side], flow);
	struct path_episode *peer = path_pool_find(&worker->pool, state->links[!side], flow);

	if (sent != NULL && sent->parts & PATH_PART_REACTION)
		path_reaction_sent(ctx, sent, packet, flow);
	if (sent != NULL && sent->parts & PATH_PART_SIZES && path_sizes_sent(ctx, sent, packet)) {
		path_sizes_end(ctx, sent);
		if (sent->parts == 0)
			release(ctx, sent, true);
	} else if (state->links[side] == 0 && path_sizes_begins(packet, flow)) {
		struct mw_event_flow ends = mw_kit_ends_of(packet);

		sent = path_open(ctx, flow, side, &ends);
		if (sent != NULL)
			path_sizes_open(ctx, sent, packet);
	}
	if (peer != NULL && peer->parts & PATH_PART_SIZES && path_sizes_peer(ctx, peer, packet)) {
		path_sizes_end(ctx, peer);
		if (peer->parts == 0)
			release(ctx, peer, true);
	}
}

/** A small packet behind a hole arrived: all that is kept of a flow that nothing else is known of. */
static void note_behind_hole(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow,
							 const struct flow_state *state)
{
	const uint16_t link = state->links[!packet->direction];

	if (link == PATH_LINK_SACKED && packet->kinds & MW_KIND_ACK_AGAIN)
		state_of(ctx, flow)->links[!packet->direction] = PATH_LINK_SEVERAL;
	else if (link == 0 && (path_tcp_sacks_small(packet, flow) || path_tcp_repeats_ack(packet, flow)))
		state_of(ctx, flow)->links[!packet->direction] = PATH_LINK_SACKED;
}

/** What a flow that is not watched may begin with; most resets and small segments sent again are no such thing. */
static bool begins(const struct mw_packet *packet, const struct mw_flow *flow)
{
	if (packet->kinds & MW_KIND_LARGE)
		return true;
	return packet->kinds & MW_KIND_OUT_OF_ORDER && (path_resend_begins(packet, flow) || path_hole_begins(packet, flow));
}

static void on_packet(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct mw_path_settings *settings = ctx->settings;

	if (packet->kinds & MW_KIND_DUPLICATE || !settings->enabled)
		return;
	if (packet->kinds & MW_KIND_ICMP_ERROR) {
		if (path_report_is(packet))
			path_report_take(ctx, packet);
		return;
	}
	if (packet->kinds & MW_KIND_FRAGMENT)
		path_outer_first(ctx, packet);
	if (flow == NULL)
		return;
	if (packet->kinds & (MW_KIND_SYN | MW_KIND_SYN_ACK))
		path_report_handshake(ctx, packet, flow);
	if (packet->kinds & (MW_KIND_SACK | MW_KIND_ACK_AGAIN))
		note_behind_hole(ctx, packet, flow, mw_detector_state_seen(ctx, flow));
	if (!(mw_flow_watch(flow) & 1u << ctx->index) && !begins(packet, flow))
		return; // nothing is followed, so the flow's state need not be looked at
	if (packet->kinds & MW_KIND_TCP)
		on_tcp(ctx, packet, flow, mw_detector_state_seen(ctx, flow));
	else
		on_other(ctx, packet, flow, mw_detector_state_seen(ctx, flow));
}

static void on_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why)
{
	struct path_worker *worker = ctx->worker_state;
	const struct flow_state *state = mw_detector_state_seen(ctx, flow);
	uint16_t links[2] = {state->links[0], state->links[1]};

	if (mw_flow_watch(flow) & 1u << ctx->index) { // else nothing is open
		worker->ending |= why == MW_FLOW_END_SHUTDOWN;
		for (uint32_t direction = 0; direction < 2; direction++) {
			struct path_episode *episode = path_pool_find(&worker->pool, links[direction], flow);

			if (episode == NULL)
				continue;
			end_parts(ctx, episode);
			links[direction] = episode->shrank ? PATH_LINK_SHRANK : 0;
			path_pool_give(&worker->pool, episode);
		}
	}
	path_passes_end(ctx, flow, links);
}

static void on_datagram(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram,
						enum mw_fragment_end end)
{
	const struct mw_path_settings *settings = ctx->settings;

	if (!settings->enabled)
		return;
	if (end == MW_FRAGMENT_COMPLETE)
		path_report_pieces(ctx, datagram);
	else if (end == MW_FRAGMENT_UNFINISHED || end == MW_FRAGMENT_INCOMPLETE)
		path_outer_later(ctx, datagram);
}

static void tick_episode(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns)
{
	struct path_worker *worker = ctx->worker_state;

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(parts); i++) {
		if (episode->parts & parts[i].part)
			path_pool_wake(&worker->pool, episode, parts[i].tick(ctx, episode, now_ns));
	}
	if (episode->parts == 0)
		release(ctx, episode, false);
}

static void on_tick(struct mw_detector_ctx *ctx, uint64_t now_ns)
{
	struct path_worker *worker = ctx->worker_state;
	struct path_pool *pool = &worker->pool;

	worker->ending |= now_ns == UINT64_MAX;
	for (uint32_t i = 0; i < pool->fresh; i++) {
		if (pool->flows[i] == NULL || pool->due_ns[i] > now_ns)
			continue;
		pool->due_ns[i] = UINT64_MAX;
		tick_episode(ctx, &pool->episodes[i], now_ns);
	}
	path_repeat_tick(ctx, now_ns);
}

static const struct mw_detector_event events[PATH_EVENTS] = {
	[PATH_EVENT_FACTS] = {"path", "shows something of the MTU of its path"},
	[PATH_EVENT_FIRST] = {"outer-first-piece", "sends a tunnel in IP fragments: the first"},
	[PATH_EVENT_LATER] = {"outer-later-pieces", "sends a tunnel in IP fragments: later ones"},
};
static const struct mw_detector_record records[] = {
	{.record = &mw_path_record,
	 .keep = MW_RECORD_STATE,
	 .show = {.words = "show paths", .help = "what is known of path MTUs, since start"},
	 .lines = {.title = "paths", .row = path_report_line, .rows_max = 8}},
};

const struct mw_finding_kind finding_paths_black_hole = {
	.name = "path-mtu-black-hole", .rank = 6, .diagnoser = &diagnose_paths, .evidence = &evidence_black_holes};
const struct mw_finding_kind finding_paths_ignored = {
	.name = "icmp-too-big-ignored", .rank = 5, .diagnoser = &diagnose_paths, .evidence = &evidence_ignored_reports};
const struct mw_finding_kind finding_paths_merged = {
	.name = "merged-packets", .rank = 5, .diagnoser = &diagnose_paths, .evidence = &evidence_merged_packets};
static const struct mw_finding_kind *const findings[] = {&finding_paths_black_hole, &finding_paths_ignored,
														 &finding_paths_merged};

const struct mw_detector mw_detector_paths = {
	.name = "path",
	.summary = "path MTU: reports and what senders make of them, black holes, reduced MSS",
	.source = "RFC 1191, RFC 8201, RFC 2923, RFC 4821, RFC 8899",
	// a SYN seen again is out of order
	.wants = MW_KIND_OUT_OF_ORDER | MW_KIND_LARGE | MW_KIND_SYN_ACK | MW_KIND_SACK | MW_KIND_ACK_AGAIN |
			 MW_KIND_ICMP_ERROR | MW_KIND_FRAGMENT,
	.flow_bytes = sizeof(struct flow_state),
	.worker_bytes = sizeof(struct path_worker),
	.settings = &mw_path_settings_module,
	.counters = counters,
	.counters_count = PATH_COUNTS,
	.events = events,
	.events_count = MW_ARRAY_SIZE(events),
	.records = records,
	.records_count = MW_ARRAY_SIZE(records),
	.findings = findings,
	.findings_count = MW_ARRAY_SIZE(findings),
	.on_packet = on_packet,
	.on_flow_end = on_flow_end,
	.on_datagram = on_datagram,
	.on_tick = on_tick,
	.control_bytes = sizeof(struct path_control),
	.control_start = path_control_start,
	.on_event = path_control_event,
	.on_report = path_control_report,
	.control_stop = path_control_stop,
};
