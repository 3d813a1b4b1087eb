// SPDX-License-Identifier: BSD-3-Clause
// The world's machinery: packets made of steps, a flow table of 16384 entries, facts kept as they are told.
// Neighbours: worker_world.h.
#include "worker_world.h"

#include <stdlib.h>
#include <string.h>

#include "mw_test.h"
#include "detector_world.h"

#define EPOCH_NS      (UINT64_C(1768000000) * MW_NS_PER_SECOND)
#define OPTIONS_BYTES 24 // a timestamp, or a timestamp and one SACK block

struct world {
	struct detector_worker worker;
	struct mw_path_settings settings;
};

int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings = (struct mw_path_settings){
		.enabled = true, .retransmits_at_least = 3, .paths_max = 1000, .steps_per_second = 10000};
	detector_worker_start(&world->worker, &mw_detector_paths, &world->settings, 60 * MW_NS_PER_SECOND);
	*state = world;
	return 0;
}

int world_stop(void **state)
{
	struct world *world = *state;

	detector_worker_stop(&world->worker);
	free(world);
	return 0;
}

static struct mw_address address_of(bool server, bool v6)
{
	static const uint8_t ends4[2][4] = {{10, 0, 0, 2}, {203, 0, 113, 5}};
	static const struct mw_address ends6[2] = {{{0x20, 1, 0xd, 0xb8, [15] = 2}},
											   {{0x20, 1, 0xd, 0xb8, 0, 0xf, [15] = 5}}};

	return v6 ? ends6[server] : mw_address_from_v4(ends4[server]);
}

static void fill_ends(struct mw_packet *packet, bool server, uint16_t port, bool v6)
{
	port = port != 0 ? port : 50000;
	packet->src = address_of(server, v6);
	packet->dst = address_of(!server, v6);
	packet->src_port = server ? 443 : port;
	packet->dst_port = server ? port : 443;
}

static void fill_common(struct world *world, struct mw_packet *packet, uint64_t at_ms, bool v6)
{
	packet->time_ns = EPOCH_NS + at_ms * MW_NS_PER_MS;
	packet->clock_ns = MW_MAX(world->worker.clock_ns, packet->time_ns);
	packet->fate = MW_FATE_ANALYSED;
	packet->family = v6 ? 6 : 4;
	packet->tunnel = MW_LAYERS;
	packet->ip_header_bytes = v6 ? 40 : 20;
}

static uint32_t tcp_kinds(const struct step *step)
{
	uint32_t kinds = MW_KIND_TCP;

	if (step->flags & MW_TCP_SYN)
		kinds |= step->flags & MW_TCP_ACK ? MW_KIND_SYN_ACK : MW_KIND_SYN;
	kinds |= step->flags & MW_TCP_FIN ? MW_KIND_FIN : 0u;
	return kinds | (step->flags & MW_TCP_RST ? MW_KIND_RST : 0u);
}

/** options: OPTIONS_BYTES, of which the packet points behind those it has. */
static void fill_tcp(struct mw_packet *packet, const struct step *step, uint8_t *options)
{
	static const uint8_t sack[4] = {1, 1, 5, 10};
	uint32_t options_bytes = (step->plain ? 0 : 12u) + (step->sack_bytes != 0 ? 12u : 0);

	memset(options, 1, OPTIONS_BYTES); // what is not asked for does nothing
	packet->protocol = 6;
	packet->kinds = tcp_kinds(step);
	packet->tcp = (struct mw_packet_tcp){.seq = step->seq,
										 .ack = step->ack,
										 .window = step->zero_window   ? 0
												   : step->window != 0 ? step->window
																	   : 500,
										 .flags = step->flags,
										 .header_bytes = (uint8_t)(20 + options_bytes),
										 .present = step->plain ? 0 : MW_TCP_OPTION_TIMESTAMP};
	if (step->flags & MW_TCP_SYN) {
		packet->tcp.present |= MW_TCP_OPTION_WSCALE | MW_TCP_OPTION_MSS;
		packet->tcp.wscale = 7;
		packet->tcp.mss = step->mss != 0 ? step->mss : step->v6 ? 1440 : 1460;
	}
	if (step->sack_bytes != 0) {
		packet->tcp.present |= MW_TCP_OPTION_SACK;
		memcpy(options + options_bytes - 12, sack, sizeof(sack));
		memset(options + options_bytes - 8, 0, 8);
		options[options_bytes - 2] = (uint8_t)(step->sack_bytes >> 8);
		options[options_bytes - 1] = (uint8_t)step->sack_bytes;
	}
	packet->data = options;
	packet->payload = options + options_bytes;
	packet->captured_bytes = packet->wire_bytes = options_bytes; // of the whole, as far as anybody looks
	packet->ip_total_bytes = packet->ip_header_bytes + 20u + options_bytes + step->bytes;
}

static void fill_udp(struct mw_packet *packet, const struct step *step)
{
	packet->protocol = 17;
	packet->kinds = MW_KIND_UDP;
	packet->kinds |= step->fragment ? MW_KIND_FRAGMENT : 0u;
	packet->more_fragments = step->fragment;
	packet->ip_total_bytes = packet->ip_header_bytes + 8u + step->bytes;
}

static void look_at_report(struct world *world, struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	struct mw_flow_ends ends = {.src = quote->src,
								.dst = quote->dst,
								.src_port = quote->src_port,
								.dst_port = quote->dst_port,
								.protocol = quote->protocol};

	packet->quoted_flow = mw_flow_find(world->worker.flows, &ends, packet->clock_ns, &packet->quoted_direction);
	detector_worker_show(&world->worker, packet);
}

struct mw_detector_mark world_look(struct world *world, struct mw_packet *packet)
{
	if (packet->kinds & MW_KIND_ICMP_ERROR)
		look_at_report(world, packet);
	else
		detector_worker_send(&world->worker, packet);
	return world->worker.mark;
}

void world_send_step(struct world *world, const struct step *step)
{
	uint8_t options[OPTIONS_BYTES];
	struct mw_packet packet = {0};

	fill_common(world, &packet, step->at_ms, step->v6);
	fill_ends(&packet, step->server, step->port, step->v6);
	packet.ttl = step->ttl != 0 ? step->ttl : step->server ? 52 : 64;
	packet.dont_fragment = !step->may_fragment;
	if (step->udp)
		fill_udp(&packet, step);
	else
		fill_tcp(&packet, step, options);
	packet.kinds |= (step->bytes > 0 ? MW_KIND_PAYLOAD : 0u) | (step->duplicate ? MW_KIND_DUPLICATE : 0u);
	packet.payload_wire_bytes = step->bytes;
	world_look(world, &packet);
}

void world_report_step(struct world *world, const struct report *report)
{
	struct mw_packet packet = {0};
	struct mw_packet_quote *quote = &packet.quote;

	fill_common(world, &packet, report->at_ms, report->v6);
	fill_ends(&packet, report->to_server, report->unknown_flow ? 1 : report->port, report->v6);
	*quote = (struct mw_packet_quote){.src = packet.src,
									  .dst = packet.dst,
									  .src_port = packet.src_port,
									  .dst_port = packet.dst_port,
									  .protocol = report->udp ? 17 : 6,
									  .ports_known = true,
									  .mtu_bytes = report->mtu,
									  .total_bytes = report->quoted_bytes,
									  .tcp_seq = report->seq};
	packet.src_port = packet.dst_port = 0;
	packet.dst = quote->src;
	packet.src = address_of(true, report->v6);
	packet.src.bytes[15] = report->reporter != 0 ? report->reporter : 1;
	packet.protocol = report->v6 ? 58 : 1;
	packet.icmp_type = report->v6 ? 2 : 3;
	packet.icmp_code = report->v6 ? 0 : 4;
	packet.kinds = MW_KIND_ICMP | MW_KIND_ICMP_ERROR;
	world_look(world, &packet);
}

void world_talk(struct world *world, uint16_t port)
{
	world_send(world, .port = port, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(world, .port = port, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(world, .port = port, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001);
	world_send(world, .port = port, .at_ms = 22, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(world, .port = port, SERVER, .at_ms = 42, .flags = ACK, .seq = 5001, .ack = 1101, .bytes = 90);
	world_send(world, .port = port, .at_ms = 50, .flags = ACK, .seq = 1101, .ack = 5091);
}

void world_tick(struct world *world, uint64_t at_ms)
{
	uint64_t now_ns = EPOCH_NS + at_ms * MW_NS_PER_MS;

	world->worker.clock_ns = MW_MAX(world->worker.clock_ns, now_ns);
	world->worker.ctx.clock_ns = now_ns;
	mw_flow_expire(world->worker.flows, now_ns, UINT32_MAX);
	mw_detector_paths.on_tick(&world->worker.ctx, now_ns);
}

void world_datagram(struct world *world, uint64_t at_ms, uint32_t largest_bytes, enum mw_fragment_end end)
{
	uint64_t time_ns = EPOCH_NS + at_ms * MW_NS_PER_MS;
	struct mw_fragment_datagram datagram = {.first_ns = time_ns,
											.last_ns = time_ns,
											.src = address_of(false, false),
											.dst = address_of(true, false),
											.family = 4,
											.protocol = 17,
											.tunnel = MW_LAYERS,
											.largest_bytes = largest_bytes};

	world->worker.ctx.clock_ns = world->worker.clock_ns = MW_MAX(world->worker.clock_ns, time_ns);
	mw_detector_paths.on_datagram(&world->worker.ctx, &datagram, end);
}

void world_finish(struct world *world)
{
	mw_flow_end_all(world->worker.flows);
	mw_detector_paths.on_tick(&world->worker.ctx, UINT64_MAX);
}

static const struct mw_event *find(const struct world *world, enum path_what what, uint32_t nth)
{
	for (uint32_t i = 0; i < world->worker.events_count; i++) {
		const struct path_facts *facts = (const struct path_facts *)(const void *)world->worker.events[i].body;

		if (facts->what == what && nth-- == 0)
			return &world->worker.events[i];
	}
	return NULL;
}

uint32_t world_told(const struct world *world, enum path_what what)
{
	uint32_t count = 0;

	while (find(world, what, count) != NULL)
		count++;
	return count;
}

const struct mw_event *world_event(const struct world *world, enum path_what what, uint32_t nth)
{
	const struct mw_event *event = find(world, what, nth);

	assert_non_null(event);
	return event;
}

const struct path_facts *world_facts(const struct world *world, enum path_what what, uint32_t nth)
{
	return (const struct path_facts *)(const void *)world_event(world, what, nth)->body;
}

const struct path_facts *world_only(struct world *world, enum path_what what)
{
	world_finish(world);
	assert_int_equal(world_told(world, what), 1);
	return world_facts(world, what, 0);
}

bool world_watches(const struct world *world)
{
	return detector_worker_watches(&world->worker);
}

uint64_t world_count(const struct world *world, const char *name)
{
	return detector_worker_count(&world->worker, name);
}

struct mw_path_settings *world_settings(struct world *world)
{
	return &world->settings;
}
