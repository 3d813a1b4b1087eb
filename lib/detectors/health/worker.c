// SPDX-License-Identifier: BSD-3-Clause
// Worker half: tells of each exchange that ended, one cache line each.
// Neighbours: health.h; lib/exchange says what an exchange is; control.c gets the events.
#include <string.h>

#include "health.h"
#include "mw_exchange.h"
#include "mw_kit_event.h"

#define QUESTION_FROM 13 // bits of the question's hash that differ: behind those of suffixes, and one that is set

static const uint8_t services[MW_EXCHANGE_KINDS] = {
	[MW_EXCHANGE_CONNECT] = HEALTH_CONNECT, [MW_EXCHANGE_DATA] = HEALTH_SERVICES, [MW_EXCHANGE_DNS] = HEALTH_DNS,
	[MW_EXCHANGE_DNS_TCP] = HEALTH_DNS,     [MW_EXCHANGE_ECHO] = HEALTH_ECHO,     [MW_EXCHANGE_QUIC] = HEALTH_QUIC,
	[MW_EXCHANGE_NTP] = HEALTH_NTP,
};

static uint8_t family_of(const struct mw_exchange *exchange)
{
	if (exchange->tunnel == MW_LAYER_IPV4_IN_IPV6)
		return HEALTH_4IN6;
	return exchange->family == 4 ? HEALTH_IPV4 : HEALTH_IPV6;
}

// With several transmissions nobody knows which one was answered (Karn's algorithm, RFC 6298 section 3).
static uint64_t duration_ns(const struct mw_exchange *exchange, enum mw_exchange_end end)
{
	if (end == MW_EXCHANGE_ANSWERED && exchange->transmissions == 1)
		return exchange->answered_ns > exchange->asked_ns ? exchange->answered_ns - exchange->asked_ns : 0;
	return exchange->again_ns > exchange->asked_ns ? exchange->again_ns - exchange->asked_ns : 0;
}

static struct health_brief brief_of(const struct mw_exchange *exchange, enum mw_exchange_end end)
{
	const bool dns = services[exchange->key.kind] == HEALTH_DNS, answered = dns && end == MW_EXCHANGE_ANSWERED;

	return (struct health_brief){
		.family = family_of(exchange) & 3u,
		.service = services[exchange->key.kind] & 7u,
		.end = end & 7u,
		.transmissions = exchange->transmissions,
		.rcode = answered ? exchange->code & 15u : 0u,
		.suffixes = dns ? exchange->wanted & MW_EXCHANGE_SUFFIX_MASK : 0u,
		.us = (uint32_t)MW_MIN(duration_ns(exchange, end) / MW_NS_PER_US, (uint64_t)HEALTH_US_MAX) & HEALTH_US_MAX,
		.question = dns ? exchange->wanted >> QUESTION_FROM & 31u : 0u,
		.truncated = answered && exchange->truncated,
		.early = answered && exchange->answered_ns < exchange->asked_ns,
	};
}

static void write_ends(struct mw_event_flow *ends, const struct mw_exchange *exchange)
{
	const struct mw_exchange_key *key = &exchange->key;

	ends->src = key->asker;
	ends->dst = key->responder;
	ends->src_port = key->asker_port;
	ends->dst_port = key->responder_port;
	ends->protocol = key->protocol;
	ends->tunnel = exchange->tunnel;
	ends->vlan = exchange->vlan;
}

void health_see(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end)
{
	const struct health_settings *settings = ctx->settings;
	struct health_brief brief;
	struct mw_event *event;

	if (!settings->enabled || services[exchange->key.kind] == HEALTH_SERVICES || end == MW_EXCHANGE_EVICTED ||
		end == MW_EXCHANGE_UNFINISHED)
		return;
	mw_detector_count(ctx, HEALTH_COUNT_TOLD, 1);
	event = mw_detector_begin(ctx, 0, 0);
	if (event == NULL)
		return;
	event->time_ns = exchange->asked_ns;
	event->body_bytes = 0;
	write_ends(&event->flow, exchange);
	brief = brief_of(exchange, end);
	_Static_assert(sizeof(brief) == sizeof(event->brief), "all of it is set");
	memcpy(event->brief, &brief, sizeof(brief));
	mw_detector_send(ctx);
}
