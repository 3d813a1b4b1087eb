// SPDX-License-Identifier: BSD-3-Clause
// Worker half: what was asked through a next hop, and what was heard through it. Decides nothing, remembers no line.
// Neighbours: outages.h; lib/exchange says what an exchange is; control.c gets the events.
#include <string.h>

#include "mw_route.h"
#include "mw_kit_event.h"
#include "hello.h"
#include "near.h"

#define WAITS_NS   (200 * MW_NS_PER_MS) // the least retransmission time-out in use
#define RESUMES_NS (2 * MW_NS_PER_SECOND)
#define SILENT_NS  MW_NS_PER_SECOND

#define HTTPS_PORT         443
#define TYPE_A             1 // names are told as questions for it
#define WATCHED_PER_SECOND 50 // connections whose first bytes are looked at: a gateway makes few, a flood is no gateway

static inline bool is_set(const uint8_t mac[6])
{
	return mw_mac_number(mac) != 0 && (mac[0] & 1) == 0;
}

static uint8_t class_of(const struct outages_settings *settings, uint8_t family, uint8_t tunnel,
						const struct mw_address *remote)
{
	if (family == 6)
		return outages_is_closed(settings, remote) ? OUTAGES_CLOSED : OUTAGES_IPV6;
	return tunnel == MW_LAYER_IPV4_IN_IPV6 ? OUTAGES_4IN6 : OUTAGES_IPV4;
}

// Both on one link, or both of the site: what is between them says nothing about the line.
static bool are_near(const struct mw_address *a, const struct mw_address *b)
{
	if (mw_address_is_v4(a))
		return memcmp(a->bytes, b->bytes, 15) == 0 || (mw_address_is_private(a) && mw_address_is_private(b)) ||
			   a->bytes[12] >= 224 || b->bytes[12] >= 224;
	return memcmp(a->bytes, b->bytes, 8) == 0 || a->bytes[0] == 0xff || b->bytes[0] == 0xff || a->bytes[0] == 0xfe ||
		   b->bytes[0] == 0xfe || a->bytes[0] == 0;
}

static bool has_budget(struct mw_detector_ctx *ctx, unsigned which)
{
	const struct outages_settings *settings = ctx->settings;
	struct outages_worker *self = ctx->worker_state;
	const uint64_t second = ctx->clock_ns / MW_NS_PER_SECOND;

	if (self->budgets[which].second != second) {
		self->budgets[which].second = second;
		self->budgets[which].spent = 0;
	}
	if (self->budgets[which].spent++ < settings->events_per_second)
		return true;
	mw_detector_count(ctx, OUTAGES_COUNT_CAPPED, 1);
	return false;
}

static void tell(struct mw_detector_ctx *ctx, uint64_t time_ns, const struct mw_event_flow *ends,
				 const struct outages_brief *brief, const struct outages_facts *facts)
{
	struct mw_event *event = mw_detector_begin(ctx, 0, sizeof(*facts));

	_Static_assert(sizeof(*brief) == sizeof(event->brief), "all of it is set");
	_Static_assert(sizeof(*facts) == 24, "no padding");
	mw_detector_count(ctx, OUTAGES_COUNT_TOLD, 1);
	if (event == NULL)
		return;
	mw_kit_event_begin(event, time_ns, ends);
	memcpy(event->brief, brief, sizeof(*brief));
	memcpy(event->body, facts, sizeof(*facts));
	event->body_bytes = sizeof(*facts);
	mw_detector_send(ctx);
}

// Of what was heard the source is who answered.
static void tell_exchange(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end,
						  enum outages_what what, uint8_t class)
{
	const struct mw_exchange_key *key = &exchange->key;
	const bool answered = end == MW_EXCHANGE_ANSWERED || end == MW_EXCHANGE_REFUSED, heard = what == OUTAGES_HEARD;
	const struct mw_event_flow ends = {.src = heard ? key->responder : key->asker,
									   .dst = heard ? key->asker : key->responder,
									   .src_port = heard ? key->responder_port : key->asker_port,
									   .dst_port = heard ? key->asker_port : key->responder_port,
									   .protocol = key->protocol,
									   .tunnel = exchange->tunnel,
									   .vlan = exchange->vlan};
	struct outages_brief brief = {.what = (uint8_t)what,
								  .class = class,
								  .end = (uint8_t)end,
								  .transmissions = exchange->transmissions,
								  .sort = key->kind};
	struct outages_facts facts = {.until_ns = answered ? exchange->answered_ns : exchange->again_ns};

	if (!heard && (key->kind == MW_EXCHANGE_DNS || key->kind == MW_EXCHANGE_DNS_TCP)) {
		brief.code = answered ? (uint8_t)exchange->code : 0;
		facts.flow = exchange->wanted;
	}
	brief.near_reports = end == MW_EXCHANGE_UNREACHABLE && are_near(&key->asker, &exchange->reporter);
	memcpy(facts.mac_near, exchange->mac_asker, sizeof(facts.mac_near));
	memcpy(facts.mac_far, exchange->mac_next, sizeof(facts.mac_far));
	tell(ctx, heard ? exchange->answered_ns : exchange->asked_ns, &ends, &brief, &facts);
}

// Once a step for each sender: with more workers it may be told more than once, which says the same.
static struct outages_heard step_of(const uint8_t mac[6], uint16_t vlan, uint8_t class, uint64_t time_ns)
{
	const uint64_t low = class | (uint64_t)vlan << 3 | 1u << 15;

	return (struct outages_heard){.key = low | mw_mac_number(mac) << 16, .step = time_ns / OUTAGES_STEP_NS};
}

/** Where it is noted that the step was told. */
static struct outages_heard *place_of(struct outages_worker *self, const struct outages_heard *step)
{
	return &self->heard[(uint32_t)(step->key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % OUTAGES_PLACES];
}

// The next hop itself may be who is asked, or another host of the site: which, control knows. An answer is told once in
// a step; a question without one only where a router's own address answers it, whatever becomes of the line.
static void see_near(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end)
{
	const bool answered = end == MW_EXCHANGE_ANSWERED || end == MW_EXCHANGE_REFUSED;
	const bool asks = end == MW_EXCHANGE_UNANSWERED && exchange->key.kind == MW_EXCHANGE_ECHO;
	const struct outages_heard step = step_of(exchange->mac_next, exchange->vlan, OUTAGES_LAN, exchange->answered_ns);
	struct outages_heard *place = place_of(ctx->worker_state, &step);
	const bool known = answered && place->key == step.key && place->step == step.step;

	if ((!answered && !asks) || known || !has_budget(ctx, OUTAGES_BUDGET_NEAR))
		return;
	if (answered)
		*place = step;
	tell_exchange(ctx, exchange, end, answered ? OUTAGES_HEARD : OUTAGES_ATTEMPT, OUTAGES_LAN);
}

void outages_see(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end)
{
	const struct outages_settings *settings = ctx->settings;
	const struct mw_exchange_key *key = &exchange->key;
	const bool answered = end == MW_EXCHANGE_ANSWERED || end == MW_EXCHANGE_REFUSED;

	if (!settings->enabled || end == MW_EXCHANGE_EVICTED || end == MW_EXCHANGE_UNFINISHED ||
		end == MW_EXCHANGE_UNASKED || !is_set(exchange->mac_next))
		return;
	if (are_near(&key->asker, &key->responder))
		see_near(ctx, exchange, end);
	else if (has_budget(ctx, answered ? OUTAGES_BUDGET_ANSWERED : OUTAGES_ATTEMPT))
		tell_exchange(ctx, exchange, end, OUTAGES_ATTEMPT,
					  class_of(settings, exchange->family, exchange->tunnel, &key->responder));
}

// Apart, as whatever is told is rare beside what is looked at.
static __attribute__((noinline)) void tell_of(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
											  enum outages_what what, uint64_t until_ns, uint8_t sort)
{
	const struct mw_event_flow ends = mw_kit_ends_of(packet);
	const bool heard = what == OUTAGES_HEARD || what == OUTAGES_RESUMED || what == OUTAGES_RESET;
	const struct mw_address *remote = heard ? &packet->src : &packet->dst;
	const struct outages_brief brief = {
		.what = (uint8_t)what, .class = class_of(ctx->settings, packet->family, packet->tunnel, remote), .sort = sort};
	struct outages_facts facts = {.until_ns = until_ns};

	if (!has_budget(ctx, what))
		return;
	facts.flow = packet->flow == NULL ? 0 : (uint32_t)packet->lane.hash;
	memcpy(facts.mac_near, heard ? packet->mac_dst : packet->mac_src, sizeof(facts.mac_near));
	memcpy(facts.mac_far, heard ? packet->mac_src : packet->mac_dst, sizeof(facts.mac_far));
	tell(ctx, packet->time_ns, &ends, &brief, &facts);
}

// Between two that are on one link, or both of the site, nothing is told.
static __attribute__((noinline)) void tell_of_far(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
												  enum outages_what what, uint64_t until_ns, uint8_t sort)
{
	if (is_set(packet->mac_dst) && !are_near(&packet->src, &packet->dst))
		tell_of(ctx, packet, what, until_ns, sort);
}

static void look_at_tcp(struct mw_detector_ctx *ctx, const struct mw_packet *packet, uint64_t own_ns, uint64_t other_ns)
{
	const uint32_t next = mw_flow_seq_next(packet->flow, packet->direction);
	const uint64_t latest_ns = MW_MAX(own_ns, other_ns);
	const bool silent = packet->time_ns > latest_ns && packet->time_ns - latest_ns >= SILENT_NS;

	if ((packet->kinds & MW_KIND_OUT_OF_ORDER) && silent && mw_seq_after(packet->tcp.seq, next))
		tell_of_far(ctx, packet, OUTAGES_JUMPED, latest_ns, 0);
	else if ((packet->kinds & MW_KIND_ACK_AHEAD) && packet->time_ns > other_ns + WAITS_NS)
		tell_of_far(ctx, packet, OUTAGES_AHEAD, other_ns, 0);
}

// Of a side that has spoken before.
static __attribute__((noinline)) void look_at_flow(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const uint64_t own_ns = mw_flow_side_last_ns(packet->flow, packet->direction);
	const uint64_t other_ns = mw_flow_side_last_ns(packet->flow, packet->direction ^ 1u);

	if (other_ns == 0 && own_ns != 0 && (packet->kinds & MW_KIND_SYN))
		tell_of_far(ctx, packet, OUTAGES_AGAIN, 0, MW_EXCHANGE_CONNECT);
	if (own_ns == 0 || other_ns == 0)
		return;
	if (own_ns < other_ns && packet->time_ns > own_ns + RESUMES_NS)
		tell_of_far(ctx, packet, packet->kinds & MW_KIND_RST ? OUTAGES_RESET : OUTAGES_RESUMED, own_ns, 0);
	else if (own_ns > other_ns && packet->time_ns > other_ns + WAITS_NS &&
			 !(packet->kinds & (MW_KIND_RST | MW_KIND_ACK_AHEAD)))
		tell_of_far(ctx, packet, OUTAGES_WAITING, other_ns, 0);
	if ((packet->kinds & MW_KIND_TCP) && !(packet->kinds & MW_KIND_RST))
		look_at_tcp(ctx, packet, own_ns, other_ns);
}

static __attribute__((noinline)) void look_at_near(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	struct outages_brief brief = {.what = OUTAGES_NEIGHBOUR,
								  .class = class_of(ctx->settings, packet->family, packet->tunnel, &packet->dst)};
	struct mw_event_flow ends = mw_kit_ends_of(packet);
	struct outages_facts facts = {0};
	struct outages_near near;

	if (!outages_near_read(packet, &near) || !has_budget(ctx, OUTAGES_NEIGHBOUR))
		return;
	ends.src = near.src;
	ends.dst = near.dst;
	brief.sort = near.sort;
	facts.until_ns = near.value;
	memcpy(facts.mac_near, packet->mac_src, sizeof(facts.mac_near));
	memcpy(facts.mac_far, packet->mac_dst, sizeof(facts.mac_far));
	tell(ctx, packet->time_ns, &ends, &brief, &facts);
}

// Once a step at most, and for what is near each time.
static __attribute__((noinline)) void hear(struct mw_detector_ctx *ctx, const struct mw_packet *packet, bool asks,
										   struct outages_heard step)
{
	if (asks)
		look_at_flow(ctx, packet);
	if (!is_set(packet->mac_dst) || are_near(&packet->src, &packet->dst))
		return;
	*place_of(ctx->worker_state, &step) = step;
	tell_of(ctx, packet, OUTAGES_HEARD, 0, 0);
}

// Of a side's first packet nothing is asked but whether its sender was heard.
static inline void look_at_ends(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow,
								uint8_t class)
{
	const struct outages_heard step = step_of(packet->mac_src, packet->vlan_outer, class, packet->time_ns);
	const struct outages_heard *place = place_of(ctx->worker_state, &step);
	const bool hears = !(packet->kinds & MW_KIND_RST) && (place->key != step.key || place->step != step.step);
	const bool asks = flow != NULL && mw_flow_is_known(flow, packet->direction);

	if (MW_UNLIKELY(hears))
		hear(ctx, packet, asks, step);
	else if (MW_UNLIKELY(asks))
		look_at_flow(ctx, packet);
}

// Rules come over HTTPS and IPv6: of the first such connections in a second, the server's name.
static __attribute__((noinline)) void watch_for_name(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
													 struct mw_flow *flow)
{
	struct outages_worker *self = ctx->worker_state;

	if (self->budgets[OUTAGES_BUDGET_WATCHED].second == ctx->clock_ns / MW_NS_PER_SECOND &&
		self->budgets[OUTAGES_BUDGET_WATCHED].spent >= WATCHED_PER_SECOND)
		return;
	if (has_budget(ctx, OUTAGES_BUDGET_WATCHED) && !are_near(&packet->src, &packet->dst))
		mw_detector_watch(ctx, flow, true);
}

// The first payload of either side ends it.
static __attribute__((noinline)) void look_for_name(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
													struct mw_flow *flow)
{
	char name[OUTAGES_HELLO_NAME_BYTES];
	const struct mw_event_flow ends = mw_kit_ends_of(packet);
	const struct outages_brief brief = {.what = OUTAGES_NAMES,
										.class = class_of(ctx->settings, packet->family, packet->tunnel, &packet->dst)};
	struct outages_facts facts = {.until_ns = packet->time_ns};

	if (packet->payload_bytes == 0 && !(packet->kinds & (MW_KIND_FIN | MW_KIND_RST)))
		return;
	mw_detector_watch(ctx, flow, false);
	if (packet->dst_port != HTTPS_PORT || !outages_hello_name(packet->payload, packet->payload_bytes, name))
		return;
	facts.flow = mw_exchange_question(ctx->hash_key, name, TYPE_A);
	memcpy(facts.mac_near, packet->mac_src, sizeof(facts.mac_near));
	memcpy(facts.mac_far, packet->mac_dst, sizeof(facts.mac_far));
	if (facts.flow != 0 && has_budget(ctx, OUTAGES_NAMES))
		tell(ctx, packet->time_ns, &ends, &brief, &facts);
}

// @return false: the packet is seen for its flow's sake alone.
static bool look_at_hello(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	if (MW_UNLIKELY((mw_flow_watch(flow) >> ctx->index & 1) != 0))
		look_for_name(ctx, packet, flow);
	else if ((packet->kinds & MW_KIND_SYN) && packet->family == 6 && packet->dst_port == HTTPS_PORT)
		watch_for_name(ctx, packet, flow);
	return (packet->kinds & OUTAGES_WANTS) != 0;
}

// IPv6, or of a flow that is watched.
static __attribute__((noinline)) void look_at_others(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
													 struct mw_flow *flow)
{
	if (flow == NULL || look_at_hello(ctx, packet, flow))
		look_at_ends(ctx, packet, flow, class_of(ctx->settings, packet->family, packet->tunnel, &packet->src));
}

void outages_look(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct outages_settings *settings = ctx->settings;

	if (!settings->enabled || (packet->kinds & (MW_KIND_DUPLICATE | MW_KIND_ICMP_ERROR)) || !is_set(packet->mac_src))
		return;
	if ((packet->kinds & (MW_KIND_ARP | MW_KIND_ND | MW_KIND_LINK)) || (packet->mac_dst[0] & 1) != 0)
		look_at_near(ctx, packet);
	else if (MW_LIKELY(packet->family == 4 && (flow == NULL || !mw_flow_is_watched(flow)))) // seen for its kinds, then
		look_at_ends(ctx, packet, flow, class_of(settings, 4, packet->tunnel, &packet->src));
	else if (packet->family != 0)
		look_at_others(ctx, packet, flow);
}
