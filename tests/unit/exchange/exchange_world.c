// SPDX-License-Identifier: BSD-3-Clause
// Neighbours: exchange_world.h.
#include "exchange_world.h"

#include <string.h>

struct ended ended[ENDED_MAX];
uint32_t ended_count;
struct ended unasked;
uint32_t unasked_count;
static struct pb pb;

static void remember(struct mw_detector_ctx *ctx, const struct mw_exchange *exchange, enum mw_exchange_end end)
{
	(void)ctx;
	if (end == MW_EXCHANGE_UNASKED) {
		unasked = (struct ended){*exchange, end};
		unasked_count++;
		return;
	}
	assert_in_range(ended_count, 0, ENDED_MAX - 1);
	ended[ended_count++] = (struct ended){*exchange, end};
}

static const struct mw_detector listener = {.name = "listener", .on_exchange = remember};

struct pipeline_world *exchange_world_new(const char *override)
{
	static const struct mw_detector *const items[] = {&listener};
	const struct mw_detector_set set = {items, 1};

	ended_count = unasked_count = 0;
	return world_new_with(&set, 1, override);
}

uint64_t at_ns(double at)
{
	return WORLD_EPOCH_NS + (uint64_t)(at * 1e6 + 0.5) * MW_NS_PER_US;
}

void send_built(struct pipeline_world *world, struct pb *built, double at)
{
	pb_finish(built);
	world_send_built(world, built, at_ns(at));
}

static void ends_of(bool to_client)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	if (to_client)
		pb_ipv4(&pb, .src = "198.51.100.2", .dst = "192.0.2.1");
	else
		pb_ipv4(&pb);
}

void send_segment_with(struct pipeline_world *world, const struct segment *with)
{
	const uint16_t sport = with->sport == 0 ? 40000 : with->sport, dport = with->dport == 0 ? 443 : with->dport;

	ends_of(with->to_client);
	pb_tcp(&pb, .sport = with->to_client ? dport : sport, .dport = with->to_client ? sport : dport, .seq = with->seq,
		   .ack = with->ack, .flags = with->flags);
	pb_fill(&pb, with->payload_bytes);
	send_built(world, &pb, with->at);
}

void send_datagram(struct pipeline_world *world, double at, bool to_client, uint16_t sport, uint16_t dport,
				   const void *bytes, uint32_t bytes_count)
{
	ends_of(to_client);
	pb_udp(&pb, .sport = sport, .dport = dport);
	pb_payload(&pb, bytes, bytes_count);
	send_built(world, &pb, at);
}

void tick(struct pipeline_world *world, double at)
{
	mw_pipeline_tick(world->workers[0].pipeline, at_ns(at), UINT32_MAX);
}

const struct mw_exchange *nth_ended(uint32_t nth, enum mw_exchange_kind kind, enum mw_exchange_end end)
{
	assert_true(nth < ended_count);
	assert_int_equal(ended[nth].exchange.key.kind, kind);
	assert_int_equal(ended[nth].end, end);
	return &ended[nth].exchange;
}

uint32_t dns_message(uint8_t bytes[512], uint16_t id, bool response, uint8_t rcode, const char *name)
{
	const uint8_t head[12] = {(uint8_t)(id >> 8), (uint8_t)id, response ? 0x81 : 0x01, rcode, 0, 1};
	uint32_t count = sizeof(head);
	size_t label;

	memcpy(bytes, head, sizeof(head));
	for (; *name != '\0'; name += name[label] == '.' ? label + 1 : label) {
		label = strcspn(name, ".");
		bytes[count++] = (uint8_t)label;
		memcpy(bytes + count, name, label);
		count += (uint32_t)label;
	}
	memcpy(bytes + count, "\0\0\1\0\1", 5);
	return count + 5;
}
